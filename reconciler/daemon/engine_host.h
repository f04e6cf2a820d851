// Drives the failover engine: gives it events with the time, calls it at its deadline, and hands its actions on. What
// carrying out an action leads to comes back as an event of its own, after the actions before it.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "reconciler/failover/engine.h"

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

class EngineHost {
 public:
  using CarryOut = std::function<void(const failover::Action&)>;

  EngineHost(boost::asio::io_context& loop, const ClimName& own, CarryOut carry_out);
  ~EngineHost();
  EngineHost(const EngineHost&) = delete;
  EngineHost& operator=(const EngineHost&) = delete;

  void feed(failover::Event event);

  // If the engine should have run before now, it runs now: whoever is about to act on what it decided asks for this
  // first, as the process may have been stopped meanwhile.
  void catch_up();

  // The engine takes a silence of `dead` for a pause of the process, so it is called more often than that also when it
  // has nothing to wait for.
  void set_dead(failover::Duration dead) { longest_sleep_ = dead / 3; }

  // When it was called last and all its actions were handed on. From any thread.
  failover::Time last_run() const { return failover::Time(failover::Duration(last_run_.load())); }

  const failover::Engine& engine() const { return engine_; }

 private:
  void drain();
  std::optional<failover::Time> wanted() const;
  void set_timer();

  struct Timer;
  failover::Engine engine_;
  CarryOut carry_out_;
  std::unique_ptr<Timer> timer_;
  std::deque<failover::Event> events_;
  bool draining_ = false;
  std::atomic<failover::Duration::rep> last_run_{0};
  failover::Duration longest_sleep_ = std::chrono::milliseconds(100);
};

}  // namespace cip::daemon
