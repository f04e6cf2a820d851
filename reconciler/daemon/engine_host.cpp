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

void EngineHost::set_timer() {
  const auto deadline = engine_.deadline();
  if (!deadline) {
    timer_->timer.cancel();
    return;
  }
  // A steady timer stands still while the machine sleeps, the engine's clock does not: the engine sees the difference.
  timer_->timer.expires_after(std::clamp(*deadline - boot_now(), failover::Duration::zero(), longest_sleep_));
  timer_->timer.async_wait([this](boost::system::error_code error) {
    if (!error) {
      feed(failover::Tick{});
    }
  });
}

}  // namespace cip::daemon
