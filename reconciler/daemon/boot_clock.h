// The engine's clock: CLOCK_BOOTTIME, which goes on while the machine sleeps.
#pragma once

#include "reconciler/failover/time.h"

namespace cip::daemon {

failover::Time boot_now();

}  // namespace cip::daemon
