#include "reconciler/plan/fights.h"

#include <algorithm>
#include <iterator>

namespace cip::plan {

namespace {

std::string what(const Operation& operation) {
  return describe(Operation{operation.action, {}});
}

}  // namespace

void Fights::repaired(const Operation& operation, Time now) {
  std::erase_if(entries_, [&](const auto& entry) { return now - entry.second.last > 2 * truce; });
  auto& entry = entries_[what(operation)];
  // One that was left and has been tried again is left again the first time that it is undone.
  const bool again = entry.count > 0 && now - entry.last <= (entry.count >= most ? truce + soon : soon);
  entry.count = again ? entry.count + 1 : 1;
  entry.last = now;
}

bool Fights::left(const Operation& operation, Time now) const {
  if (entries_.empty()) return false;
  const auto entry = entries_.find(what(operation));
  return entry != entries_.end() && entry->second.count >= most && now - entry->second.last < truce;
}

std::vector<Operation> Fights::take_left(std::vector<Operation>& operations, Time now) const {
  std::vector<Operation> taken;
  if (entries_.empty()) return taken;
  const auto stays = [&](const Operation& operation) { return !left(operation, now); };
  const auto end = std::stable_partition(operations.begin(), operations.end(), stays);
  std::move(end, operations.end(), std::back_inserter(taken));
  operations.erase(end, operations.end());
  return taken;
}

}  // namespace cip::plan
