// Authenticated encryption of messages: AEAD_AES_SIV_CMAC_256 (RFC 5297). All CLIMs of a cluster share the key and
// draw no numbers from one another, so there is nothing that could be trusted to be used only once: SIV needs no nonce,
// and gives away nothing but whether two whole messages are the same. Ours never are: they are numbered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <openssl/types.h>
#include <optional>
#include <span>
#include <vector>

#include "reconciler/peer/cluster_key.h"

namespace cip::peer {

// One key. For one thread.
class Seal {
 public:
  static constexpr std::size_t size = 16;  // by so much is what is sealed longer

  explicit Seal(const Secret& key);

  // `header` stays readable where it is, and is authenticated with `text`, which is not readable. Neither is empty.
  std::vector<std::uint8_t> seal(std::span<const std::uint8_t> header, std::span<const std::uint8_t> text) const;

  // The text; nothing: sealed with another key or header, or changed.
  std::optional<std::vector<std::uint8_t>> unseal(std::span<const std::uint8_t> header,
                                                  std::span<const std::uint8_t> sealed) const;

 private:
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const;
  };
  using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

  static Context with_key(const Secret& key, bool sealing);
  EVP_CIPHER_CTX* begin(const Context& with_key, std::span<const std::uint8_t> header) const;

  // A copy of one that has the key takes a third of the time that a new one takes.
  Context sealing_;
  Context unsealing_;
  Context copy_;
};

}  // namespace cip::peer
