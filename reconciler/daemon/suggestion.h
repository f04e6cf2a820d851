// "did you mean": for names that a person mistyped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cip::daemon {

// ": did you mean NAME?" with the nearest of `names`, if one is near; else "".
std::string did_you_mean(std::string_view given, const std::vector<std::string>& names);

}  // namespace cip::daemon
