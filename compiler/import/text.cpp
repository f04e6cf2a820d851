#include "compiler/import/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "compiler/syntax/source.h"
#include "compiler/syntax/tokens.h"

namespace cip::importing {
namespace {

// Longer lines say no more to a reader.
constexpr std::size_t comment_limit = 240;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// How many bytes of well-formed text start here that must not be shown as they are: controls of C0 and C1, line and
// paragraph separators, and what turns the direction of the text ("trojan source", CVE-2021-42574).
std::size_t hidden_length(std::string_view rest) {
  if (is_control(rest[0])) {
    return 1;
  }
  const auto at = [&](std::size_t i) { return i < rest.size() ? static_cast<std::uint8_t>(rest[i]) : std::uint8_t{0}; };
  if (at(0) == 0xc2 && at(1) >= 0x80 && at(1) <= 0x9f) {
    return 2;  // U+0080-U+009F
  }
  if (at(0) == 0xe2) {
    const bool separators_and_embeddings = at(1) == 0x80 && at(2) >= 0xa8 && at(2) <= 0xae;  // U+2028-U+202E
    const bool marks = at(1) == 0x80 && (at(2) == 0x8e || at(2) == 0x8f);                    // U+200E, U+200F
    const bool isolates = at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9;                   // U+2066-U+2069
    return separators_and_embeddings || marks || isolates ? 3 : 0;
  }
  return 0;
}

void append_hex(std::string& result, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    result += "\\x";
    result += digits[byte >> 4U];
    result += digits[byte & 15U];
  }
}

std::size_t sequence_length(std::string_view rest) {
  std::size_t length = 1;
  while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xc0U) == 0x80) {
    ++length;
  }
  return length;
}

bool is_plain_name(std::string_view text) {
  const bool starts_well = !text.empty() && is_alnum(text[0]) && !(text[0] >= '0' && text[0] <= '9');
  return starts_well && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-'; }) &&
         !syntax::is_reserved(text);
}

}  // namespace

std::string comment_text(std::string_view text) {
  std::string result;
  std::size_t good = syntax::find_invalid_utf8(text).value_or(text.size());  // up to here it is well formed
  for (std::size_t i = 0; i < text.size();) {
    if (result.size() > comment_limit) {
      return result + " ...";
    }
    if (i == good) {
      append_hex(result, text.substr(i, 1));
      ++i;
      good = i + syntax::find_invalid_utf8(text.substr(i)).value_or(text.size() - i);
      continue;
    }
    const std::size_t length = sequence_length(text.substr(i, good - i));
    if (hidden_length(text.substr(i, good - i)) != 0) {
      append_hex(result, text.substr(i, length));
    } else {
      result += text.substr(i, length);
    }
    i += length;
  }
  while (!result.empty() && result.back() == ' ') {
    result.pop_back();
  }
  return result;
}

std::optional<std::string> string_literal(std::string_view text) {
  if (syntax::find_invalid_utf8(text)) {
    return std::nullopt;
  }
  std::string result = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (hidden_length(text.substr(i)) != 0) {
      return std::nullopt;
    }
    if (text[i] == '"' || text[i] == '\\' || text[i] == '{' || text[i] == '}') {
      result += '\\';
    }
    result += text[i];
  }
  return result + "\"";
}

std::optional<std::string> name_literal(std::string_view text) {
  return is_plain_name(text) ? std::optional(std::string(text)) : string_literal(text);
}

std::optional<std::string> reference_literal(std::string_view clim, std::string_view interface) {
  std::string both(clim);
  both += '.';
  both += interface;
  return is_plain_name(clim) && is_plain_name(interface) ? std::optional(both) : string_literal(both);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

bool may_hold_secret(std::string_view text) {
  constexpr std::array words{"psk",  "secret", "passw", "key",   "community",
                             "auth", "pin",    "cert",  "token", "credential"};
  const std::string lower = lower_case(text);
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return lower.find(word) != std::string::npos; });
}

}  // namespace cip::importing
