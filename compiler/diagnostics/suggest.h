// "did you mean": the known word nearest to an unknown one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace cip::diagnostics {

// Edit distance in bytes: insertions, deletions, substitutions and swaps of neighbours cost 1 each (optimal string
// alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate with the least distance, if that is at most a third of the longer word's length (at least 1); of
// several, the first. Differences in case alone always match.
std::optional<std::string_view> suggestion(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace cip::diagnostics
