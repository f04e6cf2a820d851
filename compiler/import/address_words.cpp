#include "compiler/import/address_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace cip::importing {
namespace {

template <class Number>
std::optional<Number> number(std::string_view text, int base) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<IpAddress> mask_of_hex(std::string_view text) {
  const auto bits = number<std::uint32_t>(text, 16);
  if (!bits) {
    return std::nullopt;
  }
  const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(*bits >> 24U),
                                          static_cast<std::uint8_t>(*bits >> 16U),
                                          static_cast<std::uint8_t>(*bits >> 8U), static_cast<std::uint8_t>(*bits)};
  return IpAddress::from_bytes(bytes);
}

}  // namespace

std::optional<int> mask_length(std::string_view text, Family family) {
  const auto plain = text.substr(text.empty() || text[0] != '/' ? 0 : 1);
  if (const auto length = number<int>(plain, 10); length) {
    return *length >= 0 && *length <= address_bits(family) ? length : std::nullopt;
  }
  const bool hex = plain.size() > 2 && plain[0] == '0' && (plain[1] == 'x' || plain[1] == 'X');
  const auto mask = hex ? mask_of_hex(plain.substr(2)) : IpAddress::parse(plain);
  if (!mask || mask->family() != family) {
    return std::nullopt;
  }
  int length = 0;
  bool hole = false;
  for (const std::uint8_t byte : mask->bytes()) {
    for (int bit = 7; bit >= 0; --bit) {
      const bool set = ((byte >> static_cast<unsigned>(bit)) & 1U) != 0;
      if (set && hole) {
        return std::nullopt;
      }
      hole = hole || !set;
      length += set ? 1 : 0;
    }
  }
  return length;
}

std::optional<MacAddress> mac_address(std::string_view text) {
  std::array<std::uint8_t, 6> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t end = i + 1 < bytes.size() ? std::min(text.find_first_of(":-"), text.size()) : text.size();
    const auto byte = end >= 1 && end <= 2 ? number<std::uint8_t>(text.substr(0, end), 16) : std::nullopt;
    if (!byte || (i + 1 < bytes.size() && end == text.size())) {
      return std::nullopt;
    }
    bytes[i] = *byte;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return MacAddress(bytes);
}

}  // namespace cip::importing
