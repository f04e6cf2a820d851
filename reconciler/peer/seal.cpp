#include "reconciler/peer/seal.h"

#include <algorithm>
#include <array>
#include <openssl/evp.h>
#include <stdexcept>

namespace cip::peer {
namespace {

// SIV splits its key in two: one for AES-CMAC, one for AES-CTR.
static_assert(Secret::size == 32, "two AES-128 keys");

[[noreturn]] void unusable() {
  throw std::runtime_error("OpenSSL has no AES-128-SIV");
}

int size_of(std::span<const std::uint8_t> bytes) {
  return static_cast<int>(bytes.size());
}

}  // namespace

void Seal::Free::operator()(EVP_CIPHER_CTX* context) const {
  EVP_CIPHER_CTX_free(context);
}

Seal::Context Seal::with_key(const Secret& key, bool sealing) {
  const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher(
      EVP_CIPHER_fetch(nullptr, "AES-128-SIV", nullptr), EVP_CIPHER_free);
  Context context(EVP_CIPHER_CTX_new());
  if (!cipher || !context ||
      EVP_CipherInit_ex2(context.get(), cipher.get(), key.bytes().data(), nullptr, sealing ? 1 : 0, nullptr) != 1) {
    unusable();
  }
  return context;
}

Seal::Seal(const Secret& key)
    : sealing_(with_key(key, true)), unsealing_(with_key(key, false)), copy_(EVP_CIPHER_CTX_new()) {}

EVP_CIPHER_CTX* Seal::begin(const Context& with_key, std::span<const std::uint8_t> header) const {
  int written = 0;
  if (EVP_CIPHER_CTX_copy(copy_.get(), with_key.get()) != 1 ||
      EVP_CipherUpdate(copy_.get(), nullptr, &written, header.data(), size_of(header)) != 1) {
    unusable();
  }
  return copy_.get();
}

std::vector<std::uint8_t> Seal::seal(std::span<const std::uint8_t> header, std::span<const std::uint8_t> text) const {
  auto* const context = begin(sealing_, header);
  std::vector<std::uint8_t> sealed(size + text.size());
  int written = 0;
  if (EVP_CipherUpdate(context, sealed.data() + size, &written, text.data(), size_of(text)) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, size, sealed.data()) != 1) {
    unusable();
  }
  return sealed;
}

std::optional<std::vector<std::uint8_t>> Seal::unseal(std::span<const std::uint8_t> header,
                                                      std::span<const std::uint8_t> sealed) const {
  if (sealed.size() <= size) {
    return std::nullopt;
  }
  auto* const context = begin(unsealing_, header);
  std::array<std::uint8_t, size> tag{};
  std::copy_n(sealed.begin(), size, tag.begin());
  if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, size, tag.data()) != 1) {
    unusable();
  }
  const auto hidden = sealed.subspan(size);
  std::vector<std::uint8_t> text(hidden.size());
  int written = 0;
  if (EVP_CipherUpdate(context, text.data(), &written, hidden.data(), size_of(hidden)) != 1) {
    return std::nullopt;
  }
  return text;
}

}  // namespace cip::peer
