#include "compiler/lang/functions.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace cip::lang {
namespace {

using Result = std::variant<Value, std::string>;
__extension__ using Bits = unsigned __int128;  // an address as a number

Bits to_bits(const IpAddress& address) {
  Bits bits = 0;
  for (const std::uint8_t byte : address.bytes()) {
    bits = bits << 8U | byte;
  }
  return bits;
}

IpAddress from_bits(Bits bits, Family family) {
  std::array<std::uint8_t, 16> bytes{};
  const std::size_t count = family == Family::ipv4 ? 4 : 16;
  for (std::size_t i = count; i > 0; --i, bits >>= 8U) {
    bytes[i - 1] = static_cast<std::uint8_t>(bits & 0xFFU);
  }
  return *IpAddress::from_bytes(std::span(bytes).first(count));
}

// 2 to the power of `bits`, or the largest number if that does not fit.
Bits count_of(int bits) {
  return bits >= 128 ? ~Bits{0} : Bits{1} << static_cast<unsigned>(bits);
}

Prefix prefix_of(const Value& value) {
  return value.as<InterfaceAddress>().network();
}

// The n-th address of a network with its prefix length; n < 0 counts from the end: -1 is the last.
Result host(std::span<const Value> arguments) {
  const Prefix prefix = prefix_of(arguments[0]);
  const std::int64_t n = arguments[1].as<std::int64_t>();
  const int host_bits = address_bits(prefix.family()) - prefix.length();
  const auto magnitude = static_cast<std::uint64_t>(n < 0 ? -(n + 1) : n);  // -1 is 0 from the end
  const Bits count = count_of(host_bits);
  if (magnitude >= count) {
    return prefix.str() + " has no address number " + std::to_string(n);
  }
  const Bits last = host_bits >= 128 ? ~Bits{0} : count - 1;
  const Bits offset = n < 0 ? last - magnitude : Bits{magnitude};
  return Value(InterfaceAddress{from_bits(to_bits(prefix.network()) + offset, prefix.family()),
                                static_cast<std::uint8_t>(prefix.length())});
}

// The n-th of the networks that are `newbits` longer.
Result subnet(std::span<const Value> arguments) {
  const Prefix prefix = prefix_of(arguments[0]);
  const std::int64_t newbits = arguments[1].as<std::int64_t>();
  const std::int64_t n = arguments[2].as<std::int64_t>();
  const int bits = address_bits(prefix.family());
  if (newbits < 0 || newbits > bits - prefix.length()) {
    return prefix.str() + " cannot be divided by " + std::to_string(newbits) + " more bits: it has " +
           std::to_string(bits - prefix.length());
  }
  const int length = prefix.length() + static_cast<int>(newbits);
  if (n < 0 || static_cast<std::uint64_t>(n) >= count_of(static_cast<int>(newbits))) {
    return prefix.str() + " has no /" + std::to_string(length) + " number " + std::to_string(n);
  }
  const int shift = bits - length;
  const Bits offset = shift >= 128 ? 0 : static_cast<Bits>(n) << static_cast<unsigned>(shift);
  return Value(Prefix(from_bits(to_bits(prefix.network()) + offset, prefix.family()), length));
}

Result network(std::span<const Value> arguments) {
  return Value(prefix_of(arguments[0]));
}

Result ip(std::span<const Value> arguments) {
  return Value(arguments[0].as<InterfaceAddress>().address);
}

Result len(std::span<const Value> arguments) {
  return Value(static_cast<std::int64_t>(arguments[0].size()));
}

// With leading zeros, at least `width` digits.
Result pad(std::span<const Value> arguments) {
  constexpr std::int64_t most_width = 20;
  const std::int64_t n = arguments[0].as<std::int64_t>();
  const std::int64_t width = arguments[1].as<std::int64_t>();
  if (n < 0) {
    return "pad takes no negative number, and this is " + std::to_string(n);
  }
  if (width < 0 || width > most_width) {
    return "the width is " + std::to_string(width) + ", and must be 0 to " + std::to_string(most_width);
  }
  const std::string digits = std::to_string(n);
  const auto wanted = static_cast<std::size_t>(width);
  return Value(std::string(wanted > digits.size() ? wanted - digits.size() : 0, '0') + digits);
}

}  // namespace

const std::vector<Function>& all_functions() {
  constexpr Type integer{Kind::integer};
  constexpr Type prefix{Kind::prefix};
  constexpr Type ifaddr{Kind::ifaddr};
  static const std::vector<Function> rows{
      {"host", {"prefix", "n"}, {prefix, integer}, ifaddr, host},
      {"subnet", {"prefix", "newbits", "n"}, {prefix, integer, integer}, prefix, subnet},
      {"network", {"ifaddr"}, {ifaddr}, prefix, network},
      {"ip", {"ifaddr"}, {ifaddr}, {Kind::ip}, ip},
      {"len", {"list"}, {{Kind::any, 1}}, integer, len},
      {"pad", {"n", "width"}, {integer, integer}, {Kind::string}, pad},
  };
  return rows;
}

const Function* find_function(std::string_view name) {
  const auto& rows = all_functions();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Function& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace cip::lang
