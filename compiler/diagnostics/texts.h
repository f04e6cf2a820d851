// The rows of the table of codes, a file per family: texts_language.cpp (E00xx), texts_interfaces.cpp (E01xx),
// texts_failover.cpp (E02xx), texts_tunnels.cpp (E03xx), texts_ipsec.cpp (E04xx); warnings are with their family. Every
// `Code` has exactly one row.
#pragma once

#include <span>

#include "compiler/diagnostics/codes.h"

namespace cip::diagnostics {

std::span<const CodeEntry> language_texts();
std::span<const CodeEntry> interface_texts();
std::span<const CodeEntry> failover_texts();
std::span<const CodeEntry> tunnel_texts();
std::span<const CodeEntry> ipsec_texts();

}  // namespace cip::diagnostics
