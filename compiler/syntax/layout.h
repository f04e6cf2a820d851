// Where the lines of a formatted text begin and end.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/piece.h"

namespace cip::syntax {

// What has been written. A new line is made when something is written on it, so that none has white space at its end.
class Page {
 public:
  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  void write(std::string_view text, std::size_t columns);
  // What is written next begins a line, behind so many spaces.
  void new_line(std::size_t indent);
  void empty_line();
  bool line_begins() const { return line_begins_; }
  std::size_t column() const { return line_begins_ ? indent_ : column_; }  // of what is written next, from 0
  std::string finish();

 private:
  std::string text_;
  std::size_t column_ = 0;
  std::size_t indent_ = 0;
  bool line_begins_ = true;
};

// `pieces` must outlive it.
class Layout {
 public:
  explicit Layout(const std::vector<Piece>& pieces) : pieces_(pieces) {}
  std::string run();

 private:
  void block(std::size_t indent);
  void statement(std::size_t indent);
  bool write_on_one_line();
  std::optional<std::size_t> end_on_one_line() const;
  bool else_follows(std::size_t index) const;
  std::size_t head_end() const;

  void head(std::size_t begin, std::size_t end, std::size_t indent, std::size_t list_depth);
  void exploded(std::size_t open, std::size_t close, std::size_t indent);
  std::size_t trailing_comment(std::size_t index);
  void own_line_comment(std::size_t index, std::size_t indent);
  void fill(std::size_t begin, std::size_t end, std::size_t indent);
  std::size_t line_end(std::size_t begin, std::size_t end) const;
  void write(std::size_t begin, std::size_t end);
  bool space_before(std::size_t index) const;
  std::size_t closing(std::size_t open) const;
  bool has_comment(std::size_t begin, std::size_t end) const;

  const std::vector<Piece>& pieces_;
  std::size_t at_ = 0;  // the first piece that has not been written
  Page page_;
};

}  // namespace cip::syntax
