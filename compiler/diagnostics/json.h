// Findings as JSON for other programs; schemas/findings.schema.json describes it.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/source.h"

namespace cip::diagnostics {

// Major version of the document: a reader that knows another one must not go on.
inline constexpr unsigned findings_format = 1;

// In the order of the text, each on a line of its own. Keys are sorted, everything beyond ASCII is escaped, so that a
// terminal can show it; bytes of a path that are no UTF-8 are U+FFFD. Ends with a newline. `max_errors` is as in
// TextOptions: 0 is all.
std::string to_json(const Findings& findings, const syntax::Sources& sources, std::size_t max_errors = 0);

// A value on one line, in the same way.
std::string dump(const nlohmann::json& value);

// The facts of docs/domain.md that a code comes from, in the table: "P1, K4".
std::vector<std::string> domain_facts(const CodeEntry& entry);

}  // namespace cip::diagnostics
