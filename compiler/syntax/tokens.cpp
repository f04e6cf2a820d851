#include "compiler/syntax/tokens.h"

#include <algorithm>
#include <antlr4-runtime.h>
#include <array>
#include <string>
#include <utility>

#include "CipLexer.h"
#include "compiler/syntax/byte_stream.h"

namespace cip::syntax {

namespace {

using grammar::CipLexer;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

TokenKind kind_of(std::size_t type) {
  switch (type) {
    case CipLexer::SEMICOLON:
      return TokenKind::semicolon;
    case CipLexer::LBRACE:
      return TokenKind::open_brace;
    case CipLexer::RBRACE:
      return TokenKind::close_brace;
    case CipLexer::LPAREN:
      return TokenKind::open_paren;
    case CipLexer::RPAREN:
      return TokenKind::close_paren;
    case CipLexer::LBRACKET:
      return TokenKind::open_bracket;
    case CipLexer::RBRACKET:
      return TokenKind::close_bracket;
    case CipLexer::PUNCTUATION:
      return TokenKind::punctuation;
    case CipLexer::WORD:
      return TokenKind::word;
    case CipLexer::REFERENCE:
      return TokenKind::reference;
    case CipLexer::CALL:
      return TokenKind::call;
    case CipLexer::NUMBER:
      return TokenKind::number;
    case CipLexer::ADDRESS:
      return TokenKind::address;
    case CipLexer::STRING:
      return TokenKind::string;
    case CipLexer::OPEN_STRING:
      return TokenKind::open_string;
    default:
      return TokenKind::foreign;
  }
}

// What an unterminated string has taken away: its statement's `;` in any case, and the braces that do not pair in it.
void append_swallowed(std::string_view text, std::uint32_t at, std::vector<Token>& tokens) {
  std::size_t closed = 0;
  std::size_t open = 0;
  for (const char c : text) {
    if (c == '{') ++open;
    if (c == '}' && open > 0) {
      --open;
    } else if (c == '}') {
      ++closed;
    }
  }
  const auto append = [&](TokenKind kind) {
    tokens.push_back({.kind = kind, .swallowed = true, .begin = at, .end = at});
  };
  append(open > 0 && closed == 0 ? TokenKind::open_brace : TokenKind::semicolon);
  for (std::size_t i = 0; i < closed; ++i) append(TokenKind::close_brace);
}

void report_comment(const SourceFile& file, const Token& token, diagnostics::Findings& findings) {
  const std::uint32_t end = token.begin + 2;
  diagnostics::Finding finding;
  finding.code = diagnostics::Code::e0001;
  finding.message =
      "a comment starts with `#`, not with `" + std::string(file.text({file.id(), token.begin, end})) + "`";
  finding.primary = {Span{file.id(), token.begin, end}, "write `#` here"};
  findings.add(std::move(finding));
}

void report_too_many(const SourceFile& file, std::uint32_t at, diagnostics::Findings& findings) {
  diagnostics::Finding finding;
  finding.code = diagnostics::Code::e0001;
  finding.message = "more than " + std::to_string(token_limit) + " words and signs in one file";
  finding.primary = {Span{file.id(), at, at + 1}, "not read from here on"};
  finding.help.emplace_back("split the file with import, or say in loops and templates what repeats itself");
  findings.add(std::move(finding));
}

}  // namespace

std::span<const std::string_view> reserved_words() {
  static constexpr std::array<std::string_view, 13> words = {"and", "assert", "const", "else",     "false", "for", "if",
                                                             "in",  "not",    "or",    "template", "true",  "use"};
  return words;
}

bool is_reserved(std::string_view word) {
  const auto words = reserved_words();
  return std::binary_search(words.begin(), words.end(), word);
}

std::vector<Token> tokenize(const SourceFile& file, diagnostics::Findings& findings, std::vector<Span>* comments) {
  const std::uint32_t start = file.bytes().starts_with(byte_order_mark) ? std::uint32_t{byte_order_mark.size()} : 0;
  return tokenize(file, {file.id(), start, static_cast<std::uint32_t>(file.bytes().size())}, findings, comments);
}

std::vector<Token> tokenize(const SourceFile& file, const Span& part, diagnostics::Findings& findings,
                            std::vector<Span>* comments) {
  ByteStream input(file.bytes().substr(0, part.end));
  input.seek(part.begin);
  CipLexer lexer(&input);
  lexer.removeErrorListeners();  // there is a token for every character

  std::vector<Token> tokens;
  const std::size_t first_line = file.line_of(part.begin);
  std::size_t line_of_last = 0;
  while (true) {
    const std::unique_ptr<antlr4::Token> found = lexer.nextToken();
    if (found->getType() == antlr4::Token::EOF) return tokens;
    if (tokens.size() >= token_limit) {
      report_too_many(file, static_cast<std::uint32_t>(found->getStartIndex()), findings);
      return {};
    }
    Token token;
    token.kind = kind_of(found->getType());
    token.begin = static_cast<std::uint32_t>(found->getStartIndex());
    token.end = static_cast<std::uint32_t>(found->getStopIndex() + 1);
    if (found->getType() == CipLexer::WRONG_COMMENT) {
      report_comment(file, token, findings);
      continue;
    }
    if (found->getType() == CipLexer::COMMENT) {
      if (comments != nullptr) comments->push_back(span_of(token, file.id()));
      continue;
    }
    const std::size_t line = found->getLine();
    token.first_on_line = line != line_of_last;
    if (token.first_on_line) {
      token.indent = token.begin - (line == 1 ? part.begin : file.line_start(line + first_line - 1));
    }
    line_of_last = line;

    const std::string_view text = file.text(span_of(token, file.id()));
    if (token.kind == TokenKind::call && is_reserved(text.substr(0, text.size() - 1))) {
      // `if(x)`: a word and a parenthesis, for want of a space.
      tokens.push_back(token);
      tokens.back().kind = TokenKind::word;
      tokens.back().end = token.end - 1;
      tokens.push_back({.kind = TokenKind::open_paren, .begin = token.end - 1, .end = token.end});
      continue;
    }
    tokens.push_back(token);
    if (token.kind == TokenKind::open_string) append_swallowed(text, token.end, tokens);
  }
}

}  // namespace cip::syntax
