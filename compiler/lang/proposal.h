// Proposals of IKE and ESP: algorithms, joined by `-` (swanctl.conf(5), `proposals` and `esp_proposals`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cip::lang {

// What an algorithm is for (RFC 7296, 3.3.2).
enum class Transform : std::uint8_t {
  encryption,  // needs an integrity algorithm beside it
  aead,        // encryption that protects integrity, too
  integrity,
  prf,
  key_exchange,
  additional_key_exchange,  // ke1_mlkem768 (RFC 9370)
  sequence_numbers
};

// What a keyword of strongSwan (up to 6.0) stands for; nothing if there is none of this name.
std::optional<Transform> transform_of(std::string_view keyword);
// All keywords, for suggestions.
const std::vector<std::string_view>& transform_keywords();

// The keywords between the `-`.
std::vector<std::string_view> algorithms_of(std::string_view suite);

}  // namespace cip::lang
