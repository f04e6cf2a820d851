// Statements that may stand anywhere: for, if, else, assert, use. They decide which other statements there are.
#pragma once

#include <cstddef>
#include <vector>

#include "compiler/lang/words.h"

namespace cip::lang {

// Whether a word is one of them, or `const`, `template`.
bool is_control(std::string_view word);

// Reads the control statement at `index`; `index` is that of the last statement that belongs to it afterwards (an `if`
// has its `else` behind it).
void read_control(const std::vector<syntax::Statement>& statements, std::size_t& index, Block& block);

// Checks a template where it is defined, without values.
void check_template(Template& declared, Reading& reading);

}  // namespace cip::lang
