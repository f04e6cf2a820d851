// Findings: what the compiler has to say about a specification, as data. How they are shown is render.h's business.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "compiler/diagnostics/codes.h"
#include "compiler/syntax/origin.h"

namespace cip::diagnostics {

struct Label {
  Label() = default;
  Label(const syntax::Span& place, std::string words = {}) : span(place), text(std::move(words)) {}  // NOLINT: implicit
  Label(const syntax::Origin& origin, std::string words = {})                                        // NOLINT: implicit
      : span(origin.span), text(std::move(words)), expansion(origin.expansion) {}

  syntax::Span span;
  std::string text = {};  // may be empty: the underline alone
  const syntax::Expansion* expansion = nullptr;
};

// One step of the way from a template or loop to the text at fault, innermost first.
struct ExpansionStep {
  syntax::Span span;  // the `use` or `for`
  std::string text;   // "in template edge(id: 3), used here"
};

// All texts: lower case, no full stop.
struct Finding {
  Code code{};
  std::string message;                // what is wrong here, in the words of docs/domain.md
  Label primary;                      // its place
  std::vector<Label> secondary = {};  // the other half; may be in other files
  std::vector<std::string> notes = {};
  std::vector<std::string> help = {};
  std::vector<ExpansionStep> chain = {};  // made by Findings::add from the expansion of `primary`
};

// The findings of one run.
class Findings {
 public:
  // The same code at the same place counts once: with the same message (a file that is reached twice), or if a template
  // or loop leads there. What stands in an imported template is placed at the `use` in the importing file.
  void add(Finding finding);

  bool has_errors() const { return errors_ != 0; }
  std::size_t errors() const { return errors_; }
  std::size_t warnings() const { return warnings_; }
  bool empty() const { return list_.empty(); }

  // In the order of the text: file (as they were loaded), offset; at one place in the order of arrival.
  std::vector<const Finding*> sorted() const;

 private:
  std::vector<Finding> list_;
  std::set<std::tuple<syntax::Span, Code, std::string>> seen_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

}  // namespace cip::diagnostics
