// The kernel of one machine: addresses appear, disappear and expire, and the daemon that asked hears of it later.
#include <fmt/format.h>
#include <utility>

#include "tests/simulation/world.h"

namespace cip::simulation {

using namespace failover;

// A step of a request that the daemon is working on: it waits while the daemon is frozen or the kernel does not answer,
// and is forgotten when the daemon has ended or asked for something else.
void World::request(Machine& machine, const InterfaceRef& home, Operation operation, bool adding, Duration delay,
                    std::function<void()> what) {
  Request& request = machine.requests[home];
  request = Request{operation, adding, false, std::move(what)};
  after(delay, [this, &machine, home, operation, life = machine.life] {
    if (machine.life != life) return;
    const auto found = machine.requests.find(home);
    if (found == machine.requests.end() || found->second.operation != operation) return;
    if (!awake(machine) || machine.kernel_hangs) {
      found->second.waiting = true;
      return;
    }
    const auto go = std::move(found->second.go_on);
    go();
  });
}

void World::go_on(Machine& machine) {
  if (!awake(machine) || machine.kernel_hangs) return;
  for (const auto& [home, refresh] : std::exchange(machine.late_refresh, {})) {
    if (machine.kernel[home].any) set_lifetime(machine, home, Duration{refresh.lifetime});
  }
  std::vector<std::function<void()>> waiting;
  for (auto& [home, request] : machine.requests) {
    if (request.waiting) waiting.push_back(std::move(request.go_on));
    request.waiting = false;
  }
  for (const auto& go : waiting) go();
}

void World::set_lifetime(Machine& machine, const InterfaceRef& home, std::optional<Duration> lifetime) {
  Held& held = machine.kernel[home];
  const unsigned generation = ++held.generation;
  held.expires.reset();
  if (!lifetime) return;
  held.expires = now_ + *lifetime;
  at(*held.expires + random_.between(0s, 1s), [this, &machine, home, generation] {
    Held& expired = machine.kernel[home];
    if (expired.generation != generation || !expired.any || !machine.running) return;
    trace("{}: kernel drops {}", machine.name.str(), home.str());
    expired = Held{false, false, {}, {}, {}, generation};
    check_expired(machine, home);
  });
}

void World::apply(Machine& machine, const Apply& apply) {
  check_apply(machine, apply);
  const std::optional<Duration> lifetime = apply.lifetime ? std::optional<Duration>{*apply.lifetime} : std::nullopt;
  const bool fails = machine.cannot_add.contains(apply.home) && !machine.kernel[apply.home].any;
  const bool partial = random_.chance(0.05);
  const auto finish = [this, &machine, apply, fails, partial, lifetime] {
    machine.requests.erase(apply.home);
    Held& held = machine.kernel[apply.home];
    if (!fails) {
      if (!held.any) check_add(machine, apply.home, false);
      held.any = held.complete = true;
      held.digest = apply.digest;
      set_lifetime(machine, apply.home, lifetime);
    }
    const Applied applied = fails ? Applied::nothing : partial ? Applied::partial : Applied::complete;
    tell(machine, ApplyResult{apply.home, apply.operation, applied, "no buffer space available"});
  };
  // The first address is there before the last.
  request(machine, apply.home, apply.operation, true, random_.between(50us, 1ms),
          [this, &machine, apply, fails, lifetime, finish] {
            Held& held = machine.kernel[apply.home];
            if (!fails && !held.any) {
              check_add(machine, apply.home, false);
              held.any = true;
              set_lifetime(machine, apply.home, lifetime);
            }
            request(machine, apply.home, apply.operation, true, random_.between(100us, machine.slowest_request),
                    finish);
          });
}

void World::remove(Machine& machine, const Remove& remove) {
  check_remove(machine, remove);
  request(machine, remove.home, remove.operation, false, random_.between(100us, machine.slowest_request),
          [this, &machine, remove] {
            machine.requests.erase(remove.home);
            if (machine.cannot_remove) {
              tell(machine, RemoveResult{remove.home, remove.operation, false, "device or resource busy"});
              return;
            }
            Held& held = machine.kernel[remove.home];
            held = Held{false, false, {}, {}, {}, held.generation + 1};
            moved_[remove.home] = now_;
            tell(machine, RemoveResult{remove.home, remove.operation, true, {}});
          });
}

// As in a real kernel, what is gone comes back: the engine must not ask for it then.
void World::refresh(Machine& machine, const Refresh& refresh) {
  const auto working = machine.requests.find(refresh.home);
  Held& held = machine.kernel[refresh.home];
  if (machine.kernel_hangs) {
    machine.late_refresh[refresh.home] = refresh;
    return;
  }
  if (!held.any && working != machine.requests.end()) return;  // an Apply gives the lifetime itself
  if (!held.any) check_add(machine, refresh.home, true);
  held.any = true;
  set_lifetime(machine, refresh.home, Duration{refresh.lifetime});
}

}  // namespace cip::simulation
