#include "reconciler/tools/terminal.h"

#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace cip::tools {

bool use_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

std::string paint(std::string_view text, Colour colour, bool on) {
  const char* code = nullptr;
  switch (colour) {
    case Colour::plain:
      break;
    case Colour::good:
      code = "32";
      break;
    case Colour::attention:
      code = "33";
      break;
    case Colour::bad:
      code = "31";
      break;
    case Colour::faint:
      code = "2";
      break;
  }
  if (!on || code == nullptr) {
    return std::string(text);
  }
  return std::string("\033[") + code + "m" + std::string(text) + "\033[0m";
}

bool can_ask() {
  return isatty(STDIN_FILENO) == 1;
}

bool ask(std::string_view question) {
  if (!can_ask()) {
    return false;
  }
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace cip::tools
