// A secret that stands in a specification although it must not (E0402) may be written far from the `auth` that has it:
// in a constant, or in the argument of a template. Nobody may see it there either.
#pragma once

#include <deque>
#include <span>

#include "compiler/lang/reading.h"

namespace cip::lang {

// Keeps all literals that `items` are made of out of every finding: those among them, and those of the constants,
// parameters and loop variables that they name, seen from the scope where reading is now.
void redact_literals(std::span<const syntax::Argument> items, Reading& reading);

// All templates have been checked: those that use one that has a secret have it, too.
void find_secret_users(std::deque<Module>& modules);

}  // namespace cip::lang
