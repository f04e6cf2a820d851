// Colour, and questions to a person.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cip::tools {

enum class Colour : std::uint8_t { plain, good, attention, bad, faint };

// Whether standard output is a terminal and the environment does not say NO_COLOR (https://no-color.org).
bool use_colour();

// `text` in this colour, if `on`.
std::string paint(std::string_view text, Colour colour, bool on);

// Asks on standard error; true for y or yes. False at once if standard input is no terminal.
bool ask(std::string_view question);
bool can_ask();

}  // namespace cip::tools
