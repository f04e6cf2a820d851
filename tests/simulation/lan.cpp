// Messages between CLIMs, probes and the answers to them.
#include <algorithm>
#include <fmt/format.h>

#include "tests/simulation/world.h"

namespace cip::simulation {

using namespace failover;

bool World::control_works(const Machine& from, const Machine& to) const {
  return from.running && !from.paused && to.running && !control_cut_.contains({from.name, to.name});
}

bool World::port_works(const Machine& machine, const InterfaceName& port) const {
  const Port& found = machine.ports.at(port);
  return machine.running && found.up && found.cable && found.forwarding;
}

bool World::data_works(const Machine& from, const InterfaceName& from_port, const Machine& to,
                       const InterfaceName& to_port) const {
  return !from.paused && port_works(from, from_port) && port_works(to, to_port) &&
         !data_cut_.contains({InterfaceRef{from.name, from_port}, to.name});
}

void World::transmit(const Weather& weather, std::function<void()> arrive) {
  if (random_.chance(weather.loss)) return;
  if (random_.chance(weather.twice)) after(random_.between(100us, weather.slowest), arrive);
  after(random_.between(100us, weather.slowest), std::move(arrive));
}

// Whether `machine` has a pair with that CLIM, by its own tree.
bool World::partners(const Machine& machine, const ClimName& other) {
  return std::any_of(machine.tree.begin(), machine.tree.end(), [&](const auto& entry) {
    const auto& [home, failover] = entry;
    return home.clim == other || (failover && failover->clim == other);
  });
}

// As reconciler/peer does for one that takes us for its partner while our tree does not.
void World::answer_guest(Machine& machine, Machine& guest) {
  if (!awake(machine) || partners(machine, guest.name) || !control_works(machine, guest)) return;
  const HeartbeatReceived answer{machine.name, Path{}, machine.boot, ++machine.sequence, {}};
  transmit(control_, [this, &guest, answer, number = ++messages_] {
    if (guest.running && guest.daemon) tell(guest, answer, number);
  });
}

// On every control path and every data LAN that the two share. Sometimes in two parts, as long messages are.
void World::send(Machine& from, const Send& send) {
  check_said(from, send);
  Machine& to = machine(send.to);
  std::vector<Heartbeat> parts{send.message};
  if (send.message.pairs.size() > 1 && random_.chance(0.3)) {
    parts = {Heartbeat{{send.message.pairs.begin(), send.message.pairs.begin() + 1}},
             Heartbeat{{send.message.pairs.begin() + 1, send.message.pairs.end()}}};
  }
  for (Heartbeat& part : parts) {
    const auto message = std::make_shared<const HeartbeatReceived>(
        HeartbeatReceived{from.name, Path{}, from.boot, ++from.sequence, std::move(part)});
    const auto arrive = [this, &to, message, number = ++messages_](Path path) {
      if (!to.running || !to.daemon) return;  // paused or frozen: it waits in the socket
      HeartbeatReceived received = *message;
      received.path = std::move(path);
      tell(to, std::move(received), number);
    };
    if (control_works(from, to)) {
      transmit(control_, [this, &from, &to, arrive] {
        arrive(Path{});
        answer_guest(to, from);
      });
    }
    std::set<InterfaceName> used;
    for (const PairState& state : send.message.pairs) {
      const SimHome& shared = home(state.home);
      if (!from.tree.contains(state.home) || !to.tree.contains(state.home)) continue;
      const InterfaceName& from_port = port_of(from, shared);
      const InterfaceName& to_port = port_of(to, shared);
      if (!used.insert(from_port).second || !data_works(from, from_port, to, to_port)) continue;
      transmit(data_, [this, &to, to_port, arrive] {
        if (port_works(to, to_port)) arrive(Path{Path::Kind::data, 0, to_port});
      });
    }
  }
}

void World::probe(Machine& from, const SendProbe& probe) {
  const SimHome& asked = home(probe.home);
  const InterfaceName port = port_of(from, asked);
  if (!port_works(from, port)) return;
  if (from.ports.at(port).third_host) {
    const auto hear = [&](const Event& event) {
      transmit(data_, [this, &from, port, event] {
        transmit(data_, [this, &from, port, event] {
          if (!port_works(from, port) || !from.ports.at(port).third_host || !from.daemon) return;
          tell(from, event);
        });
      });
    };
    hear(Witness{probe.home, third_mac});
    if (from.ports.at(port).proxy) hear(ProbeAnswer{probe.home, proxy_mac});
  }
  // Whoever has it answers: the kernel does, whatever its daemon does.
  for (const auto& each : machines_) {
    Machine* const other = each.get();
    if (other == &from || !other->kernel[probe.home].any || !other->tree.contains(probe.home)) continue;
    const InterfaceName other_port = port_of(*other, asked);
    if (!data_works(from, port, *other, other_port)) continue;
    transmit(data_, [this, &from, other, port, other_port, name = probe.home] {
      if (other->paused || !other->kernel[name].any || !data_works(*other, other_port, from, port)) return;
      transmit(data_, [this, &from, other, other_port, name] {
        if (from.running && from.daemon) tell(from, ProbeAnswer{name, mac_of(*other, other_port)});
      });
    });
  }
}

// Over the control LAN, if both directions work and the other daemon runs.
void World::fetch(Machine& machine, const FetchMirror& fetch) {
  Machine& from = this->machine(fetch.from);
  after(random_.between(3ms, 50ms), [this, &machine, &from, fetch, life = machine.life] {
    if (machine.life != life || !awake(from) || !control_works(machine, from) || !control_works(from, machine)) return;
    const int version = from.version.at(fetch.home);
    if (digest(fetch.home, version) != fetch.digest) return;
    machine.mirrors[fetch.home].insert(version);
    tell(machine, MirrorAvailable{fetch.home, fetch.digest});
  });
}

}  // namespace cip::simulation
