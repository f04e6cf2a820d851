// Keeps a hostile or broken neighbour from filling the log: one line per kind of event and second, which says how many
// were left out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace cip::peer {

class LogLimit {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds interval{1};

  // Nothing: do not log this one. Otherwise log it, and the number of those that were not logged since the last one.
  std::optional<std::uint64_t> allow(Clock::time_point now = Clock::now()) {
    if (next_ && now < *next_) {
      ++left_out_;
      return std::nullopt;
    }
    next_ = now + interval;
    const auto count = left_out_;
    left_out_ = 0;
    return count;
  }

 private:
  std::optional<Clock::time_point> next_;
  std::uint64_t left_out_ = 0;
};

}  // namespace cip::peer
