#include "reconciler/peer/seal.h"

#include <algorithm>
#include <array>
#include <memory>
#include <openssl/evp.h>
#include <stdexcept>

namespace cip::peer {
namespace {

// SIV splits its key in two: one for AES-CMAC, one for AES-CTR.
static_assert(Secret::size == 32, "two AES-128 keys");

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

// Fetching it takes longer than a message.
const EVP_CIPHER* aes_siv() {
  static const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher(
      EVP_CIPHER_fetch(nullptr, "AES-128-SIV", nullptr), EVP_CIPHER_free);
  return cipher.get();
}

[[noreturn]] void unusable() {
  throw std::runtime_error("OpenSSL has no AES-128-SIV");
}

int size_of(std::span<const std::uint8_t> bytes) {
  return static_cast<int>(bytes.size());
}

Context begin(std::span<const std::uint8_t> header, const Secret& key, bool encrypt) {
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  if (!context || aes_siv() == nullptr ||
      EVP_CipherInit_ex2(context.get(), aes_siv(), key.bytes().data(), nullptr, encrypt ? 1 : 0, nullptr) != 1 ||
      EVP_CipherUpdate(context.get(), nullptr, &size, header.data(), size_of(header)) != 1) {
    unusable();
  }
  return context;
}

}  // namespace

std::vector<std::uint8_t> seal(std::span<const std::uint8_t> header, std::span<const std::uint8_t> text,
                               const Secret& key) {
  const auto context = begin(header, key, true);
  std::vector<std::uint8_t> sealed(seal_size + text.size());
  int size = 0;
  if (EVP_CipherUpdate(context.get(), sealed.data() + seal_size, &size, text.data(), size_of(text)) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, seal_size, sealed.data()) != 1) {
    unusable();
  }
  return sealed;
}

std::optional<std::vector<std::uint8_t>> unseal(std::span<const std::uint8_t> header,
                                                std::span<const std::uint8_t> sealed, const Secret& key) {
  if (sealed.size() <= seal_size) {
    return std::nullopt;
  }
  const auto context = begin(header, key, false);
  std::array<std::uint8_t, seal_size> tag{};
  std::copy_n(sealed.begin(), seal_size, tag.begin());
  if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, seal_size, tag.data()) != 1) {
    unusable();
  }
  const auto hidden = sealed.subspan(seal_size);
  std::vector<std::uint8_t> text(hidden.size());
  int size = 0;
  if (EVP_CipherUpdate(context.get(), text.data(), &size, hidden.data(), size_of(hidden)) != 1) {
    return std::nullopt;
  }
  return text;
}

}  // namespace cip::peer
