// Text as a terminal shows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cip::diagnostics {

struct CodePoint {
  std::uint32_t value = 0;  // U+FFFD for a byte that is no UTF-8
  std::size_t length = 1;   // bytes
};

// `text` is not empty.
CodePoint first_code_point(std::string_view text);

// Columns of a code point: 0 for combining marks and the like, 2 for wide ones (Unicode Standard Annex 11),
// otherwise 1.
std::size_t display_width(std::uint32_t code_point);

// The same text without what would command a terminal or disguise the text: control characters become their pictures
// (U+2400 and on), C1 controls, directional formatting and bytes that are no UTF-8 become U+FFFD. Keeps no tabs, no
// newlines.
std::string printable(std::string_view text);

// `text` for a message: printable, in backquotes, and cut if it is long.
std::string quote(std::string_view text);

}  // namespace cip::diagnostics
