// Somebody else undoes what we repair, again and again: two managers that both are sure help nobody. After five times,
// each within a second of our change, the object is left as they have it, and tried again only once a minute, or when
// an operator says so. Pure; the caller tells the time.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "reconciler/plan/objects.h"

namespace cip::plan {

class Fights {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr unsigned most = 5;
  static constexpr std::chrono::seconds soon{1};    // undone within that: no accident
  static constexpr std::chrono::seconds truce{60};  // then it is tried once

  // An operation that repaired drift, and was carried out.
  void repaired(const Operation& operation, Time now);
  // Whether it is not to be carried out now.
  bool left(const Operation& operation, Time now) const;
  // Takes those out of `operations` that are left, and gives them.
  std::vector<Operation> take_left(std::vector<Operation>& operations, Time now) const;
  void forget() { entries_.clear(); }

 private:
  struct Entry {
    unsigned count = 0;
    Time last;
  };
  std::map<std::string, Entry> entries_;  // by what was done
};

}  // namespace cip::plan
