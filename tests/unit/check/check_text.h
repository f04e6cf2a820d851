// Checks a specification that stands in a test.
#pragma once

#include <string>

#include "compiler/check/check.h"
#include "compiler/lang/compile.h"

namespace cip::check {

// "CODE LINE" of each finding, in the order of the text; warnings only if asked for.
inline std::string findings_of(const std::string& text, bool warnings = false) {
  syntax::Sources sources;
  diagnostics::Findings findings;
  const auto& file = sources.add("test.cip", text);
  check(lang::compile({file.id()}, sources, findings), findings);
  std::string result;
  for (const auto* finding : findings.sorted()) {
    if (warnings || diagnostics::severity(finding->code) == diagnostics::Severity::error) {
      result += (result.empty() ? "" : ", ") + std::string(diagnostics::name(finding->code)) + " " +
                std::to_string(file.line_of(finding->primary.span.begin));
    }
  }
  return result;
}

}  // namespace cip::check
