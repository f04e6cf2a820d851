#include "compiler/diagnostics/redact.h"

#include <algorithm>
#include <array>
#include <utility>

#include "compiler/diagnostics/text.h"

namespace cip::diagnostics {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Ends a bare word.
bool is_delimiter(char c) {
  return is_space(c) || c == ';' || c == '{' || c == '}' || c == ',' || c == '#' || c == '"';
}

// The end of a string that starts at `begin`: behind its quote, or the end of its line.
std::size_t string_end(std::string_view text, std::size_t begin) {
  for (std::size_t at = begin + 1; at < text.size() && text[at] != '\n' && text[at] != '\r'; ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n') ++at;
  }
  return std::min(text.size(), text.find_first_of("\r\n", begin));
}

std::size_t word_end(std::string_view text, std::size_t begin) {
  while (begin < text.size() && !is_delimiter(text[begin])) ++begin;
  return begin;
}

std::string without_escapes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    result += text[i];
  }
  return result;
}

}  // namespace

std::vector<syntax::Span> find_secrets(syntax::SourceId source, std::string_view text) {
  std::vector<syntax::Span> found;
  if (text.find("psk") == std::string_view::npos) return found;
  bool behind_psk = false;
  bool comment = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_space(c)) {
      if (c == '\n') comment = false;
      ++at;
    } else if (c == '#') {
      comment = true;
      ++at;
    } else if (c != '"' && is_delimiter(c)) {
      behind_psk = false;
      ++at;
    } else {
      const bool string = c == '"';
      const std::size_t end = string ? string_end(text, at) : word_end(text, at);
      const std::string_view token = text.substr(at, end - at);
      // In a comment a word behind `psk` is prose.
      if (behind_psk && (string || (token != "file" && !comment))) {
        found.push_back({source, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
      }
      behind_psk = token == "psk";
      at = end;
    }
  }
  return found;
}

Redactions::Redactions(const std::set<syntax::Span>& redact, const syntax::Sources& sources) {
  for (const syntax::Span& span : redact) hide(span, sources[span.source].text(span));
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    const syntax::SourceFile& file = sources[syntax::SourceId{i}];
    for (const syntax::Span& span : find_secrets(file.id(), file.bytes())) hide(span, file.text(span));
  }
}

void Redactions::hide(const syntax::Span& span, std::string_view literal) {
  if (span.begin >= span.end) return;
  auto& spans = spans_[span.source];
  std::uint32_t begin = span.begin;
  std::uint32_t end = span.end;
  // What overlaps becomes one.
  auto next = spans.upper_bound(begin);
  if (next != spans.begin() && std::prev(next)->second > begin) --next;
  while (next != spans.end() && next->first < end) {
    begin = std::min(begin, next->first);
    end = std::max(end, next->second);
    next = spans.erase(next);
  }
  spans.emplace(begin, end);

  if (literal.starts_with('"')) literal.remove_prefix(1);
  if (literal.ends_with('"')) literal.remove_suffix(1);
  if (literal.empty()) return;
  for (std::string& text : std::array{printable(literal), printable(without_escapes(literal))}) {
    if (text.find('`') == std::string::npos) {
      texts_.insert(std::move(text));
    } else {
      with_backquotes_.insert(std::move(text));
    }
  }
}

std::optional<syntax::Span> Redactions::at(syntax::SourceId source, std::uint32_t offset) const {
  const auto file = spans_.find(source);
  if (file == spans_.end()) return std::nullopt;
  const auto next = file->second.upper_bound(offset);
  if (next == file->second.begin() || std::prev(next)->second <= offset) return std::nullopt;
  return syntax::Span{source, std::prev(next)->first, std::prev(next)->second};
}

// `quoted` may be a cut-off literal: see `quote`.
bool Redactions::is_secret(std::string_view quoted) const {
  if (quoted.starts_with('"')) quoted.remove_prefix(1);
  if (quoted.ends_with('"')) quoted.remove_suffix(1);
  if (texts_.find(quoted) != texts_.end()) return true;
  if (!quoted.ends_with("...") || quoted.size() == 3) return false;
  quoted.remove_suffix(3);
  const auto text = texts_.lower_bound(quoted);
  return text != texts_.end() && text->starts_with(quoted);
}

std::string Redactions::clean(std::string_view original) const {
  std::string plain(original);
  for (const std::string& secret : with_backquotes_) {
    for (std::size_t at = plain.find(secret); at != std::string::npos; at = plain.find(secret, at)) {
      plain.replace(at, secret.size(), "...");
      at += 3;
    }
  }
  std::string_view text = plain;
  std::string result;
  std::size_t open = text.find('`');
  while (!texts_.empty() && open != std::string_view::npos) {
    const std::size_t close = text.find('`', open + 1);
    if (close == std::string_view::npos) break;
    const std::string_view quoted = text.substr(open + 1, close - open - 1);
    result += text.substr(0, open + 1);
    result += is_secret(quoted) ? stand_in : quoted;
    result += '`';
    text.remove_prefix(close + 1);
    open = text.find('`');
  }
  return result.append(text);
}

}  // namespace cip::diagnostics
