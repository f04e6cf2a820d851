// What the reconciler has done since the daemon started, for the metrics.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cip::daemon {

// How often something took how long.
struct Durations {
  static constexpr std::array<double, 6> bounds{0.001, 0.01, 0.1, 1, 10, 60};  // seconds
  std::array<std::uint64_t, bounds.size()> up_to{};                            // each: at most so long
  std::uint64_t count = 0;
  double sum = 0;   // seconds
  double last = 0;  // seconds

  void add(std::chrono::duration<double> taken) {
    last = taken.count();
    sum += last;
    ++count;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      up_to.at(i) += last <= bounds.at(i) ? 1U : 0U;
    }
  }
};

struct RunCounters {
  std::uint64_t done = 0;         // runs that found or made everything as it should be
  std::uint64_t failed = 0;       // runs that left something that does not work
  std::uint64_t interrupted = 0;  // runs that stopped for a newer decision
  std::uint64_t operations_done = 0;
  std::uint64_t operations_failed = 0;
  std::uint64_t repaired = 0;  // operations that undid what somebody else had changed
  Durations durations;
};

}  // namespace cip::daemon
