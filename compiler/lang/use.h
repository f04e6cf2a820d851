// The arguments of a `use`, as the parameters of its template.
#pragma once

#include <optional>

#include "compiler/lang/reading.h"

namespace cip::lang {

// The scope of one use: a parameter that has no argument here has its default. Reports E0005 and E0008; nothing if
// there was something. `span` is the statement.
bool bind_parameters(const syntax::Argument& call, const Template& used, Scope& scope, Reading& reading);

}  // namespace cip::lang
