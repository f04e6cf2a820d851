// `cipc diff` for people.
#include "compiler/diagnostics/text.h"
#include "compiler/output/diff_report.h"

namespace cip::output {
namespace {

using diagnostics::printable;

constexpr auto plain = "\033[0m";
constexpr auto bold = "\033[1m";

struct Look {
  const char* mark;
  const char* color;
};
Look look(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::added:
      return {"+", "\033[32m"};
    case ChangeKind::removed:
      return {"-", "\033[31m"};
    case ChangeKind::changed:
      return {"~", "\033[33m"};
  }
  return {"?", ""};
}

const char* color_of(Impact impact) {
  switch (impact) {
    case Impact::hitless:
      return "\033[32m";
    case Impact::interrupts:
      return "\033[1;31m";
    case Impact::moves:
      return "\033[35m";
    case Impact::unprotected:
      return "\033[33m";
  }
  return "";
}

class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}
  std::string operator()(const char* color, const std::string& text) const {
    return color_ ? color + text + plain : text;
  }

 private:
  bool color_;
};

}  // namespace

std::string diff_text(const DiffReport& report, bool color) {
  const Painter paint(color);
  std::string text;
  std::string subject;
  for (const auto& row : report.rows) {
    if (auto now = row.subject(); now != subject) {
      subject = std::move(now);
      text += (text.empty() ? "" : "\n") + paint(bold, printable(subject)) + "\n";
    }
    const auto [mark, mark_color] = look(row.change.kind());
    text += "  " + paint(mark_color, std::string(mark) + " " + printable(row.words()));
    if (row.place) {
      text += "  (" + std::string(row.place->in_old ? "was " : "") + printable(row.place->file) + ":" +
              std::to_string(row.place->line) + ")";
    }
    text += "\n";
    for (const auto& effect : row.change.effects) {
      text += "      " + paint(color_of(effect.impact), std::string(name(effect.impact))) + ": " +
              printable(effect.reason) + "\n";
    }
  }
  return text + (text.empty() ? "" : "\n") + diff_summary(report) + "\n";
}

}  // namespace cip::output
