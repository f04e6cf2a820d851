// The inside of the engine; nobody else includes it.
//
//   engine.cpp    takes events in, runs the rows until none acts, sends heartbeats
//   evidence.cpp  facts: who is heard, out, able; what the probe has found
//   rows.cpp      the table of docs/protocol.md, a function for each row
//   commands.cpp  switch, ifstop, ifstart, stop
//   status.cpp    what an operator sees
//
// Every comparison with the clock goes through due(), which remembers the earliest time at which an answer may change:
// that is deadline(), so no timer can be forgotten. What is asked for a home interface is remembered with it, so that
// after an event only those are looked at whose facts it changed (Home::concerned) or whose time has come: a CLIM with
// forty partners hears 800 heartbeats in a second, and each concerns one or two of its home interfaces.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/failover/engine.h"
#include "reconciler/failover/guards.h"

namespace cip::failover {

std::string_view sentence(Obstacle obstacle);

// Of the resources of one home interface.
enum class Kernel : std::uint8_t { absent, adding, present, removing };

struct Home;

// One interface of ours.
struct LinkState {
  std::vector<Home*> homes;  // on it, or to be: its own, and a visitor
  bool known = false;
  bool up = false;
  bool carrier = false;
  Time lost{};     // when the carrier went away, if it is away
  Time settled{};  // when it will have lasted, if it is there
  std::vector<MacAddress> macs;
  bool set_down = false;  // by us, for ifstop
};

// What is heard of a peer as a whole; of each home interface: Home::said.
struct PeerState {
  BootId boot;
  std::vector<BootId> former;  // earlier runs of its daemon: a late message of theirs is no news
  std::uint64_t newest = 0;    // sequence number
  std::optional<Time> heard;
  bool silent = true;
  std::map<Path, Time> paths;  // when heard last
  std::vector<Home*> homes;    // that we share with it
  Heartbeat sent;
  Heartbeat next;          // what would be said now: a pair for each of `homes`
  bool concerned = false;  // one of them was, so that `next` may be another one
  Time send_at{};
};

struct Said {
  PairState state;
  Time at{};
};

struct Pending {
  Saved saved;
  Write write{};
  Time give_up{};
};

// One episode of asking the LAN.
struct Probe {
  Time began{};
  Time send_at{};
  bool answered = false;            // the other side did, in this episode
  std::optional<MacAddress> by;     // who answered last, other side or not
  std::optional<Time> witness;      // heard last
  std::optional<Time> quiet_since;  // the other side has not answered since, and witnesses were heard all the time
  bool alarmed = false;
  bool stranger = false;  // reported: a MAC of neither side answers
};

struct Giving {
  CommandId command{};
  Time give_up{};
};

// One home interface that we have a part in.
struct Home {
  HomeConfig config;
  bool at_home = false;     // ours; else its failover interface is
  InterfaceName interface;  // ours of the two
  ClimName peer;            // the other side; empty: none (P1)
  Home* beside = nullptr;   // at_home: the visitor of the same interface; else: the interface's own home resources
  LinkState* link = nullptr;
  PeerState* other = nullptr;  // the other side; none: no peer
  std::size_t place = 0;       // in what is said to it

  bool concerned = false;    // by the event
  std::optional<Time> wake;  // to be looked at again

  Saved saved;                     // in effect: said and acted on
  std::optional<Pending> pending;  // not on disk yet

  Kernel kernel = Kernel::absent;
  Operation operation{};  // the last one that was asked for
  bool updating = false;  // an Apply while present is under way
  bool found = false;     // was in the kernel already, and is not applied yet: some of it may be missing
  bool failed = false;    // the last Apply added no address
  std::optional<Digest> applied;
  std::optional<Time> retry_at;         // not able until then
  std::optional<Time> remove_again_at;  // a removal failed

  std::optional<Said> said;
  std::uint64_t sequence = 0;         // of the newest message that spoke of it, in this run of the peer's daemon
  std::vector<MacAddress> peer_macs;  // kept when `said` is forgotten
  std::optional<Time> serving_heard;  // heard to be starting, or to hold it and be able
  bool was_heard = false;             // to see it come back
  std::optional<Time> data_heard;     // over the data LAN of the pair
  bool data_reported = false;         // P7: heard on the control LAN only
  std::optional<Time> able_since;     // to add it
  std::optional<Time> unshared_since;
  std::optional<Probe> probe;
  // The other side answered a probe, and was not heard to serve since; also when a new episode has begun.
  std::optional<Time> answered;
  bool forced = false;                 // switch --force: the probe does not count
  std::optional<Giving> giving;        // switch
  std::optional<Time> starting_until;  // listens, does not act

  std::optional<std::chrono::seconds> lifetime;  // given last
  std::optional<std::chrono::seconds> applying;  // by the Apply that is under way; may come into force after `lifetime`
  Time refresh_at{};
  std::vector<Time> announce_at;
  std::vector<Time> reset_at;
  std::optional<Time> fetch_at;
};

// A home interface that is none of ours (any more), on its way out of the kernel.
struct Leaving {
  InterfaceName interface;  // empty: wherever the ledger says
  Operation operation{};
  std::optional<Time> again_at;  // the removal failed
};

struct Stopping {  // ifstop that is not finished
  CommandId command{};
  InterfaceName interface;
  Time give_up{};
};

class Engine::State {
 public:
  State(ClimName own, const Guards& guards) : own_(std::move(own)), guards_(guards) {}

  std::vector<Action> handle(Time now, const Event& event);
  std::optional<Time> deadline() const { return started_ && !finished_ ? deadline_ : std::nullopt; }
  std::optional<std::string> refusal(const Configuration& configuration) const;
  Status status() const;
  const ClimName& own() const { return own_; }

 private:
  // engine.cpp
  void absorb(const Started& event);
  void absorb(const Configured& event);
  void absorb(const KernelRead& event);
  void absorb(const Link& event);
  void absorb(const HeartbeatReceived& event);
  void absorb(const ProbeAnswer& event);
  void absorb(const Witness& event);
  void absorb(const ApplyResult& event);
  void absorb(const RemoveResult& event);
  void absorb(const Persisted& event);
  void absorb(const MirrorAvailable& event);
  void absorb(const Command& event);
  void absorb(const KernelAnswers& event);
  void absorb(const Stop& event);
  static void absorb(const Tick&) {}
  void hear(PeerState& peer, const HeartbeatReceived& event);
  void notice_pause();
  void read_kernel();
  void take_over_found(Home& home);
  bool configure(const HomeConfig& config);
  void remove_dropped(const InterfaceRef& home, const InterfaceName& interface);
  void follow_dropped();
  void listen_first(Home& home);
  void forget_heard(Home& home);
  std::uint64_t newest_of(const ClimName& peer) const;  // 0: it was not heard
  void pair_up();
  void refresh_found();
  void concern_all();
  void gather_concerned();
  template <typename Work>
  void for_each_concerned(Work work);
  void evaluate();
  void send_heartbeats();
  void make_messages();
  void watch_lan(Home& home);
  void watch_peers();

  // evidence.cpp
  bool due(Time time) const;  // now or past; else remembered for deadline()
  bool paired(const Home& home) const { return !home.peer.empty(); }
  const Saved& latest(const Home& home) const { return home.pending ? home.pending->saved : home.saved; }
  bool ready(const Home& home) const;
  bool mine(const Home& home) const { return home.saved.record.owner == own_; }
  static bool holds(const Home& home) { return home.kernel == Kernel::adding || home.kernel == Kernel::present; }
  bool heard(const Home& home) const;
  bool peer_heard(const Home& home) const;
  bool heard_not_to_hold(const Home& home) const;
  bool heard_to_hold(const Home& home) const;
  bool peer_can_take(const Home& home) const;
  bool out(const Home& home) const;
  bool starting(const Home& home) const { return home.starting_until.has_value(); }
  bool interface_stopped(const LinkState& link) const;
  bool own_home_stays(const Home& visitor) const;
  Obstacle obstacle(const Home& home) const;
  Obstacle obstacle_of_link(const LinkState& link, bool to_keep) const;
  Obstacle obstacle_to_keep(const Home& home) const;
  Obstacle obstacle_to_add(const Home& home) const;
  bool unshared(const Home& home) const;
  bool withdrawn(const Home& home) const;
  bool mirror_is_current(const Home& home) const;
  bool digest_may_be_applied(const Home& home) const;
  Digest digest_to_apply(const Home& home) const;
  Duration witness_gap() const;
  bool probe_passed(const Home& home) const;
  std::string evidence(const Home& home) const;
  bool missed(const Home& home) const;
  bool would_add(const Home& home) const;
  std::string not_heard(const Home& home) const;
  std::optional<std::chrono::seconds> wanted_lifetime(const Home& home) const;
  void say(const Home& home, PairState& state) const;

  // rows.cpp: each returns whether it did something; then all are looked at again
  bool rows(Home& home);
  bool disk_is_late(Home& home);
  bool start_is_over(Home& home);
  bool interface_is_stopped(Home& home);
  bool one_holds(Home& home);
  bool neither_holds(Home& home);
  bool announcement_heard(Home& home);
  bool announcement_withdrawn(Home& home);
  bool leaves(Home& home);
  bool gives(Home& home);
  bool takes(Home& home);
  bool owner_applies(Home& home);
  bool new_digest(Home& home);
  bool removal_again(Home& home);
  bool should_give(const Home& home) const;
  bool lost_against_other_holder(const Home& home) const;
  bool must_leave(const Home& home) const;
  std::string reason_to_leave(const Home& home) const;
  void change(Home& home, const Saved& next);
  void change(Home& home, const Record& next);
  void come_into_effect(Home& home);
  void apply(Home& home);
  void remove(Home& home);

  // Work that goes on by the clock while a condition lasts.
  void ask_lan(Home& home);
  void refresh(Home& home);
  void repeat(Home& home);
  void fetch_mirror(Home& home);

  // commands.cpp
  void command(CommandId id, const Switch& what);
  void command(CommandId id, const StopInterface& what);
  void command(CommandId id, const StartInterface& what);
  void switch_away(CommandId id, Home& home);
  void switch_here(CommandId id, Home& home, bool force);
  void follow_commands();
  void follow_links();
  void follow_shutdown();
  void reply(CommandId id, Reply::Outcome outcome, std::string sentence, ClimName peer = {});

  // status.cpp
  InterfaceState state_of(const Home& home) const;
  OtherSide other_side(const Home& home) const;
  std::string cannot(const Home& home) const;
  std::string explain(const Home& home) const;
  std::string foresee(const Home& home) const;

  Home* find(const InterfaceRef& home);
  void act(Action action) { actions_.push_back(std::move(action)); }
  void report(Severity severity, Happening what, const Home& home, std::string sentence, std::string evidence = {});

  ClimName own_;
  Guards guards_;
  Time now_{};
  std::optional<Time> common_wake_;            // for what is looked at after every event
  std::optional<Time>* wake_ = &common_wake_;  // where due() remembers
  std::optional<Time> deadline_;
  std::vector<Home*> concerned_;  // in the order of homes_
  std::vector<Action> actions_;

  bool started_ = false;
  Time last_run_{};
  bool configured_ = false;
  unsigned reading_ = 0;    // waits for so many KernelRead
  bool forgotten_ = false;  // what was heard, until KernelRead
  bool finished_ = false;
  bool kernel_answers_ = true;
  bool disk_late_ = false;
  std::optional<Time> shutdown_until_;  // the machine shuts down
  Time listening_since_{};
  std::uint64_t operations_ = 0;
  std::uint64_t writes_ = 0;

  Started found_;  // what Started said, until Configured; from then on the records of what is not configured
  std::map<InterfaceRef, Leaving> leaving_;  // what is being removed and is not in homes_: found there, or dropped
  Time found_refresh_at_{};
  Times times_;
  std::map<InterfaceRef, Home> homes_;  // stable addresses, here and in the next two: Home points to them
  std::map<InterfaceName, LinkState> links_;
  std::map<ClimName, PeerState> peers_;
  std::vector<Stopping> stopping_;
};

}  // namespace cip::failover
