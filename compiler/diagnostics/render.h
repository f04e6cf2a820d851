// Findings as text for people (docs/language.md, "Diagnostics").
#pragma once

#include <cstddef>
#include <string>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/source.h"

namespace cip::diagnostics {

struct TextOptions {
  bool color = false;            // ANSI escape sequences
  std::size_t max_errors = 0;    // of errors, and of warnings; 0: all
  std::size_t tab_width = 4;     // columns between tab stops
  std::size_t line_width = 120;  // columns of source shown; longer lines are cut to a window around what is underlined
};

// One finding, ending with a newline.
std::string to_text(const Finding& finding, const syntax::Sources& sources, const TextOptions& options = {});
// All, in the order of the text, an empty line between; then "... and 12 more errors" if there are more than
// `max_errors`, and last the count: "2 errors, 1 warning". Nothing for no findings.
std::string to_text(const Findings& findings, const syntax::Sources& sources, const TextOptions& options = {});
// A place as findings show it, without a finding: its name, its line, and what is underlined.
std::string excerpt(const Label& label, const syntax::Sources& sources, const TextOptions& options = {});

}  // namespace cip::diagnostics
