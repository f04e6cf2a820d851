// Addresses as values: IP addresses, prefixes, interface addresses, MAC addresses. Text forms are inet_ntop's (RFC
// 5952) and colon-separated lower-case hex. Order is IPv4 before IPv6, then by bytes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cip {

enum class Family : std::uint8_t { ipv4, ipv6 };

std::string_view name(Family family);  // "IPv4", "IPv6"
int address_bits(Family family);       // 32, 128

class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  static std::optional<IpAddress> parse(std::string_view text);
  // Network byte order; 4 or 16 bytes. Other lengths give nothing.
  static std::optional<IpAddress> from_bytes(std::span<const std::uint8_t> bytes);

  Family family() const { return family_; }
  std::span<const std::uint8_t> bytes() const { return {bytes_.data(), family_ == Family::ipv4 ? 4U : 16U}; }
  std::string str() const;

  bool is_unspecified() const;  // 0.0.0.0, ::
  bool is_loopback() const;     // 127.0.0.0/8, ::1
  bool is_multicast() const;    // 224.0.0.0/4, ff00::/8
  bool is_link_local() const;   // 169.254.0.0/16, fe80::/10

  auto operator<=>(const IpAddress&) const = default;
  bool operator==(const IpAddress&) const = default;

 private:
  Family family_ = Family::ipv4;
  std::array<std::uint8_t, 16> bytes_{};  // unused bytes are zero
};

// A network: an address whose host bits are zero, and a length in bits.
class Prefix {
 public:
  Prefix() = default;  // 0.0.0.0/0
  // Host bits of `address` are cleared; `length` must be 0..address_bits(family).
  Prefix(const IpAddress& address, int length);
  // "10.0.0.0/8"; nothing if malformed, out of range or with host bits set.
  static std::optional<Prefix> parse(std::string_view text);

  const IpAddress& network() const { return network_; }
  int length() const { return length_; }
  Family family() const { return network_.family(); }
  bool is_default() const { return length_ == 0; }
  bool contains(const IpAddress& address) const;  // false for the other family
  bool contains(const Prefix& other) const;
  std::string str() const;

  auto operator<=>(const Prefix&) const = default;
  bool operator==(const Prefix&) const = default;

 private:
  IpAddress network_;
  std::uint8_t length_ = 0;
};

// An address of an interface with the length of its network: 10.1.0.1/24.
struct InterfaceAddress {
  IpAddress address;
  std::uint8_t length = 32;

  static std::optional<InterfaceAddress> parse(std::string_view text);
  Prefix network() const { return {address, length}; }
  Family family() const { return address.family(); }
  std::string str() const;

  auto operator<=>(const InterfaceAddress&) const = default;
  bool operator==(const InterfaceAddress&) const = default;
};

class MacAddress {
 public:
  MacAddress() = default;  // 00:00:00:00:00:00
  explicit MacAddress(std::array<std::uint8_t, 6> bytes) : bytes_(bytes) {}
  static std::optional<MacAddress> parse(std::string_view text);
  static std::optional<MacAddress> from_bytes(std::span<const std::uint8_t> bytes);  // exactly 6

  const std::array<std::uint8_t, 6>& bytes() const { return bytes_; }
  bool is_multicast() const { return (bytes_[0] & 1U) != 0; }
  std::string str() const;

  auto operator<=>(const MacAddress&) const = default;
  bool operator==(const MacAddress&) const = default;

 private:
  std::array<std::uint8_t, 6> bytes_{};
};

}  // namespace cip

template <>
struct std::hash<cip::IpAddress> {
  std::size_t operator()(const cip::IpAddress& address) const noexcept {
    const auto bytes = address.bytes();
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
};
template <>
struct std::hash<cip::Prefix> {
  std::size_t operator()(const cip::Prefix& prefix) const noexcept {
    return std::hash<cip::IpAddress>{}(prefix.network()) * 131 + static_cast<std::size_t>(prefix.length());
  }
};
