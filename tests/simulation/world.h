// A cluster in memory: machines with kernels, disks and daemons, a control LAN and data LANs, a third host on each data
// LAN. The engine in it is the real one. Everything that happens is an entry in one queue, so a seed replays exactly.
//
//   world.cpp     time, the queue, machines, daemons and what they do with the engine's actions
//   lan.cpp       messages, probes, witnesses
//   kernel.cpp    addresses with their lifetimes, adding and removing that takes time
//   check.cpp     the invariants of docs/protocol.md, after every step
//   schedule.cpp  which faults come when
#pragma once

#include <deque>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "reconciler/failover/engine.h"
#include "reconciler/failover/guards.h"
#include "tests/simulation/random.h"

namespace cip::simulation {

using failover::Duration;
using failover::Time;
using namespace std::chrono_literals;

struct Machine;
struct Held;

inline const MacAddress third_mac{{2, 0, 0, 0, 0, 9}};
inline const MacAddress proxy_mac{{2, 0, 0, 0, 0, 8}};

// A home interface of the simulated cluster, as the newest specification has it. The CLIMs read theirs when they get to
// it (Machine::tree): until all have, `agreed` is false.
struct SimHome {
  InterfaceRef name;
  std::optional<InterfaceRef> failover;
  bool exists = true;
  bool lan = true;  // it has LAN addresses, that can be probed
  bool agreed = true;
  Time changed{};  // one of the CLIMs took another tree of it
  Machine* at_home = nullptr;
  Machine* other = nullptr;         // none without failover
  const SimHome* beside = nullptr;  // home resources of the failover interface itself (F5)

  // For what is looked at after every step: no look-ups then.
  Held* here = nullptr;  // of its home CLIM; of the other: there
  Held* there = nullptr;
  const Machine* holder = nullptr;  // the last that held it alone
  Time held_since{};
  std::optional<Time> both_since;    // I1: both hold and could know of each other
  std::optional<Time> lonely_since;  // I4
};

// How a LAN treats the packets of one direction between two CLIMs.
struct Weather {
  double loss = 0;
  double twice = 0;
  Duration slowest{2ms};  // delays are drawn from 0.1 ms to this, so packets overtake each other
};

struct Port {
  bool up = true;          // administratively
  bool stopped = false;    // the engine had it set down
  bool cable = true;       // carrier, while the machine runs
  bool forwarding = true;  // of the switch: carrier is there, no packet goes through
  bool third_host = true;  // the gateway's packets and ours reach each other
  bool proxy = false;      // a host that answers for every address, with its own MAC address
  Time carrier_since{};    // for the rule of settle
};

// What one kernel has of one home interface.
struct Held {
  bool any = false;       // at least one address: it answers probes
  bool complete = false;  // all of it
  Digest digest;
  std::optional<Time> expires;
  Time since{};
  unsigned generation = 0;  // of the expiry timer
};

// A request to the kernel that is under way.
struct Request {
  failover::Operation operation{};
  bool adding = false;
  bool waiting = false;  // its time came while the daemon was frozen or the kernel did not answer
  std::function<void()> go_on;
};

// Evidence as it was delivered to one CLIM for one home interface, kept apart from the engine for the checks.
struct Delivered {
  std::uint64_t newest = 0;  // message that was heard
  Time newest_heard{};       // and when
  Time serving{};            // last said to be starting, or holding and able
  Time answer{};             // of a probe, by the other side
  Time witness{};
  Digest announced;  // by the newest message
};

// The newest message of a peer, whatever it spoke of.
struct Heard {
  std::uint64_t newest = 0;
  Time at{};
};

struct Machine {
  ClimName name;
  std::map<InterfaceName, Port> ports;

  bool running = true;  // the machine
  bool paused = false;  // the machine as a whole
  bool daemon = false;  // a daemon runs (or is frozen)
  bool frozen = false;  // it does not get to run
  bool configured = false;
  unsigned reading = 0;  // so many times asked to read the kernel, and not answered yet
  unsigned life = 0;     // counts daemon starts, ends; late work of an earlier one is dropped
  Time busy_until{};     // the daemon is slow
  unsigned faults = 0;   // that touch this machine now
  Time undisturbed{};    // end of the last one
  Time daemon_since{};   // start of the daemon, or when it went on after a pause that it must notice
  Time woke{};           // went on after a pause that it may not have noticed
  Time asleep_since{};   // since when nothing runs that could refresh, if so
  Time paused_since{};
  std::optional<failover::Engine> engine;
  failover::BootId boot;
  std::uint64_t sequence = 0;
  std::deque<std::pair<failover::Event, std::uint64_t>> inbox;  // with the number of a message
  bool inbox_scheduled = false;
  std::uint64_t wake = 0;

  std::map<InterfaceRef, Held> kernel;
  std::map<InterfaceRef, Request> requests;
  bool kernel_hangs = false;
  std::map<InterfaceRef, failover::Refresh> late_refresh;  // asked for while it hung
  Time kernel_answers_since{};
  bool disk_replaced = false;
  Duration slowest_request{20ms};
  std::set<InterfaceRef> cannot_add;
  bool cannot_remove = false;
  Time can_remove_since{};

  std::map<InterfaceRef, failover::Saved> disk;
  std::map<InterfaceRef, failover::Saved> old_disk;
  enum class Disk { good, slow, failing, dead } disk_state = Disk::good;
  bool disk_was_bad = false;  // since the last start of the daemon, so that it may have said more than it wrote
  Time disk_free{};
  Time read_free{};

  // The state tree in use: the home interfaces that concern this CLIM, with their failover interfaces.
  std::map<InterfaceRef, std::optional<InterfaceRef>> tree;
  std::map<InterfaceRef, int> version;            // of the home configurations
  std::map<InterfaceRef, int> newest;             // of the specification; may be read later
  std::map<InterfaceRef, std::set<int>> mirrors;  // versions on disk
  std::map<ClimName, Heard> heard;
  std::map<InterfaceRef, Delivered> delivered;
  std::map<InterfaceRef, std::uint64_t> said_epoch;   // I8
  std::map<InterfaceRef, failover::Record> believes;  // said or written last
  std::map<InterfaceRef, int> announced;              // newest version that was on disk at the start, or written since
  std::map<failover::CommandId, Time> commands;       // not answered yet
};

struct Options {
  std::uint64_t seed = 1;
  bool trace = false;
  failover::Guards guards;
};

struct Outcome {
  std::optional<std::string> violation;  // "I2: ..." with the time
  std::uint64_t transitions = 0;         // events that engines handled
  std::uint64_t steps = 0;
  std::uint64_t moves = 0;  // times that resources were added somewhere
};

class World {
 public:
  explicit World(const Options& options);
  Outcome run();

 private:
  struct Entry {
    Time at;
    std::uint64_t order;
    std::function<void()> what;
    bool operator<(const Entry& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  // world.cpp
  void at(Time time, std::function<void()> what);
  void after(Duration delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
  void step();
  void tell(Machine& machine, failover::Event event, std::uint64_t number = 0);
  void work_inbox(Machine& machine);
  void handle(Machine& machine, const failover::Event& event, std::uint64_t number = 0);
  void set_wake(Machine& machine);
  void note_delivered(Machine& machine, const failover::Event& event, std::uint64_t number);
  void woke_up(Machine& machine);
  void note_held(Machine& machine);
  bool awake(const Machine& machine) const {
    return machine.running && !machine.paused && machine.daemon && !machine.frozen;
  }
  void carry_out(Machine& machine, const failover::Apply& action) { apply(machine, action); }
  void carry_out(Machine& machine, const failover::Remove& action) { remove(machine, action); }
  void carry_out(Machine& machine, const failover::Refresh& action) { refresh(machine, action); }
  void carry_out(Machine& machine, const failover::Send& action) { send(machine, action); }
  void carry_out(Machine& machine, const failover::SendProbe& action) { probe(machine, action); }
  void carry_out(Machine& machine, const failover::Persist& action) { write(machine, action); }
  void carry_out(Machine& machine, const failover::FetchMirror& action) { fetch(machine, action); }
  void carry_out(Machine&, const failover::Announce&) {}
  void carry_out(Machine&, const failover::ResetConnections&) {}
  void carry_out(Machine& machine, const failover::ReadKernel& action);
  void carry_out(Machine& machine, const failover::SetLink& action);
  void carry_out(Machine& machine, const failover::Reply& action);
  void carry_out(Machine& machine, const failover::Report& action);
  void carry_out(Machine& machine, const failover::Finished& action);
  void start_daemon(Machine& machine);
  void end_daemon(Machine& machine, bool write_survives);
  void tell_hang(Machine& machine);
  void crash(Machine& machine);
  void boot(Machine& machine, bool slow_network);
  void freeze(Machine& machine);
  void thaw(Machine& machine);
  void pause(Machine& machine);
  void resume(Machine& machine);
  void tell_link(Machine& machine, const InterfaceName& interface);
  void set_cable(Machine& machine, const InterfaceName& interface, bool there);
  void configure(Machine& machine);
  void link_up();
  void offer(Machine& machine, const InterfaceRef& name, int tries);
  failover::Configuration configuration_of(const Machine& machine) const;
  void write(Machine& machine, const failover::Persist& persist);
  void command(Machine& machine, decltype(failover::Command::what) what);
  static Digest digest(const InterfaceRef& home, int version);
  static int version_of(const InterfaceRef& home, const Digest& announced);

  // lan.cpp
  bool control_works(const Machine& from, const Machine& to) const;
  bool data_works(const Machine& from, const InterfaceName& from_port, const Machine& to,
                  const InterfaceName& to_port) const;
  bool port_works(const Machine& machine, const InterfaceName& port) const;
  static bool partners(const Machine& machine, const ClimName& other);
  void answer_guest(Machine& machine, Machine& guest);
  void transmit(const Weather& weather, std::function<void()> arrive);
  void send(Machine& from, const failover::Send& send);
  void probe(Machine& from, const failover::SendProbe& probe);
  void fetch(Machine& machine, const failover::FetchMirror& fetch);

  // kernel.cpp
  void apply(Machine& machine, const failover::Apply& apply);
  void remove(Machine& machine, const failover::Remove& remove);
  void refresh(Machine& machine, const failover::Refresh& refresh);
  void request(Machine& machine, const InterfaceRef& home, failover::Operation operation, bool adding, Duration delay,
               std::function<void()> what);
  void go_on(Machine& machine);
  void set_lifetime(Machine& machine, const InterfaceRef& home, std::optional<Duration> lifetime);

  // check.cpp
  void check();
  void note_holder(SimHome& home) const;
  void check_two_holders(SimHome& home);
  void check_beside(SimHome& home);
  void check_add(Machine& machine, const InterfaceRef& home, bool by_refresh);
  void check_apply(Machine& machine, const failover::Apply& apply);
  void check_remove(Machine& machine, const failover::Remove& remove);
  void check_written(Machine& machine, const failover::Persist& persist);
  void check_said(Machine& machine, const failover::Send& send);
  void check_expired(Machine& machine, const InterfaceRef& home);
  bool undisturbed(const Machine& machine, Duration since) const;
  // The engine asks again every second.
  bool removes(const Machine& machine) const { return !machine.cannot_remove && now_ - machine.can_remove_since > 2s; }
  static bool stays(const Machine& machine, const SimHome& home);
  bool reach_each_other(const Machine& one, const Machine& other, const SimHome& home) const;
  std::pair<bool, bool> stopped(const SimHome& home) const;
  std::optional<std::string> unsettled() const;
  bool able(const Machine& machine, const SimHome& home, bool with_witness) const;
  void violated(std::string what);

  // schedule.cpp
  void lay_out();
  void plan_faults();
  void plan_theme(Time begin);
  void plan_command(Time begin);
  void plan_tree_changes(Time begin);
  void tree_changes(const InterfaceRef& name);
  void any_fault(Time begin, Time end);  // `end` Time::max(): it stays
  struct Between {
    Machine* one;
    Machine* other;
    bool control;
    bool data;
    bool both_ways;
    std::optional<InterfaceRef> lan = std::nullopt;  // the data LAN of this home interface only
  };
  void cut(const Between& link, Time begin, Time end);
  void third_host_is_away(Machine& machine, const InterfaceName& port, Time begin, Time end);
  void proxy_answers(Machine& machine, const InterfaceName& port, Time begin, Time end);
  void port_forwards_nothing(Machine& machine, const InterfaceName& port, Time begin, Time end);
  void carrier_goes(Machine& machine, const InterfaceName& port, Time begin, Time end);
  void carrier_flaps(Machine& machine, const InterfaceName& port, Time begin, Time end);
  void set_down_by_hand(Machine& machine, const InterfaceName& port, Time begin, Time end);
  void clim_fails(Machine& machine, Time begin, Time end);
  void daemon_ends(Machine& machine, Time begin, Time end);
  void disk_is_bad(Machine& machine, Time begin, Time end);
  void cannot_add(Machine& machine, const SimHome& home, Time begin, Time end);
  void cannot_remove(Machine& machine, Time begin, Time end);
  void kernel_hangs(Machine& machine, Time begin, Time end);
  void bad_weather(const Weather& weather, Time begin, Time end);
  enum class Mirror { later, earlier, fetched };
  void configuration_changes(const SimHome& home, Time begin, Mirror mirror);
  using Change = std::function<void()>;
  void fault(const std::vector<Machine*>& touched, Time begin, Time end, Change what, Change undo);

  const SimHome& home(const InterfaceRef& name) const;
  SimHome& home(const InterfaceRef& name);
  Machine* other_side(const Machine& machine, const SimHome& home) const;
  const SimHome* beside_of(const Machine& machine, const SimHome& visitor) const;
  Machine& machine(const ClimName& name) const;
  const InterfaceName& port_of(const Machine& machine, const SimHome& home) const;
  static MacAddress mac_of(const Machine& machine, const InterfaceName& port);
  static bool is_mac_of(const Machine& machine, const MacAddress& mac);  // of any of its ports
  // The text is only made when somebody reads it.
  template <class... Values>
  void trace(fmt::format_string<Values...> text, Values&&... values) const {
    if (options_.trace) print(fmt::format(text, std::forward<Values>(values)...));
  }
  void print(const std::string& line) const;

  Options options_;
  Random random_;
  Time now_{};
  std::uint64_t order_ = 0;
  std::uint64_t messages_ = 0;
  std::priority_queue<Entry> queue_;
  Outcome outcome_;

  Times times_;
  std::vector<SimHome> homes_;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::set<std::pair<ClimName, ClimName>> control_cut_;  // from, to
  std::set<std::pair<InterfaceRef, ClimName>> data_cut_;
  Weather control_;
  Weather data_;
  Time faults_end_{};
  std::uint64_t commands_ = 0;
  std::map<InterfaceRef, Time> touched_;                       // by an operator
  std::map<InterfaceRef, Time> forced_;                        // switch --force
  std::map<InterfaceRef, Time> moved_;                         // added or removed last
  std::map<std::pair<ClimName, InterfaceRef>, Time> adopted_;  // I7: held when its daemon started
  std::set<std::pair<ClimName, InterfaceRef>> held_at_start_;  // or when its daemon went on
};

}  // namespace cip::simulation
