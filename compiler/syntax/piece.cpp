#include "compiler/syntax/piece.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cip::syntax {

namespace {

// A line ends with \n, \r\n or a \r alone.
std::uint8_t count_line_breaks(std::string_view space) {
  unsigned count = 0;
  for (std::size_t i = 0; i < space.size(); ++i) {
    const bool lone_return = space[i] == '\r' && (i + 1 == space.size() || space[i + 1] != '\n');
    if (space[i] == '\n' || lone_return) ++count;
  }
  return static_cast<std::uint8_t>(std::min(count, 2U));
}

std::uint32_t count_columns(std::string_view text) {
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), starts));
}

// Makes pieces of tokens and comments that come in the order of the text.
class Collector {
 public:
  explicit Collector(const SourceFile& file) : file_(file) {}

  void comment(const Span& span) {
    Piece piece = cut(span);
    piece.comment = true;
    piece.text = piece.text.substr(0, piece.text.find_last_not_of(" \t") + 1);
    waiting_.push_back(piece);
  }
  void token(const Token& token) {
    Piece piece = cut(span_of(token, file_.id()));
    piece.kind = token.kind;
    const bool ends = piece.is(TokenKind::semicolon) || piece.is(TokenKind::open_brace) || piece.is_punctuation(",");
    if (!ends) release();
    pieces_.push_back(piece);
  }
  std::vector<Piece> finish() {
    release();
    return std::move(pieces_);
  }

 private:
  Piece cut(const Span& span) {
    Piece piece;
    piece.text = file_.text(span);
    piece.columns = count_columns(piece.text);
    piece.line_breaks = count_line_breaks(file_.text({file_.id(), end_, span.begin}));
    end_ = span.end;
    return piece;
  }
  void release() {
    for (Piece& comment : waiting_) {
      // Nothing that it could stand behind on its line.
      if (pieces_.empty() || pieces_.back().comment)
        comment.line_breaks = std::max<std::uint8_t>(comment.line_breaks, 1);
      pieces_.push_back(comment);
    }
    waiting_.clear();
  }

  const SourceFile& file_;
  std::vector<Piece> pieces_;
  std::vector<Piece> waiting_;  // comments: a `;`, `,` or `{` goes before them
  std::uint32_t end_ = 0;       // of the last piece in the source
};

bool is_operand(const Piece& piece) {
  switch (piece.kind) {
    case TokenKind::word:
    case TokenKind::reference:
    case TokenKind::call:
    case TokenKind::number:
    case TokenKind::address:
    case TokenKind::open_paren:
    case TokenKind::open_bracket:
      return !piece.comment;
    default:
      return false;
  }
}

// Whether dots or a colon right behind it would become a part of it: an address, and `802.3ad`.
bool takes_dots(const Piece& piece) {
  const bool digit = !piece.text.empty() && piece.text.front() >= '0' && piece.text.front() <= '9';
  return piece.is(TokenKind::address) || (piece.is(TokenKind::word) && digit);
}

// Says of each piece what it is in its statement.
class Marker {
 public:
  explicit Marker(const Forms& forms) : forms_(forms) {}

  // `next`: the token behind it, if there is one.
  void mark(Piece& piece, const Piece* next) {
    if (piece.is(TokenKind::semicolon) || piece.is(TokenKind::open_brace) || piece.is(TokenKind::close_brace)) {
      first_ = nullptr;
      depth_ = 0;
      return;
    }
    if (piece.closes_bracket() && depth_ > 0) --depth_;
    piece.depth = depth_;
    if (piece.opens_bracket()) ++depth_;
    if (first_ == nullptr) {
      first_ = &piece;
      piece.first = true;
    } else if (piece.is(TokenKind::word)) {
      mark_word(piece);
    } else if (piece.is_punctuation("-")) {
      piece.sign = next != nullptr && is_operand(*next) && wants_operand(*previous_);
    } else if (piece.is_punctuation("..")) {
      const bool behind = is_operand(*previous_) || previous_->closes_bracket();
      const bool before = next != nullptr && (is_operand(*next) || next->is_punctuation("-"));
      piece.range = behind && before && !takes_dots(*previous_) && !takes_dots(*next);
    }
    previous_ = &piece;
  }

 private:
  void mark_word(Piece& piece) const {
    const bool own = forms_.has_keyword(first_->text, piece.text);
    const bool joins = piece.text == "in" || piece.text == "as" || piece.text == "if";
    piece.keyword = (own && !joins && depth_ == 0) || piece.text == "and" || piece.text == "or";
    piece.statement_word = !own && forms_.known(piece.text);
  }
  // Whether an operand follows: `metric -1`, `(-1)`, `x and -y`; but `x - 1`.
  bool wants_operand(const Piece& piece) const {
    if (&piece == first_ || piece.is(TokenKind::punctuation) || piece.opens_bracket()) return true;
    return piece.is(TokenKind::word) && (is_reserved(piece.text) || forms_.has_keyword(first_->text, piece.text));
  }

  const Forms& forms_;
  const Piece* first_ = nullptr;     // of the statement
  const Piece* previous_ = nullptr;  // in the statement
  std::uint8_t depth_ = 0;
};

void mark(std::vector<Piece>& pieces, const Forms& forms) {
  Marker marker(forms);
  Piece* piece = nullptr;
  for (Piece& next : pieces) {
    if (next.comment) continue;
    if (piece != nullptr) marker.mark(*piece, &next);
    piece = &next;
  }
  if (piece != nullptr) marker.mark(*piece, nullptr);
}

}  // namespace

std::vector<Piece> pieces_of(const SourceFile& file, const std::vector<Token>& tokens,
                             const std::vector<Span>& comments, const Forms& forms) {
  Collector collector(file);
  auto comment = comments.begin();
  for (const Token& token : tokens) {
    for (; comment != comments.end() && comment->begin < token.begin; ++comment) collector.comment(*comment);
    collector.token(token);
  }
  for (; comment != comments.end(); ++comment) collector.comment(*comment);
  std::vector<Piece> pieces = collector.finish();
  mark(pieces, forms);
  return pieces;
}

bool spaced(const Piece& left, const Piece& right) {
  if (right.is(TokenKind::semicolon) || right.is_punctuation(",") || right.closes_bracket()) return false;
  if (left.opens_bracket() || left.sign) return false;
  if (right.is_punctuation(":")) return left.is(TokenKind::punctuation) || takes_dots(left);
  return !left.range && !right.range;
}

std::optional<unsigned> break_cost(const Piece& left, const Piece& right) {
  constexpr unsigned after_operator = 100;  // more than the deepest nesting
  constexpr unsigned elsewhere = 200;
  constexpr unsigned after_name = 300;  // `name: value` stays together if at all possible
  const bool would_begin_statement = right.statement_word && !left.is(TokenKind::punctuation);
  if (!spaced(left, right) || left.first || would_begin_statement) return std::nullopt;
  if (right.is(TokenKind::open_brace) || right.is(TokenKind::close_brace)) return std::nullopt;
  if (left.is_punctuation(",")) return left.depth;
  if (right.keyword) return right.depth;
  if (left.is_punctuation(":")) return after_name;
  if (left.is(TokenKind::punctuation)) return after_operator + left.depth;
  return (right.is(TokenKind::punctuation) ? after_name : elsewhere) + right.depth;
}

}  // namespace cip::syntax
