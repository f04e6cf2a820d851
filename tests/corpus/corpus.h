// Corpus files: what they announce, and what the compiler says about them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/lang/model.h"
#include "compiler/syntax/source.h"

namespace cip::corpus {

// `CODE LINE`, or `CODE FILE:LINE` for a place in another file.
using Expectation = std::string;

// What the first lines of a file announce as `# expect: CODE LINE`, sorted.
std::vector<Expectation> announced(const std::string& text);

// One specification after it has been through the compiler.
struct Compiled {
  syntax::Sources sources;
  diagnostics::Findings findings;
  lang::Cluster cluster;

  std::string text() const;  // of all findings, as cipc prints them
  // Its errors in the form of expectations, sorted; of the warnings those whose code is among the `announced`.
  std::vector<Expectation> found(const std::vector<Expectation>& announced) const;
};

// `sources` of the result has the file; nothing is printed.
void compile_file(const std::filesystem::path& path, Compiled& result);
void compile_text(const std::string& text, Compiled& result);

// The specifications right in a directory, in order of their names; what lies deeper is for imports.
std::vector<std::filesystem::path> specifications(const std::filesystem::path& dir);
std::string read_text(const std::filesystem::path& path);

}  // namespace cip::corpus
