#include "compiler/syntax/format.h"

#include <utility>
#include <vector>

#include "compiler/syntax/assembly.h"
#include "compiler/syntax/forms.h"
#include "compiler/syntax/layout.h"
#include "compiler/syntax/piece.h"
#include "compiler/syntax/tokens.h"

namespace cip::syntax {

std::optional<std::string> format(const SourceFile& file, const Vocabulary& vocabulary,
                                  diagnostics::Findings& findings) {
  if (std::optional<diagnostics::Finding> finding = explain_no_text(file)) {
    findings.add(*std::move(finding));
    return std::nullopt;
  }
  const Forms forms(vocabulary);
  diagnostics::Findings found;
  std::vector<Span> comments;
  const std::vector<Token> tokens = tokenize(file, found, &comments);
  Assembly(file, tokens, forms, found).run();
  bool refused = false;
  for (const diagnostics::Finding* finding : found.sorted()) {
    if (finding->code != diagnostics::Code::e0001) continue;
    findings.add(*finding);
    refused = true;
  }
  if (refused) return std::nullopt;
  return Layout(pieces_of(file, tokens, comments, forms)).run();
}

}  // namespace cip::syntax
