// The files of a specification: those that are given, and what they import.
#pragma once

#include <deque>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/source.h"
#include "compiler/syntax/tree.h"

namespace cip::lang {

// An import that worked.
struct LoadedImport {
  syntax::SourceId importer;
  syntax::SourceId imported;
  const syntax::Statement* statement;  // in the importer's tree
};

struct Loaded {
  std::deque<syntax::Tree> trees;  // each file once, an imported one before the first that imports it
  std::vector<LoadedImport> imports;
  bool incomplete = false;  // an import failed
};

// Reports E0006: a file that cannot be read, and a cycle of imports; the cycle's last import is left out.
Loaded load(const std::vector<syntax::SourceId>& files, const syntax::Vocabulary& vocabulary, syntax::Sources& sources,
            diagnostics::Findings& findings);

}  // namespace cip::lang
