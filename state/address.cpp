#include "state/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstdio>

namespace cip {
namespace {

// Digits only, no sign, no leading zero: what an operator can misread is not a number here.
std::optional<int> parse_length(std::string_view text, int maximum) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) {
    return std::nullopt;
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > maximum) {
    return std::nullopt;
  }
  return value;
}

struct AddressAndLength {
  IpAddress address;
  int length;
};

std::optional<AddressAndLength> parse_with_length(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  const auto length = parse_length(text.substr(slash + 1), address_bits(address->family()));
  if (!length) {
    return std::nullopt;
  }
  return AddressAndLength{*address, *length};
}

// The first `length` bits of an address, the rest zero.
IpAddress masked(const IpAddress& address, int length) {
  std::array<std::uint8_t, 16> bytes{};
  const auto source = address.bytes();
  for (std::size_t i = 0; i < source.size(); ++i) {
    const int kept = std::clamp(length - static_cast<int>(i) * 8, 0, 8);
    bytes.at(i) = static_cast<std::uint8_t>(source[i] & (0xFFU << static_cast<unsigned>(8 - kept)));
  }
  return IpAddress::from_bytes({bytes.data(), source.size()}).value_or(IpAddress{});
}

}  // namespace

std::string_view name(Family family) {
  return family == Family::ipv4 ? "IPv4" : "IPv6";
}

int address_bits(Family family) {
  return family == Family::ipv4 ? 32 : 128;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string terminated(text);
  const bool ipv6 = text.find(':') != std::string_view::npos;
  IpAddress result;
  result.family_ = ipv6 ? Family::ipv6 : Family::ipv4;
  if (inet_pton(ipv6 ? AF_INET6 : AF_INET, terminated.c_str(), result.bytes_.data()) != 1) {
    return std::nullopt;
  }
  return result;
}

std::optional<IpAddress> IpAddress::from_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) {
    return std::nullopt;
  }
  IpAddress result;
  result.family_ = bytes.size() == 4 ? Family::ipv4 : Family::ipv6;
  std::copy(bytes.begin(), bytes.end(), result.bytes_.begin());
  return result;
}

std::string IpAddress::str() const {
  if (family_ == Family::ipv4) {  // inet_ntop takes five times as long, which shows where there are 100,000
    return std::to_string(bytes_[0]) + '.' + std::to_string(bytes_[1]) + '.' + std::to_string(bytes_[2]) + '.' +
           std::to_string(bytes_[3]);
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
  if (family_ == Family::ipv4) {
    return bytes_[0] == 127;
  }
  return bytes_[15] == 1 && std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_multicast() const {
  return family_ == Family::ipv4 ? (bytes_[0] & 0xF0U) == 0xE0U : bytes_[0] == 0xFFU;
}

bool IpAddress::is_link_local() const {
  return family_ == Family::ipv4 ? bytes_[0] == 169 && bytes_[1] == 254
                                 : bytes_[0] == 0xFEU && (bytes_[1] & 0xC0U) == 0x80U;
}

Prefix::Prefix(const IpAddress& address, int length)
    : network_(masked(address, length)), length_(static_cast<std::uint8_t>(length)) {}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const auto parsed = parse_with_length(text);
  if (!parsed) {
    return std::nullopt;
  }
  const Prefix prefix(parsed->address, parsed->length);
  if (prefix.network() != parsed->address) {
    return std::nullopt;
  }
  return prefix;
}

bool Prefix::contains(const IpAddress& address) const {
  return address.family() == family() && masked(address, length_) == network_;
}

bool Prefix::contains(const Prefix& other) const {
  return other.length_ >= length_ && contains(other.network_);
}

std::string Prefix::str() const {
  return network_.str() + "/" + std::to_string(length_);
}

std::optional<InterfaceAddress> InterfaceAddress::parse(std::string_view text) {
  const auto parsed = parse_with_length(text);
  if (!parsed) {
    return std::nullopt;
  }
  return InterfaceAddress{parsed->address, static_cast<std::uint8_t>(parsed->length)};
}

std::string InterfaceAddress::str() const {
  return address.str() + "/" + std::to_string(length);
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  if (text.size() != 17) {
    return std::nullopt;
  }
  std::array<std::uint8_t, 6> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto* begin = text.data() + i * 3;
    const auto [end, error] = std::from_chars(begin, begin + 2, bytes.at(i), 16);
    if (error != std::errc{} || end != begin + 2 || (i < 5 && *end != ':')) {
      return std::nullopt;
    }
  }
  return MacAddress(bytes);
}

std::optional<MacAddress> MacAddress::from_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != 6) {
    return std::nullopt;
  }
  std::array<std::uint8_t, 6> copy{};
  std::copy(bytes.begin(), bytes.end(), copy.begin());
  return MacAddress(copy);
}

std::string MacAddress::str() const {
  std::array<char, 18> text{};
  std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", bytes_[0], bytes_[1], bytes_[2], bytes_[3],
                bytes_[4], bytes_[5]);
  return text.data();
}

}  // namespace cip
