// Text as the protocol addresses it: by line and character (LSP 3.17, Text Documents).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lsp/protocol.h"
#include "compiler/syntax/source.h"

namespace cip::lsp {

// What a character of a position is: a byte, or a UTF-16 code unit (two for what is outside the Basic Multilingual
// Plane).
enum class Encoding : std::uint8_t { utf8, utf16 };

struct Position {
  std::size_t line = 0;       // from 0
  std::size_t character = 0;  // from 0, in units of the encoding
};

// Where the lines of a text are. Lines end with \n, \r\n or \r. Must not outlive the text.
class Lines {
 public:
  explicit Lines(std::string_view text);

  // A line behind the last is the end of the text, a character behind the end of its line that end; in the middle of a
  // character is its beginning.
  std::size_t offset(Position position, Encoding encoding) const;
  Position position(std::size_t offset, Encoding encoding) const;

 private:
  std::string_view line(std::size_t number) const;  // without its end

  std::string_view text_;
  std::vector<std::size_t> starts_;
};

Position position_from(const Json& json);  // throws Json::exception if it is none
Json to_json(Position position);
Json range_json(const Lines& lines, std::size_t begin, std::size_t end, Encoding encoding);

// The text after an entry of didChange's contentChanges: with a range or as a whole. Throws Json::exception.
void apply_change(std::string& text, const Json& change, Encoding encoding);

// file:///a%20b -> /a b; anything else is its own path.
std::string path_of(std::string_view uri);
std::string uri_of(std::string_view path);  // of an absolute path

}  // namespace cip::lsp
