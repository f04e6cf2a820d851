// The only source of chance in the simulator: the same seed gives the same schedule on every machine.
#pragma once

#include <cstdint>
#include <vector>

#include "reconciler/failover/time.h"

namespace cip::simulation {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // splitmix64
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  std::uint64_t below(std::uint64_t limit) { return limit == 0 ? 0 : next() % limit; }
  bool chance(double probability) { return static_cast<double>(next() >> 11U) * 0x1p-53 < probability; }
  failover::Duration between(failover::Duration low, failover::Duration high) {
    return low +
           failover::Duration{static_cast<std::int64_t>(below(static_cast<std::uint64_t>((high - low).count()) + 1))};
  }
  template <class T>
  T& pick(std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace cip::simulation
