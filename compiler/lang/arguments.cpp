#include "compiler/lang/arguments.h"

#include <utility>

#include "compiler/lang/index.h"
#include "compiler/syntax/tokens.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using syntax::Argument;
using syntax::ArgumentKind;

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
  const bool remote = use == AddressUse::gateway || use == AddressUse::neighbor || use == AddressUse::end_point;
  if (remote && address.is_loopback()) {
    return "is a loopback address, which never leaves the CLIM";
  }
  if (use == AddressUse::control && address.family() == Family::ipv6 && address.is_link_local()) {
    return "is a link-local address, which names no CLIM without an interface";
  }
  return {};
}

// Some value of the type, for a statement that is looked at without values.
Value stand_in(Type type) {
  switch (type.kind) {
    case Kind::boolean:
      return true;
    case Kind::integer:
      return std::int64_t{1};
    case Kind::duration:
      return std::chrono::milliseconds(1000);
    case Kind::ip:
    case Kind::ip4:
      return *IpAddress::parse("192.0.2.1");
    case Kind::ip6:
      return *IpAddress::parse("2001:db8::1");
    case Kind::prefix:
    case Kind::prefix4:
      return *Prefix::parse("192.0.2.0/24");
    case Kind::prefix6:
      return *Prefix::parse("2001:db8::/64");
    case Kind::ifaddr:
      return *InterfaceAddress::parse("192.0.2.1/24");
    case Kind::mac:
      return *MacAddress::parse("02:00:00:00:00:01");
    case Kind::string:
    case Kind::any:
      break;
  }
  return std::string("x");
}

}  // namespace

std::string backticked(std::string_view text) {
  return "`" + std::string(text) + "`";
}

const Argument* Arguments::peek() const {
  return next_ < statement_.arguments.size() ? &statement_.arguments[next_] : nullptr;
}

bool Arguments::names_value(const Argument& argument) const {
  return argument.kind == ArgumentKind::word && reading_.scope->find(argument.text) != nullptr;
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
  report(reading_, code, std::move(message), span, std::move(label), std::move(help));
}

void Arguments::missing(std::string_view what) {
  // The parser has said so already where the statement is broken.
  if (!statement_.broken) {
    const syntax::Span after = next_ == 0 ? statement_.word_span : statement_.arguments[next_ - 1].span;
    error(Code::e0001, backticked(statement_.word) + " needs " + std::string(what), syntax::end_of(after),
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
    missing(backticked(word));
  } else if (argument->kind == ArgumentKind::word) {
    error(Code::e0002, "unknown keyword " + backticked(argument->text) + " in " + backticked(statement_.word),
          argument->span, "expected " + backticked(word));
  } else {
    error(Code::e0001, backticked(statement_.word) + " needs " + backticked(word) + " here", argument->span,
          "expected " + backticked(word));
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
  error(Code::e0001, "unexpected " + backticked(argument->text) + " in " + backticked(statement_.word), argument->span,
        "expected the end of the statement", "end the statement before it with `;`, or remove it");
}

void Arguments::missing_value(std::string_view what) {
  const Argument* argument = peek();
  if (argument == nullptr) {
    missing(what);
  } else if (!failed()) {
    error(Code::e0001, "unexpected " + backticked(argument->text) + " in " + backticked(statement_.word),
          argument->span, "expected " + std::string(what));
  }
  failed_ = true;
}

void Arguments::wrong_type(const Evaluated& evaluated, std::string_view what, Type wanted) {
  const Value& value = evaluated.value;
  std::string help;
  const bool network = Value::unknown(value.type()).convert({Kind::ifaddr}).has_value() && value.type() != Type{};
  if (wanted.kind == Kind::ifaddr && value.known() &&
      (value.type().kind == Kind::ip4 || value.type().kind == Kind::ip6)) {
    const auto& address = value.as<IpAddress>();
    help = "write the prefix length, too: " +
           backticked(address.str() + "/" + std::to_string(address_bits(address.family()))) + " for this address alone";
  } else if (wanted.kind == Kind::ip && network && value.known()) {
    help = "leave the prefix length out: " + backticked(value.as<InterfaceAddress>().address.str());
  }
  error(Code::e0005, backticked(statement_.word) + " takes " + std::string(what), evaluated.span,
        "this is " + describe(value.type()), std::move(help));
}

void Arguments::host_bits(const Evaluated& evaluated) {
  const auto& address = evaluated.value.as<InterfaceAddress>();
  error(Code::e0007, backticked(address.str()) + " is an address in a network, not a network", evaluated.span,
        "host bits must be zero", "write " + backticked(address.network().str()) + " for the whole network");
}

std::optional<Sourced<Value>> Arguments::value(std::string_view what, Type type) {
  const std::size_t first = next_;
  auto evaluated = evaluate(statement_.arguments, next_, reading_);
  if (!evaluated) {
    if (next_ == first) {
      missing_value(what);
      skip_all();  // what follows is not what was wanted, and readers loop until the end
    }
    failed_ = true;
    return std::nullopt;
  }
  auto converted = evaluated->value.convert(type);
  if (!converted) {
    const bool prefix = type.kind == Kind::prefix && evaluated->value.known() && evaluated->value.type().depth == 0 &&
                        evaluated->value.convert({Kind::ifaddr}) && evaluated->value.has_host_bits();
    if (prefix) {
      host_bits(*evaluated);
    } else {
      wrong_type(*evaluated, what, type);
    }
    return std::nullopt;
  }
  if (!converted->known()) {
    reading_.findings.unknown = true;
    converted = stand_in(type);
  }
  const Origin place = origin(evaluated->span);
  if (reading_.index != nullptr) {
    reading_.index->value(place, std::move(evaluated->names));
  }
  return Sourced<Value>{std::move(*converted), place};
}

std::optional<Sourced<std::string>> Arguments::string(std::string_view what) {
  auto text = value(what, {Kind::string});
  if (!text) {
    return std::nullopt;
  }
  return Sourced<std::string>{text->value.as<std::string>(), text->origin};
}

std::optional<Sourced<std::string>> Arguments::name(std::string_view what) {
  const Argument* argument = peek();
  if (argument == nullptr) {
    missing(what);
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
  if (argument->kind == ArgumentKind::malformed) {
    failed_ = true;
    return std::nullopt;
  }
  if (argument->kind != ArgumentKind::word && argument->kind != ArgumentKind::reference) {
    error(Code::e0001, backticked(statement_.word) + " needs " + std::string(what), argument->span, "this is no name",
          "a name that is not made of letters, digits, `_` and `-` is written as a string");
    return std::nullopt;
  }
  if (argument->kind == ArgumentKind::word && syntax::is_reserved(argument->text)) {
    error(Code::e0001, backticked(argument->text) + " is a reserved word", argument->span,
          "expected " + std::string(what),
          "write it as a string if it is the name: " + backticked("\"" + std::string(argument->text) + "\""));
    return std::nullopt;
  }
  return Sourced<std::string>{std::string(argument->text), origin(argument->span)};
}

std::optional<Sourced<std::uint32_t>> Arguments::integer(std::string_view what, std::uint32_t least,
                                                         std::uint32_t most) {
  auto number = value(what, {Kind::integer});
  if (!number) {
    return std::nullopt;
  }
  const std::int64_t count = number->value.as<std::int64_t>();
  if (count < least || count > most) {
    error(Code::e0007, std::to_string(count) + " is out of range for " + std::string(what), number->origin.span,
          "must be " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }
  return Sourced<std::uint32_t>{static_cast<std::uint32_t>(count), number->origin};
}

std::optional<Sourced<std::chrono::milliseconds>> Arguments::duration(std::string_view what) {
  auto time = value(what, {Kind::duration});
  if (!time) {
    return std::nullopt;
  }
  return Sourced<std::chrono::milliseconds>{time->value.as<std::chrono::milliseconds>(), time->origin};
}

std::optional<Sourced<IpAddress>> Arguments::ip(std::string_view what, AddressUse use) {
  auto found = value(what, {Kind::ip});
  if (!found) {
    return std::nullopt;
  }
  const auto& address = found->value.as<IpAddress>();
  if (const auto why = objection(address, use); !why.empty()) {
    error(Code::e0007, backticked(address.str()) + " cannot be " + std::string(what), found->origin.span,
          "this " + std::string(why));
    return std::nullopt;
  }
  return Sourced<IpAddress>{address, found->origin};
}

std::optional<Sourced<InterfaceAddress>> Arguments::interface_address(std::string_view what) {
  auto found = value(what, {Kind::ifaddr});
  if (!found) {
    return std::nullopt;
  }
  const auto& address = found->value.as<InterfaceAddress>();
  if (const auto why = objection(address.address, AddressUse::interface_address); !why.empty()) {
    error(Code::e0007, backticked(address.str()) + " cannot be " + std::string(what), found->origin.span,
          "this " + std::string(why));
    return std::nullopt;
  }
  return Sourced<InterfaceAddress>{address, found->origin};
}

std::optional<Sourced<Prefix>> Arguments::prefix(std::string_view what) {
  auto found = value(what, {Kind::prefix});
  if (!found) {
    return std::nullopt;
  }
  return Sourced<Prefix>{found->value.as<InterfaceAddress>().network(), found->origin};
}

std::optional<Sourced<MacAddress>> Arguments::mac(std::string_view what) {
  auto found = value(what, {Kind::mac});
  if (!found) {
    return std::nullopt;
  }
  const auto& address = found->value.as<MacAddress>();
  if (address == MacAddress()) {
    error(Code::e0007, "00:00:00:00:00:00 is the address of no host", found->origin.span,
          "expected " + std::string(what));
    return std::nullopt;
  }
  return Sourced<MacAddress>{address, found->origin};
}

std::optional<Sourced<InterfaceRef>> Arguments::interface(std::string_view what) {
  const auto text = name(what);
  if (!text) {
    return std::nullopt;
  }
  const bool unknown = reading_.dry && statement_.arguments[next_ - 1].kind == ArgumentKind::string;
  const std::string name = unknown ? "x.x" : text->value;
  const auto dot = name.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == name.size()) {
    error(Code::e0001, backticked(name) + " is not an interface", text->origin.span, "expected " + std::string(what),
          "an interface is named together with its CLIM: `CLIM.INTERFACE`");
    return std::nullopt;
  }
  return Sourced<InterfaceRef>{{ClimName(name.substr(0, dot)), InterfaceName(name.substr(dot + 1))}, text->origin};
}

}  // namespace cip::lang
