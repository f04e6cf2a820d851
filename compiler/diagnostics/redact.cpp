#include "compiler/diagnostics/redact.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

#include "compiler/diagnostics/suggest.h"
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

// Between a word and its value, in other languages; a mistake here, but none that may show the secret.
bool is_assignment(char c) {
  return c == '=' || c == ':' || c == ',' || c == '(';
}

// The end of a string that starts at `begin`: behind its quote, or the end of its line.
std::size_t string_end(std::string_view text, std::size_t begin) {
  for (std::size_t at = begin + 1; at < text.size() && text[at] != '\n' && text[at] != '\r'; ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n') ++at;
  }
  return std::min(text.size(), text.find_first_of("\r\n", begin));
}

// The end of a bare word; one that may be a secret may have any signs in it.
std::size_t word_end(std::string_view text, std::size_t begin, bool secret) {
  std::size_t end = begin + 1;
  while (end < text.size() && !is_delimiter(text[end]) && (secret || !is_assignment(text[end]))) ++end;
  return end;
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
  bool behind_psk = false;  // of what stands in comments: `behind_psk_there`
  bool behind_psk_there = false;
  bool comment = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_space(c)) {
      if (c == '\n') comment = behind_psk_there = false;
      ++at;
    } else if (c == '#') {
      comment = true;
      ++at;
    } else if (is_assignment(c)) {
      ++at;
    } else if (c != '"' && is_delimiter(c)) {
      (comment ? behind_psk_there : behind_psk) = false;
      ++at;
    } else {
      const bool string = c == '"';
      const std::size_t end = string ? string_end(text, at) : word_end(text, at, behind_psk);
      const std::string_view token = text.substr(at, end - at);
      // In a comment a word behind `psk` is prose.
      const bool value = string || !suggestion(token, std::array{std::string_view("file")});
      const bool secret = comment ? string && (behind_psk || behind_psk_there) : behind_psk && value;
      if (secret) {
        found.push_back({source, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
      }
      (comment ? behind_psk_there : behind_psk) = token == "psk";
      at = end;
    }
  }
  return found;
}

Redactions::Redactions(const std::set<syntax::Span>& redact, const syntax::Sources& sources)
    : spans_(redact.begin(), redact.end()) {
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    const std::vector<syntax::Span> found = find_secrets(syntax::SourceId{i}, sources[syntax::SourceId{i}].bytes());
    spans_.insert(spans_.end(), found.begin(), found.end());
  }
  std::erase_if(spans_, [](const syntax::Span& span) { return span.begin >= span.end; });
  for (const syntax::Span& span : spans_) keep_text(sources[span.source].text(span));
  std::sort(spans_.begin(), spans_.end());
  // What overlaps becomes one.
  std::size_t last = 0;
  for (const syntax::Span& span : spans_) {
    if (span.source == spans_[last].source && span.begin < spans_[last].end) {
      spans_[last].end = std::max(spans_[last].end, span.end);
    } else {
      spans_[++last] = span;
    }
  }
  if (!spans_.empty()) spans_.resize(last + 1);
}

void Redactions::keep_text(std::string_view literal) {
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
  const syntax::Span place{source, offset, std::numeric_limits<std::uint32_t>::max()};
  const auto next = std::upper_bound(spans_.begin(), spans_.end(), place);
  if (next == spans_.begin()) return std::nullopt;
  const syntax::Span& span = *std::prev(next);
  if (span.source != source || span.end <= offset) return std::nullopt;
  return span;
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
