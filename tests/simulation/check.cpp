// The invariants of docs/protocol.md. They look at kernels, disks and what was delivered, never into an engine.
#include <algorithm>
#include <fmt/format.h>

#include "tests/simulation/world.h"

namespace cip::simulation {

using namespace failover;

void World::violated(std::string what) {
  if (outcome_.violation) return;
  outcome_.violation = fmt::format("{} (at {:.3f} ms)", what, static_cast<double>((now_ - Time{1h}).count()) / 1000.0);
  trace("VIOLATION {}", *outcome_.violation);
}

void World::check() {
  for (SimHome& home : homes_) {
    if (home.other == nullptr || !home.agreed || !home.exists) {
      home.both_since.reset();
      home.lonely_since.reset();
      continue;
    }
    note_holder(home);
    check_two_holders(home);
    check_beside(home);
  }
}

void World::note_holder(SimHome& home) const {
  if (home.here->any == home.there->any) return;
  const Machine* const holder = home.here->any ? home.at_home : home.other;
  if (home.holder == holder) return;
  home.holder = holder;
  home.held_since = now_;
}

bool World::undisturbed(const Machine& machine, Duration since) const {
  return machine.faults == 0 && now_ - machine.undisturbed > since && awake(machine) &&
         now_ - machine.daemon_since > since;
}

bool World::reach_each_other(const Machine& one, const Machine& other, const SimHome& home) const {
  const InterfaceName& one_port = port_of(one, home);
  const InterfaceName& other_port = port_of(other, home);
  return data_works(one, one_port, other, other_port) && data_works(other, other_port, one, one_port) &&
         data_.loss == 0;
}

// I1: no two CLIMs that can reach each other over the data LAN both hold it for longer than dead + one heartbeat (and
// the time that messages and the removal itself take). Daemons that are dead or frozen: the kernels' lifetimes see to
// it.
void World::check_two_holders(SimHome& home) {
  Machine& one = *home.at_home;
  Machine& other = *home.other;
  const bool both = home.here->any && home.there->any && awake(one) && awake(other) && !one.kernel_hangs &&
                    !other.kernel_hangs && removes(one) && removes(other) && reach_each_other(one, other, home);
  if (!both) {
    home.both_since.reset();
    return;
  }
  if (!home.both_since) home.both_since = now_;
  const Time since = *home.both_since;
  const Time running = std::max({since, one.daemon_since + 100ms, other.daemon_since + 100ms});
  const Duration removal = 2 * std::max(one.slowest_request, other.slowest_request);
  const Duration allowed = Duration{times_.dead + times_.heartbeat} + removal + 2 * data_.slowest + 20ms;
  if (now_ - running > allowed)
    violated(fmt::format("I1: {} and {} both hold {}", one.name.str(), other.name.str(), home.name.str()));
}

// I4: no visitor without the interface's own home resources.
void World::check_beside(SimHome& home) {
  if (home.beside == nullptr) return;
  Machine& machine = *home.other;
  const bool lonely = home.there->any && !home.beside->here->any && awake(machine) && machine.reading == 0 &&
                      !machine.kernel_hangs && removes(machine);
  if (!lonely) {
    home.lonely_since.reset();
    return;
  }
  if (!home.lonely_since) home.lonely_since = now_;
  const Time since = std::max(*home.lonely_since, machine.daemon_since + 100ms);
  if (now_ - since > 2 * machine.slowest_request + 50ms) {
    violated(fmt::format("I4: {} keeps {} without its own home resources", machine.name.str(), home.name.str()));
  }
}

// Something of it comes into a kernel.
void World::check_add(Machine& machine, const InterfaceRef& name, bool by_refresh) {
  ++outcome_.moves;
  moved_[name] = now_;
  machine.kernel[name].since = now_;
  trace("{}: kernel has {}", machine.name.str(), name.str());
  const Machine* const other = other_side(machine, home(name));
  if (!home(name).agreed) return;
  if (by_refresh && other != nullptr && other->kernel.contains(name) && other->kernel.at(name).any) {
    violated(fmt::format("I2: a refresh on {} brings back {}, which {} holds", machine.name.str(), name.str(),
                         other->name.str()));
  }
}

// The engine decides to add, or to bring up to date.
void World::check_apply(Machine& machine, const Apply& apply) {
  const SimHome& moving = home(apply.home);
  const bool at_home = moving.name.clim == machine.name;
  const Delivered& heard = machine.delivered[apply.home];
  if (!at_home && !heard.announced.empty() && apply.digest != heard.announced) {
    violated(fmt::format("I5: {} applies a stale mirror of {}", machine.name.str(), apply.home.str()));
  }
  if (machine.kernel[apply.home].any) return;
  const Heard& peer = machine.heard[moving.name.clim];
  const bool peer_is_heard = now_ - peer.at < times_.dead && peer.at > machine.daemon_since &&
                             peer.at - heard.newest_heard >= Duration{times_.heartbeat} / 2;
  if (!at_home && peer_is_heard && now_ - heard.newest_heard >= times_.dead) {
    violated(fmt::format("I5: {} adds {}, of which {} does not speak any more", machine.name.str(), apply.home.str(),
                         moving.name.clim.str()));
  }
  const Port& port = machine.ports.at(apply.interface);
  const SimHome* const own = beside_of(machine, moving);
  const auto believed = machine.believes.find(apply.home);
  const auto written = machine.disk.find(apply.home);
  const bool is_stopped = believed != machine.believes.end() && believed->second.stopped &&
                          written != machine.disk.end() && written->second.record.stopped;
  if (is_stopped && !machine.disk_was_bad) {
    violated(fmt::format("ifstop: {} adds {}, which is stopped", machine.name.str(), apply.home.str()));
  }
  // What a kernel that does not answer has lost is known once it has been read again and applied.
  const bool known = !machine.kernel_hangs && now_ - machine.kernel_answers_since > 500ms;
  if (own != nullptr && known && !stays(machine, *own)) {
    violated(fmt::format("I4: {} adds {} without its own home resources", machine.name.str(), apply.home.str()));
  }
  Machine* const other = other_side(machine, moving);
  if (other == nullptr || !moving.agreed) return;
  const bool carrier_is_new = port.up && port.cable && now_ - port.carrier_since < times_.settle &&
                              port.carrier_since > machine.daemon_since + 60ms;
  if (carrier_is_new)
    violated(fmt::format("settle: {} adds {} on a new carrier", machine.name.str(), apply.home.str()));
  const bool forced = forced_.contains(apply.home) && now_ - forced_[apply.home] < 2s;
  const bool listens = held_at_start_.find({machine.name, apply.home}) == held_at_start_.end();
  if (listens && heard.newest_heard < machine.daemon_since && now_ - machine.daemon_since < times_.startup_wait - 1ms) {
    violated(fmt::format("F8: {} adds {} before it has listened", machine.name.str(), apply.home.str()));
  }
  // I2: the other kernel has not acknowledged a removal. (If it began to add a moment ago as well, both found it free.)
  if (other->kernel[apply.home].any && now_ - other->kernel[apply.home].since > Duration{times_.dead} && !forced) {
    const bool is_out = now_ - heard.serving >= times_.dead;
    // Asking begins with the first missed heartbeat; what comes before is a late answer to an earlier question.
    const Duration missed = std::min(Duration{times_.heartbeat} * 5 / 4, Duration{times_.dead - times_.probe});
    const Duration silence = heard.answer > heard.serving + missed ? Duration{1s} : Duration{times_.probe};
    const bool quiet = !moving.lan || (now_ - heard.answer >= silence &&
                                       now_ - heard.witness <= std::max(Duration{times_.probe}, Duration{60ms}));
    if (!is_out || !quiet) {
      const auto ago = [&](Time time) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - time).count();
      };
      violated(fmt::format("I2: {} adds {}, which {} holds (served {} ms ago, answered {}, witness {})",
                           machine.name.str(), apply.home.str(), other->name.str(), ago(heard.serving),
                           ago(heard.answer), ago(heard.witness)));
    }
  }
  // I3: it comes home only by command, or when the side that it visits cannot serve.
  const auto rebuilt = [&](const SimHome& each) { return !each.agreed || now_ - each.changed < 15s; };
  if (std::any_of(homes_.begin(), homes_.end(), rebuilt)) return;
  const SimHome* const beside = at_home ? moving.beside : nullptr;
  if ((beside != nullptr && !stays(*other, *beside)) || other->disk_replaced) return;
  const bool knows = now_ - moving.held_since > Duration{times_.dead};  // that it was taken
  if (at_home && moving.holder == other && knows) {
    const auto by_operator = [&](const auto& entry) {
      return entry.second > moving.held_since || now_ - entry.second < 15s;
    };
    const Duration memory = Duration{times_.retry + times_.settle} + 2s;
    if (undisturbed(*other, memory) && machine.faults == 0 &&
        std::none_of(touched_.begin(), touched_.end(), by_operator)) {
      violated(fmt::format("I3: {} comes home by itself", apply.home.str()));
    }
  }
}

// All of it is there, and is not about to leave.
bool World::stays(const Machine& machine, const SimHome& home) {
  const auto request = machine.requests.find(home.name);
  return machine.kernel.at(home.name).complete && (request == machine.requests.end() || request->second.adding);
}

void World::check_remove(Machine& machine, const Remove& remove) {
  const SimHome& leaving = home(remove.home);
  const bool at_home = leaving.name.clim == machine.name;
  for (const SimHome& visitor : homes_) {
    if (!at_home || beside_of(machine, visitor) != &leaving || remove.interface.empty()) continue;
    // A removal that failed goes on, though the configuration has it again meanwhile.
    if (machine.kernel[visitor.name].any && machine.kernel[leaving.name].any && removes(machine)) {
      violated(fmt::format("I4: {} leaves {} before its visitor {}", leaving.name.str(), machine.name.str(),
                           visitor.name.str()));
    }
  }
  // I7: a daemon that has just been restarted moves nothing, if nothing else is wrong.
  const auto adopted = adopted_.find({machine.name, remove.home});
  if (adopted == adopted_.end() || now_ - adopted->second > 2s || adopted->second < machine.daemon_since) return;
  const auto rebuilt = [&](const SimHome& each) { return !each.agreed || now_ - each.changed < 20s; };
  if (!leaving.exists || std::any_of(homes_.begin(), homes_.end(), rebuilt)) return;
  const Port& port = machine.ports.at(port_of(machine, leaving));
  const auto saved = machine.disk.find(remove.home);
  const Record record = saved == machine.disk.end() ? Record{leaving.name.clim} : saved->second.record;
  const Machine* const other = other_side(machine, leaving);
  const SimHome* const own = at_home ? nullptr : leaving.beside;
  const Machine* const beside = own == nullptr ? nullptr : other_side(machine, *own);
  const bool excused =
      record.owner != machine.name || record.stopped || !port.up || !port.cable || now_ - port.carrier_since < 1s ||
      machine.kernel_hangs || machine.faults > 0 ||
      (other != nullptr &&
       (other->kernel.at(remove.home).any || other->requests.contains(remove.home) || other->faults > 0)) ||
      (own != nullptr && !machine.kernel[own->name].complete) ||
      (beside != nullptr && beside->kernel.at(own->name).any) ||
      std::any_of(touched_.begin(), touched_.end(), [&](const auto& entry) { return now_ - entry.second < 20s; });
  if (!excused) violated(fmt::format("I7: {} removes {} after a restart", machine.name.str(), remove.home.str()));
}

// I8 and I5: neither a lower epoch nor an older announcement is written over a newer one.
void World::check_written(Machine& machine, const Persist& persist) {
  const auto before = machine.disk.find(persist.home);
  if (before != machine.disk.end() && before->second.record.epoch > persist.saved.record.epoch) {
    violated(fmt::format("I8: {} writes a lower epoch of {}", machine.name.str(), persist.home.str()));
  }
  machine.believes[persist.home] = persist.saved.record;
  if (persist.saved.announced.empty()) return;
  const int version = version_of(persist.home, persist.saved.announced);
  int& newest = machine.announced[persist.home];
  if (version < newest)
    violated(fmt::format("I5: {} believes an old announcement of {}", machine.name.str(), persist.home.str()));
  newest = std::max(newest, version);
}

// I8 over what is said: it never goes back, across crashes too, on a disk that keeps what it synced.
void World::check_said(Machine& machine, const Send& send) {
  for (const PairState& state : send.message.pairs) {
    std::uint64_t& floor = machine.said_epoch[state.home];
    if (number(state.record.epoch) < floor) {
      violated(fmt::format("I8: {} says epoch {} of {} after {}", machine.name.str(), number(state.record.epoch),
                           state.home.str(), floor));
    }
    floor = number(state.record.epoch);
    machine.believes[state.home] = state.record;
  }
}

// I7: addresses live while their daemon does, and some time longer: two thirds of the lifetime at least.
void World::check_expired(Machine& machine, const InterfaceRef& name) {
  moved_[name] = now_;
  if (machine.kernel_hangs || now_ - machine.kernel_answers_since < 2s) return;
  if (!removes(machine) || machine.asleep_since < machine.can_remove_since + 2s)
    return;  // what should have left does so by itself
  if (awake(machine)) {
    if (now_ - machine.daemon_since > 2s) violated(fmt::format("I7: {} expires under a running daemon", name.str()));
    return;
  }
  const SimHome& lost = home(name);
  if (!lost.agreed || !lost.exists || now_ - lost.changed < 20s) return;
  const Machine* const other = other_side(machine, lost);
  if (machine.asleep_since - std::max(machine.daemon_since, machine.woke) < 1s)
    return;                                                              // it had no time to find out who is there
  if (machine.asleep_since < machine.kernel_answers_since + 2s) return;  // nor could it refresh
  const bool alone = !awake(*other) && other->asleep_since + 2s < machine.asleep_since;
  const Duration least = Duration{alone ? times_.linger : times_.fence} * 2 / 3 - 100ms;
  if (now_ - machine.asleep_since < least) {
    violated(fmt::format("I7: {} loses {} {} s after its daemon", machine.name.str(), name.str(),
                         std::chrono::duration_cast<std::chrono::seconds>(now_ - machine.asleep_since).count()));
  }
}

// ---------------------------------------------------------------------------------------------------------- I6

// What those know that could act: all of them that it is stopped, or some.
std::pair<bool, bool> World::stopped(const SimHome& home) const {
  bool all = true;
  bool some = false;
  for (const auto& machine : machines_) {
    const auto found = machine->believes.find(home.name);
    if (found == machine->believes.end() || !awake(*machine) || !machine->tree.contains(home.name)) continue;
    all = all && found->second.stopped;
    some = some || found->second.stopped;
  }
  return {some && all, some};
}

// Whether this machine, as it is, can serve it; `with_witness`: and would find out that it may.
bool World::able(const Machine& machine, const SimHome& home, bool with_witness) const {
  const InterfaceName& name = port_of(machine, home);
  const Port& port = machine.ports.at(name);
  if (!awake(machine) || machine.kernel_hangs || !port.up || port.stopped) return false;
  if (machine.cannot_add.contains(home.name) && !machine.kernel.at(home.name).any) return false;
  if (home.failover && !port.cable) return false;
  if (home.failover && home.lan && with_witness && (!port.forwarding || !port.third_host || port.proxy)) return false;
  if (home.at_home == &machine) return true;
  const SimHome* const own = home.beside;
  if (own != nullptr && !machine.kernel.at(own->name).complete) return false;
  if (machine.kernel.at(home.name).any) return true;  // a newer mirror may be on its way
  const auto& announced = machine.delivered.at(home.name).announced;
  const auto& mirrors = machine.mirrors.at(home.name);
  return !announced.empty() && std::any_of(mirrors.begin(), mirrors.end(),
                                           [&](int version) { return digest(home.name, version) == announced; });
}

// I6: every home interface with an able side is held by exactly one such side, and nothing moves any more.
std::optional<std::string> World::unsettled() const {
  for (const auto& machine : machines_) {
    for (const auto& [name, held] : machine->kernel) {
      if (held.any && awake(*machine) && !machine->tree.contains(name)) {
        return fmt::format("{} holds {}, which is not in its tree", machine->name.str(), name.str());
      }
    }
  }
  for (const SimHome& home : homes_) {
    if (!home.exists || !home.agreed) continue;
    std::vector<const Machine*> sides{home.at_home};
    if (home.other != nullptr) sides.push_back(home.other);
    std::vector<const Machine*> holders;
    bool somebody_could = false;
    bool served = false;
    for (const Machine* side : sides) {
      const bool holds = side->running && !side->paused && side->kernel.at(home.name).any;
      if (holds) holders.push_back(side);
      somebody_could = somebody_could || able(*side, home, true);
      served = served || (holds && able(*side, home, false));
    }
    const std::string& name = home.name.str();
    const auto [all_know, some_know] = stopped(home);
    const bool cannot_leave = std::any_of(holders.begin(), holders.end(),
                                          [&](const Machine* side) { return !awake(*side) || side->kernel_hangs; });
    if (all_know && !holders.empty() && !cannot_leave) return name + " is stopped and held";
    if (some_know) continue;
    if (!somebody_could) continue;
    if (!served) return name + (holders.empty() ? " is held by nobody" : " is held by a side that cannot serve it");
    if (holders.size() == 2 && reach_each_other(*holders[0], *holders[1], home)) return name + " is held by both sides";
    const auto moved = moved_.find(home.name);
    if (moved != moved_.end() && now_ - moved->second < 1s) return name + " still moves";
  }
  for (const auto& machine : machines_) {
    for (const auto& [id, since] : machine->commands) {
      if (awake(*machine) && now_ - since > times_.retry + 1s) return "a command was not answered";
    }
  }
  return std::nullopt;
}

}  // namespace cip::simulation
