// The standard library of the language: the modules of std/, as they are when the program is built.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace cip::lang {

std::optional<std::string_view> standard_library(std::string_view path);  // "std/bond.cip"
std::span<const std::string_view> standard_library_files();               // sorted

}  // namespace cip::lang
