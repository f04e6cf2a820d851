// One engine under test, with the other side of its pairs played by the test: time goes by in ticks, everything that
// the engine wants done is carried out at once (disk and kernel answer by themselves) unless the test says otherwise.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconciler/failover/engine.h"

namespace cip::failover::test {

using namespace std::chrono_literals;

inline const InterfaceRef n1_eth1{ClimName{"n1"}, InterfaceName{"eth1"}};
inline const InterfaceRef n2_eth1{ClimName{"n2"}, InterfaceName{"eth1"}};
inline const InterfaceRef n3_eth1{ClimName{"n3"}, InterfaceName{"eth1"}};
inline const InterfaceName eth1{"eth1"};
inline const MacAddress mac1{{2, 0, 0, 0, 0, 1}};
inline const MacAddress mac2{{2, 0, 0, 0, 0, 2}};
inline const MacAddress mac3{{2, 0, 0, 0, 0, 3}};
inline const MacAddress gateway{{2, 0, 0, 0, 0, 9}};

inline Digest digest(int version) {
  return Digest::of("configuration " + std::to_string(version));
}

inline HomeConfig pair_config(const InterfaceRef& home, const InterfaceRef& failover, int version = 1) {
  return HomeConfig{home, failover, digest(version), {digest(version)}, true};
}

inline Record owned_by(const char* clim, std::uint64_t epoch, Reason reason = Reason::initial, bool stopped = false) {
  return Record{ClimName{clim}, Epoch{epoch}, reason, stopped};
}

class Side {
 public:
  explicit Side(const char* own, std::vector<HomeConfig> homes = {pair_config(n1_eth1, n2_eth1)})
      : engine(ClimName{own}), configuration{Times{}, std::move(homes)} {}

  // A start of the daemon, with the link there and the configuration read.
  void start(Started started = {}) {
    held = started.held;
    give(std::move(started));
    give(Configured{configuration});
    if (!held.empty()) give(KernelRead{held});
    give(Link{eth1, true, true, {engine.own().str() == "n1" ? mac1 : mac2}});
  }

  void give(const Event& event) {
    for (const Action& action : engine.handle(now, event)) carry_out(action);
    while (!answers.empty()) {
      const Event answer = answers.front();
      answers.erase(answers.begin());
      for (const Action& action : engine.handle(now, answer)) carry_out(action);
    }
  }

  // Time goes by; the LAN answers probes as `on_lan` says, the peer repeats what it said last unless it is silent.
  void run(std::chrono::milliseconds time) {
    const Time end = now + time;
    while (now < end) {
      now += 1ms;
      if (peer_speaks_ && now >= next_heartbeat_) {
        say_again();
        next_heartbeat_ = now + 100ms;
      }
      if (const auto deadline = engine.deadline(); deadline && *deadline <= now) give(Tick{});
    }
  }

  // The peer says this now, and again every 100 ms.
  void hear(const PairState& state) {
    said_[state.home] = state;
    peer_speaks_ = true;
    next_heartbeat_ = now + 100ms;
    say_again();
  }
  void peer_falls_silent() { peer_speaks_ = false; }

  void command(const decltype(Command::what)& what) { give(Command{CommandId{++commands_}, what}); }

  // What was asked of the kernel and the peer since the last clear().
  template <class Kind>
  std::vector<Kind> all() const {
    std::vector<Kind> found;
    for (const Action& action : log) {
      if (const auto* kind = std::get_if<Kind>(&action)) found.push_back(*kind);
    }
    return found;
  }
  template <class Kind>
  std::size_t count() const {
    return all<Kind>().size();
  }
  void clear() { log.clear(); }

  bool holds(const InterfaceRef& home) const { return held.contains(home); }
  const PairState& last_said(const InterfaceRef& home) const { return our_state_.at(home); }
  const Record& record(const InterfaceRef& home = n1_eth1) const { return our_state_.at(home).record; }
  HomeStatus status(const InterfaceRef& home = n1_eth1) const {
    for (const HomeStatus& each : engine.status().homes) {
      if (each.home == home) return each;
    }
    return {};
  }
  bool alarmed(const std::string& words) const {
    const auto reports = all<Report>();
    return std::any_of(reports.begin(), reports.end(), [&](const Report& report) {
      return report.severity == Severity::alarm && report.sentence.find(words) != std::string::npos;
    });
  }

  // What the last decision of that kind was founded on.
  std::string evidence(Happening what) const {
    std::string last;
    for (const auto& report : all<Report>()) {
      if (report.what == what) last = report.evidence;
    }
    return last;
  }

  Time now{1h};
  Engine engine;
  Configuration configuration;
  std::set<InterfaceRef> held;  // the kernel
  std::map<InterfaceRef, Saved> disk;
  std::vector<MacAddress> answers_probe;       // for an address of the home interface
  std::vector<MacAddress> witnesses{gateway};  // third hosts that answer
  Applied applying = Applied::complete;
  bool disk_answers = true;
  bool kernel_answers = true;
  BootId peer_boot{{1}};
  std::vector<Event> answers;  // given after the event that caused them
  std::vector<Action> log;

 private:
  void say_again() {
    std::map<ClimName, Heartbeat> messages;
    for (const auto& [home, state] : said_) {
      const auto config = std::find_if(configuration.homes.begin(), configuration.homes.end(),
                                       [&, &key = home](const HomeConfig& each) { return each.home == key; });
      const ClimName peer = home.clim == engine.own() ? config->failover->clim : home.clim;
      messages[peer].pairs.push_back(state);
    }
    for (const auto& [peer, message] : messages) give(HeartbeatReceived{peer, {}, peer_boot, ++sequence_, message});
  }

  void carry_out(const Action& action) {
    log.push_back(action);
    if (const auto* apply = std::get_if<Apply>(&action)) {
      if (applying != Applied::nothing) held.insert(apply->home);
      if (kernel_answers) answers.emplace_back(ApplyResult{apply->home, apply->operation, applying, "no buffer space"});
    } else if (const auto* remove = std::get_if<Remove>(&action)) {
      if (!kernel_answers) return;
      held.erase(remove->home);
      answers.emplace_back(RemoveResult{remove->home, remove->operation, true, {}});
    } else if (const auto* persist = std::get_if<Persist>(&action)) {
      if (!disk_answers) return;
      disk[persist->home] = persist->saved;
      answers.emplace_back(Persisted{persist->home, persist->write, true, {}});
    } else if (const auto* probe = std::get_if<SendProbe>(&action)) {
      for (const MacAddress& mac : answers_probe) answers.emplace_back(ProbeAnswer{probe->home, mac});
      for (const MacAddress& mac : witnesses) answers.emplace_back(Witness{probe->home, mac});
    } else if (const auto* send = std::get_if<Send>(&action)) {
      for (const PairState& state : send->message.pairs) our_state_[state.home] = state;
    }
  }

  std::map<InterfaceRef, PairState> said_;
  std::map<InterfaceRef, PairState> our_state_;
  bool peer_speaks_ = false;
  Time next_heartbeat_{};
  std::uint64_t sequence_ = 0;
  std::uint64_t commands_ = 0;
};

// What the other side of n1.eth1 says.
inline PairState home_says(Record record, bool holds, bool able) {
  return PairState{n1_eth1, std::move(record), digest(1), {mac1}, holds, able, false};
}
inline PairState failover_says(Record record, bool holds, bool able) {
  return PairState{n1_eth1, std::move(record), digest(1), {mac2}, holds, able, false};
}

// n1, which holds its eth1, with n2 ready to take it.
inline Side serving_home() {
  Side n1{"n1"};
  n1.start();
  n1.hear(failover_says(owned_by("n1", 0), false, true));
  n1.run(1s);
  REQUIRE(n1.holds(n1_eth1));
  n1.clear();
  return n1;
}

// n2, ready to take eth1 of n1, which serves it.
inline Side standing_by() {
  Side n2{"n2"};
  n2.start();
  n2.hear(home_says(owned_by("n1", 0), true, true));
  n2.run(1s);
  REQUIRE_FALSE(n2.holds(n1_eth1));
  REQUIRE(n2.last_said(n1_eth1).able);
  n2.clear();
  return n2;
}

inline void lose_carrier(Side& side) {
  side.give(Link{eth1, true, false, {mac1}});
}

}  // namespace cip::failover::test
