// What the tests of the parser share: a small vocabulary, and a text that has been parsed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/source.h"
#include "compiler/syntax/tree.h"

namespace cip::syntax::testing {

const Vocabulary& vocabulary();

struct Parsed {
  explicit Parsed(std::string text);

  // "4:24 E0001 missing `;`" for each finding, in the order of the text.
  std::vector<std::string> findings() const;
  // The tree in one line: "clim n1 { control 192.168.100.1; }", with `!` behind the word of a broken statement and `?`
  // behind that of one with a broken block.
  std::string outline() const;

  Sources sources;
  const SourceFile& file;
  diagnostics::Findings list;
  Tree tree;
};

// The files in tests/unit/syntax/data: those of the specification that need every kind of token and statement.
std::vector<std::string> data_files();
std::string read_data(const std::string& name);

}  // namespace cip::syntax::testing
