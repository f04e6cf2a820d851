// What the formatter moves about, the pieces of a text: its tokens and comments; and what stands between two of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "compiler/syntax/forms.h"
#include "compiler/syntax/source.h"
#include "compiler/syntax/tokens.h"

namespace cip::syntax {

struct Piece {
  TokenKind kind = TokenKind::foreign;
  bool comment = false;  // then `kind` means nothing
  bool first = false;    // of its statement
  bool sign = false;     // a minus with one operand
  bool range = false;    // `..` that needs no space between its operands
  bool keyword = false;  // of the statement that it is in, or `and`, `or`: a line may begin with it
  // Known, and no keyword here: as the first of a line, behind a word or value, it would begin a statement.
  bool statement_word = false;
  std::uint8_t line_breaks = 0;  // before it in the source; 2: at least one empty line
  std::uint8_t depth = 0;        // of parentheses and brackets around it in its statement
  std::uint32_t columns = 0;     // code points
  std::string_view text;         // of a comment without the white space at its end

  bool is(TokenKind wanted) const { return !comment && kind == wanted; }
  bool is_punctuation(std::string_view wanted) const { return is(TokenKind::punctuation) && text == wanted; }
  bool opens_bracket() const { return is(TokenKind::open_paren) || is(TokenKind::open_bracket) || is(TokenKind::call); }
  bool closes_bracket() const { return is(TokenKind::close_paren) || is(TokenKind::close_bracket); }
};

// In the order of the text, but a comment stands behind a `;`, `,` or `{` that follows it. `tokens` and `comments` are
// those of a file without a syntax error.
std::vector<Piece> pieces_of(const SourceFile& file, const std::vector<Token>& tokens,
                             const std::vector<Span>& comments, const Forms& forms);

// Whether a space stands between two tokens on one line. Where none does, the two are still two tokens.
bool spaced(const Piece& left, const Piece& right);

// What it costs to begin a new line between two tokens of one statement: where a line is too long, the cheapest place
// is taken. Nothing: never here.
std::optional<unsigned> break_cost(const Piece& left, const Piece& right);

}  // namespace cip::syntax
