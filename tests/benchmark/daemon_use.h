// What a daemon has used up to a moment: processor time, memory, and what its machine has sent and received.
#pragma once

#include "tests/lab/clim.h"
#include "tests/lab/wait.h"

namespace cip::lab {

struct Use {
  Time time = Clock::now();
  double seconds = 0;         // of a processor, by all threads
  double kernel_seconds = 0;  // of these, in hundredths
  double control_sent = 0, control_received = 0, data_sent = 0, data_received = 0;
  double memory = 0;  // bytes that are resident now
};

Use use(Clim& clim);

}  // namespace cip::lab
