// What reading needs to know of the whole specification, and of the place where it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>

#include "compiler/diagnostics/finding.h"
#include "compiler/lang/scope.h"

namespace cip::lang {

// A specification has at most this many statements after expansion (docs/language.md, "Types and expressions").
inline constexpr std::uint64_t statement_limit = 4'000'000;
// Blocks, loops and templates inside each other, as they are expanded: bounds the stack.
inline constexpr std::size_t expansion_depth_limit = 200;

// Takes the findings of what is read.
class Reporter {
 public:
  explicit Reporter(diagnostics::Findings& findings) : findings_(findings) {}
  void add(diagnostics::Finding finding);
  std::size_t errors() const { return errors_; }  // that went through
  void redact(const syntax::Span& literal) { findings_.redact(literal); }

  // Nothing is reported: a second look at what is read properly elsewhere.
  bool muted = false;
  // Something of the statement is not known while a template is checked where it is defined: only what does not depend
  // on values is reported.
  bool unknown = false;

 private:
  diagnostics::Findings& findings_;
  std::size_t errors_ = 0;
};

class Index;

struct Reading {
  explicit Reading(diagnostics::Findings& all) : findings(all) {}

  Reporter findings;
  std::uint32_t rank = 0;  // of the next origin
  Scopes* scopes = nullptr;
  Scope* scope = nullptr;  // whose names can be seen
  // A check without values: of a template where it is defined, of a branch that is not taken. Names have their types.
  bool dry = false;
  std::unordered_set<const syntax::Statement*> checked{};  // what has had its dry check
  std::size_t depth = 0;                                   // of blocks, as expanded
  std::size_t constant_depth = 0;                          // constants that wait for each other's values
  std::uint64_t statements = 0;                            // so far, as expanded
  bool counted = false;                           // inside a `for` or `use` whose size is known to be within the limit
  bool exploded = false;                          // too large: nothing more is read
  Template* definition = nullptr;                 // the template that is being checked where it is defined
  std::unordered_set<const Binding*> redacted{};  // whose literals nobody sees: a secret is made of them
  Index* index = nullptr;                         // kept if not null

  // At the top level of a file, in no loop, branch or template.
  bool at_top() const { return depth == 1 && !dry; }
};

// Reports at a place where reading is now.
void report(Reading& reading, diagnostics::Code code, std::string message, const syntax::Span& span, std::string label,
            std::string help = {});

}  // namespace cip::lang
