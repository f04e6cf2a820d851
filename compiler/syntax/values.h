// Values of literals that state/address.h does not know.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cip::syntax {

std::optional<std::int64_t> parse_integer(std::string_view text);                // decimal digits, at most 2^63 - 1
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);  // an integer and ms, s, m or h

}  // namespace cip::syntax
