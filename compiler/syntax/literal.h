// Literals: tokens that look like a value, and whether they are one.
#pragma once

#include <string>
#include <string_view>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/tree.h"

namespace cip::syntax {

// The kind of a token that starts like a number or an address; `malformed` if it is neither.
ArgumentKind classify_literal(std::string_view text);

// Why it is malformed: "10.1.0.256 is not an address: 256 is larger than 255".
std::string explain_malformed(std::string_view text);

// Fills `parts` of a string. A wrong escape or brace is E0007 and makes the argument malformed.
void read_string(Argument& argument, diagnostics::Findings& findings);

}  // namespace cip::syntax
