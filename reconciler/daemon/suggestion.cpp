#include "reconciler/daemon/suggestion.h"

#include <algorithm>
#include <numeric>

namespace cip::daemon {

namespace {

// How many letters must be inserted, removed, replaced or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view given, const std::vector<std::string>& names) {
  constexpr std::size_t longest = 128;  // a name that nobody meant is not worth the time
  if (given.size() > longest) {
    return "";
  }
  const std::string* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(1, given.size() / 3) + 1;
  for (const auto& name : names) {
    if (name.size() > longest) {
      continue;
    }
    if (const auto far = distance(given, name); far < least) {
      least = far;
      nearest = &name;
    }
  }
  return nearest == nullptr ? "" : ": did you mean " + *nearest + "?";
}

}  // namespace cip::daemon
