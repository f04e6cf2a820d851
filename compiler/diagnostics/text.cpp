#include "compiler/diagnostics/text.h"

#include <algorithm>
#include <array>
#include <optional>

#include "compiler/syntax/source.h"

namespace cip::diagnostics {

namespace {

constexpr std::uint32_t replacement = 0xFFFD;

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

template <std::size_t N>
bool in(std::uint32_t c, const std::array<Range, N>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

constexpr std::array zero_width = {
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x0610, 0x061A}, Range{0x064B, 0x065F},
    Range{0x0E34, 0x0E3A}, Range{0x0E47, 0x0E4E}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200D},
    Range{0x2060, 0x2060}, Range{0x20D0, 0x20FF}, Range{0x302A, 0x302D}, Range{0x3099, 0x309A}, Range{0xFE00, 0xFE0F},
    Range{0xFE20, 0xFE2F}, Range{0xFEFF, 0xFEFF}};
constexpr std::array wide = {Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
                             Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},
                             Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
                             Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F},
                             Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};
// Embeddings, overrides, isolates and marks: text with these may look like another (CVE-2021-42574).
constexpr std::array directional = {Range{0x061C, 0x061C}, Range{0x200E, 0x200F}, Range{0x202A, 0x202E},
                                    Range{0x2066, 0x2069}};

void append_utf8(std::string& text, std::uint32_t c) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  text += byte(0xE0U | c >> 12U);  // only for U+0800 to U+FFFF
  text += byte(0x80U | (c >> 6U & 0x3FU));
  text += byte(0x80U | (c & 0x3FU));
}

// What stands for a code point that must not be shown as it is.
std::optional<std::uint32_t> stand_in(std::uint32_t c) {
  if (c < 0x20) return 0x2400 + c;
  if (c == 0x7F) return 0x2421;
  if (c == replacement || (c >= 0x80 && c <= 0x9F) || in(c, directional)) return replacement;
  return std::nullopt;
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::size_t length = at(0) < 0x80 ? 1 : at(0) < 0xE0 ? 2 : at(0) < 0xF0 ? 3 : 4;
  if (length == 1) return {at(0), 1};
  if (text.size() < length || syntax::find_invalid_utf8(text.substr(0, length))) return {replacement, 1};
  std::uint32_t value = at(0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) value = value << 6U | (at(i) & 0x3FU);
  return {value, length};
}

std::size_t display_width(std::uint32_t code_point) {
  if (code_point < 0x300) return 1;
  if (in(code_point, zero_width)) return 0;
  return in(code_point, wide) ? 2 : 1;
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (const std::optional<std::uint32_t> other = stand_in(c.value)) {
      append_utf8(shown, *other);
    } else {
      shown += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
  return shown;
}

std::string quote(std::string_view text) {
  constexpr std::size_t longest = 60;  // code points
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size() && count < longest; ++count)
    end += first_code_point(text.substr(end)).length;
  return "`" + printable(text.substr(0, end)) + (end < text.size() ? "..." : "") + "`";
}

}  // namespace cip::diagnostics
