// `cipc diff` for a merge request: a summary, and per CLIM a table that can be folded away. What users wrote cannot
// become markup: all of it is escaped.
#include <algorithm>

#include "compiler/diagnostics/text.h"
#include "compiler/output/diff_report.h"

namespace cip::output {
namespace {

constexpr std::size_t longest_value = 200;  // bytes of one value, before it is cut

// HTML entities for all that Markdown, its tables or HTML give a meaning. `@name` would call people: a comment parts
// it.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : diagnostics::printable(text)) {
    constexpr std::string_view special = "&<>\"'|`*_[]()\\~#!$:^{}";
    if (c == '@') {
      result += "@<!-- -->";
    } else if (special.find(c) != std::string_view::npos) {
      result += "&#" + std::to_string(static_cast<int>(c)) + ";";
    } else {
      result += c;
    }
  }
  return result;
}

std::string cut(std::string text) {
  if (text.size() <= longest_value) return text;
  std::size_t end = longest_value;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  const auto left_out = text.size() - end;
  text.resize(end);
  return text + "... (" + std::to_string(left_out) + " more bytes)";
}

std::string code(const std::string& text) {
  return "<code>" + escaped(cut(text)) + "</code>";
}

const char* mark(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::added:
      return "+";
    case ChangeKind::removed:
      return "-";
    case ChangeKind::changed:
      return "~";
  }
  return "";
}

std::string table_row(const DiffRow& row) {
  std::string effects;
  for (const auto& effect : row.change.effects) {
    const bool harmless = effect.impact == Impact::hitless;
    const std::string words(name(effect.impact));
    effects +=
        (effects.empty() ? "" : "<br>") + (harmless ? words : "**" + words + "**") + ", " + escaped(effect.reason);
  }
  std::string place;
  if (row.place) {
    place = (row.place->in_old ? "was " : "") + code(row.place->file + ":" + std::to_string(row.place->line));
  }
  return "| " + (row.interface.empty() ? std::string() : code(row.interface.str())) + " | " +
         code(mark(row.change.kind()) + std::string(" ") + row.words()) + " | " + effects + " | " + place + " |\n";
}

// The rows of one CLIM, or of the cluster.
using Group = std::pair<std::vector<DiffRow>::const_iterator, std::vector<DiffRow>::const_iterator>;

std::string group_head(const Group& group) {
  const auto changes = static_cast<std::size_t>(group.second - group.first);
  std::string text = "<details><summary><b>" +
                     (group.first->clim.empty() ? std::string("cluster") : escaped(group.first->clim.str())) +
                     "</b>: " + std::to_string(changes) + (changes == 1 ? " change" : " changes");
  for (const auto impact : {Impact::interrupts, Impact::moves, Impact::unprotected}) {
    const auto count =
        std::count_if(group.first, group.second, [&](const auto& row) { return row.change.has(impact); });
    if (count != 0) text += ", " + std::to_string(count) + " " + std::string(name(impact));
  }
  return text + "</summary>\n\n| interface | change | effect | where |\n| --- | --- | --- | --- |\n";
}

constexpr auto group_end = "\n</details>\n\n";

std::string head(const DiffReport& report) {
  std::string text = "### Network configuration: " + diff_summary(report).substr(0, diff_summary(report).find(':')) +
                     "\n\nFrom " + code(report.old_name) + " to " + code(report.new_name) + ".\n";
  if (report.rows.empty()) return text;
  text += "\n| effect | changes |\n| --- | ---: |\n";
  for (std::size_t i = 0; i < impact_count; ++i) {
    if (report.counts.at(i) != 0) {
      text += "| " + std::string(name(static_cast<Impact>(i))) + " | " + std::to_string(report.counts.at(i)) + " |\n";
    }
  }
  return text + "\n";
}

}  // namespace

std::string diff_markdown(const DiffReport& report, std::size_t limit) {
  constexpr std::size_t reserve = 200;  // for the end of a table, and the count of what is left out
  std::string text = head(report);
  std::size_t shown = 0;
  bool full = false;
  for (auto at = report.rows.begin(); at != report.rows.end() && !full;) {
    const auto end = std::find_if(at, report.rows.end(), [&](const auto& row) { return row.clim != at->clim; });
    const auto opening = group_head({at, end});
    auto row = table_row(*at);
    full = text.size() + opening.size() + row.size() + reserve > limit;
    if (full) break;
    text += opening;
    while (at != end && !full) {
      text += row;
      ++shown;
      if (++at == end) break;
      row = table_row(*at);
      full = text.size() + row.size() + reserve > limit;
    }
    text += group_end;
  }
  if (shown != report.rows.size()) {
    text += "**" + std::to_string(report.rows.size() - shown) +
            " more changes are not shown here**; `cipc diff` prints all.\n";
  }
  return text;
}

}  // namespace cip::output
