// From a source file to its tree.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/source.h"
#include "compiler/syntax/tree.h"

namespace cip::syntax {

// What the parser is told about a statement of the language. It accepts every word; it asks this only when something is
// missing, to say where (a line that starts with `interface` is a new statement, a `clim` inside a `clim` means that
// a `}` is missing before it).
struct StatementForm {
  std::string_view word;
  std::vector<std::string_view> places = {};    // the blocks it may stand in, by their word; "" is the file
  bool with_semicolon = true;                   // may end with `;`
  bool with_block = false;                      // may have a block
  std::vector<std::string_view> keywords = {};  // words of its arguments, which may begin a line: via, metric, ...
};
// The statements of all places (const, for, if, else, assert, use) and `template` are built in.
using Vocabulary = std::vector<StatementForm>;

// Statements may be nested this deep, and parentheses and brackets in arguments, too.
inline constexpr int depth_limit = 64;

// Says why the file is no text (E0001: a NUL byte, not UTF-8), if it is none.
std::optional<diagnostics::Finding> explain_no_text(const SourceFile& file);

// Reports E0001 (not text, syntax) and E0007 (malformed literals) to `findings`; what could be read is in the tree.
// The tree refers to the file's bytes.
Tree parse(const SourceFile& file, const Vocabulary& vocabulary, diagnostics::Findings& findings);

}  // namespace cip::syntax
