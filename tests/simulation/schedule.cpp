// Which cluster is simulated, and which faults come when: all drawn from the seed.
#include <algorithm>
#include <fmt/format.h>

#include "tests/simulation/world.h"

namespace cip::simulation {

using namespace failover;

namespace {

InterfaceRef ref(const char* clim, const char* interface) {
  return {ClimName{clim}, InterfaceName{interface}};
}

std::vector<SimHome> pairs(const std::vector<std::pair<InterfaceRef, std::optional<InterfaceRef>>>& names) {
  std::vector<SimHome> homes;
  homes.reserve(names.size());
  for (const auto& [name, failover] : names) {
    SimHome& home = homes.emplace_back();
    home.name = name;
    home.failover = failover;
  }
  return homes;
}

std::vector<SimHome> topology(std::uint64_t choice) {
  const InterfaceRef a = ref("n1", "eth1");
  const InterfaceRef b = ref("n2", "eth1");
  const InterfaceRef c = ref("n3", "eth1");
  switch (choice) {
    case 0:  // one pair, a spare interface on the other side
      return pairs({{a, b}});
    case 1:  // the other side has home resources of its own that never move
      return pairs({{a, b}, {b, std::nullopt}});
    case 2:  // each the other's failover interface
      return pairs({{a, b}, {b, a}});
    case 3:  // a chain: the visitor's neighbour may itself go away (F5)
      return pairs({{a, b}, {b, c}});
    case 4:  // a ring
      return pairs({{a, b}, {b, c}, {c, a}});
    default:  // two interfaces of one CLIM with different failover CLIMs (P6)
      return pairs({{a, b}, {ref("n1", "eth2"), c}});
  }
}

}  // namespace

void World::lay_out() {
  times_.fence = 5s;
  times_.linger = 12s;
  times_.retry = 3s;
  times_.startup_wait = 2s;
  if (random_.chance(0.2)) {
    times_.heartbeat = 50ms;
    times_.dead = 150ms;
  }
  homes_ = topology(random_.below(6));
  std::set<InterfaceRef> interfaces;
  for (const SimHome& home : homes_) {
    interfaces.insert(home.name);
    if (home.failover) interfaces.insert(*home.failover);
  }
  for (const InterfaceRef& interface : interfaces) {
    if (machines_.empty() || machines_.back()->name != interface.clim) {
      machines_.push_back(std::make_unique<Machine>());
      machines_.back()->name = interface.clim;
    }
    machines_.back()->ports[interface.interface].carrier_since = now_;
  }
  for (const SimHome& home : homes_) {
    for (const auto& machine : machines_) {
      if (machine->name != home.name.clim && (!home.failover || machine->name != home.failover->clim)) continue;
      machine->kernel[home.name];
      machine->delivered[home.name];
      machine->version[home.name] = 0;
      machine->mirrors[home.name] = {0};
    }
  }
  for (SimHome& home : homes_) {
    home.at_home = &machine(home.name.clim);
    home.here = &home.at_home->kernel[home.name];
    if (!home.failover) continue;
    home.other = &machine(home.failover->clim);
    home.there = &home.other->kernel[home.name];
    const auto beside = [&](const SimHome& each) { return each.name == *home.failover; };
    const auto found = std::find_if(homes_.begin(), homes_.end(), beside);
    if (found != homes_.end()) home.beside = &*found;
  }
  for (const auto& machine : machines_) {
    if (random_.chance(0.2)) machine->slowest_request = 300ms;
  }
}

void World::fault(const std::vector<Machine*>& touched, Time begin, Time end, Change what, Change undo) {
  faults_end_ = std::max(faults_end_, end == Time::max() ? begin + 1ms : end);
  at(begin, [touched, what = std::move(what)] {
    for (Machine* machine : touched) ++machine->faults;
    what();
  });
  if (end == Time::max()) return;
  at(end, [this, touched, undo = std::move(undo)] {
    for (Machine* machine : touched) {
      --machine->faults;
      machine->undisturbed = now_;
    }
    undo();
  });
}

void World::plan_faults() {
  const Time begin = now_ + 4s;
  faults_end_ = begin;
  const auto lasts = [this] { return random_.chance(0.6) ? random_.between(10ms, 1s) : random_.between(500ms, 7s); };
  for (std::uint64_t i = 1 + random_.below(8); i > 0; --i) {
    const Time at = begin + random_.between(0s, 7s);
    any_fault(at, at + lasts());
  }
  for (std::uint64_t i = random_.below(3); i > 0; --i) plan_command(begin + random_.between(0s, 8s));
  if (random_.chance(0.4)) plan_theme(begin + random_.between(0s, 3s));
  if (random_.chance(0.5)) any_fault(faults_end_ + random_.between(1ms, 500ms), Time::max());  // one that stays
}

// Faults that belong together, and would rarely meet by chance.
void World::plan_theme(Time begin) {
  const SimHome& home = random_.pick(homes_);
  Machine& at_home = *home.at_home;
  Machine* const other = home.other;
  if (other == nullptr) return;
  const Between both{&at_home, other, true, true, true};
  switch (random_.below(4)) {
    case 0:  // alone, and then without its daemon (linger)
      clim_fails(*other, begin, begin + 12s);
      daemon_ends(at_home, begin + 2500ms, begin + random_.between(6s, 10s));
      break;
    case 1:  // a change is heard of, its mirror is out of reach, and then it would be needed (F10)
      cut({&at_home, other, true, false, true}, begin, begin + 6s);
      configuration_changes(home, begin + 100ms, false);
      clim_fails(at_home, begin + random_.between(150ms, 2s), begin + 5s);
      break;
    case 2:  // many changes while messages overtake each other
      bad_weather({0.05, 0.3, 90ms}, begin, begin + 5s);
      for (int i = 0; i < 8; ++i) configuration_changes(home, begin + random_.between(0s, 5s), true);
      break;
    default:  // all cut, and one side cannot hear anybody (witness)
      cut(both, begin, begin + 4s);
      port_forwards_nothing(*other, other->ports.begin()->first, begin + random_.between(0s, 1s), begin + 4s);
      break;
  }
}

void World::plan_command(Time begin) {
  Machine& machine = *random_.pick(machines_);
  const InterfaceRef name = random_.pick(homes_).name;
  const InterfaceName port = machine.ports.begin()->first;
  const auto to = random_.chance(0.5) ? Switch::Target::home : Switch::Target::failover;
  const bool force = random_.chance(0.2);
  if (random_.chance(0.8)) {
    at(begin, [this, &machine, name, to, force] { command(machine, Switch{name, to, force}); });
    return;
  }
  at(begin, [this, &machine, port] { command(machine, StopInterface{port}); });
  if (random_.chance(0.7)) {
    at(begin + random_.between(10ms, 3s), [this, &machine, port] { command(machine, StartInterface{port}); });
  }
}

void World::any_fault(Time begin, Time end) {
  Machine& machine = *random_.pick(machines_);
  Machine& other = *random_.pick(machines_);
  std::vector<InterfaceName> ports;
  for (const auto& [name, port] : machine.ports) ports.push_back(name);
  const InterfaceName port = random_.pick(ports);
  const bool data = random_.chance(0.7);
  const Between link{&machine, &other, !data || random_.chance(0.6), data, random_.chance(0.6)};
  switch (random_.below(17)) {
    case 0:
    case 1:
      return cut(link, begin, end);
    case 2:
      return third_host_is_away(machine, port, begin, end);
    case 3:
      return port_forwards_nothing(machine, port, begin, end);
    case 4:
    case 5:
      return carrier_goes(machine, port, begin, end);
    case 6:
      return set_down_by_hand(machine, port, begin, end);
    case 7:
      return clim_fails(machine, begin, end);
    case 8:
    case 9:
      return daemon_ends(machine, begin, end);
    case 10:
      return fault(
          {&machine}, begin, end, [this, &machine] { freeze(machine); }, [this, &machine] { thaw(machine); });
    case 11:
      return fault(
          {&machine}, begin, end, [this, &machine] { pause(machine); }, [this, &machine] { resume(machine); });
    case 12:
      return disk_is_bad(machine, begin, end);
    case 13:
      return cannot_add(machine, random_.pick(homes_), begin, end);
    case 14:
      return kernel_hangs(machine, begin, end);
    case 15:
      return bad_weather({random_.chance(0.5) ? 0.3 : 0.05, 0.2, random_.between(2ms, 60ms)}, begin, end);
    default:
      return configuration_changes(random_.pick(homes_), begin, random_.chance(0.5));
  }
}

// ------------------------------------------------------------------------------------------------- the faults

void World::cut(const Between& link, Time begin, Time end) {
  const auto set = [this, link](bool there) {
    trace("-- {} {} {}:{}{} {}", link.one->name.str(), link.both_ways ? "<->" : "->", link.other->name.str(),
          link.data ? " data" : "", link.control ? " control" : "", there ? "cut" : "healed");
    const auto change = [&](auto& cuts, const Machine& from, const Machine& to) {
      there ? void(cuts.insert({from.name, to.name})) : void(cuts.erase({from.name, to.name}));
    };
    if (link.data) change(data_cut_, *link.one, *link.other);
    if (link.control) change(control_cut_, *link.one, *link.other);
    if (link.both_ways && link.data) change(data_cut_, *link.other, *link.one);
    if (link.both_ways && link.control) change(control_cut_, *link.other, *link.one);
  };
  fault(
      {link.one, link.other}, begin, end, [set] { set(true); }, [set] { set(false); });
}

void World::third_host_is_away(Machine& machine, const InterfaceName& port, Time begin, Time end) {
  const auto set = [this, &machine, port](bool there) {
    trace("-- third host {} {}", there ? "back at" : "away from", machine.name.str());
    machine.ports[port].third_host = there;
  };
  fault(
      {&machine}, begin, end, [set] { set(false); }, [set] { set(true); });
}

void World::port_forwards_nothing(Machine& machine, const InterfaceName& port, Time begin, Time end) {
  const auto set = [this, &machine, port](bool forwards) {
    trace("-- port of {} forwards{}", machine.name.str(), forwards ? "" : " nothing");
    machine.ports[port].forwarding = forwards;
  };
  fault(
      {&machine}, begin, end, [set] { set(false); }, [set] { set(true); });
}

void World::carrier_goes(Machine& machine, const InterfaceName& port, Time begin, Time end) {
  fault(
      {&machine}, begin, end, [this, &machine, port] { set_cable(machine, port, false); },
      [this, &machine, port] { set_cable(machine, port, true); });
}

void World::set_down_by_hand(Machine& machine, const InterfaceName& port, Time begin, Time end) {
  const auto set = [this, &machine, port](bool up) {
    if (machine.ports[port].up == up) return;
    trace("-- {} set {} by hand", machine.name.str(), up ? "up" : "down");
    machine.ports[port].up = up;
    machine.ports[port].carrier_since = now_;
    tell_link(machine, port);
  };
  fault(
      {&machine}, begin, end, [set] { set(false); }, [set] { set(true); });
}

// It crashes, or is shut down; its disk may be an old or an empty one when it comes back.
void World::clim_fails(Machine& machine, Time begin, Time end) {
  const bool slow_network = random_.chance(0.5);
  const bool lost_disk = random_.chance(0.1);
  const bool empty = random_.chance(0.5);
  at(begin - 2s, [&machine] { machine.old_disk = machine.disk; });
  if (random_.chance(0.3)) {
    at(begin - 100ms, [this, &machine] {
      std::erase_if(adopted_, [&](const auto& entry) { return entry.first.first == machine.name; });
      machine.undisturbed = now_;
      tell(machine, Stop{Stop::What::machine});
    });
  }
  const auto fails = [this, &machine, lost_disk, empty] {
    crash(machine);
    if (!lost_disk) return;
    trace("-- its disk is replaced");
    machine.disk = empty ? decltype(machine.disk){} : machine.old_disk;
    machine.life += 2;  // nothing that was being written reaches the new disk
    machine.disk_replaced = true;
    machine.said_epoch.clear();
    machine.announced.clear();
  };
  fault({&machine}, begin, end, fails, [this, &machine, slow_network] { boot(machine, slow_network); });
}

void World::daemon_ends(Machine& machine, Time begin, Time end) {
  const bool survives = random_.chance(0.5);
  if (random_.chance(0.3)) at(begin - 1ms, [this, &machine] { tell(machine, Stop{Stop::What::daemon}); });
  fault(
      {&machine}, begin, end, [this, &machine, survives] { end_daemon(machine, survives); },
      [this, &machine] { start_daemon(machine); });
}

void World::disk_is_bad(Machine& machine, Time begin, Time end) {
  using Disk = Machine::Disk;
  std::vector<Disk> states{Disk::slow, Disk::failing, Disk::dead};
  const Disk state = random_.pick(states);
  const auto bad = [this, &machine, state] {
    trace("-- bad disk: {}", machine.name.str());
    machine.disk_state = state;
    machine.disk_was_bad = true;
  };
  const auto good = [this, &machine] {
    trace("-- good disk: {}", machine.name.str());
    if (machine.disk_state == Disk::dead) machine.disk_free = now_;
    machine.disk_state = Disk::good;
  };
  fault({&machine}, begin, end, bad, good);
}

void World::cannot_add(Machine& machine, const SimHome& home, Time begin, Time end) {
  if (!machine.kernel.contains(home.name)) return;
  const auto bad = [this, &machine, name = home.name] {
    trace("-- {} cannot add {}", machine.name.str(), name.str());
    machine.cannot_add.insert(name);
  };
  const auto good = [this, &machine, name = home.name] {
    trace("-- {} can add {}", machine.name.str(), name.str());
    machine.cannot_add.erase(name);
  };
  fault({&machine}, begin, end, bad, good);
}

void World::kernel_hangs(Machine& machine, Time begin, Time end) {
  const auto hangs = [this, &machine] {
    trace("-- kernel hangs: {}", machine.name.str());
    machine.kernel_hangs = true;
    tell_hang(machine);
  };
  const auto answers = [this, &machine] {
    trace("-- kernel answers: {}", machine.name.str());
    machine.kernel_hangs = false;
    machine.kernel_answers_since = now_;
    tell(machine, KernelAnswers{true});
    go_on(machine);
  };
  fault({&machine}, begin, end, hangs, answers);
}

void World::bad_weather(const Weather& weather, Time begin, Time end) {
  std::vector<Machine*> all;
  for (const auto& machine : machines_) all.push_back(machine.get());
  const auto bad = [this, weather] {
    trace("-- bad weather");
    control_ = data_ = weather;
  };
  const auto good = [this] {
    trace("-- good weather");
    control_ = data_ = Weather{};
  };
  fault(all, begin, end, bad, good);
}

// A new generation: the two CLIMs read it at different times, or the failover side has to ask for the mirror.
void World::configuration_changes(const SimHome& home, Time begin, bool mirror_comes) {
  faults_end_ = std::max(faults_end_, begin);
  const Duration later = random_.between(0s, 2s);
  at(begin, [this, home, mirror_comes, later] {
    Machine& at_home = *home.at_home;
    const int version = ++at_home.version[home.name];
    trace("-- {} changes", home.name.str());
    if (awake(at_home)) configure(at_home);
    Machine* const other = home.other;
    if (other == nullptr || !mirror_comes) return;
    after(later, [this, other, home, version] {
      other->mirrors[home.name].insert(version);
      if (awake(*other)) configure(*other);
    });
  });
}

}  // namespace cip::simulation
