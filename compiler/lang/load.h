// The files of a specification: those that are given, and what they import.
#pragma once

#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/source.h"
#include "compiler/syntax/tree.h"

namespace cip::lang {

struct Loaded {
  std::vector<syntax::Tree> trees;  // each file once, an imported one before the first that imports it
  bool incomplete = false;          // an import failed
};

// Reports E0006: a file that cannot be read, and a cycle of imports; the cycle's last import is left out.
Loaded load(const std::vector<syntax::SourceId>& files, const syntax::Vocabulary& vocabulary, syntax::Sources& sources,
            diagnostics::Findings& findings);

}  // namespace cip::lang
