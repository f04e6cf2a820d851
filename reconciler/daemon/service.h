// What a service manager and a log want of a daemon: sd_notify(3), watchdog, asynchronous logging. Without systemd they
// do nothing, or log to standard error.
#pragma once

#include <memory>
#include <string>

#include "state/names.h"

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

struct Event;

// Log lines are written by a thread of their own; when it cannot keep up, the oldest lines are lost: a log that hangs
// must not hold up the engine (docs/peers.md). Where standard error is the journal, it gets them with their fields
// (docs/operations.md, Events), else they are lines on standard error.
class Logging {
 public:
  explicit Logging(const ClimName& clim);
  ~Logging();  // writes what is left
  Logging(const Logging&) = delete;
  Logging& operator=(const Logging&) = delete;
};

// To the log, with its fields if that is the journal.
void log_event(const Event& event);

void notify_ready(const std::string& status);
void notify_reloading();
void notify_stopping(const std::string& status);

// Tells the service manager that the event loop turns, if it wants to know.
class Watchdog {
 public:
  explicit Watchdog(boost::asio::io_context& loop);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  struct Timer;
  std::unique_ptr<Timer> timer_;
};

}  // namespace cip::daemon
