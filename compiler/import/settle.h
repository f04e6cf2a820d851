// The compiler's word on what an import made.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/import/import.h"
#include "compiler/import/specification.h"

namespace cip::importing {

using Warnings = std::vector<std::pair<Place, std::string>>;

// The text of the specification, in which each statement that the compiler refuses has become a comment with the
// compiler's reason, until nothing is refused. Takes time linear in the specification for each round; one is enough
// unless a refusal brings another about. `warnings` gets what was refused, and the compiler's own warnings. Errors
// (invalid): after 64 rounds something is still refused.
Result<Written> settle(Specification& specification, Warnings& warnings);

// Warnings in the order of their places, as texts that name these.
std::vector<std::string> shown(Warnings warnings, const std::vector<Input>& inputs);

}  // namespace cip::importing
