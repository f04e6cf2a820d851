#include "compiler/lsp/context.h"

#include <algorithm>

#include "compiler/syntax/tokens.h"

namespace cip::lsp {
namespace {

using syntax::Token;
using syntax::TokenKind;

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// Reads the tokens before the place, and remembers the heads of the blocks that are open there.
class Walk {
 public:
  Walk(const syntax::SourceFile& file, Context& context) : file_(file), context_(context) {}

  void take(const Token& token) {
    switch (token.kind) {
      case TokenKind::open_brace:
        blocks_.push_back(std::move(head_));
        head_.clear();
        depth_ = 0;
        break;
      case TokenKind::close_brace:
        if (!blocks_.empty()) {
          blocks_.pop_back();
        }
        head_.clear();
        depth_ = 0;
        break;
      case TokenKind::semicolon:
        head_.clear();
        depth_ = 0;
        break;
      case TokenKind::call:
      case TokenKind::open_paren:
      case TokenKind::open_bracket:
        ++depth_;
        head_.push_back(text(token));
        break;
      case TokenKind::close_paren:
      case TokenKind::close_bracket:
        depth_ -= depth_ > 0 ? 1 : 0;
        head_.push_back(text(token));
        break;
      default:
        head_.push_back(text(token));
    }
  }

  void finish() {
    context_.head = head_;
    context_.in_parentheses = depth_ > 0;
    for (const auto& block : blocks_) {  // the innermost counts
      const std::string_view word = block.empty() ? std::string_view{} : block.front();
      if (word == "clim" && block.size() > 1) {
        context_.clim = block[1];
      }
      const bool transparent = word == "for" || word == "if" || word == "else";
      if (!transparent) {
        context_.place = word == "template" ? target(block) : word;
      }
    }
  }

 private:
  std::string_view text(const Token& token) const { return file_.text(syntax::span_of(token, file_.id())); }

  static std::string_view target(const std::vector<std::string_view>& head) {
    const std::string_view word = head.back();
    return word == "cluster" ? std::string_view{} : word;
  }

  const syntax::SourceFile& file_;
  Context& context_;
  std::vector<std::vector<std::string_view>> blocks_;
  std::vector<std::string_view> head_;
  std::size_t depth_ = 0;
};

}  // namespace

Context context_at(const syntax::SourceFile& file, std::uint32_t offset) {
  Context context;
  const std::string_view bytes = file.bytes();
  context.begin = offset;
  if (syntax::find_invalid_utf8(bytes)) {
    context.nothing = true;
    return context;
  }
  while (context.begin > 0 && is_name_byte(bytes[context.begin - 1])) {
    --context.begin;
  }
  diagnostics::Findings ignored;
  std::vector<syntax::Span> comments;
  const auto tokens = syntax::tokenize(file, ignored, &comments);
  context.nothing = std::any_of(comments.begin(), comments.end(), [&](const syntax::Span& comment) {
    return comment.begin < offset && offset <= comment.end;
  });
  Walk walk(file, context);
  for (const Token& token : tokens) {
    const bool string = token.kind == TokenKind::string || token.kind == TokenKind::open_string;
    const bool inside = token.begin < offset && (offset < token.end || (token.kind == TokenKind::open_string));
    if (string && inside && offset <= token.end) {
      walk.finish();
      context.path = context.head.size() == 1 && context.head.front() == "import";
      context.nothing = !context.path;
      context.begin = token.begin + 1;
      break;
    }
    if (token.end > context.begin || token.swallowed) {
      if (token.begin >= context.begin) {
        break;
      }
      continue;
    }
    walk.take(token);
  }
  if (!context.path) {
    walk.finish();
  }
  context.prefix = bytes.substr(context.begin, offset - context.begin);
  return context;
}

}  // namespace cip::lsp
