#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <utility>

namespace cip::simulation {

using namespace failover;

World::World(const Options& options) : options_(options), random_(options.seed), now_(Time{1h}) {
  lay_out();
}

// ------------------------------------------------------------------------------------------------- the queue

void World::at(Time time, std::function<void()> what) {
  queue_.push(Entry{std::max(time, now_), ++order_, std::move(what)});
}

void World::step() {
  const Entry entry = std::move(const_cast<Entry&>(queue_.top()));  // it is popped at once: its order does not matter
  queue_.pop();
  now_ = entry.at;
  entry.what();
  ++outcome_.steps;
  check();
}

void World::print(const std::string& line) const {
  std::printf("%10.3f %s\n", static_cast<double>((now_ - Time{1h}).count()) / 1000.0, line.c_str());
}

Machine& World::machine(const ClimName& name) const {
  return **std::find_if(machines_.begin(), machines_.end(), [&](const auto& each) { return each->name == name; });
}

const SimHome& World::home(const InterfaceRef& name) const {
  return *std::find_if(homes_.begin(), homes_.end(), [&](const SimHome& each) { return each.name == name; });
}

SimHome& World::home(const InterfaceRef& name) {
  return *std::find_if(homes_.begin(), homes_.end(), [&](const SimHome& each) { return each.name == name; });
}

// The home resources that the visitor would live beside, as this CLIM's tree has it (F5).
const SimHome* World::beside_of(const Machine& machine, const SimHome& visitor) const {
  const auto found = machine.tree.find(visitor.name);
  if (visitor.name.clim == machine.name || found == machine.tree.end() || !machine.tree.contains(*found->second)) {
    return nullptr;
  }
  return &home(*found->second);
}

Machine* World::other_side(const Machine& machine, const SimHome& home) const {
  return home.at_home == &machine ? home.other : home.at_home;
}

const InterfaceName& World::port_of(const Machine& machine, const SimHome& home) const {
  return home.at_home == &machine ? home.name.interface : machine.tree.at(home.name)->interface;
}

MacAddress World::mac_of(const Machine& machine, const InterfaceName& port) {
  const auto number = static_cast<std::uint8_t>(machine.name.str().back());
  return MacAddress{{2, 0, 0, 0, number, static_cast<std::uint8_t>(port.str().back())}};
}

bool World::is_mac_of(const Machine& machine, const MacAddress& mac) {
  return mac.bytes()[4] == static_cast<std::uint8_t>(machine.name.str().back());
}

Digest World::digest(const InterfaceRef& home, int version) {
  static std::map<std::pair<InterfaceRef, int>, Digest> known;  // hashing is slow
  Digest& digest = known[{home, version}];
  if (digest.empty()) digest = Digest::of(fmt::format("{} {}", home.str(), version));
  return digest;
}

int World::version_of(const InterfaceRef& home, const Digest& announced) {
  int version = 0;
  while (digest(home, version) != announced) ++version;
  return version;
}

// ------------------------------------------------------------------------------------------------ the daemon

// Events reach a daemon through its inbox, a little later, in order. One that is frozen finds them when it thaws.
void World::tell(Machine& machine, Event event, std::uint64_t number) {
  if (!machine.running || !machine.daemon) return;
  machine.inbox.emplace_back(std::move(event), number);
  if (machine.inbox_scheduled || !awake(machine)) return;
  machine.inbox_scheduled = true;
  const Time when = std::max(now_ + random_.between(20us, 300us), machine.busy_until);
  at(when, [this, &machine, life = machine.life] {
    if (machine.life != life) return;
    machine.inbox_scheduled = false;
    if (awake(machine)) work_inbox(machine);
  });
}

void World::work_inbox(Machine& machine) {
  while (!machine.inbox.empty()) {
    auto [event, number] = std::move(machine.inbox.front());
    machine.inbox.pop_front();
    if (std::holds_alternative<Configured>(event)) event = Configured{configuration_of(machine)};  // read when used
    handle(machine, event, number);
  }
}

void World::handle(Machine& machine, const Event& event, std::uint64_t number) {
  ++outcome_.transitions;
  const std::vector<Action> actions = machine.engine->handle(now_, event);
  const auto reads = std::count_if(actions.begin(), actions.end(),
                                   [](const Action& action) { return std::holds_alternative<ReadKernel>(action); });
  if (std::holds_alternative<KernelRead>(event)) --machine.reading;
  machine.reading += static_cast<unsigned>(reads);
  if (std::holds_alternative<Configured>(event)) machine.configured = true;
  if (machine.configured && machine.reading == 0) note_delivered(machine, event, number);
  for (const Action& action : actions) {
    std::visit([&](const auto& what) { carry_out(machine, what); }, action);
    if (!machine.daemon) return;
  }
  set_wake(machine);
}

// What reached this engine, for the checks. Late messages are no news.
void World::note_delivered(Machine& machine, const Event& event, std::uint64_t number) {
  if (const auto* heard = std::get_if<HeartbeatReceived>(&event)) {
    Heard& peer = machine.heard[heard->from];
    if (number > peer.newest) peer = {number, now_};
    for (const PairState& state : heard->message.pairs) {
      if (!machine.tree.contains(state.home)) continue;
      Delivered& delivered = machine.delivered[state.home];
      if (number <= delivered.newest) continue;
      delivered.newest = number;
      delivered.newest_heard = now_;
      if (state.starting || (state.holds && state.able)) delivered.serving = now_;
      if (state.home.clim == heard->from) delivered.announced = state.digest;
    }
  } else if (const auto* answer = std::get_if<ProbeAnswer>(&event)) {
    const Machine* const other = other_side(machine, home(answer->home));
    if (other != nullptr && is_mac_of(*other, answer->mac)) machine.delivered[answer->home].answer = now_;
  } else if (const auto* witness = std::get_if<Witness>(&event)) {
    machine.delivered[witness->home].witness = now_;
  }
}

void World::set_wake(Machine& machine) {
  const auto deadline = machine.engine->deadline();
  if (!deadline) return;
  const std::uint64_t wake = ++machine.wake;
  const Time when = std::max({*deadline, now_, machine.busy_until}) + random_.between(0us, 300us);
  at(when, [this, &machine, wake, life = machine.life] {
    if (machine.life == life && machine.wake == wake && awake(machine)) handle(machine, Tick{});
  });
}

void World::carry_out(Machine& machine, const ReadKernel&) {
  std::erase_if(machine.inbox, [](const auto& entry) {
    const Event& event = entry.first;
    return std::holds_alternative<HeartbeatReceived>(event) || std::holds_alternative<ProbeAnswer>(event) ||
           std::holds_alternative<Witness>(event);
  });
  machine.read_free = std::max(machine.read_free, now_) + random_.between(1ms, 10ms);
  at(machine.read_free, [this, &machine, life = machine.life] {
    if (machine.life != life || !machine.engine) return;
    KernelRead read;
    for (const auto& [home, held] : machine.kernel) {
      if (held.any) read.held.insert(home);
    }
    tell(machine, read);
  });
}

void World::carry_out(Machine& machine, const SetLink& action) {
  trace("{}: set {} {}", machine.name.str(), action.interface.str(), action.up ? "up" : "down");
  machine.ports[action.interface].stopped = !action.up;
  if (machine.ports[action.interface].up == action.up) return;
  machine.ports[action.interface].up = action.up;
  machine.ports[action.interface].carrier_since = now_;
  tell_link(machine, action.interface);
}

void World::carry_out(Machine& machine, const Reply& action) {
  trace("{}: reply {}: {}", machine.name.str(), static_cast<std::uint64_t>(action.id), action.sentence);
  if (machine.commands.erase(action.id) == 0) violated("a command was answered twice, or never given");
}

void World::carry_out(Machine& machine, const Report& action) {
  trace("{}: {}: {} {}", machine.name.str(), failover::name(action.severity), action.home.str(), action.sentence);
}

void World::carry_out(Machine& machine, const Finished&) {
  trace("{}: finished", machine.name.str());
  end_daemon(machine, true);
}

Configuration World::configuration_of(const Machine& machine) const {
  Configuration configuration{times_, {}};
  for (const SimHome& home : homes_) {
    const bool at_home = home.name.clim == machine.name;
    const auto known = machine.tree.find(home.name);
    if (known == machine.tree.end()) continue;
    HomeConfig config{home.name, known->second, {}, {}, home.lan};
    if (at_home) config.digest = digest(home.name, machine.version.at(home.name));
    if (!at_home) {
      for (const int version : machine.mirrors.at(home.name)) config.mirrors.insert(digest(home.name, version));
    }
    configuration.homes.push_back(std::move(config));
  }
  return configuration;
}

void World::configure(Machine& machine) {
  tell(machine, Configured{configuration_of(machine)});
}

// What follows from the trees.
void World::link_up() {
  for (SimHome& home : homes_) {
    home.other = home.failover ? &machine(home.failover->clim) : nullptr;
    home.there = home.other != nullptr ? &home.other->kernel[home.name] : nullptr;
    home.beside = home.other != nullptr ? beside_of(*home.other, home) : nullptr;
    home.agreed = std::all_of(machines_.begin(), machines_.end(), [&](const auto& each) {
      const auto found = each->tree.find(home.name);
      const bool concerned = home.exists && (each.get() == home.at_home || each.get() == home.other);
      return concerned ? found != each->tree.end() && found->second == home.failover : found == each->tree.end();
    });
  }
}

// The newest tree, as far as it concerns this home interface. A refused one is offered again, as an operator would
// after having it brought home.
void World::offer(Machine& machine, const InterfaceRef& name, int tries) {
  SimHome& changed = home(name);
  const auto again = [&] {
    if (tries > 0) after(500ms, [this, &machine, name, tries] { offer(machine, name, tries - 1); });
  };
  auto next = machine.tree;
  next.erase(name);
  const bool concerned = changed.exists && (&machine == changed.at_home || &machine == changed.other);
  if (concerned) next[name] = changed.failover;
  if (next == machine.tree) return;
  if (!awake(machine) || !machine.configured) return again();
  std::swap(next, machine.tree);
  const auto mirrors = machine.mirrors[name];
  if (concerned) machine.mirrors[name].insert(changed.at_home->version.at(name));
  const Configuration configuration = configuration_of(machine);
  if (const auto refused = machine.engine->refusal(configuration)) {
    std::swap(next, machine.tree);
    machine.mirrors[name] = mirrors;
    if (random_.chance(0.3)) command(machine, Switch{name, Switch::Target::home, false});
    return again();
  }
  trace("-- {} takes another tree: {} {}", machine.name.str(), name.str(),
        concerned ? "with " + changed.failover->str() : "is not in it");
  if (concerned && !next.contains(name)) {
    machine.delivered[name] = Delivered{};
    const auto saved = machine.disk.find(name);
    if (saved != machine.disk.end()) machine.delivered[name].announced = saved->second.announced;
  }
  changed.changed = now_;
  link_up();
  handle(machine, Configured{configuration});
  for (const auto& [interface, port] : machine.ports) tell_link(machine, interface);
}

void World::tell_link(Machine& machine, const InterfaceName& interface) {
  const Port& port = machine.ports.at(interface);
  tell(machine, Link{interface, port.up, port.up && port.cable, {mac_of(machine, interface)}});
}

void World::set_cable(Machine& machine, const InterfaceName& interface, bool there) {
  Port& port = machine.ports.at(interface);
  if (port.cable == there) return;
  trace("-- carrier of {}.{} {}", machine.name.str(), interface.str(), there ? "comes" : "goes");
  port.cable = there;
  port.carrier_since = now_;
  tell_link(machine, interface);
}

// -------------------------------------------------------------------------------- starting and ending things

void World::start_daemon(Machine& machine) {
  if (!machine.running || machine.daemon) return;
  if (machine.paused) return after(10ms, [this, &machine] { start_daemon(machine); });
  trace("-- daemon of {} starts", machine.name.str());
  machine.daemon = true;
  machine.frozen = machine.configured = machine.inbox_scheduled = false;
  machine.reading = 0;
  ++machine.life;
  machine.daemon_since = now_;
  machine.disk_was_bad = machine.disk_state != Machine::Disk::good;
  machine.inbox.clear();
  machine.requests.clear();
  machine.late_refresh.clear();
  machine.commands.clear();
  machine.believes.clear();
  machine.announced.clear();
  for (const auto& [home, saved] : machine.disk) {
    machine.believes[home] = saved.record;
    if (!saved.announced.empty()) machine.announced[home] = version_of(home, saved.announced);
  }
  if (machine.kernel_hangs) tell_hang(machine);
  machine.engine.emplace(machine.name, options_.guards);
  for (auto& byte : machine.boot.bytes) byte = static_cast<std::uint8_t>(random_.below(256));
  machine.sequence = 0;
  note_held(machine);
  Started started;
  started.saved = machine.disk;
  for (const auto& [home, held] : machine.kernel) {
    if (!held.any) continue;
    started.held.insert(home);
    adopted_[{machine.name, home}] = now_;
  }
  for (const SimHome& home : homes_) {
    const auto saved = machine.disk.find(home.name);
    Delivered& delivered = machine.delivered[home.name];
    delivered = Delivered{};
    if (saved != machine.disk.end()) delivered.announced = saved->second.announced;
  }
  handle(machine, started);
  after(random_.between(1ms, 50ms), [this, &machine, life = machine.life] {
    if (machine.life != life || !machine.engine) return;
    configure(machine);
    for (const auto& [interface, port] : machine.ports) tell_link(machine, interface);
  });
}

void World::end_daemon(Machine& machine, bool write_survives) {
  if (!machine.daemon) return;
  trace("-- daemon of {} ends", machine.name.str());
  if (awake(machine)) machine.asleep_since = now_;
  machine.daemon = false;
  machine.frozen = false;
  ++machine.life;
  machine.inbox.clear();
  machine.inbox_scheduled = false;
  machine.requests.clear();
  machine.late_refresh.clear();
  machine.commands.clear();
  if (write_survives) machine.disk_free = now_;
  if (machine.disk_was_bad) {
    machine.said_epoch.clear();
    for (const auto& [home, saved] : machine.disk) machine.said_epoch[home] = number(saved.record.epoch);
  }
}

// The daemon notices when a request takes longer than a second.
void World::tell_hang(Machine& machine) {
  after(1s, [this, &machine, life = machine.life] {
    if (machine.kernel_hangs && machine.life == life) tell(machine, KernelAnswers{false});
  });
}

void World::crash(Machine& machine) {
  if (!machine.running) return;
  trace("-- {} crashes", machine.name.str());
  end_daemon(machine, false);
  machine.running = false;
  machine.paused = false;
  machine.kernel_hangs = false;
  for (auto& [home, held] : machine.kernel) held = Held{false, false, {}, {}, {}, held.generation + 1};
}

void World::boot(Machine& machine, bool slow_network) {
  if (machine.running) return;
  trace("-- {} boots", machine.name.str());
  machine.running = true;
  for (auto& [interface, port] : machine.ports) {
    port.up = true;
    port.stopped = false;
    port.carrier_since = now_;
    if (!slow_network) continue;
    const bool forwarded = port.forwarding;
    port.forwarding = false;
    after(random_.between(100ms, 2500ms),
          [&port = port, forwarded] { port.forwarding = port.forwarding || forwarded; });
    if (!port.cable || !random_.chance(0.5)) continue;
    set_cable(machine, interface, false);
    after(random_.between(100ms, 2500ms),
          [this, &machine, &interface = interface] { set_cable(machine, interface, true); });
  }
  after(random_.between(1ms, 500ms), [this, &machine] { start_daemon(machine); });
}

void World::freeze(Machine& machine) {
  if (!awake(machine)) return;
  trace("-- daemon of {} is frozen", machine.name.str());
  machine.frozen = true;
  machine.asleep_since = now_;
}

void World::thaw(Machine& machine) {
  if (!machine.frozen) return;
  trace("-- daemon of {} goes on", machine.name.str());
  machine.frozen = false;
  if (!awake(machine)) return;
  woke_up(machine);
  if (random_.chance(0.5)) {
    handle(machine, Tick{});
    if (awake(machine)) work_inbox(machine);
  } else {
    work_inbox(machine);
    if (awake(machine)) handle(machine, Tick{});
  }
  go_on(machine);
}

// The machine as a whole does not run: its addresses do not expire, and nobody gets an answer.
void World::pause(Machine& machine) {
  if (!machine.running || machine.paused) return;
  trace("-- {} is paused", machine.name.str());
  machine.paused = true;
  for (auto& [home, held] : machine.kernel) ++held.generation;
  machine.paused_since = now_;
  if (!machine.frozen && machine.daemon) machine.asleep_since = now_;
}

void World::woke_up(Machine& machine) {
  machine.woke = now_;
  if (now_ - machine.asleep_since <= times_.dead) return;
  machine.daemon_since = now_;
  note_held(machine);
}

void World::note_held(Machine& machine) {
  for (const auto& [home, held] : machine.kernel) {
    if (held.any) {
      held_at_start_.insert({machine.name, home});
    } else {
      held_at_start_.erase({machine.name, home});
    }
  }
}

void World::resume(Machine& machine) {
  if (!machine.paused) return;
  trace("-- {} resumes", machine.name.str());
  machine.paused = false;
  const Duration slept = now_ - machine.paused_since;
  for (auto& [home, held] : machine.kernel) {
    if (held.any && held.expires) set_lifetime(machine, home, *held.expires + slept - now_);
  }
  if (!awake(machine)) return;
  woke_up(machine);
  work_inbox(machine);
  if (awake(machine)) handle(machine, Tick{});
  go_on(machine);
}

// --------------------------------------------------------------------------------------------------- the disk

// Writes end in their order. A crash before the end loses the write, or not.
void World::write(Machine& machine, const Persist& persist) {
  using Disk = Machine::Disk;
  check_written(machine, persist);
  Duration takes = random_.between(200us, 8ms);
  if (machine.disk_state == Disk::slow) takes = random_.between(100ms, 3s);
  if (machine.disk_state == Disk::dead) takes = 3600s;
  machine.disk_was_bad = machine.disk_was_bad || machine.disk_state != Disk::good;
  machine.disk_free = std::max(machine.disk_free, now_) + takes;
  if (machine.disk_free - now_ > times_.dead) machine.disk_was_bad = true;
  const bool fails = machine.disk_state == Disk::failing;
  const bool survives = random_.chance(0.3);
  at(machine.disk_free, [this, &machine, persist, fails, survives, life = machine.life] {
    if (fails) {
      if (machine.life == life) tell(machine, Persisted{persist.home, persist.write, false, "no space left on device"});
      return;
    }
    if (machine.life != life && !survives) return;
    if (machine.life != life && machine.life != life + 1) return;  // the next daemon has begun to write
    machine.disk[persist.home] = persist.saved;
    if (machine.life == life) tell(machine, Persisted{persist.home, persist.write, true, {}});
  });
}

void World::command(Machine& machine, decltype(Command::what) what) {
  if (!awake(machine)) return;
  const CommandId id{++commands_};
  machine.commands[id] = now_;
  const auto touch = [&](const InterfaceRef& name) { touched_[name] = now_; };
  if (const auto* moved = std::get_if<Switch>(&what)) {
    trace("-- {}: switch {} to {}{}", machine.name.str(), moved->home.str(),
          moved->to == Switch::Target::home ? "home" : "failover", moved->force ? ", forced" : "");
    touch(moved->home);
    if (moved->force) forced_[moved->home] = now_;
  } else {
    const auto* stop = std::get_if<StopInterface>(&what);
    const InterfaceName& interface = stop != nullptr ? stop->interface : std::get<StartInterface>(what).interface;
    trace("-- {}: {} {}", machine.name.str(), stop != nullptr ? "ifstop" : "ifstart", interface.str());
    for (const SimHome& home : homes_) {
      if (machine.tree.contains(home.name)) touch(home.name);
    }
  }
  tell(machine, Command{id, std::move(what)});
}

Outcome World::run() {
  using namespace std::chrono_literals;
  for (const auto& each : machines_) {
    after(random_.between(1ms, 800ms), [this, machine = each.get()] { start_daemon(*machine); });
  }
  plan_faults();
  while (!outcome_.violation && now_ < faults_end_) step();
  // I6: settled within the bound, and then nothing moves any more.
  const Time bound = now_ + Duration{times_.linger + times_.fence} + 12s;
  Time settled_since = Time::max();
  std::string reason;
  Time look_again = now_;
  while (!outcome_.violation && now_ < bound) {
    step();
    if (now_ < look_again) continue;
    look_again = now_ + 5ms;
    const auto why = unsettled();
    if (why) {
      settled_since = Time::max();
      reason = *why;
    } else if (settled_since == Time::max()) {
      settled_since = now_;
    } else if (now_ - settled_since > 3s) {
      return outcome_;
    }
  }
  if (!outcome_.violation) violated("I6: " + reason);
  return outcome_;
}

}  // namespace cip::simulation
