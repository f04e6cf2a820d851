#include "reconciler/daemon/engine_host.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "reconciler/daemon/boot_clock.h"

namespace cip::daemon {

struct EngineHost::Timer {
  explicit Timer(boost::asio::io_context& loop) : timer(loop) {}
  boost::asio::steady_timer timer;
  std::optional<failover::Time> set_to;
};

EngineHost::EngineHost(boost::asio::io_context& loop, const ClimName& own, CarryOut carry_out)
    : engine_(own), carry_out_(std::move(carry_out)), timer_(std::make_unique<Timer>(loop)) {}

EngineHost::~EngineHost() = default;

void EngineHost::feed(failover::Event event) {
  events_.push_back(std::move(event));
  drain();
}

void EngineHost::catch_up() {
  const auto deadline = engine_.deadline();
  if (deadline && *deadline <= boot_now()) {
    feed(failover::Tick{});
  }
}

void EngineHost::drain() {
  if (draining_) {
    return;
  }
  draining_ = true;
  while (!events_.empty()) {
    const auto event = std::move(events_.front());
    events_.pop_front();
    for (const auto& action : engine_.handle(boot_now(), event)) {
      carry_out_(action);
    }
  }
  draining_ = false;
  last_run_ = boot_now().time_since_epoch().count();
  set_timer();
}

// When the engine is to run at the latest.
std::optional<failover::Time> EngineHost::wanted() const {
  const auto deadline = engine_.deadline();
  return deadline ? std::optional(std::min(*deadline, last_run() + longest_sleep_)) : std::nullopt;
}

// Nearly every event puts it off a little: a timer that is early is left alone, and looks again when it ends.
void EngineHost::set_timer() {
  const auto when = wanted();
  if (!when) {
    timer_->timer.cancel();
    timer_->set_to.reset();
    return;
  }
  if (timer_->set_to && *timer_->set_to <= *when) {
    return;
  }
  timer_->set_to = when;
  // A steady timer stands still while the machine sleeps, the engine's clock does not: the engine sees the difference.
  timer_->timer.expires_after(std::max(*when - boot_now(), failover::Duration::zero()));
  timer_->timer.async_wait([this](boost::system::error_code error) {
    if (error) {
      return;
    }
    timer_->set_to.reset();
    if (const auto due = wanted(); due && *due <= boot_now()) {
      feed(failover::Tick{});
    } else {
      set_timer();
    }
  });
}

}  // namespace cip::daemon
