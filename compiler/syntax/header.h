// The header of a statement (its word and arguments, without the `;` or block) from its tokens.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/source.h"
#include "compiler/syntax/tokens.h"
#include "compiler/syntax/tree.h"

namespace cip::syntax {

// ANTLR's parser, made once for a file. Its tree of a header is let go as soon as ours is built.
class HeaderParser {
 public:
  HeaderParser(const SourceFile& file, diagnostics::Findings& findings);
  HeaderParser(const HeaderParser&) = delete;
  HeaderParser& operator=(const HeaderParser&) = delete;
  ~HeaderParser();

  // `tokens`: a word first; no `;` and no braces; parentheses and brackets not nested deeper than `depth_limit`.
  // Reports the first E0001 in it and every E0007; the statement is `broken` if there was one.
  Statement parse(std::span<const Token> tokens);
  bool has_syntax_error() const { return has_syntax_error_; }  // E0001 in the last one
  // The expression at `span`, which stands in a string. Reports as `parse` does; nothing if there was something.
  std::optional<std::vector<Argument>> parse_expression(const Span& span);

 private:
  struct Parser;
  const SourceFile& file_;
  diagnostics::Findings& findings_;
  std::unique_ptr<Parser> parser_;
  std::unique_ptr<HeaderParser> inner_;  // of the expressions in strings, made for the first
  bool has_syntax_error_ = false;
};

// What is wrong with a piece of text that no token has: a character of another alphabet, a single quote, ...
std::string explain_foreign(std::string_view text);

}  // namespace cip::syntax
