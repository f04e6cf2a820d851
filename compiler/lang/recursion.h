// Templates that use themselves, directly or by way of others.
#pragma once

#include "compiler/lang/reading.h"

namespace cip::lang {

// Reports E0010 for each cycle among the templates of a file (imports have none, so a cycle never leaves its file), at
// its last `use` in the text, and marks all templates in it as broken.
void find_recursion(Module& module, Reading& reading);

}  // namespace cip::lang
