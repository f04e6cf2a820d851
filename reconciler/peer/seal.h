// Authenticated encryption of one message: AEAD_AES_SIV_CMAC_256 (RFC 5297). All CLIMs of a cluster share the key and
// draw no numbers from one another, so there is nothing that could be trusted to be used only once: SIV needs no nonce,
// and gives away nothing but whether two whole messages are the same. Ours never are: they are numbered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reconciler/peer/cluster_key.h"

namespace cip::peer {

inline constexpr std::size_t seal_size = 16;  // by so much is what is sealed longer

// `header` stays readable where it is, and is authenticated with `text`, which is not readable. Neither is empty.
std::vector<std::uint8_t> seal(std::span<const std::uint8_t> header, std::span<const std::uint8_t> text,
                               const Secret& key);

// The text; nothing: sealed with another key or header, or changed.
std::optional<std::vector<std::uint8_t>> unseal(std::span<const std::uint8_t> header,
                                                std::span<const std::uint8_t> sealed, const Secret& key);

}  // namespace cip::peer
