// Which CLIMs stand beside which.
#include <algorithm>
#include <map>
#include <numeric>

#include "compiler/output/graph_layout.h"

namespace cip::output::graph {
namespace {

// How many pairs two CLIMs share, by their indices.
using Partners = std::vector<std::map<std::size_t, std::size_t>>;

Partners partners_of(const Picture& picture) {
  Partners partners(picture.clims.size());
  for (const auto& pair : picture.pairs) {
    ++partners[pair.home.clim][pair.target.clim];
    ++partners[pair.target.clim][pair.home.clim];
  }
  return partners;
}

// All that can be reached from `first`, in the order of the specification.
std::vector<std::size_t> component(const Partners& partners, std::size_t first) {
  std::vector<std::size_t> found{first};
  std::vector<bool> seen(partners.size());
  seen[first] = true;
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const auto& [partner, count] : partners[found[i]]) {
      if (!seen[partner]) found.push_back(partner);
      seen[partner] = true;
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Of those that are left, the one that shares most pairs with the last; if none does, with one as late as possible.
std::size_t next_of(const Partners& partners, const std::vector<std::size_t>& order,
                    const std::vector<std::size_t>& left) {
  for (auto last = order.rbegin(); last != order.rend(); ++last) {
    std::size_t best = 0;
    std::size_t most = 0;
    for (const auto clim : left) {
      const auto shared = partners[*last].find(clim);
      if (shared != partners[*last].end() && shared->second > most) {
        most = shared->second;
        best = clim;
      }
    }
    if (most != 0) return best;
  }
  return left.front();
}

// Begins at an end: with the fewest partners. So a chain is in order, and a ring from its first CLIM on.
std::vector<std::size_t> ordered(const Partners& partners, std::vector<std::size_t> left) {
  const auto begin = std::min_element(
      left.begin(), left.end(), [&](std::size_t a, std::size_t b) { return partners[a].size() < partners[b].size(); });
  std::vector<std::size_t> order{*begin};
  left.erase(begin);
  while (!left.empty()) {
    order.push_back(next_of(partners, order, left));
    left.erase(std::find(left.begin(), left.end(), order.back()));
  }
  return order;
}

}  // namespace

std::vector<std::vector<std::size_t>> groups_of(const Picture& picture) {
  const auto partners = partners_of(picture);
  std::vector<std::vector<std::size_t>> groups;
  std::vector<bool> placed(picture.clims.size());
  for (std::size_t clim = 0; clim < picture.clims.size(); ++clim) {
    if (placed[clim]) continue;
    groups.push_back(ordered(partners, component(partners, clim)));
    for (const auto member : groups.back()) placed[member] = true;
  }
  return groups;
}

}  // namespace cip::output::graph
