#include "reconciler/kernel/message.h"

#include <stdexcept>
#include <sys/socket.h>

namespace cip::kernel {

namespace {

// More than any request of ours needs.
constexpr std::size_t message_room = 512;

void must(bool fits) {
  if (!fits) throw std::length_error("a netlink request outgrew its room");
}

}  // namespace

int af(Family family) {
  return family == Family::ipv4 ? AF_INET : AF_INET6;
}

std::optional<Family> family_of(int af) {
  if (af == AF_INET) return Family::ipv4;
  if (af == AF_INET6) return Family::ipv6;
  return std::nullopt;
}

Message::Message(int type, int flags) : message_(nlmsg_alloc_size(message_room)) {
  if (message_ == nullptr) throw std::bad_alloc();
  must(nlmsg_put(message_.get(), 0, 0, type, 0, NLM_F_REQUEST | flags) != nullptr);
}

void Message::append(const void* bytes, std::size_t size) {
  must(nlmsg_append(message_.get(), const_cast<void*>(bytes), size, NLMSG_ALIGNTO) == 0);
}

Message& Message::put(int attribute, std::span<const std::uint8_t> bytes) {
  must(nla_put(message_.get(), attribute, static_cast<int>(bytes.size()), bytes.data()) == 0);
  return *this;
}

Message& Message::put(int attribute, std::string_view text) {
  const std::string terminated(text);
  return put(attribute, {reinterpret_cast<const std::uint8_t*>(terminated.c_str()), terminated.size() + 1});
}

Message& Message::put_u8(int attribute, std::uint8_t value) {
  return put(attribute, {&value, 1});
}

Message& Message::put_u16(int attribute, std::uint16_t value) {
  return put_struct(attribute, value);
}

Message& Message::put_u32(int attribute, std::uint32_t value) {
  return put_struct(attribute, value);
}

nlattr* Message::begin_nested(int attribute) {
  nlattr* nested = nla_nest_start(message_.get(), attribute);
  must(nested != nullptr);
  return nested;
}

void Message::end_nested(nlattr* nested) {
  must(nla_nest_end(message_.get(), nested) == 0);
}

std::optional<std::uint8_t> u8(const nlattr* attribute) {
  if (attribute == nullptr || nla_len(attribute) != 1) return std::nullopt;
  return nla_get_u8(attribute);
}

std::optional<std::uint16_t> u16(const nlattr* attribute) {
  if (attribute == nullptr || nla_len(attribute) != 2) return std::nullopt;
  return nla_get_u16(attribute);
}

std::optional<std::uint32_t> u32(const nlattr* attribute) {
  if (attribute == nullptr || nla_len(attribute) != 4) return std::nullopt;
  return nla_get_u32(attribute);
}

std::optional<IpAddress> ip(const nlattr* attribute, Family family) {
  if (attribute == nullptr) return std::nullopt;
  const std::span<const std::uint8_t> bytes(static_cast<const std::uint8_t*>(nla_data(attribute)),
                                            static_cast<std::size_t>(nla_len(attribute)));
  if (bytes.size() * 8 != static_cast<std::size_t>(address_bits(family))) return std::nullopt;
  return IpAddress::from_bytes(bytes);
}

std::optional<MacAddress> mac(const nlattr* attribute) {
  if (attribute == nullptr) return std::nullopt;
  return MacAddress::from_bytes(
      {static_cast<const std::uint8_t*>(nla_data(attribute)), static_cast<std::size_t>(nla_len(attribute))});
}

std::string text(const nlattr* attribute) {
  if (attribute == nullptr) return {};
  const std::string_view bytes(static_cast<const char*>(nla_data(attribute)),
                               static_cast<std::size_t>(nla_len(attribute)));
  return std::string(bytes.substr(0, bytes.find('\0')));
}

}  // namespace cip::kernel
