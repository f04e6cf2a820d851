#include "compiler/syntax/literal.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "compiler/diagnostics/text.h"
#include "compiler/syntax/values.h"
#include "state/address.h"

namespace cip::syntax {

namespace {

using diagnostics::quote;

constexpr std::string_view digits = "0123456789";
constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";

bool only(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// These say what is wrong with a part of an address, or nothing if they find no fault.

std::string fault_of_ipv4(std::string_view text) {
  const std::vector<std::string_view> octets = split(text, '.');
  for (const std::string_view octet : octets) {
    if (octet.empty()) return "an octet is empty";
    if (!only(octet, digits)) return quote(octet) + " is not a number";
    const std::string_view significant = octet.substr(std::min(octet.find_first_not_of('0'), octet.size()));
    const std::optional<std::int64_t> value = parse_integer(octet);
    if (significant.size() > 3 || !value || *value > 255) return quote(octet) + " is larger than 255";
    if (octet.size() > 1 && octet.starts_with('0'))
      return quote(octet) + " has leading zeros, which some read as octal";
  }
  if (octets.size() != 4) return "it has " + std::to_string(octets.size()) + " octets, an IPv4 address has 4";
  return {};
}

std::string fault_of_mac(std::string_view text) {
  for (const std::string_view part : split(text, ':')) {
    if (part.size() != 2 || !only(part, hex_digits)) return quote(part) + " is not two hexadecimal digits";
  }
  return {};
}

std::string fault_of_ipv6(std::string_view text) {
  if (text.find("::") != text.rfind("::")) return "it has more than one `::`";
  const std::vector<std::string_view> groups = split(text, ':');
  for (const std::string_view group : groups) {
    if (group.find('.') != std::string_view::npos) {
      if (std::string fault = fault_of_ipv4(group); !fault.empty()) return fault;
      continue;
    }
    if (const std::size_t at = group.find_first_not_of(hex_digits); at != std::string_view::npos) {
      return quote(group.substr(at, 1)) + " is not a hexadecimal digit";
    }
    if (group.size() > 4) return quote(group) + " has more than 4 digits";
  }
  const bool shortened = text.find("::") != std::string_view::npos;
  if (!shortened && groups.size() < 8) return "it has fewer than 8 groups and no `::`";
  return groups.size() > 8 ? "it has more than 8 groups" : "";
}

std::string fault_of_length(std::string_view length, bool ipv6) {
  const std::string limit = ipv6 ? "128" : "32";
  if (length.empty()) return "the prefix length is missing";
  if (!only(length, digits)) return "the prefix length " + quote(length) + " is not a number";
  const std::optional<std::int64_t> value = parse_integer(length);
  if (!value || *value > (ipv6 ? 128 : 32)) {
    return "the prefix length " + quote(length) + " is larger than " + limit;
  }
  if (length.size() > 1 && length.starts_with('0')) return "the prefix length has leading zeros";
  return {};
}

std::string explain_address(std::string_view text) {
  if (text.find('%') != std::string_view::npos) {
    return quote(text) +
           " is not an address: a zone has no place here, the interface is the one that the statement is in";
  }
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const bool colons = address.find(':') != std::string_view::npos;
  const bool dots_first = address.find('.') < address.find(':');
  if (!colons && slash == std::string_view::npos && std::count(text.begin(), text.end(), '.') == 1) {
    return quote(text) + " is neither a whole number nor an address";
  }
  if (dots_first && colons) return quote(text) + " is not an address: a port has no place here";
  const bool mac = colons && slash == std::string_view::npos && address.find("::") == std::string_view::npos &&
                   std::count(address.begin(), address.end(), ':') == 5;
  if (mac) return quote(text) + " is not a MAC address: " + fault_of_mac(address);
  std::string fault = colons ? fault_of_ipv6(address) : fault_of_ipv4(address);
  if (fault.empty() && slash != std::string_view::npos) fault = fault_of_length(text.substr(slash + 1), colons);
  return quote(text) + " is not an address" + (fault.empty() ? "" : ": " + fault);
}

std::string explain_number(std::string_view text) {
  if (text.find('-') != std::string_view::npos) {
    return quote(text) + " is not a MAC address: its pairs of digits are separated by `:`";
  }
  const std::size_t letters = text.find_first_not_of(digits);
  if (letters == std::string_view::npos) return quote(text) + " is too large for an integer";
  if (text.starts_with("0x") || text.starts_with("0X")) return quote(text) + " is not a number: numbers are decimal";
  const std::string_view unit = text.substr(letters);
  if (unit == "ms" || unit == "s" || unit == "m" || unit == "h") return quote(text) + " is too long for a duration";
  return quote(text) + " is neither a number nor a duration (ms, s, m, h), and names start with a letter";
}

}  // namespace

ArgumentKind classify_literal(std::string_view text) {
  if (parse_integer(text)) return ArgumentKind::integer;
  if (parse_duration(text)) return ArgumentKind::duration;
  if (IpAddress::parse(text)) return ArgumentKind::ip;
  if (MacAddress::parse(text)) return ArgumentKind::mac;
  if (text.find('/') != std::string_view::npos && InterfaceAddress::parse(text)) return ArgumentKind::network;
  return ArgumentKind::malformed;
}

std::string explain_malformed(std::string_view text) {
  return text.find_first_of(".:") == std::string_view::npos ? explain_number(text) : explain_address(text);
}

namespace {

// Walks over the inside of a string literal.
class StringReader {
 public:
  StringReader(Argument& argument, diagnostics::Findings& findings) : argument_(argument), findings_(findings) {}

  void read() {
    const std::size_t end = argument_.text.size() - 1;
    for (std::size_t at = 1; at < end;) {
      const char c = argument_.text[at];
      if (c == '{') {
        at = expression(at, end);
      } else if (c == '\\' && std::string_view("\"\\{}").find(argument_.text[at + 1]) != std::string_view::npos) {
        literal(at, 2);
        at += 2;
      } else if (c == '\\') {
        fault(at, 2, "is no escape; a string has \\\", \\\\, \\{ and \\}");
        at += 2;
      } else if (c == '}') {
        fault(at, 1, "closes no expression; for the character write `\\}`");
        ++at;
      } else {
        literal(at, 1);
        ++at;
      }
    }
  }

 private:
  Span span(std::size_t at, std::size_t length) const {
    const std::uint32_t begin = argument_.span.begin + static_cast<std::uint32_t>(at);
    return {argument_.span.source, begin, begin + static_cast<std::uint32_t>(length)};
  }

  // One more character, of `length` bytes in the source; the last of them is the character.
  void literal(std::size_t at, std::size_t length) {
    if (argument_.parts.empty() || argument_.parts.back().expression) {
      argument_.parts.push_back({.expression = false, .text = {}, .span = span(at, 0)});
    }
    argument_.parts.back().text += argument_.text[at + length - 1];
    argument_.parts.back().span.end = span(at, length).end;
  }

  std::size_t expression(std::size_t at, std::size_t end) {
    const std::size_t close = argument_.text.substr(0, end).find('}', at);
    if (close == std::string_view::npos) {
      fault(at, 1, "opens an expression that has no `}`; for the character write `\\{`");
      return end;
    }
    const std::string_view text = argument_.text.substr(at + 1, close - at - 1);
    if (text.find_first_not_of(" \t") == std::string_view::npos) fault(at, close + 1 - at, "has no expression in it");
    argument_.parts.push_back({.expression = true, .text = std::string(text), .span = span(at + 1, text.size())});
    return close + 1;
  }

  void fault(std::size_t at, std::size_t length, std::string_view what) {
    argument_.kind = ArgumentKind::malformed;
    Span place = span(at, length);
    while (argument_.span.end > place.end &&
           (static_cast<unsigned char>(argument_.text[at + length]) & 0xC0U) == 0x80U) {
      ++length;  // an escape of a character of several bytes
      place = span(at, length);
    }
    diagnostics::Finding finding;
    finding.code = diagnostics::Code::e0007;
    finding.message = quote(argument_.text.substr(at, length)) + " in a string " + std::string(what);
    finding.primary = {place, {}};
    findings_.add(std::move(finding));
  }

  Argument& argument_;
  diagnostics::Findings& findings_;
};

}  // namespace

void read_string(Argument& argument, diagnostics::Findings& findings) {
  StringReader(argument, findings).read();
}

}  // namespace cip::syntax
