// Secrets that stand in a specification although they must not (E0402) appear in nothing that the compiler prints.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/source.h"

namespace cip::diagnostics {

// What stands where only a secret can: behind the word `psk`, everything but `file` (and what is a slip of the pen for
// it). That also finds those that no rule has got to see, because their statement is broken. `text` is a whole file;
// places in it, in order.
std::vector<syntax::Span> find_secrets(syntax::SourceId source, std::string_view text);

class Redactions {
 public:
  static constexpr std::string_view stand_in = R"("...")";

  Redactions() = default;
  // Those of the findings, and those of `find_secrets` in all files.
  Redactions(const std::set<syntax::Span>& redact, const syntax::Sources& sources);

  // The part that must not be shown and that this byte belongs to.
  std::optional<syntax::Span> at(syntax::SourceId source, std::uint32_t offset) const;
  // A text for users in which what is quoted, in backquotes, is none of the secrets.
  std::string clean(std::string_view text) const;

 private:
  void keep_text(std::string_view literal);
  bool is_secret(std::string_view quoted) const;

  std::vector<syntax::Span> spans_;  // in order, disjoint
  std::set<std::string, std::less<>> texts_;
  std::set<std::string> with_backquotes_;  // those that do not show where their quotation ends
};

}  // namespace cip::diagnostics
