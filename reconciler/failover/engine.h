// The failover engine of docs/protocol.md: one per CLIM, a pure state machine (time, event) -> actions. It has no
// sockets, no clock and no threads; the daemon and the simulator run the same code.
//
// How to drive it:
//   - Started first, then Configured, then a Link for every interface; from then on, events as they come.
//   - Carry out the actions in their order, without waiting for one before the next.
//   - Each Apply and Remove gets exactly one result, except an Apply that was overtaken by a Remove of the same home
//     interface (none is needed; a late one is ignored).
//   - Call handle(Tick) at deadline(). A daemon that comes back more than `dead` after it should have (it was stopped,
//   or
//     the machine was paused) is asked to ReadKernel, and until KernelRead everything it heard is forgotten.
//   - Before it handles a long queue of events, the daemon reads the clock for each.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/failover/config.h"
#include "reconciler/failover/event.h"
#include "reconciler/failover/status.h"
#include "reconciler/failover/time.h"
#include "state/names.h"

namespace cip::failover {

// How often a probe is repeated.
inline constexpr Duration probe_interval = std::chrono::milliseconds{20};

struct Guards;

class Engine {
 public:
  explicit Engine(ClimName own);
  // For the simulator's own test: with some of the rules switched off (guards.h).
  Engine(ClimName own, const Guards& guards);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  // `now` never goes back. Every row of the protocol's table is looked at again after every event.
  std::vector<Action> handle(Time now, const Event& event);

  // When handle(Tick) is wanted at the latest; none before Started.
  std::optional<Time> deadline() const;

  // Why this configuration cannot be taken now (it drops a home interface, or changes its failover interface, while its
  // resources are away); none: it can.
  std::optional<std::string> refusal(const Configuration& configuration) const;

  // As of the last event.
  Status status() const;

  const ClimName& own() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace cip::failover
