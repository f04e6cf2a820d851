// The rows of the table of codes, a file per family: texts_language.cpp (E00xx), texts_interfaces.cpp (E01xx),
// texts_failover.cpp (E02xx and the warnings about pairs). Every `Code` has exactly one row.
#pragma once

#include <span>

#include "compiler/diagnostics/codes.h"

namespace cip::diagnostics {

std::span<const CodeEntry> language_texts();
std::span<const CodeEntry> interface_texts();
std::span<const CodeEntry> failover_texts();

}  // namespace cip::diagnostics
