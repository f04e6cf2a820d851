#include "compiler/diagnostics/finding.h"

#include <algorithm>
#include <utility>

namespace cip::diagnostics {

namespace {

// The way to the text at fault as the finding shows it; a place in an imported template becomes that of the `use`.
void place(Finding& finding) {
  syntax::Span inside = finding.primary.span;
  for (const syntax::Expansion* step = finding.primary.expansion; step != nullptr; step = step->outer()) {
    if (step->is_import()) {
      finding.secondary.insert(finding.secondary.begin(), {inside, "this statement of the template"});
      finding.chain.clear();
      inside = step->span();
      finding.primary.span = inside;
    } else {
      finding.chain.push_back({step->span(), step->text()});
    }
  }
}

}  // namespace

void Findings::add(Finding finding) {
  const bool expanded = finding.primary.expansion != nullptr;
  place(finding);
  if (!seen_.insert({finding.primary.span, finding.code, expanded ? "" : finding.message}).second) return;
  ++(severity(finding.code) == Severity::error ? errors_ : warnings_);
  list_.push_back(std::move(finding));
}

std::vector<const Finding*> Findings::sorted() const {
  std::vector<const Finding*> sorted;
  sorted.reserve(list_.size());
  for (const Finding& finding : list_) sorted.push_back(&finding);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Finding* a, const Finding* b) {
    const auto place = [](const Finding* f) { return std::pair(f->primary.span.source, f->primary.span.begin); };
    return place(a) < place(b);
  });
  return sorted;
}

}  // namespace cip::diagnostics
