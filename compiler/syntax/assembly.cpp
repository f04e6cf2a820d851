#include "compiler/syntax/assembly.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "compiler/diagnostics/text.h"

namespace cip::syntax {

namespace {

// More than any list needs; bounds what ANTLR's tree of one statement takes (some 700 bytes for each).
constexpr std::size_t head_limit = 65'536;

bool opens_bracket(TokenKind kind) {
  return kind == TokenKind::open_paren || kind == TokenKind::open_bracket || kind == TokenKind::call;
}

bool closes_bracket(TokenKind kind) {
  return kind == TokenKind::close_paren || kind == TokenKind::close_bracket;
}

// Whether there is more in an unterminated string than the end of its statement and of the blocks around it.
bool swallows_statements(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t;}");
  return last != std::string_view::npos && text.substr(0, last).find(';') != std::string_view::npos;
}

}  // namespace

Assembly::Assembly(const SourceFile& file, const std::vector<Token>& tokens, const Forms& forms,
                   diagnostics::Findings& findings)
    : file_(file),
      tokens_(tokens),
      forms_(forms),
      findings_(findings),
      headers_(file, findings),
      last_{file.id(), 0, 0} {
  tree_.source = file.id();
}

Tree Assembly::run() {
  pair_braces();
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (findings_.full()) {  // nobody would see more
      mark_lost();
      break;
    }
    at_ = i;
    take(i);
    last_ = span_of(tokens_[i], file_.id());
  }
  finish();
  return std::move(tree_);
}

void Assembly::pair_braces() {
  std::vector<std::size_t> open;
  std::size_t forgiven_open = 0;
  std::size_t forgiven_closed = 0;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    if (token.kind == TokenKind::open_brace) open.push_back(i);
    if (token.kind != TokenKind::close_brace) continue;
    if (!open.empty()) {
      const bool open_swallowed = tokens_[open.back()].swallowed;
      open.pop_back();
      if (open_swallowed && !token.swallowed) ++forgiven_open;
      if (!open_swallowed && token.swallowed) ++forgiven_closed;
    } else if (!token.swallowed && forgiven_closed > 0) {
      --forgiven_closed;
    } else if (!token.swallowed) {
      stray_.push_back(i);
    }
  }
  std::reverse(stray_.begin(), stray_.end());
  std::erase_if(open, [&](std::size_t i) { return tokens_[i].swallowed; });
  unclosed_ = open.size() - std::min(open.size(), forgiven_open);
  if (!open.empty()) first_unclosed_ = open.front();
}

void Assembly::take(std::size_t index) {
  const Token& token = tokens_[index];
  if (skipped_depth_ > 0) {
    if (token.kind == TokenKind::open_brace) ++skipped_depth_;
    if (token.kind == TokenKind::close_brace) --skipped_depth_;
    return;
  }
  if (token.kind == TokenKind::close_brace) {
    if (!head_.empty()) end_before(token);
    close_before_brace(token);
    report_missing();
    close(index);
    return;
  }
  if (starts_statement(token)) end_before(token);
  if (head_.empty()) start(token);
  report_missing();
  add(token);
}

// `token` is the first of a statement.
void Assembly::start(const Token& token) {
  if (!token.first_on_line) return;
  close_before_dedent(token);
  close_before_word(token);
  if (!blocks_.empty() && !blocks_.back().content_indent) blocks_.back().content_indent = token.indent;
}

void Assembly::add(const Token& token) {
  if (token.kind == TokenKind::semicolon && head_.empty()) {
    report(span_of(token, file_.id()), "this `;` ends nothing", {}, "remove it");
  } else if (token.kind == TokenKind::semicolon) {
    end_statement(token.end);
  } else if (token.kind == TokenKind::open_brace) {
    open(token);
  } else if (!head_too_large_) {
    if (opens_bracket(token.kind)) ++depth_;
    if (closes_bracket(token.kind) && depth_ > 0) --depth_;
    head_.push_back(token);
    check_head_size();
    if (token.kind == TokenKind::open_string && swallows_statements(text(token))) mark_lost();
  }
}

void Assembly::check_head_size() {
  std::string message;
  if (depth_ > depth_limit) message = fmt::format("parentheses and brackets are nested deeper than {}", depth_limit);
  if (head_.size() > head_limit) message = fmt::format("this statement has more than {} words", head_limit);
  if (message.empty()) return;
  report(span_of(head_.back(), file_.id()), message, {});
  head_.resize(1);
  head_too_large_ = true;
}

// The statement ends without its `;` or block, `next` begins something new.
void Assembly::end_before(const Token& next) {
  const bool needs_block = begins_with_word() && forms_.needs_block(text(head_.front()));
  const bool closed_later = next.kind != TokenKind::close_brace && !stray_.empty();
  if (needs_block && closed_later) {
    stray_.pop_back();
    report(end_of(last_), "missing `{`", "expected `{` here");
    open({.kind = TokenKind::open_brace, .begin = last_.end, .end = last_.end});
    blocks_.back().statement.broken = true;
    return;
  }
  (needs_block ? missing_.block : missing_.semicolon) = true;
  end_statement(last_.end);
}

void Assembly::end_statement(std::uint32_t end) {
  const bool complete = !missing_.semicolon && !missing_.block;
  if (!begins_with_word()) {
    report_misfit(head_.front());
    missing_ = {};
    mark_lost();
    read_head();
    return;
  }
  Statement statement = read_head();
  if (headers_.has_syntax_error()) missing_ = {};  // one broken statement is one error
  statement.broken = statement.broken || !complete;
  statement.span.end = end;
  keep(std::move(statement));
}

void Assembly::open(const Token& brace) {
  const Span span = span_of(brace, file_.id());
  Block block;
  block.brace = span;
  block.swallowed = brace.swallowed;
  if (!begins_with_word()) {
    report_misfit(head_.empty() ? brace : head_.front());
    block.dropped = true;
  } else if (head_.front().first_on_line) {
    block.indent = head_.front().indent;
  }
  block.statement = read_head();
  block.statement.has_block = true;
  block.statement.block_broken = brace.swallowed;
  block.place = place_of_block(block.statement);
  if (blocks_.size() < depth_limit) {
    blocks_.push_back(std::move(block));
    return;
  }
  report(span, fmt::format("blocks are nested deeper than {}", depth_limit), {});
  skipped_depth_ = 1;
  block.statement.block_broken = true;
  block.statement.span.end = span.end;
  if (!block.dropped) keep(std::move(block.statement));
}

void Assembly::close(std::size_t index) {
  const Token& brace = tokens_[index];
  if (blocks_.empty()) {
    if (brace.swallowed) return;
    if (forgiven_closed_ > 0) {
      --forgiven_closed_;
      return;
    }
    if (!stray_.empty()) stray_.pop_back();
    report(span_of(brace, file_.id()), "this `}` closes nothing", {}, "remove it, or write the `{` that it belongs to");
    return;
  }
  if (is_surplus(index)) {
    if (brace.swallowed) return;
    stray_.pop_back();
    report(span_of(brace, file_.id()), "one `}` too many",
           diagnostics::quote(text(tokens_[index + 1])) + " still belongs to the block", "remove it");
    return;
  }
  if (brace.swallowed && !blocks_.back().swallowed) ++forgiven_closed_;
  if (!brace.swallowed && blocks_.back().swallowed) ++forgiven_open_;
  close_innermost(brace.end);
}

void Assembly::close_innermost(std::uint32_t end) {
  Block block = std::move(blocks_.back());
  blocks_.pop_back();
  block.statement.span.end = end;
  if (block.dropped) {
    mark_lost();
  } else {
    keep(std::move(block.statement));
  }
}

void Assembly::finish() {
  const bool gave_up = skipped_depth_ > 0;
  if (!head_.empty()) end_before({.kind = TokenKind::close_brace});
  while (!blocks_.empty()) {
    const Block& block = blocks_.back();
    if (!block.swallowed && forgiven_open_ > 0) {
      --forgiven_open_;
    } else if (!block.swallowed && !gave_up) {
      missing_.braces.push_back(block.brace);
    }
    blocks_.back().statement.block_broken = true;
    close_innermost(last_.end);
  }
  report_missing();
}

bool Assembly::starts_statement(const Token& token) const {
  if (token.kind != TokenKind::word || head_.size() < 2) return false;
  const Token& first = head_.front();
  const Token& previous = head_.back();
  if (previous.kind == TokenKind::punctuation || opens_bracket(previous.kind)) return false;
  if (previous.kind == TokenKind::word && Forms::binds(text(previous))) return false;

  const bool known = forms_.known(text(token));
  if (known && begins_with_word() && forms_.known(text(first))) {
    if (forms_.has_keyword(text(first), text(token))) return false;
    return token.first_on_line || (depth_ == 0 && !forms_.may_have_block(text(first)));
  }
  if (!token.first_on_line || !first.first_on_line || depth_ > 0) return false;
  if (known) return token.indent <= first.indent;
  const bool previous_keyword = previous.kind == TokenKind::word && forms_.is_keyword(text(previous));
  return token.indent == first.indent && !forms_.is_keyword(text(token)) && !previous_keyword;
}

// A statement that stands further left than the content of the block, and no deeper than what the block belongs to.
void Assembly::close_before_dedent(const Token& token) {
  while (guessing() && !blocks_.empty()) {
    const Block& block = blocks_.back();
    if (!block.indent || !block.content_indent) return;
    if (token.indent > *block.indent || token.indent >= *block.content_indent) return;
    close_unclosed(1);
  }
}

// A statement that cannot stand in this block, but can stand in one around it.
void Assembly::close_before_word(const Token& token) {
  if (!guessing() || token.kind != TokenKind::word || !forms_.known(text(token))) return;
  std::size_t inner = 0;
  while (inner < blocks_.size() && !forms_.allowed(text(token), blocks_[blocks_.size() - 1 - inner].place)) ++inner;
  if (inner == blocks_.size() && !forms_.allowed(text(token), Place(""))) return;
  if (inner <= unclosed_) close_unclosed(inner);
}

// A `}` right below the statement of an outer block.
void Assembly::close_before_brace(const Token& token) {
  if (!guessing() || !token.first_on_line) return;
  std::size_t inner = 0;
  while (inner < blocks_.size() && blocks_[blocks_.size() - 1 - inner].indent != token.indent) ++inner;
  if (inner < blocks_.size() && inner <= unclosed_) close_unclosed(inner);
}

void Assembly::close_unclosed(std::size_t count) {
  for (; count > 0; --count) {
    if (!blocks_.back().swallowed) missing_.braces.push_back(blocks_.back().brace);
    blocks_.back().statement.block_broken = true;
    --unclosed_;
    close_innermost(last_.end);
  }
}

// Whether a `}` too many is this one: what follows belongs into the block that it would close, and not behind it.
bool Assembly::is_surplus(std::size_t index) const {
  const Token& brace = tokens_[index];
  if (index + 1 == tokens_.size() || (!brace.swallowed && stray_.empty())) return false;
  const Block& block = blocks_.back();
  const Token& next = tokens_[index + 1];
  const bool in_line = brace.first_on_line && brace.indent == block.indent;
  if (next.kind == TokenKind::close_brace) {
    return !brace.swallowed && stray_.back() == index + 1 && next.first_on_line && next.indent == block.indent &&
           !in_line;
  }
  if (next.kind != TokenKind::word) return false;
  if (forms_.known(text(next))) {
    const Place outer = blocks_.size() > 1 ? blocks_[blocks_.size() - 2].place : Place("");
    return block.place && forms_.allowed(text(next), block.place) && !forms_.allowed(text(next), outer);
  }
  return next.first_on_line && next.indent == block.content_indent && block.indent && next.indent > *block.indent &&
         !in_line;
}

// Ends the reading of a head; what is not a statement gives an empty one.
Statement Assembly::read_head() {
  Statement statement;
  if (begins_with_word()) statement = headers_.parse(head_);
  statement.broken = statement.broken || head_too_large_;
  head_.clear();
  depth_ = 0;
  head_too_large_ = false;
  return statement;
}

void Assembly::report_misfit(const Token& token) {
  const Span span = span_of(token, file_.id());
  if (token.kind == TokenKind::foreign) return report(span, explain_foreign(text(token)), {});
  if (token.kind == TokenKind::open_string) {
    return report(span, "this string has no end", "strings end on their line, with a `\"`");
  }
  std::string help;
  if (token.kind == TokenKind::call) help = "a template is used with `use name(...);`";
  report(span, "a statement starts with a word, not with " + diagnostics::quote(text(token)), {}, std::move(help));
}

void Assembly::report_missing() {
  const Missing missing = std::exchange(missing_, {});
  std::vector<std::string> parts;
  if (missing.block) parts.emplace_back("`{`");
  if (missing.semicolon) parts.emplace_back("`;`");
  if (missing.braces.size() == 1) parts.emplace_back("`}`");
  if (missing.braces.size() > 1) parts.push_back(fmt::format("{} `}}`", missing.braces.size()));
  if (parts.empty()) return;

  const std::string what = fmt::format("{}", fmt::join(parts, " and "));
  diagnostics::Finding finding;
  finding.code = diagnostics::Code::e0001;
  finding.message = "missing " + what;
  finding.primary = {end_of(last_), "expected " + what + " here"};
  for (const Span& brace : missing.braces) finding.secondary.push_back({brace, "to close this"});
  findings_.add(std::move(finding));
}

void Assembly::report(const Span& span, std::string message, std::string label, std::string help) {
  diagnostics::Finding finding;
  finding.code = diagnostics::Code::e0001;
  finding.message = std::move(message);
  finding.primary = {span, std::move(label)};
  if (!help.empty()) finding.help.push_back(std::move(help));
  findings_.add(std::move(finding));
}

void Assembly::mark_lost() {
  if (blocks_.empty()) {
    tree_.broken = true;
  } else {
    blocks_.back().statement.block_broken = true;
  }
}

void Assembly::keep(Statement statement) {
  (blocks_.empty() ? tree_.statements : blocks_.back().statement.block).push_back(std::move(statement));
}

Place Assembly::place() const {
  return blocks_.empty() ? Place("") : blocks_.back().place;
}

Place Assembly::place_of_block(const Statement& statement) const {
  const std::string_view word = statement.word;
  if (word == "for" || word == "if" || word == "else") return place();
  if (word != "template") return forms_.may_have_block(word) ? Place(word) : std::nullopt;
  for (std::size_t i = 1; i < statement.arguments.size(); ++i) {
    if (!statement.arguments[i - 1].is(ArgumentKind::word, "for")) continue;
    const std::string_view target = statement.arguments[i].text;
    return target == "cluster" ? Place("") : forms_.may_have_block(target) ? Place(target) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace cip::syntax
