#include "compiler/diagnostics/finding.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace cip::diagnostics {

namespace {

// Names may be as long as a file: nobody reads so much, and it is kept for every finding.
void shorten(std::string& text) {
  constexpr std::size_t longest = 1000;  // bytes
  if (text.size() <= longest) return;
  std::size_t end = longest;
  while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  text.shrink_to_fit();
  text += "...";
}

void shorten(Finding& finding) {
  shorten(finding.message);
  shorten(finding.primary.text);
  for (Label& label : finding.secondary) shorten(label.text);
  for (std::string& note : finding.notes) shorten(note);
  for (std::string& help : finding.help) shorten(help);
}

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
      shorten(finding.chain.back().text);
    }
  }
}

}  // namespace

std::optional<std::string> repeats_note(const Finding& finding) {
  if (finding.repeats == 0) return std::nullopt;
  return fmt::format("the same in {} more expansion{} of this statement", finding.repeats,
                     finding.repeats == 1 ? "" : "s");
}

void Findings::add(Finding finding) {
  shorten(finding);
  if (finding.code == Code::e0402) redact(finding.primary.span);  // that is the secret
  const syntax::Span inside = finding.primary.span;
  const syntax::Expansion* expansion = finding.primary.expansion;
  place(finding);
  const auto [known, is_new] = seen_.try_emplace(
      {finding.primary.span, inside, finding.code, expansion == nullptr ? finding.message : ""}, list_.size());
  const bool other_instance = expansion != nullptr && instances_.insert({known->second, expansion}).second;
  if (!is_new) {
    if (other_instance) ++list_[known->second].repeats;
    return;
  }
  ++(severity(finding.code) == Severity::error ? errors_ : warnings_);
  if (full()) {
    seen_.erase(known);
  } else {
    list_.push_back(std::move(finding));
  }
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

std::vector<const Finding*> Findings::first(std::size_t max) const {
  std::vector<const Finding*> first = sorted();
  std::size_t errors = 0;
  std::size_t warnings = 0;
  if (max > 0) {
    std::erase_if(first, [&](const Finding* finding) {
      return ++(severity(finding->code) == Severity::error ? errors : warnings) > max;
    });
  }
  return first;
}

}  // namespace cip::diagnostics
