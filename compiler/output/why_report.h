// What `cipc why` prints.
#pragma once

#include <string>
#include <vector>

#include "compiler/diagnostics/render.h"
#include "compiler/output/why.h"
#include "compiler/syntax/source.h"

namespace cip::output {

// One or several attributes with their source lines and steps; a declaration and what it has as a table.
std::string why_text(const std::vector<Fact>& facts, const syntax::Sources& sources,
                     const diagnostics::TextOptions& options);
// { "format": 1, "facts": [{ "path", "kind", "word", "value", "default", "source": {"file", "line", "column"},
//   "steps": [{ "depth", "kind", "name", "value", "text", "source" }] }] }. `source` is null, and `default` true, for
//   what
// is not set. docs/commands.md says more.
std::string why_json(const std::vector<Fact>& facts, const syntax::Sources& sources);

}  // namespace cip::output
