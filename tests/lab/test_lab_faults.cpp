// One fault at a time: LANs that carry one direction, lose packets or fail as one of two, disks that are full or answer
// late, daemons that do not run, power that goes in a bad moment. Each with the proof of how many answer meanwhile.
//
// The labs run at the same time, so what is measured is compared with bounds that allow for it.
#include <catch2/catch.hpp>
#include <csignal>
#include <ctime>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/lab/disk.h"
#include "tests/lab/pair.h"
#include "tests/simulation/random.h"

using namespace cip::lab;

namespace {

// What is short here is still much longer than a daemon has to wait for one of two processors.
const std::string times =
    "heartbeat 50ms; dead 400ms; probe 60ms; link-pulse 200ms; settle 200ms; startup-wait 1s; retry 1s; fence 5s;";
// What failover takes at most in a lab beside nine others on two processors; alone it is a second. What holds something
// up here does so for ever.
constexpr Duration soon = 10s;

std::string specification(Control control = Control::one_lan) {
  return pair_specification("", times, control);
}

std::string status(const Clim& clim) {
  return clim.ctl({"status"}).out;
}
bool says(const Clim& clim, const std::string& text) {
  return status(clim).find(text) != std::string::npos;
}
bool each_hears_the_other(const Pair& pair) {
  return says(pair.n1, "peer n2: heard") && says(pair.n2, "peer n1: heard");
}

// Since then each address was answered by one, at every moment.
void check_served(const Pair& pair, Time since) {
  for (const auto& [lan, addresses] :
       {std::pair("blue", n1_eth1), std::pair("blue", n2_eth1), std::pair("green", n1_eth2)}) {
    for (const auto& address : addresses) {
      CAPTURE(address);
      const auto silence = pair.lab.answers(lan).longest_silence(address, since);
      CHECK_FALSE(silence);
    }
  }
}
// How long the address was answered by nobody, at most.
Duration silent_for(const Pair& pair, const std::string& address, Time since) {
  const auto silence = pair.lab.answers("blue").longest_silence(address, since);
  return silence ? milliseconds_between(silence->from, *silence->to) : Duration(0);
}
// What has the address now is the port alone, soon, and it was not silent for longer.
void check_taken(Pair& pair, const std::string& address, const std::string& port, Time since) {
  CHECK_EVENTUALLY(pair.lab, soon, pair.lab.answers("blue").answering(address) == std::vector{port});
  CHECK(silent_for(pair, address, since) < soon);
}

// A pair of which one CLIM has its data directory on a disk of that kind.
template <class Disk>
struct PairWithDisk {
  Pair pair{Pair::Begin::stopped, specification()};
  Disk disk{pair.n1.data_dir()};

  PairWithDisk() {
    pair.lab.start();
    REQUIRE_EVENTUALLY(pair.lab, 15s, pair.at_home() && each_hears_the_other(pair));
    for (const Clim* clim : {&pair.n1, &pair.n2}) {
      REQUIRE_EVENTUALLY(pair.lab, 15s, Pair::shown(*clim, "n1.eth1", "flags").empty());
      REQUIRE_EVENTUALLY(pair.lab, 15s, Pair::shown(*clim, "n2.eth1", "flags").empty());
    }
  }

  // Away from the CLIM with that disk, to it, and back: by an operator, and as a cable is cut.
  void check_moves() {
    const Time begin = Clock::now();
    const auto moved = [&](const char* what, const std::string& home) {
      const Outcome outcome = pair.n1.ctl({"switch", what, home, "--yes"});
      CAPTURE(what, home, outcome.err);
      CHECK(outcome.status == 0);
    };
    moved("failover", "n1.eth1");
    CHECK_EVENTUALLY(pair.lab, soon, pair.all_at(n1_eth1, "n2.eth1"));
    moved("restore", "n1.eth1");
    CHECK_EVENTUALLY(pair.lab, soon, pair.at_home());
    for (const std::string cut : {"n1.eth1", "n2.eth1"}) {
      const std::string other = cut == "n1.eth1" ? "n2.eth1" : "n1.eth1";
      pair.lab.set_cable(cut, Cable::unplugged);
      CHECK_EVENTUALLY(pair.lab, soon, pair.all_at(n1_eth1, other) && pair.all_at(n2_eth1, other));
      pair.lab.set_cable(cut, Cable::connected);
      CHECK_EVENTUALLY(pair.lab, soon,
                       Pair::shown(pair.n1, cut, "state") == "RDY" || Pair::shown(pair.n2, cut, "state") == "RDY");
      CHECK_EVENTUALLY(pair.lab, soon, pair.n2.ctl({"switch", "restore", cut, "--yes"}).status == 0);
      CHECK_EVENTUALLY(pair.lab, soon, pair.at_home());
    }
    for (const auto* address : {"10.1.0.1", "10.1.0.2"}) {
      CAPTURE(address);
      CHECK(silent_for(pair, address, begin) < soon);
    }
    CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
  }
};

}  // namespace

TEST_CASE("a data LAN that carries one direction moves nothing", "[.faults]") {
  Pair pair(Pair::Begin::serving, specification());
  const Time begin = Clock::now();
  for (const std::string port : {"n1.eth1", "n2.eth1"}) {
    const std::string own = port == "n1.eth1" ? "10.1.0.1" : "10.1.0.2";
    for (const Cable how : {Cable::deaf, Cable::mute}) {
      CAPTURE(port, static_cast<int>(how));
      pair.lab.set_cable(port, how);
      CHECK_STAYS(pair.lab, 1s, pair.at_home());
      CHECK(pair.lab.answers("blue").answering(own).empty());
      // Who does not hear the other there says so.
      const Clim& hears_nothing = (port == "n1.eth1") == (how == Cable::deaf) ? pair.n1 : pair.n2;
      CHECK_EVENTUALLY(pair.lab, soon, says(hears_nothing, "not on data eth1"));
      pair.lab.set_cable(port, Cable::connected);
      CHECK_EVENTUALLY(pair.lab, soon, pair.lab.answers("blue").answering(own) == std::vector{port});
      CHECK_EVENTUALLY(pair.lab, soon, !says(pair.n1, "not on data eth1") && !says(pair.n2, "not on data eth1"));
    }
  }
  CHECK(pair.lab.owners().changes(begin) == 0);
  CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
}

TEST_CASE("a control LAN that carries one direction moves nothing", "[.faults]") {
  Pair pair(Pair::Begin::serving, specification());
  const Time begin = Clock::now();
  for (const std::string port : {"n1.eth0", "n2.eth0"}) {
    for (const Cable how : {Cable::deaf, Cable::mute}) {
      CAPTURE(port, static_cast<int>(how));
      pair.lab.set_cable(port, how);
      CHECK_STAYS(pair.lab, 1s, pair.at_home());
      const Clim& hears_nothing = (port == "n1.eth0") == (how == Cable::deaf) ? pair.n1 : pair.n2;
      CHECK_EVENTUALLY(pair.lab, soon, says(hears_nothing, "not on control 0"));
      CHECK(each_hears_the_other(pair));  // over the data LANs
      pair.lab.set_cable(port, Cable::connected);
      CHECK_EVENTUALLY(pair.lab, soon, !says(pair.n1, "not on control") && !says(pair.n2, "not on control"));
    }
  }
  CHECK(pair.lab.owners().changes(begin) == 0);
  check_served(pair, begin);
  CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
}

TEST_CASE("of two control LANs one may fail and then the other", "[.faults]") {
  Pair pair(Pair::Begin::serving, specification(Control::two_lans), Control::two_lans);
  REQUIRE_EVENTUALLY(pair.lab, soon,
                     each_hears_the_other(pair) && !says(pair.n1, "not on") && !says(pair.n2, "not on"));
  const Time begin = Clock::now();
  const auto lost = [&](const std::string& path) {
    CHECK_EVENTUALLY(pair.lab, soon, says(pair.n1, path) && says(pair.n2, path));
    CHECK_STAYS(pair.lab, 1s, pair.at_home());
    CHECK(each_hears_the_other(pair));
  };
  pair.lab.set_cable("n1.eth3", Cable::unplugged);
  lost("not on control 1");
  CHECK_FALSE(says(pair.n1, "not on control 0"));
  pair.lab.set_cable("n1.eth0", Cable::silent);
  lost("not on control 0, not on control 1");
  pair.lab.set_cable("n1.eth3", Cable::connected);
  CHECK_EVENTUALLY(pair.lab, soon, !says(pair.n1, "not on control 1") && !says(pair.n2, "not on control 1"));
  // What goes over the control LAN goes over the one that is left.
  CHECK_EVENTUALLY(pair.lab, 10s, Pair::shown(pair.n2, "n1.eth1", "flags").empty());
  CHECK(pair.lab.owners().changes(begin) == 0);
  check_served(pair, begin);

  // Without any control LAN a CLIM that fails is taken over all the same.
  pair.lab.set_cable("n1.eth3", Cable::silent);
  lost("not on control 0, not on control 1");
  const Time crash = Clock::now();
  pair.lab.crash("n1");
  CHECK_EVENTUALLY(pair.lab, soon, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  check_taken(pair, "10.1.0.1", "n2.eth1", crash);
  CHECK(silent_for(pair, "10.1.0.2", crash) == 0ms);
  CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
}

TEST_CASE("a control LAN that loses a third of all packets moves nothing and hides no failure", "[.faults]") {
  Pair pair(Pair::Begin::serving, specification());
  const Time begin = Clock::now();
  pair.lab.set_loss("n1.eth0", 30);  // each way
  CHECK_STAYS(pair.lab, 4s, pair.at_home());
  CHECK(each_hears_the_other(pair));
  CHECK(pair.lab.owners().changes(begin) == 0);
  check_served(pair, begin);
  // A command for the other side gets through, perhaps not at once: TCP gives up after some seconds of bad luck.
  CHECK_EVENTUALLY(pair.lab, 30s, pair.n2.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, soon, pair.all_at(n1_eth1, "n2.eth1"));
  const Time crash = Clock::now();
  pair.lab.crash("n2");
  CHECK_EVENTUALLY(pair.lab, soon, pair.all_at(n1_eth1, "n1.eth1") && pair.all_at(n2_eth1, "n1.eth1"));
  check_taken(pair, "10.1.0.2", "n1.eth1", crash);
  CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
}

TEST_CASE("a daemon that is frozen and thaws before its fence keeps what it has", "[.faults]") {
  Pair pair(Pair::Begin::serving, specification());
  // The fence is 5 s and refreshed every third of it: for 3.3 s at least they are there.
  const Time begin = Clock::now();
  pair.n1.daemon().send(SIGSTOP);
  CHECK_STAYS(pair.lab, 2800ms, pair.at_home());
  CHECK(Pair::has_event(pair.n2, {"ALARM", "n1.eth1", "still answers for it; nothing moves"}));
  pair.n1.daemon().send(SIGCONT);
  CHECK_STAYS(pair.lab, 3s, pair.at_home());
  CHECK(each_hears_the_other(pair));
  CHECK(pair.lab.owners().changes(begin) == 0);
  check_served(pair, begin);
  CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
}

TEST_CASE("a daemon that is frozen for longer than its fence is never answered for twice", "[.faults]") {
  Pair pair(Pair::Begin::serving, specification());
  const Time begin = Clock::now();
  pair.n1.daemon().send(SIGSTOP);
  CHECK_EVENTUALLY(pair.lab, 9s, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  pair.n1.daemon().send(SIGCONT);
  CHECK_STAYS(pair.lab, 1s, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  CHECK(pair.lab.answers("blue").answering("10.1.0.1") == std::vector<std::string>{"n2.eth1"});
  // It was served for as long as its kernel had it: away for as long as n2 asks, and not longer.
  CHECK(silent_for(pair, "10.1.0.1", begin) < soon);
  CHECK(silent_for(pair, "10.1.0.2", begin) == 0ms);
  CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
}

TEST_CASE("a daemon that is frozen again while it reads the kernel goes on", "[.faults]") {
  Pair pair(Pair::Begin::serving, specification());
  // So many that reading takes a while.
  std::vector<std::string> routes;
  for (int i = 0; i < 20000; ++i) {
    routes.push_back(fmt::format("route add 172.{}.{}.0/24 via 10.1.0.254 proto bird", 16 + i / 250 % 16, i % 250));
    routes.back() += fmt::format(" metric {}", i);
  }
  pair.n1.network().ip(routes);
  const Time begin = Clock::now();
  for (int round = 0; round < 5; ++round) {
    CAPTURE(round);
    pair.n1.daemon().send(SIGSTOP);
    std::this_thread::sleep_for(600ms);
    pair.n1.daemon().send(SIGCONT);
    std::this_thread::sleep_for(Duration(4 * (1 + round)));
    pair.n1.daemon().send(SIGSTOP);
    std::this_thread::sleep_for(600ms);
    pair.n1.daemon().send(SIGCONT);
    CHECK_EVENTUALLY(pair.lab, soon, each_hears_the_other(pair) && Pair::shown(pair.n2, "n1.eth1", "flags").empty());
  }
  CHECK(pair.at_home());
  check_served(pair, begin);
  CHECK(pair.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, soon, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
}

TEST_CASE("a full disk is an alarm until there is room and holds up nothing", "[.faults]") {
  PairWithDisk<SmallDisk> with;
  auto& pair = with.pair;
  auto& disk = with.disk;
  disk.fill();
  with.check_moves();
  CHECK(Pair::has_event(pair.n1, {"ALARM", "could not be written", "No space left on device"}));
  CHECK(says(pair.n1, "not everything is on disk"));
  CHECK_FALSE(says(pair.n2, "not everything is on disk"));
  disk.clear();
  CHECK_EVENTUALLY(pair.lab, 10s, !says(pair.n1, "not everything is on disk"));
  // Without another change.
  for (const auto* home : {"n1.eth1", "n2.eth1"}) {
    const auto record = [&](const Clim& clim) {
      return run({"cat", clim.data_dir() / "records" / (std::string(home) + ".json")}).out;
    };
    CAPTURE(home, record(pair.n1), record(pair.n2));
    CHECK(nlohmann::json::parse(record(pair.n1)).at("epoch") == nlohmann::json::parse(record(pair.n2)).at("epoch"));
  }
}

TEST_CASE("a disk that does not answer is an alarm and holds up nothing", "[.faults]") {
  PairWithDisk<SlowDisk> with;
  auto& pair = with.pair;
  auto& disk = with.disk;
  disk.hold();
  with.check_moves();
  CHECK(Pair::has_event(pair.n1, {"ALARM", "the disk takes too long to write the record"}));
  CHECK(says(pair.n1, "not everything is on disk: it does not answer"));
  disk.release();
  CHECK_EVENTUALLY(pair.lab, 10s, !says(pair.n1, "not everything is on disk"));
}

TEST_CASE("power that goes while a mirror is copied never has an old one applied", "[.faults]") {
  constexpr int rounds = 6;
  const auto seed = static_cast<std::uint64_t>(std::time(nullptr));
  CAPTURE(seed);
  cip::simulation::Random random(seed);
  const auto address = [](int number) { return fmt::format("10.1.0.{}", 100 + number); };
  const auto configuration = [&](int number) {
    return pair_specification("address " + address(number) + "/24;", times);
  };
  Pair pair(Pair::Begin::serving, configuration(0));
  const auto settled = [&](int number) {
    return pair.at_home() && pair.lab.holder(address(number)) == "n1.eth1" && each_hears_the_other(pair) &&
           Pair::shown(pair.n1, "n1.eth1", "flags").empty() && Pair::shown(pair.n2, "n1.eth1", "flags").empty();
  };
  // From when n2 knows of a configuration (who serves it has told n2, or n2 is not there) to when n1 could say
  // something else again: what it had on trial when its power went, it does not use by itself.
  std::map<int, Span> known;
  for (int number = 1; number <= rounds; ++number) {
    REQUIRE_EVENTUALLY(pair.lab, 20s, settled(number - 1));
    pair.lab.set_loss("n2.eth0", 50);  // copying takes its time, and announcing does not
    pair.n1.install(configuration(number));
    std::this_thread::sleep_for(Duration(random.below(500)));
    std::vector<std::string> off{"n1"};
    if (random.chance(0.5)) off.insert(off.begin() + static_cast<long>(random.below(2)), "n2");
    const Time crash = Clock::now();
    for (const auto& clim : off) pair.lab.crash(clim);
    const auto spans = pair.lab.owners().spans(address(number), "n1.eth1");
    if (!spans.empty() && spans.front().from < crash) known[number].from = spans.front().from;
    // Whoever comes first may be alone for longer than it listens.
    if (random.chance(0.5)) std::swap(off.front(), off.back());
    for (const auto& clim : off) {
      std::this_thread::sleep_for(Duration(random.below(1800)));
      if (clim == "n1" && known.contains(number)) known[number].to = Clock::now();
      pair.lab.boot(clim);
      pair.lab.clim(clim).launch();
    }
    pair.lab.set_loss("n2.eth0", 0);
    const auto restored = [&] {
      pair.n1.ctl({"reload"});
      for (const auto* home : {"n1.eth1", "n1.eth2", "n2.eth1"}) pair.n2.ctl({"switch", "restore", home, "--yes"});
      return settled(number);
    };
    REQUIRE_EVENTUALLY(pair.lab, 20s, restored());
  }
  CHECK_FALSE(known.empty());
  for (const auto& [number, time] : known) {
    for (int older = 0; older < number; ++older) {
      CAPTURE(number, older);
      for (const auto& span : pair.lab.owners().spans(address(older), "n2.eth1")) CHECK_FALSE(time.contains(span.from));
    }
  }
  CHECK_NO_OVERLAP(pair.lab, {}, 0ms);
}

TEST_CASE("faults one at a time: several labs at once", "[lab][faults]") {
  CHECK_CASES("[.faults]", 5, 3min);
}
