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
    case 5:  // two interfaces of one CLIM with different failover CLIMs (P6)
      return pairs({{a, b}, {ref("n1", "eth2"), c}});
    case 6:  // two visitors on one CLIM, one of them beside home resources that may visit it
      return pairs({{a, c}, {c, a}, {b, ref("n3", "eth2")}});
    case 7:  // a ring of four CLIMs, each with a visitor beside nothing
      return pairs({{a, ref("n2", "eth2")},
                    {b, ref("n3", "eth2")},
                    {c, ref("n4", "eth2")},
                    {ref("n4", "eth1"), ref("n1", "eth2")}});
    default:  // two data LANs between the same two CLIMs
      return pairs({{a, b}, {b, a}, {ref("n1", "eth2"), ref("n2", "eth2")}});
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
  homes_ = topology(random_.below(9));
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
      const bool concerned = machine->name == home.name.clim || (home.failover && machine->name == home.failover->clim);
      if (concerned) machine->tree[home.name] = home.failover;
      machine->kernel[home.name];
      machine->delivered[home.name];
      machine->version[home.name] = 0;
      if (concerned) machine->mirrors[home.name] = {0};
    }
  }
  for (SimHome& home : homes_) {
    home.at_home = &machine(home.name.clim);
    home.here = &home.at_home->kernel[home.name];
    home.lan = random_.chance(0.85);
  }
  link_up();
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
  const std::uint64_t commands = random_.chance(0.2) ? 8 : 3;
  for (std::uint64_t i = random_.below(commands); i > 0; --i) plan_command(begin + random_.between(0s, 8s));
  if (random_.chance(0.15)) plan_tree_changes(begin + random_.between(0s, 6s));
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
  switch (random_.below(6)) {
    case 0:  // alone, and then without its daemon (linger)
      clim_fails(*other, begin, begin + 12s);
      daemon_ends(at_home, begin + 2500ms, begin + random_.between(6s, 10s));
      break;
    case 1:  // a change is heard of, its mirror is out of reach, and then it would be needed (F10)
      cut({&at_home, other, true, false, true}, begin, begin + 6s);
      configuration_changes(home, begin + 100ms, Mirror::fetched);
      clim_fails(at_home, begin + random_.between(150ms, 2s), begin + 5s);
      break;
    case 2:  // many changes while messages overtake each other
      bad_weather({0.05, 0.3, 90ms}, begin, begin + 5s);
      for (int i = 0; i < 8; ++i) configuration_changes(home, begin + random_.between(0s, 5s), Mirror::later);
      break;
    case 3:  // the control LAN is cut and the data LAN loses much: silence proves little
      cut({&at_home, other, true, false, true}, begin, begin + 5s);
      bad_weather({random_.chance(0.5) ? 0.5 : 0.65, 0, 2ms}, begin, begin + 5s);
      break;
    case 4:  // each side alone, so that both may hold it, and then the data LAN heals first
      cut({&at_home, other, false, true, true}, begin, begin + 2s);
      cut({&at_home, other, true, false, true}, begin, begin + 6s);
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
  std::vector<InterfaceName> ports;
  for (const auto& [each, port] : machine.ports) ports.push_back(each);
  const InterfaceName port = random_.pick(ports);
  const auto to = random_.chance(0.5) ? Switch::Target::home : Switch::Target::failover;
  const bool force = random_.chance(0.3);
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
  Between link{&machine, &other, !data || random_.chance(0.6), data, random_.chance(0.6)};
  if (random_.chance(0.4)) link.lan = random_.pick(homes_).name;
  const bool for_ever = end == Time::max();
  switch (random_.below(20)) {
    case 0:
    case 1:
      if (!link.control || !link.data || for_ever || random_.chance(0.5)) return cut(link, begin, end);
      // Each heals alone.
      cut({link.one, link.other, true, false, link.both_ways}, begin, begin + random_.between(0s, end - begin));
      return cut({link.one, link.other, false, true, link.both_ways, link.lan}, begin, end);
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
    case 16:
      return proxy_answers(machine, port, begin, end);
    case 17:
      return carrier_flaps(machine, port, begin, for_ever ? begin + 3s : end);
    case 18:
      return cannot_remove(machine, begin, for_ever ? begin + 3s : end);
    default: {
      std::vector<Mirror> mirrors{Mirror::later, Mirror::earlier, Mirror::fetched, Mirror::fetched};
      return configuration_changes(random_.pick(homes_), begin, random_.pick(mirrors));
    }
  }
}

// ------------------------------------------------------------------------------------------------- the faults

void World::cut(const Between& link, Time begin, Time end) {
  const auto set = [this, link](bool there) {
    trace("-- {} {} {}:{}{} {}", link.one->name.str(), link.both_ways ? "<->" : "->", link.other->name.str(),
          link.data ? " data" : "", link.control ? " control" : "", there ? "cut" : "healed");
    const auto change = [&](auto& cuts, auto what) { there ? void(cuts.insert(what)) : void(cuts.erase(what)); };
    const auto one_way = [&](const Machine& from, const Machine& to) {
      if (link.control) change(control_cut_, std::pair{from.name, to.name});
      if (!link.data) return;
      for (const auto& [port, state] : from.ports) {
        const bool all = !link.lan || !from.tree.contains(*link.lan);
        if (all || port == port_of(from, home(*link.lan))) {
          change(data_cut_, std::pair{InterfaceRef{from.name, port}, to.name});
        }
      }
    };
    one_way(*link.one, *link.other);
    if (link.both_ways) one_way(*link.other, *link.one);
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

void World::proxy_answers(Machine& machine, const InterfaceName& port, Time begin, Time end) {
  const auto set = [this, &machine, port](bool there) {
    trace("-- a proxy {} at {}", there ? "answers" : "is gone", machine.name.str());
    machine.ports[port].proxy = there;
  };
  fault(
      {&machine}, begin, end, [set] { set(true); }, [set] { set(false); });
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

void World::carrier_flaps(Machine& machine, const InterfaceName& port, Time begin, Time end) {
  while (begin < end) {
    const Time back = begin + random_.between(1ms, 400ms);
    carrier_goes(machine, port, begin, back);
    begin = back + random_.between(1ms, 1500ms);
  }
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
  if (!machine.tree.contains(home.name)) return;
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

void World::cannot_remove(Machine& machine, Time begin, Time end) {
  const auto set = [this, &machine](bool bad) {
    trace("-- {} can{} remove", machine.name.str(), bad ? "not" : "");
    machine.cannot_remove = bad;
    machine.can_remove_since = now_;
  };
  fault(
      {&machine}, begin, end, [set] { set(true); }, [set] { set(false); });
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
void World::configuration_changes(const SimHome& home, Time begin, Mirror mirror) {
  faults_end_ = std::max(faults_end_, begin);
  const Duration later = random_.between(0s, 2s);
  at(begin, [this, name = home.name, mirror, later] {
    const SimHome& changed = this->home(name);
    Machine& at_home = *changed.at_home;
    Machine* const other = changed.other;
    const int version = ++at_home.newest[name];
    trace("-- {} changes", name.str());
    const auto read_at_home = [this, &at_home, name, version] {
      at_home.version[name] = std::max(at_home.version[name], version);
      configure(at_home);
    };
    const auto read_mirror = [this, other, name, version] {
      other->mirrors[name].insert(version);
      configure(*other);
    };
    after(mirror == Mirror::earlier ? later : Duration{}, read_at_home);
    if (other == nullptr || mirror == Mirror::fetched) return;
    after(mirror == Mirror::earlier ? Duration{} : later, read_mirror);
  });
}

// A home interface leaves the specification, comes (back), or gets another failover interface: the CLIMs read their
// trees in any order.
void World::plan_tree_changes(Time begin) {
  for (std::uint64_t i = 1 + random_.below(3); i > 0; --i) {
    at(begin, [this, name = random_.pick(homes_).name] { tree_changes(name); });
    faults_end_ = std::max(faults_end_, begin + 2s);
    begin += random_.between(100ms, 4s);
  }
}

void World::tree_changes(const InterfaceRef& name) {
  SimHome& changing = home(name);
  if (!changing.failover) return;
  changing.exists = !changing.exists || random_.chance(0.4);
  if (random_.chance(0.6)) {
    std::vector<InterfaceRef> free;
    for (const auto& each : machines_) {
      for (const auto& [port, state] : each->ports) {
        const InterfaceRef candidate{each->name, port};
        const auto taken = [&](const SimHome& home) { return &home != &changing && home.failover == candidate; };
        if (each->name != name.clim && std::none_of(homes_.begin(), homes_.end(), taken)) free.push_back(candidate);
      }
    }
    changing.failover = random_.pick(free);
  }
  changing.changed = now_;
  link_up();
  trace("-- the specification changes: {} {}", name.str(),
        changing.exists ? "with " + changing.failover->str() : "is not in it");
  for (const auto& each : machines_) {
    after(random_.between(0s, 2s), [this, machine = each.get(), name] { offer(*machine, name, 20); });
  }
}

}  // namespace cip::simulation
