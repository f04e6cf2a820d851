// Findings: what the compiler has to say about a specification, as data. How they are shown is render.h's business.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "compiler/diagnostics/codes.h"
#include "compiler/syntax/source.h"

namespace cip::diagnostics {

struct Label {
  syntax::Span span;
  std::string text = {};  // may be empty: the underline alone
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
  std::vector<ExpansionStep> chain = {};
};

// The findings of one run.
class Findings {
 public:
  // The same code at the same place with the same message (a loop, a file reached twice) counts once.
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
