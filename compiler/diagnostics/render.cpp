#include "compiler/diagnostics/render.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/redact.h"
#include "compiler/diagnostics/text.h"

namespace cip::diagnostics {

namespace {

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view yellow = "\x1b[1;33m";
constexpr std::string_view blue = "\x1b[1;34m";
constexpr std::string_view plain = "\x1b[0m";

std::string_view word(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

std::string place_of(const syntax::Sources& sources, const syntax::Span& span) {
  const syntax::SourceFile& file = sources[span.source];
  const syntax::Position position = file.position(span.begin);
  return fmt::format("{}:{}:{}", printable(file.path()), position.line, position.column);
}

// The part of a source line that is shown, and where what is in it stands.
class Excerpt {
 public:
  Excerpt(const syntax::SourceFile& file, const syntax::Span& focus, const Redactions& redactions,
          const TextOptions& options)
      : source_(file.id()), line_(file.line_of(focus.begin)), start_(file.line_start(line_)), text_(file.line(line_)) {
    const std::size_t begin = std::min<std::size_t>(focus.begin - start_, text_.size());
    const std::size_t end = std::clamp<std::size_t>(focus.end - start_, begin, text_.size());
    std::size_t from = 0;
    if (columns(0, options.line_width + 1, options) > options.line_width) {
      // Too long: a third of the width before what is underlined, or less if that needs more.
      const std::size_t needed = std::min(options.line_width, end - begin);
      from = step_back(begin, std::min(options.line_width / 3, options.line_width - needed));
    }
    fill(from, redactions, options);
  }

  std::size_t line() const { return line_; }
  bool holds(const syntax::Span& span) const {
    return span.begin >= start_ + first_ && span.begin <= start_ + last_ && span.begin <= start_ + text_.size();
  }
  const std::string& text() const { return shown_; }

  // Column and width of what is underlined: at least one, and no more than the line has.
  std::pair<std::size_t, std::size_t> underline(const syntax::Span& span) const {
    const std::size_t begin = column_at(span.begin - start_);
    const std::size_t end = column_behind(span.end - start_);
    return {begin, std::max<std::size_t>(1, end - std::min(begin, end))};
  }

 private:
  struct Cell {
    std::size_t byte;
    std::size_t column;
  };

  static std::size_t width_of(const CodePoint& c, std::size_t column, const TextOptions& options) {
    if (c.value == '\t') return options.tab_width - column % options.tab_width;
    return display_width(c.value);
  }

  // The columns from a byte on, at most about `limit`.
  std::size_t columns(std::size_t from, std::size_t limit, const TextOptions& options) const {
    std::size_t column = 0;
    while (from < text_.size() && column < limit) {
      const CodePoint c = first_code_point(text_.substr(from, 4));
      column += width_of(c, column, options);
      from += c.length;
    }
    return column;
  }

  std::size_t step_back(std::size_t from, std::size_t code_points) const {
    for (; code_points > 0 && from > 0; --code_points) {
      --from;
      while (from > 0 && (static_cast<unsigned char>(text_[from]) & 0xC0U) == 0x80U) --from;
    }
    return from;
  }

  void fill(std::size_t from, const Redactions& redactions, const TextOptions& options) {
    first_ = from;
    if (from > 0) shown_ = "...";
    std::size_t column = shown_.size();
    const std::size_t limit = column + options.line_width;
    while (from < text_.size() && column < limit) {
      cells_.push_back({from, column});
      if (const auto secret = redactions.at(source_, static_cast<std::uint32_t>(start_ + from))) {
        shown_ += Redactions::stand_in;
        column += Redactions::stand_in.size();
        from = std::min<std::size_t>(secret->end - start_, text_.size());
        continue;
      }
      const CodePoint c = first_code_point(text_.substr(from, 4));
      const std::size_t width = width_of(c, column, options);
      shown_ += c.value == '\t' ? std::string(width, ' ') : printable(text_.substr(from, c.length));
      column += width;
      from += c.length;
    }
    last_ = from;
    cells_.push_back({from, column});
    if (from < text_.size()) shown_ += "...";
  }

  // Of the cell that the byte is in, and of the first that is not before the byte.
  std::size_t column_at(std::size_t byte) const {
    const auto next = std::upper_bound(cells_.begin(), cells_.end(), byte, [](auto b, auto& c) { return b < c.byte; });
    return next == cells_.begin() ? 0 : std::prev(next)->column;
  }
  std::size_t column_behind(std::size_t byte) const {
    const auto cell = std::lower_bound(cells_.begin(), cells_.end(), byte, [](auto& c, auto b) { return c.byte < b; });
    return cell == cells_.end() ? cells_.back().column : cell->column;
  }

  syntax::SourceId source_;
  std::size_t line_;
  std::uint32_t start_;
  std::string_view text_;
  std::size_t first_ = 0;  // bytes of the line that are shown
  std::size_t last_ = 0;
  std::string shown_;
  std::vector<Cell> cells_;  // of the code points shown, and of the end
};

// Writes one finding.
class Page {
 public:
  Page(const Finding& finding, const syntax::Sources& sources, const Redactions& redactions, const TextOptions& options)
      : finding_(finding), sources_(sources), redactions_(redactions), options_(options) {
    std::size_t last_line = line_of(finding.primary);
    for (const Label& label : finding.secondary) last_line = std::max(last_line, line_of(label));
    gutter_ = std::to_string(last_line).size();
  }

  std::string write() {
    const Severity severity_here = severity(finding_.code);
    tone_ = severity_here == Severity::error ? red : yellow;
    out_ += paint(tone_, fmt::format("{}[{}]", word(severity_here), name(finding_.code)));
    out_ += paint(bold, ": " + shown(finding_.message)) + "\n";

    std::vector<const Label*> rest;
    for (const Label& label : finding_.secondary) rest.push_back(&label);
    snippet("--> ", finding_.primary, rest);
    while (!rest.empty()) {
      const Label& label = *rest.front();
      rest.erase(rest.begin());
      snippet("::: ", label, rest);
    }
    for (const std::string& note : finding_.notes) remark("note", note);
    for (const ExpansionStep& step : finding_.chain) {
      remark("note", step.text + ": " + place_of(sources_, step.span));
    }
    if (const auto note = repeats_note(finding_)) remark("note", *note);
    for (const std::string& help : finding_.help) remark("help", help);
    return std::move(out_);
  }

  // Of the primary place alone.
  std::string write_excerpt() {
    std::vector<const Label*> rest;
    tone_ = blue;
    snippet("--> ", finding_.primary, rest);
    return std::move(out_);
  }

 private:
  std::size_t line_of(const Label& label) const { return sources_[label.span.source].line_of(label.span.begin); }

  std::string shown(std::string_view text) const { return printable(redactions_.clean(text)); }

  std::string paint(std::string_view color, const std::string& text) const {
    return options_.color ? std::string(color) + text + std::string(plain) : text;
  }

  // `first` with its line, and below the same line those of `rest` that are on it; these are taken out.
  void snippet(std::string_view arrow, const Label& first, std::vector<const Label*>& rest) {
    const syntax::SourceFile& file = sources_[first.span.source];
    const Excerpt excerpt(file, first.span, redactions_, options_);
    out_ += std::string(gutter_, ' ') + paint(blue, std::string(arrow)) + place_of(sources_, first.span) + "\n";
    bar({});
    const std::string number = std::to_string(excerpt.line());
    out_ += paint(blue, std::string(gutter_ - number.size(), ' ') + number + " |");
    out_ += (excerpt.text().empty() ? "" : " ") + excerpt.text() + "\n";
    underline(excerpt, first);
    std::erase_if(rest, [&](const Label* label) {
      const bool here =
          label->span.source == first.span.source && line_of(*label) == excerpt.line() && excerpt.holds(label->span);
      if (here) underline(excerpt, *label);
      return here;
    });
  }

  void underline(const Excerpt& excerpt, const Label& label) {
    const bool primary = &label == &finding_.primary;
    const auto [column, width] = excerpt.underline(label.span);
    std::string marks(width, primary ? '^' : '-');
    if (!label.text.empty()) marks += " " + shown(label.text);
    bar(" " + std::string(column, ' ') + paint(primary ? tone_ : blue, marks));
  }

  void bar(const std::string& text) { out_ += std::string(gutter_ + 1, ' ') + paint(blue, "|") + text + "\n"; }

  void remark(std::string_view kind, const std::string& text) {
    out_ += std::string(gutter_ + 1, ' ') + paint(blue, "=") + " " + paint(bold, std::string(kind)) + ": " +
            shown(text) + "\n";
  }

  const Finding& finding_;
  const syntax::Sources& sources_;
  const Redactions& redactions_;
  const TextOptions& options_;
  std::size_t gutter_ = 1;
  std::string_view tone_;
  std::string out_;
};

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// "2 errors, 1 warning"; without those of which there are none.
std::string counts(std::size_t errors, std::size_t warnings, std::string_view more) {
  std::vector<std::string> parts;
  if (errors > 0) parts.push_back(counted(errors, fmt::format("{}error", more)));
  if (warnings > 0) parts.push_back(counted(warnings, fmt::format("{}warning", more)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::string to_text(const Finding& finding, const syntax::Sources& sources, const TextOptions& options) {
  const Redactions nothing({}, sources);
  return Page(finding, sources, nothing, options).write();
}

std::string excerpt(const Label& label, const syntax::Sources& sources, const TextOptions& options) {
  const Redactions nothing({}, sources);
  Finding finding;
  finding.primary = label;
  return Page(finding, sources, nothing, options).write_excerpt();
}

std::string to_text(const Findings& findings, const syntax::Sources& sources, const TextOptions& options) {
  if (findings.empty()) return {};
  const Redactions redactions(findings.redactions(), sources);
  std::string text;
  std::size_t more_errors = findings.errors();
  std::size_t more_warnings = findings.warnings();
  for (const Finding* finding : findings.first(options.max_errors)) {
    text += Page(*finding, sources, redactions, options).write() + "\n";
    --(severity(finding->code) == Severity::error ? more_errors : more_warnings);
  }
  if (more_errors + more_warnings > 0) text += "... and " + counts(more_errors, more_warnings, "more ") + "\n";
  return text + counts(findings.errors(), findings.warnings(), "") + "\n";
}

}  // namespace cip::diagnostics
