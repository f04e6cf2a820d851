// Waiting for something to become true, and the lab's clock.
#pragma once

#include <chrono>
#include <thread>

namespace cip::lab {

// Monotonic; everything that the lab records (packets, ownership, cables) is on this clock and can be compared.
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = std::chrono::milliseconds;
using namespace std::chrono_literals;

inline Duration milliseconds_between(Time from, Time to) {
  return std::chrono::duration_cast<Duration>(to - from);
}

// Looks every 2 ms until `condition` holds or `within` has passed; says whether it came true.
template <class Condition>
bool wait_until(Duration within, Condition&& condition) {
  const Time deadline = Clock::now() + within;
  while (!condition()) {
    if (Clock::now() >= deadline) return condition();
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

// Looks every 2 ms for the whole of `during`; says whether `condition` held all the time.
template <class Condition>
bool stays(Duration during, Condition&& condition) {
  return !wait_until(during, [&] { return !condition(); });
}

}  // namespace cip::lab
