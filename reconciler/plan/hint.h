// What a person can do about an operation that the kernel refused.
#pragma once

#include <string_view>

#include "reconciler/plan/objects.h"

namespace cip::plan {

// Empty if we know no more than the kernel said.
std::string_view hint(const Action& action, int error);

}  // namespace cip::plan
