#include "compiler/diagnostics/finding.h"

#include <algorithm>
#include <utility>

namespace cip::diagnostics {

void Findings::add(Finding finding) {
  if (!seen_.insert({finding.primary.span, finding.code, finding.message}).second) return;
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
