#include "compiler/syntax/header.h"

#include <antlr4-runtime.h>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include "CipParser.h"
#include "compiler/diagnostics/text.h"
#include "compiler/syntax/literal.h"
#include "compiler/syntax/parse.h"

namespace cip::syntax {

namespace {

using grammar::CipParser;

std::size_t type_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::open_paren:
      return CipParser::LPAREN;
    case TokenKind::close_paren:
      return CipParser::RPAREN;
    case TokenKind::open_bracket:
      return CipParser::LBRACKET;
    case TokenKind::close_bracket:
      return CipParser::RBRACKET;
    case TokenKind::punctuation:
      return CipParser::PUNCTUATION;
    case TokenKind::word:
      return CipParser::WORD;
    case TokenKind::reference:
      return CipParser::REFERENCE;
    case TokenKind::call:
      return CipParser::CALL;
    case TokenKind::number:
      return CipParser::NUMBER;
    case TokenKind::address:
      return CipParser::ADDRESS;
    case TokenKind::string:
      return CipParser::STRING;
    case TokenKind::open_string:
      return CipParser::OPEN_STRING;
    case TokenKind::semicolon:
      return CipParser::SEMICOLON;
    case TokenKind::open_brace:
      return CipParser::LBRACE;
    case TokenKind::close_brace:
      return CipParser::RBRACE;
    case TokenKind::foreign:
      break;
  }
  return CipParser::FOREIGN;
}

// Gives our tokens to ANTLR; the index of each is its start index.
class TokenList : public antlr4::TokenSource {
 public:
  explicit TokenList(std::span<const Token> tokens) : tokens_(tokens) {}
  std::unique_ptr<antlr4::Token> nextToken() override {
    const std::size_t type = next_ < tokens_.size() ? type_of(tokens_[next_].kind) : antlr4::Token::EOF;
    auto token = std::make_unique<antlr4::CommonToken>(type);
    token->setStartIndex(next_);
    if (next_ < tokens_.size()) ++next_;
    return token;
  }
  std::size_t getLine() const override { return 0; }
  std::size_t getCharPositionInLine() override { return 0; }
  antlr4::CharStream* getInputStream() override { return nullptr; }
  std::string getSourceName() override { return {}; }
  antlr4::TokenFactory<antlr4::CommonToken>* getTokenFactory() override {
    return antlr4::CommonTokenFactory::DEFAULT.get();
  }

 private:
  std::span<const Token> tokens_;
  std::size_t next_ = 0;
};

bool is_foreign_space(std::uint32_t c) {
  return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x2060 || c == 0x3000 || c == 0xFEFF;
}

// Builds our statement from ANTLR's tree of a header.
class Builder {
 public:
  Builder(const SourceFile& file, std::span<const Token> tokens, HeaderParser& parser, diagnostics::Findings& findings)
      : file_(file), tokens_(tokens), parser_(parser), findings_(findings) {}

  Statement statement(CipParser::HeadContext& head) {
    statement_.word_span = span_of(tokens_.front(), file_.id());
    statement_.word = file_.text(statement_.word_span);
    statement_.head = join(statement_.word_span, span_of(tokens_.back(), file_.id()));
    statement_.span = statement_.head;
    add_items(head.item(), statement_.arguments);
    for (CipParser::StrayContext* stray : head.stray()) report_foreign(tokens_[stray->getStart()->getStartIndex()]);
    return std::move(statement_);
  }

  bool has_syntax_error() const { return has_syntax_error_; }

 private:
  void add_items(const std::vector<CipParser::ItemContext*>& items, std::vector<Argument>& arguments) {
    arguments.reserve(items.size());
    for (CipParser::ItemContext* item : items) add(*item, arguments);
  }

  void add(CipParser::ItemContext& item, std::vector<Argument>& arguments) {
    if (CipParser::CallContext* call = item.call()) {
      arguments.push_back(bracketed(ArgumentKind::call, *call, call->item(), call->RPAREN(), ")"));
      std::string_view& name = arguments.back().text;
      name = name.substr(0, name.find('('));
    } else if (CipParser::GroupContext* group = item.group()) {
      arguments.push_back(bracketed(ArgumentKind::group, *group, group->item(), group->RPAREN(), ")"));
    } else if (CipParser::ListContext* list = item.list()) {
      arguments.push_back(bracketed(ArgumentKind::list, *list, list->item(), list->RBRACKET(), "]"));
    } else if (CipParser::JunkContext* junk = item.junk()) {
      report_foreign(tokens_[junk->getStart()->getStartIndex()]);
    } else {
      arguments.push_back(leaf(tokens_[item.getStart()->getStartIndex()]));
    }
  }

  Argument bracketed(ArgumentKind kind, antlr4::ParserRuleContext& context,
                     const std::vector<CipParser::ItemContext*>& items, antlr4::tree::TerminalNode* close,
                     std::string_view closing) {
    const Span open = span_of(tokens_[context.getStart()->getStartIndex()], file_.id());
    const Token& last = tokens_[context.getStop()->getStartIndex()];
    Argument argument;
    argument.kind = kind;
    argument.span = join(open, span_of(last, file_.id()));
    argument.text = file_.text(argument.span);
    add_items(items, argument.items);
    if (close == nullptr) {
      diagnostics::Finding finding;
      finding.message = fmt::format("missing `{}`", closing);
      finding.primary = {end_of(statement_.head), fmt::format("expected `{}` here or before", closing)};
      finding.secondary.push_back({Span{open.source, open.end - 1, open.end}, "to close this"});
      report_syntax(std::move(finding));
    }
    return argument;
  }

  Argument leaf(const Token& token) {
    Argument argument;
    argument.span = span_of(token, file_.id());
    argument.text = file_.text(argument.span);
    switch (token.kind) {
      case TokenKind::word:
        argument.kind = ArgumentKind::word;
        break;
      case TokenKind::reference:
        argument.kind = ArgumentKind::reference;
        break;
      case TokenKind::string:
        argument.kind = ArgumentKind::string;
        read_string(argument, findings_);
        read_expressions(argument);
        break;
      case TokenKind::number:
      case TokenKind::address:
        argument.kind = classify_literal(argument.text);
        if (argument.kind == ArgumentKind::malformed) report_malformed(argument);
        break;
      default:
        argument.kind = ArgumentKind::punctuation;
        break;
    }
    if (argument.kind == ArgumentKind::malformed) statement_.broken = true;
    return argument;
  }

  void read_expressions(Argument& string) {
    for (StringPart& part : string.parts) {
      if (!part.expression || string.kind == ArgumentKind::malformed) continue;
      auto items = parser_.parse_expression(part.span);
      if (items) {
        part.items = std::move(*items);
      } else {
        string.kind = ArgumentKind::malformed;
      }
    }
  }

  void report_malformed(const Argument& argument) {
    diagnostics::Finding finding;
    finding.code = diagnostics::Code::e0007;
    finding.message = explain_malformed(argument.text);
    finding.primary = {argument.span, {}};
    findings_.add(std::move(finding));
  }

  void report_foreign(const Token& token) {
    const Span span = span_of(token, file_.id());
    diagnostics::Finding finding;
    finding.primary = {span, {}};
    if (token.kind == TokenKind::open_string) {
      finding.message = "this string has no end";
      finding.primary.text = "strings end on their line, with a `\"`";
    } else if (token.kind == TokenKind::foreign) {
      finding.message = explain_foreign(file_.text(span));
    } else {
      finding.message = fmt::format("this `{}` closes nothing", file_.text(span));
    }
    report_syntax(std::move(finding));
  }

  // One broken statement is one syntax error: the first.
  void report_syntax(diagnostics::Finding finding) {
    statement_.broken = true;
    if (std::exchange(has_syntax_error_, true)) return;
    finding.code = diagnostics::Code::e0001;
    findings_.add(std::move(finding));
  }

  const SourceFile& file_;
  std::span<const Token> tokens_;
  HeaderParser& parser_;
  diagnostics::Findings& findings_;
  Statement statement_;
  bool has_syntax_error_ = false;
};

}  // namespace

struct HeaderParser::Parser {
  Parser() : list({}), stream(&list), cip(&stream) {
    cip.removeErrorListeners();
    cip.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
    cip.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(antlr4::atn::PredictionMode::SLL);
  }
  TokenList list;
  antlr4::CommonTokenStream stream;
  CipParser cip;
};

HeaderParser::HeaderParser(const SourceFile& file, diagnostics::Findings& findings)
    : file_(file), findings_(findings), parser_(std::make_unique<Parser>()) {}

HeaderParser::~HeaderParser() = default;

Statement HeaderParser::parse(std::span<const Token> tokens) {
  parser_->list = TokenList(tokens);
  parser_->stream.setTokenSource(&parser_->list);
  parser_->cip.setTokenStream(&parser_->stream);  // lets the last tree go, too
  CipParser::HeaderContext* header = parser_->cip.header();
  Builder builder(file_, tokens, *this, findings_);
  Statement statement = builder.statement(*header->head());
  has_syntax_error_ = builder.has_syntax_error();
  return statement;
}

std::optional<std::vector<Argument>> HeaderParser::parse_expression(const Span& span) {
  if (!inner_) inner_ = std::make_unique<HeaderParser>(file_, findings_);
  // ANTLR's rule is that of a statement: a word of no length stands for its first.
  std::vector<Token> tokens{{.kind = TokenKind::word, .begin = span.begin, .end = span.begin}};
  int depth = 0;
  for (const Token& token : tokenize(file_, span, findings_)) {
    const bool opens =
        token.kind == TokenKind::call || token.kind == TokenKind::open_paren || token.kind == TokenKind::open_bracket;
    depth += opens ? 1 : 0;
    const bool alien = token.kind == TokenKind::semicolon || token.kind == TokenKind::open_brace ||
                       token.kind == TokenKind::close_brace;
    if (alien || depth > depth_limit) {
      diagnostics::Finding finding;
      finding.code = diagnostics::Code::e0001;
      finding.message = fmt::format("unexpected `{}` in an expression", file_.text(span_of(token, file_.id())));
      finding.primary = {span_of(token, file_.id()), {}};
      findings_.add(std::move(finding));
      return std::nullopt;
    }
    tokens.push_back(token);
  }
  Statement statement = inner_->parse(tokens);
  if (statement.broken) return std::nullopt;
  return std::move(statement.arguments);
}

std::string explain_foreign(std::string_view text) {
  if (text == "'") return "strings are written in double quotes";
  std::size_t at = 0;
  while (at + 1 < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  const diagnostics::CodePoint found = diagnostics::first_code_point(text.substr(at));
  const std::string_view character = text.substr(at, found.length);
  if (is_foreign_space(found.value)) {
    return fmt::format("U+{:04X} looks like a space and is none; write an ordinary one", found.value);
  }
  if (found.value >= 0x201C && found.value <= 0x201F) {
    return fmt::format("`{}` is no quote here; strings are written in `\"`", character);
  }
  if (found.value < 0x20 || found.value == 0x7F)
    return fmt::format("unexpected control character U+{:04X}", found.value);
  if (found.value < 0x80) return fmt::format("unexpected character `{}`", character);
  return fmt::format(
      "unexpected character `{}` (U+{:04X}); a name has ASCII letters, anything else is written as a string", character,
      found.value);
}

}  // namespace cip::syntax
