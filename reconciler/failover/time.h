// Time as the engine sees it: a number that each event brings along. The engine has no clock.
#pragma once

#include <chrono>

namespace cip::failover {

// CLOCK_BOOTTIME: it goes on while the machine sleeps, so a pause is seen as one. It has no now(): callers read the
// clock themselves, the simulator makes it up.
struct BootClock {
  using duration = std::chrono::microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};

using Time = BootClock::time_point;
using Duration = BootClock::duration;

}  // namespace cip::failover
