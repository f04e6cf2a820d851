// What a service manager and a log want of a daemon: sd_notify(3), watchdog, asynchronous logging. Without systemd they
// do nothing, or log to standard error.
#pragma once

#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

// Log lines are written by a thread of their own; when it cannot keep up, the oldest lines are lost: a log that hangs
// must not hold up the engine (docs/peers.md). With a journal on standard error, lines carry its priority and no time.
class Logging {
 public:
  Logging();
  ~Logging();  // writes what is left
  Logging(const Logging&) = delete;
  Logging& operator=(const Logging&) = delete;
};

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
