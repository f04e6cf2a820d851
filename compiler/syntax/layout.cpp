#include "compiler/syntax/layout.h"

#include <algorithm>
#include <utility>

namespace cip::syntax {

namespace {

constexpr std::size_t width = 100;  // columns of code in a line; a comment behind it does not count
constexpr std::size_t block_indent = 2;
constexpr std::size_t continuation_indent = 4;

}  // namespace

void Page::write(std::string_view text, std::size_t columns) {
  if (std::exchange(line_begins_, false)) {
    if (!text_.empty()) text_ += '\n';
    text_.append(indent_, ' ');
    column_ = indent_;
  }
  text_ += text;
  column_ += columns;
}

void Page::new_line(std::size_t indent) {
  line_begins_ = true;
  indent_ = indent;
}

void Page::empty_line() {
  text_ += '\n';
}

std::string Page::finish() {
  if (!text_.empty()) text_ += '\n';
  return std::move(text_);
}

std::string Layout::run() {
  std::size_t bytes = 0;
  for (const Piece& piece : pieces_) bytes += piece.text.size() + 2;
  page_.reserve(bytes + bytes / 4);
  block(0);
  return page_.finish();
}

// Statements and comments from here to the end of their block, without its `}`.
void Layout::block(std::size_t indent) {
  bool first = true;
  while (at_ < pieces_.size() && !pieces_[at_].is(TokenKind::close_brace)) {
    const Piece& piece = pieces_[at_];
    if (piece.comment && piece.line_breaks == 0) {
      at_ = trailing_comment(at_);
      continue;
    }
    if (piece.line_breaks == 2 && !first) page_.empty_line();
    first = false;
    if (piece.comment) {
      own_line_comment(at_++, indent);
    } else {
      page_.new_line(indent);
      statement(indent);
    }
  }
}

// A statement, and each `else` that goes with it.
void Layout::statement(std::size_t indent) {
  if (write_on_one_line()) return;
  while (true) {
    const std::size_t end = head_end();
    head(at_, end, indent, 0);
    at_ = end;
    const Piece& last = pieces_[end - 1];
    if (last.is(TokenKind::semicolon)) return;
    if (last.is(TokenKind::open_brace)) {
      block(indent + block_indent);
      page_.new_line(indent);
      write(at_, at_ + 1);
      ++at_;
    }
    if (at_ == pieces_.size() || pieces_[at_].comment || !else_follows(at_)) return;
  }
}

bool Layout::write_on_one_line() {
  const std::optional<std::size_t> end = end_on_one_line();
  if (!end) return false;
  write(at_, *end);
  at_ = *end;
  return true;
}

// The end of the statement that begins here, with each `else`, if it is to stand on one line: it fits, has no comment
// in it, and its blocks stand on one line in the source.
std::optional<std::size_t> Layout::end_on_one_line() const {
  std::size_t column = page_.column();
  std::size_t depth = 0;
  bool block_on_its_line = false;  // behind a block, so that an `else` must be there, too
  for (std::size_t i = at_; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    const bool closes = piece.is(TokenKind::close_brace);
    const bool empty_block = closes && depth == 1 && pieces_[i - 1].is(TokenKind::open_brace);
    if (piece.comment) return std::nullopt;
    if (piece.line_breaks > 0 && (depth > 0 || block_on_its_line) && !empty_block) return std::nullopt;
    block_on_its_line = false;
    column += piece.columns + (i > at_ && spaced(pieces_[i - 1], piece) ? 1 : 0);
    if (column > width) return std::nullopt;
    if (piece.is(TokenKind::open_brace)) ++depth;
    if (closes) --depth;
    if (depth > 0 || !(closes || piece.is(TokenKind::semicolon))) continue;
    if (!closes || !else_follows(i + 1)) return i + 1;
    block_on_its_line = true;
  }
  return std::nullopt;
}

// Whether the next token is an `else`.
bool Layout::else_follows(std::size_t index) const {
  while (index < pieces_.size() && pieces_[index].comment) ++index;
  return index < pieces_.size() && pieces_[index].is(TokenKind::word) && pieces_[index].text == "else";
}

// Behind the `;`, the `{`, or the `}` of an empty block.
std::size_t Layout::head_end() const {
  std::size_t end = at_;
  while (!pieces_[end].is(TokenKind::semicolon) && !pieces_[end].is(TokenKind::open_brace)) ++end;
  const bool empty = pieces_[end].is(TokenKind::open_brace) && pieces_[end + 1].is(TokenKind::close_brace);
  return end + (empty ? 2 : 1);
}

// Pieces of the head of one statement. `indent`: of the line that it begins on. Inside brackets that are exploded,
// `list_depth` is the depth of the commas behind which a line ends; otherwise 0.
void Layout::head(std::size_t begin, std::size_t end, std::size_t indent, std::size_t list_depth) {
  const std::size_t further = indent + continuation_indent;
  std::size_t next_indent = list_depth > 0 ? indent : further;
  std::size_t end_of_tokens = end;  // comments only from there
  while (end_of_tokens > begin && pieces_[end_of_tokens - 1].comment) --end_of_tokens;
  std::size_t start = begin;  // of what is waiting to be written
  for (std::size_t i = begin; i < end;) {
    const Piece& piece = pieces_[i];
    const std::size_t close = piece.opens_bracket() ? closing(i) : i;
    if (piece.comment) {
      fill(start, i, further);
      start = i + 1;
      if (piece.line_breaks == 0) {
        trailing_comment(i);
      } else {
        own_line_comment(i, list_depth > 0 && i >= end_of_tokens ? indent : next_indent);
      }
      page_.new_line(next_indent);
    } else if (has_comment(i, close)) {
      fill(start, i + 1, further);
      exploded(i, close, indent);
      start = i = close;
      next_indent = further;
    } else if (list_depth > 0 && piece.depth == list_depth && piece.is_punctuation(",")) {
      fill(start, i + 1, further);
      start = trailing_comment(i + 1);
      i = start - 1;
      page_.new_line(indent);
      next_indent = indent;
    } else {
      next_indent = further;
    }
    ++i;
  }
  fill(start, end, further);
}

// What is in brackets that have a comment in them: each item on a line of its own, and so the closing one.
void Layout::exploded(std::size_t open, std::size_t close, std::size_t indent) {
  const std::size_t begin = trailing_comment(open + 1);
  page_.new_line(indent + continuation_indent);
  head(begin, close, indent + continuation_indent, pieces_[open].depth + std::size_t{1});
  page_.new_line(indent);
}

// Writes the comment that stands here behind code, if there is one; returns what comes next.
std::size_t Layout::trailing_comment(std::size_t index) {
  if (!pieces_[index].comment || pieces_[index].line_breaks > 0) return index;
  page_.write("  ", 2);
  page_.write(pieces_[index].text, pieces_[index].columns);
  return index + 1;
}

void Layout::own_line_comment(std::size_t index, std::size_t indent) {
  page_.new_line(indent);
  page_.write(pieces_[index].text, pieces_[index].columns);
}

// Tokens in as many lines as they need, from where the page is; `indent` is that of the second and further ones.
void Layout::fill(std::size_t begin, std::size_t end, std::size_t indent) {
  while (begin < end) {
    const std::size_t stop = line_end(begin, end);
    write(begin, stop);
    if (stop < end) page_.new_line(indent);
    begin = stop;
  }
}

// How far the line goes: to the last of the cheapest places that it reaches; if it reaches none, to the first.
std::size_t Layout::line_end(std::size_t begin, std::size_t end) const {
  std::size_t column = page_.column();
  std::size_t best = end;
  unsigned best_cost = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const std::optional<unsigned> cost = i > begin ? break_cost(pieces_[i - 1], pieces_[i]) : std::nullopt;
    if (cost && (best == end || *cost <= best_cost)) {
      best = i;
      best_cost = *cost;
    }
    const bool space = i > begin ? spaced(pieces_[i - 1], pieces_[i]) : space_before(i);
    column += pieces_[i].columns + (space ? 1 : 0);
    if (column > width && best < end) return best;
  }
  return end;
}

void Layout::write(std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (space_before(i)) page_.write(" ", 1);
    page_.write(pieces_[i].text, pieces_[i].columns);
  }
}

bool Layout::space_before(std::size_t index) const {
  return !page_.line_begins() && index > 0 && spaced(pieces_[index - 1], pieces_[index]);
}

// The bracket that closes this one.
std::size_t Layout::closing(std::size_t open) const {
  std::size_t close = open + 1;
  while (!pieces_[close].closes_bracket() || pieces_[close].depth != pieces_[open].depth) ++close;
  return close;
}

bool Layout::has_comment(std::size_t begin, std::size_t end) const {
  const auto at = [&](std::size_t i) { return pieces_.begin() + static_cast<std::ptrdiff_t>(i); };
  return std::any_of(at(begin), at(end), [](const Piece& piece) { return piece.comment; });
}

}  // namespace cip::syntax
