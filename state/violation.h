// What an object promises beyond the range of each of its members (the comments in objects.h): the compiler's rules see
// to it, and a reader refuses a file that breaks it. Pure functions.
#pragma once

#include <optional>
#include <string>

#include "state/objects.h"

namespace cip {

// The first promise that is broken: the place in the object ("tunnels[1].local"), and what must be there.
struct Violation {
  std::string path;
  std::string what;
};

std::optional<Violation> violation(const HomeInterface& interface);
std::optional<Violation> violation(const Clim& clim);
std::optional<Violation> violation(const Manifest& manifest);

}  // namespace cip
