#include "compiler/lang/arguments.h"

#include <array>
#include <utility>

#include "compiler/syntax/values.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using syntax::Argument;
using syntax::ArgumentKind;

// What docs/language.md calls the type of a literal.
std::string_view type_of(ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::integer:
      return "an int";
    case ArgumentKind::duration:
      return "a duration";
    case ArgumentKind::ip:
      return "an ip";
    case ArgumentKind::network:
      return "an address with its prefix length";
    case ArgumentKind::mac:
      return "a MAC address";
    case ArgumentKind::string:
      return "a string";
    case ArgumentKind::list:
      return "a list";
    default:
      return "an expression";
  }
}

bool is_expression(const Argument& argument) {
  return argument.kind == ArgumentKind::call || argument.kind == ArgumentKind::group ||
         argument.kind == ArgumentKind::list || argument.is_punctuation("-");
}

bool is_reserved(std::string_view word) {
  constexpr std::array reserved{"and", "assert", "const", "else",     "false", "for", "if",
                                "in",  "not",    "or",    "template", "true",  "use"};
  for (const std::string_view entry : reserved) {
    if (entry == word) {
      return true;
    }
  }
  return false;
}

// Why an address cannot be used so; empty if it can.
std::string_view objection(const IpAddress& address, AddressUse use) {
  if (address.is_unspecified()) {
    return "is the unspecified address, which no host has";
  }
  if (address.is_multicast()) {
    return "is a multicast address, which no single host has";
  }
  if (address.family() == Family::ipv4 && address.str() == "255.255.255.255") {
    return "is the broadcast address, which no single host has";
  }
  const bool remote = use == AddressUse::gateway || use == AddressUse::neighbor;
  if (remote && address.is_loopback()) {
    return "is a loopback address, which never leaves the CLIM";
  }
  if (use == AddressUse::control && address.family() == Family::ipv6 && address.is_link_local()) {
    return "is a link-local address, which names no CLIM without an interface";
  }
  return {};
}

std::string cover(const Argument& network) {
  const auto parsed = InterfaceAddress::parse(network.text);
  return parsed ? parsed->network().str() : std::string();
}

}  // namespace

std::string quoted(std::string_view text) {
  return "`" + std::string(text) + "`";
}

const Argument* Arguments::peek() const {
  return next_ < statement_.arguments.size() ? &statement_.arguments[next_] : nullptr;
}

const Argument* Arguments::take(std::string_view what) {
  const Argument* argument = peek();
  if (argument == nullptr) {
    missing(what);
    return nullptr;
  }
  ++next_;
  if (argument->kind == ArgumentKind::malformed) {
    failed_ = true;
    return nullptr;
  }
  return argument;
}

bool Arguments::take_word(std::string_view word) {
  const Argument* argument = peek();
  const bool found = argument != nullptr && argument->is(ArgumentKind::word, word);
  next_ += found ? 1 : 0;
  return found;
}

bool Arguments::take_punctuation(std::string_view text) {
  const Argument* argument = peek();
  const bool found = argument != nullptr && argument->is_punctuation(text);
  next_ += found ? 1 : 0;
  return found;
}

void Arguments::error(Code code, std::string message, const syntax::Span& span, std::string label, std::string help) {
  failed_ = true;
  diagnostics::Finding finding{code, std::move(message), {span, std::move(label)}, {}, {}, {}, {}};
  if (!help.empty()) {
    finding.help.push_back(std::move(help));
  }
  reading_.findings.add(std::move(finding));
}

void Arguments::missing(std::string_view what) {
  // The parser has said so already where the statement is broken.
  if (!statement_.broken) {
    const syntax::Span after = next_ == 0 ? statement_.word_span : statement_.arguments[next_ - 1].span;
    error(Code::e0001, quoted(statement_.word) + " needs " + std::string(what), syntax::end_of(after),
          "expected " + std::string(what));
  }
  failed_ = true;
}

bool Arguments::expect_word(std::string_view word) {
  if (take_word(word)) {
    return true;
  }
  const Argument* argument = peek();
  if (argument == nullptr || argument->kind == ArgumentKind::malformed) {
    missing(quoted(word));
  } else if (argument->kind == ArgumentKind::word) {
    error(Code::e0002, "unknown keyword " + quoted(argument->text) + " in " + quoted(statement_.word), argument->span,
          "expected " + quoted(word));
  } else {
    error(Code::e0001, quoted(statement_.word) + " needs " + quoted(word) + " here", argument->span,
          "expected " + quoted(word));
  }
  return false;
}

void Arguments::end() {
  const Argument* argument = peek();
  if (argument == nullptr || failed()) {
    return;
  }
  if (argument->kind == ArgumentKind::malformed) {
    failed_ = true;
    return;
  }
  error(Code::e0001, "unexpected " + quoted(argument->text) + " in " + quoted(statement_.word), argument->span,
        "expected the end of the statement", "end the statement before it with `;`, or remove it");
}

void Arguments::unknown_name(const Argument& argument) {
  failed_ = true;
  if (reading_.constant_names.count(std::string(argument.text)) == 0) {
    error(Code::e0003, "unknown name " + quoted(argument.text), argument.span, "a value is wanted here");
  }
}

void Arguments::wrong_kind(const Argument& argument, std::string_view what, ArgumentKind wanted) {
  failed_ = true;
  if (is_expression(argument)) {
    error(Code::e0002, "expressions are not supported by this version", argument.span, "expected " + std::string(what));
    skip_all();
  } else if (argument.kind == ArgumentKind::word || argument.kind == ArgumentKind::reference) {
    unknown_name(argument);
  } else if (argument.kind == ArgumentKind::punctuation) {
    error(Code::e0001, "unexpected " + quoted(argument.text) + " in " + quoted(statement_.word), argument.span,
          "expected " + std::string(what));
  } else {
    std::string help;
    if (wanted == ArgumentKind::network && argument.kind == ArgumentKind::ip) {
      const auto address = IpAddress::parse(argument.text);
      const int bits = address ? address_bits(address->family()) : 0;
      help = "write the prefix length, too: " + quoted(std::string(argument.text) + "/" + std::to_string(bits)) +
             " for this address alone";
    } else if (wanted == ArgumentKind::ip && argument.kind == ArgumentKind::network) {
      help = "leave the prefix length out: " + quoted(argument.text.substr(0, argument.text.find('/')));
    }
    error(Code::e0005, quoted(statement_.word) + " takes " + std::string(what), argument.span,
          "this is " + std::string(type_of(argument.kind)), std::move(help));
  }
}

template <class T>
std::optional<Sourced<T>> Arguments::literal(std::string_view what, ArgumentKind kind, Parse<T> parse) {
  const Argument* argument = take(what);
  if (argument == nullptr) {
    return std::nullopt;
  }
  if (argument->kind != kind) {
    wrong_kind(*argument, what, kind);
    return std::nullopt;
  }
  auto value = parse(argument->text);
  if (!value) {
    error(Code::e0007, quoted(argument->text) + " is not " + std::string(what), argument->span, "");
    return std::nullopt;
  }
  return Sourced<T>{std::move(*value), origin(argument->span)};
}

std::optional<Sourced<std::string>> Arguments::string(std::string_view what) {
  const Argument* argument = take(what);
  if (argument == nullptr) {
    return std::nullopt;
  }
  if (argument->kind != ArgumentKind::string) {
    wrong_kind(*argument, what, ArgumentKind::string);
    return std::nullopt;
  }
  auto text = syntax::plain_text(*argument);
  if (!text) {
    error(Code::e0002, "expressions in strings are not supported by this version", argument->span, "",
          "write `\\{` for a brace");
    return std::nullopt;
  }
  return Sourced<std::string>{std::move(*text), origin(argument->span)};
}

std::optional<Sourced<std::string>> Arguments::name(std::string_view what) {
  const Argument* argument = peek();
  if (argument == nullptr || argument->kind == ArgumentKind::malformed) {
    take(what);
    return std::nullopt;
  }
  if (argument->kind == ArgumentKind::string) {
    auto text = string(what);
    if (text && text->value.empty()) {
      error(Code::e0007, "a name cannot be empty", argument->span, "expected " + std::string(what));
      return std::nullopt;
    }
    return text;
  }
  ++next_;
  if (argument->kind != ArgumentKind::word && argument->kind != ArgumentKind::reference) {
    error(Code::e0001, quoted(statement_.word) + " needs " + std::string(what), argument->span, "this is no name",
          "a name that is not made of letters, digits, `_` and `-` is written as a string");
    return std::nullopt;
  }
  if (is_reserved(argument->text)) {
    error(Code::e0001, quoted(argument->text) + " is a reserved word", argument->span, "expected " + std::string(what),
          "write it as a string if it is the name: " + quoted("\"" + std::string(argument->text) + "\""));
    return std::nullopt;
  }
  return Sourced<std::string>{std::string(argument->text), origin(argument->span)};
}

std::optional<Sourced<std::uint32_t>> Arguments::integer(std::string_view what, std::uint32_t least,
                                                         std::uint32_t most) {
  const bool negative = take_punctuation("-");
  auto number = literal<std::int64_t>(what, ArgumentKind::integer, syntax::parse_integer);
  if (!number) {
    return std::nullopt;
  }
  if (negative || number->value < least || number->value > most) {
    const std::string shown = (negative ? "-" : "") + std::to_string(number->value);
    error(Code::e0007, shown + " is out of range for " + std::string(what), number->origin.span,
          "must be " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }
  return Sourced<std::uint32_t>{static_cast<std::uint32_t>(number->value), number->origin};
}

std::optional<Sourced<std::chrono::milliseconds>> Arguments::duration(std::string_view what) {
  return literal<std::chrono::milliseconds>(what, ArgumentKind::duration, syntax::parse_duration);
}

std::optional<Sourced<IpAddress>> Arguments::ip(std::string_view what, AddressUse use) {
  auto address = literal<IpAddress>(what, ArgumentKind::ip, IpAddress::parse);
  if (!address) {
    return std::nullopt;
  }
  if (const auto why = objection(address->value, use); !why.empty()) {
    error(Code::e0007, quoted(address->value.str()) + " cannot be " + std::string(what), address->origin.span,
          "this " + std::string(why));
    return std::nullopt;
  }
  return address;
}

std::optional<Sourced<InterfaceAddress>> Arguments::interface_address(std::string_view what) {
  auto address = literal<InterfaceAddress>(what, ArgumentKind::network, InterfaceAddress::parse);
  if (!address) {
    return std::nullopt;
  }
  if (const auto why = objection(address->value.address, AddressUse::interface_address); !why.empty()) {
    error(Code::e0007, quoted(address->value.str()) + " cannot be " + std::string(what), address->origin.span,
          "this " + std::string(why));
    return std::nullopt;
  }
  return address;
}

std::optional<Sourced<Prefix>> Arguments::prefix(std::string_view what) {
  const Argument* argument = peek();
  if (argument != nullptr && argument->kind == ArgumentKind::network && !Prefix::parse(argument->text)) {
    ++next_;
    error(Code::e0007, quoted(argument->text) + " is an address in a network, not a network", argument->span,
          "host bits must be zero", "write " + quoted(cover(*argument)) + " for the whole network");
    return std::nullopt;
  }
  return literal<Prefix>(what, ArgumentKind::network, Prefix::parse);
}

std::optional<Sourced<MacAddress>> Arguments::mac(std::string_view what) {
  auto address = literal<MacAddress>(what, ArgumentKind::mac, MacAddress::parse);
  if (address && address->value == MacAddress()) {
    error(Code::e0007, "00:00:00:00:00:00 is the address of no host", address->origin.span,
          "expected " + std::string(what));
    return std::nullopt;
  }
  return address;
}

std::optional<Sourced<InterfaceRef>> Arguments::interface(std::string_view what) {
  const auto text = name(what);
  if (!text) {
    return std::nullopt;
  }
  const auto dot = text->value.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == text->value.size()) {
    error(Code::e0001, quoted(text->value) + " is not an interface", text->origin.span, "expected " + std::string(what),
          "an interface is named together with its CLIM: `CLIM.INTERFACE`");
    return std::nullopt;
  }
  return Sourced<InterfaceRef>{{ClimName(text->value.substr(0, dot)), InterfaceName(text->value.substr(dot + 1))},
                               text->origin};
}

}  // namespace cip::lang
