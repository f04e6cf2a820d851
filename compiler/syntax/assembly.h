// Statements and blocks from tokens: which `;` ends what and which `}` closes what, also where one is missing or too
// many.
//
// What is certain comes first: braces pair as they stand, a statement ends at its `;` or block. Only where that does
// not work out is anything guessed, from three signs: a word that can only begin a statement (or cannot stand in this
// block), the end of a line, and the indentation. So text without an error never depends on its layout or on the
// vocabulary, with one exception: a known statement word that is no keyword of the statement it seems to be in begins a
// new one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/forms.h"
#include "compiler/syntax/header.h"
#include "compiler/syntax/source.h"
#include "compiler/syntax/tokens.h"
#include "compiler/syntax/tree.h"

namespace cip::syntax {

class Assembly {
 public:
  Assembly(const SourceFile& file, const std::vector<Token>& tokens, const Forms& forms,
           diagnostics::Findings& findings);
  Tree run();

 private:
  // A block that is open.
  struct Block {
    Statement statement;
    bool dropped = false;    // what has no word: its content is looked at, and not kept
    bool swallowed = false;  // opened by a brace in an unterminated string
    Place place;             // of the statements in it
    Span brace;
    std::optional<std::uint32_t> indent;          // of its statement, if that begins its line
    std::optional<std::uint32_t> content_indent;  // of the first statement in it, likewise
  };
  // What is missing behind the last token, reported as one.
  struct Missing {
    bool semicolon = false;
    bool block = false;
    std::vector<Span> braces;  // those that should have been closed
  };

  void pair_braces();
  void take(std::size_t index);
  void start(const Token& token);
  void add(const Token& token);
  void check_head_size();
  void end_statement(std::uint32_t end);
  void open(const Token& brace);
  void close(std::size_t index);
  void close_innermost(std::uint32_t end);
  void finish();

  bool starts_statement(const Token& token) const;
  void end_before(const Token& next);
  void close_before_dedent(const Token& token);
  void close_before_word(const Token& token);
  void close_before_brace(const Token& token);
  void close_unclosed(std::size_t count);
  bool is_surplus(std::size_t index) const;
  bool guessing() const { return unclosed_ > 0 && at_ > first_unclosed_; }  // a `}` is missing, somewhere from there on

  Statement read_head();
  bool begins_with_word() const { return !head_.empty() && head_.front().kind == TokenKind::word; }
  void report_misfit(const Token& token);
  void report_missing();
  void report(const Span& span, std::string message, std::string label, std::string help = {});
  void mark_lost();
  void keep(Statement statement);
  Place place_of_block(const Statement& statement) const;
  Place place() const;
  std::string_view text(const Token& token) const { return file_.text(span_of(token, file_.id())); }

  const SourceFile& file_;
  const std::vector<Token>& tokens_;
  const Forms& forms_;
  diagnostics::Findings& findings_;
  HeaderParser headers_;

  Tree tree_;
  std::vector<Block> blocks_;  // open ones, outermost first
  std::vector<Token> head_;    // of the statement that is being read
  std::size_t depth_ = 0;      // of parentheses and brackets in it
  bool head_too_large_ = false;
  Missing missing_;
  std::size_t at_ = 0;             // the token that is being looked at
  std::size_t skipped_depth_ = 0;  // inside a block that is nested too deeply
  Span last_;                      // the last token that was taken

  // As the braces pair by themselves; guesses use these up.
  std::size_t unclosed_ = 0;
  std::size_t first_unclosed_ = 0;
  std::vector<std::size_t> stray_;  // closing braces that close nothing, last first
  // Braces that an unterminated string swallowed may be meant or not: the errors that follow from them are none.
  std::size_t forgiven_open_ = 0;
  std::size_t forgiven_closed_ = 0;
};

}  // namespace cip::syntax
