#include "reconciler/daemon/boot_clock.h"

#include <ctime>

namespace cip::daemon {

failover::Time boot_now() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return failover::Time(std::chrono::duration_cast<failover::Duration>(std::chrono::seconds(now.tv_sec) +
                                                                       std::chrono::nanoseconds(now.tv_nsec)));
}

}  // namespace cip::daemon
