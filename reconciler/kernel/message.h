// Netlink messages: built with libnl, read attribute by attribute without trusting a length. Of this room only.
#pragma once

#include <array>
#include <cstdint>
#include <linux/netlink.h>
#include <memory>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "state/address.h"

namespace cip::kernel {

int af(Family family);
std::optional<Family> family_of(int af);  // AF_INET, AF_INET6

// A request in the making. Running out of room is a programming error: std::length_error.
class Message {
 public:
  template <class Header>
  Message(int type, int flags, const Header& header) : Message(type, flags) {
    append(&header, sizeof header);
  }

  Message& put(int attribute, std::span<const std::uint8_t> bytes);
  Message& put(int attribute, const IpAddress& address) { return put(attribute, address.bytes()); }
  Message& put(int attribute, std::string_view text);  // with its NUL
  Message& put_u8(int attribute, std::uint8_t value);
  Message& put_u16(int attribute, std::uint16_t value);
  Message& put_u32(int attribute, std::uint32_t value);
  template <class Struct>
  Message& put_struct(int attribute, const Struct& value) {
    return put(attribute, {reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
  }
  nlattr* begin_nested(int attribute);
  void end_nested(nlattr* nested);

  nlmsghdr* header() { return nlmsg_hdr(message_.get()); }

 private:
  Message(int type, int flags);
  void append(const void* bytes, std::size_t size);

  struct Free {
    void operator()(nl_msg* message) const { nlmsg_free(message); }
  };
  std::unique_ptr<nl_msg, Free> message_;
};

// Values of attributes; nothing if the attribute is missing or has another length.
std::optional<std::uint8_t> u8(const nlattr* attribute);
std::optional<std::uint16_t> u16(const nlattr* attribute);
std::optional<std::uint32_t> u32(const nlattr* attribute);
std::optional<IpAddress> ip(const nlattr* attribute, Family family);
std::optional<MacAddress> mac(const nlattr* attribute);
std::string text(const nlattr* attribute);  // up to its first NUL; empty if missing

template <class Struct>
std::optional<Struct> read_struct(const nlattr* attribute) {
  if (attribute == nullptr || nla_len(attribute) < static_cast<int>(sizeof(Struct))) return std::nullopt;
  Struct value{};
  nla_memcpy(&value, attribute, sizeof value);
  return value;
}

// The attributes behind a message's header, or in another attribute, by type.
template <int Max>
class Attributes {
 public:
  // False if they are malformed.
  bool parse(const nlmsghdr* message, std::size_t header) {
    return nlmsg_parse(const_cast<nlmsghdr*>(message), static_cast<int>(header), at_.data(), Max, nullptr) >= 0;
  }
  bool parse(const nlattr* nested) {
    return nested != nullptr && nla_parse_nested(at_.data(), Max, const_cast<nlattr*>(nested), nullptr) >= 0;
  }
  const nlattr* operator[](int type) const { return at_.at(static_cast<std::size_t>(type)); }

 private:
  std::array<nlattr*, static_cast<std::size_t>(Max) + 1> at_{};
};

// The header behind nlmsghdr; nothing if the message is too short for it.
template <class Header>
const Header* header_of(const nlmsghdr* message) {
  return nlmsg_valid_hdr(message, sizeof(Header)) != 0 ? static_cast<const Header*>(nlmsg_data(message)) : nullptr;
}

}  // namespace cip::kernel
