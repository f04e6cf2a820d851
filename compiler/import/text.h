// Text that comes from outside, made fit for a specification.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cip::importing {

// For a comment: one line without control characters, malformed UTF-8 or characters that change the direction of text
// (shown as \xNN), and not endless.
std::string comment_text(std::string_view text);

// As a string of the language; nothing if it has what no string can hold (control characters, malformed UTF-8).
std::optional<std::string> string_literal(std::string_view text);

// A name as a statement has it: bare if that is a name of the language, otherwise as a string; nothing as above.
std::optional<std::string> name_literal(std::string_view text);

// n1.eth1, or "n1.eth1.100".
std::optional<std::string> reference_literal(std::string_view clim, std::string_view interface);

std::string lower_case(std::string_view text);  // ASCII

// Whether a word such as `psk` or `community` in it tells that a secret may follow.
bool may_hold_secret(std::string_view text);

}  // namespace cip::importing
