#include "state/digest.h"

#include <algorithm>
#include <array>
#include <openssl/evp.h>
#include <stdexcept>

namespace cip {

Digest Digest::of(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no SHA-256");
  }
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(std::size_t{length} * 2);
  for (unsigned int i = 0; i < length; ++i) {
    hex += digits[hash.at(i) >> 4U];
    hex += digits[hash.at(i) & 0xFU];
  }
  return Digest(std::move(hex));
}

std::optional<Digest> Digest::parse(std::string_view hex) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (hex.size() != 64 || !std::all_of(hex.begin(), hex.end(), is_digit)) {
    return std::nullopt;
  }
  return Digest(std::string(hex));
}

}  // namespace cip
