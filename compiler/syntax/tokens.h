// The tokens of a source file: what ANTLR's lexer finds, without ANTLR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/source.h"

namespace cip::syntax {

enum class TokenKind : std::uint8_t {
  semicolon,
  open_brace,
  close_brace,
  open_paren,
  close_paren,
  open_bracket,
  close_bracket,
  punctuation,
  word,
  reference,
  call,     // with its parenthesis
  number,   // starts with a digit: an integer, a duration, or malformed
  address,  // has a dot or colons: an address, network, MAC address, or malformed
  string,
  open_string,  // without its closing quote, up to the end of the line
  foreign,      // no part of the language
};

struct Token {
  TokenKind kind = TokenKind::foreign;
  bool first_on_line = false;
  // Stands for what an unterminated string before it has swallowed (or just ends its statement). Empty span.
  bool swallowed = false;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t indent = 0;  // bytes before it on its line, if it is the first there
};

// Needs well-formed UTF-8 (a byte order mark at the start is skipped). Comments are no tokens: each goes to `comments`
// (from its `#` to the end of its line) if that is given; E0001 for those of other languages. Behind an unterminated
// string stand the `;`, `}` or `{` that it has swallowed, so that nobody misses them.
// Nothing if there are more than `token_limit`, which is E0001.
std::vector<Token> tokenize(const SourceFile& file, diagnostics::Findings& findings,
                            std::vector<Span>* comments = nullptr);
// Of a part of the file: the expression in a string.
std::vector<Token> tokenize(const SourceFile& file, const Span& part, diagnostics::Findings& findings,
                            std::vector<Span>* comments = nullptr);

// Of one file. A specification has five bytes or more for each of its tokens, and Sources::size_limit bytes; what comes
// to this limit is something else, and would take gigabytes.
inline constexpr std::size_t token_limit = std::size_t{12} << 20;

inline Span span_of(const Token& token, SourceId source) {
  return {source, token.begin, token.end};
}

// and, assert, const, ... (docs/language.md), sorted: not names of anything.
std::span<const std::string_view> reserved_words();
bool is_reserved(std::string_view word);

}  // namespace cip::syntax
