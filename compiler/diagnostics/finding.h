// Findings: what the compiler has to say about a specification, as data. How they are shown is render.h's business.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
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
  // How many more iterations of a loop and uses of a template have the same mistake; counted by Findings::add.
  std::size_t repeats = 0;
};

// What `repeats` has to say; nothing if it is 0.
std::optional<std::string> repeats_note(const Finding& finding);

// The findings of one run.
class Findings {
 public:
  // The same code at the same place counts once: with the same message (a file that is reached twice), or if a template
  // or loop leads there. What stands in an imported template is placed at the `use` in the importing file, and is as
  // many findings as there are places in the template. Texts of more than 1,000 bytes are cut.
  void add(Finding finding);
  // A literal that nobody may see, with its quotes: no line of any finding of the run shows it, nor the primary place
  // of an E0402.
  void redact(const syntax::Span& literal) { redactions_.insert(literal); }

  // Nobody reads more, and a hostile file could have millions: further ones are counted and not kept, and the parser
  // reads no further when it is full.
  static constexpr std::size_t limit = 100'000;
  bool full() const { return list_.size() >= limit; }

  bool has_errors() const { return errors_ != 0; }
  std::size_t errors() const { return errors_; }
  std::size_t warnings() const { return warnings_; }
  bool empty() const { return list_.empty(); }
  const std::set<syntax::Span>& redactions() const { return redactions_; }  // of all, also those that are not kept

  // In the order of the text: file (as they were loaded), offset; at one place in the order of arrival.
  std::vector<const Finding*> sorted() const;
  // Of these the first `max` errors and the first `max` warnings; 0: all.
  std::vector<const Finding*> first(std::size_t max) const;

 private:
  // A place as it is shown, the place in the text, the code, and a message that tells it from others there.
  using Key = std::tuple<syntax::Span, syntax::Span, Code, std::string>;
  using Instance = std::pair<std::size_t, const syntax::Expansion*>;  // a place in `list_`, where it was found

  std::vector<Finding> list_;
  std::map<Key, std::size_t> seen_;  // places in `list_`
  std::set<Instance> instances_;     // of what came out of templates and loops: each counts once
  std::set<syntax::Span> redactions_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

}  // namespace cip::diagnostics
