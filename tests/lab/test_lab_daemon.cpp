// The daemon dies, hangs, restarts, stops, or has the wrong key: what the kernel holds is served on, and never twice.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"

using namespace cip::lab;

namespace {

// Pings one address of each family that n1 serves, and one of n2.
struct Remote {
  explicit Remote(Pair& pair)
      : blue(pair.lab.host("r1"), "10.1.0.1", 2ms),
        green6(pair.lab.host("r1"), "2001:db8:2::1", 2ms),
        other(pair.lab.host("r1"), "10.1.0.2", 2ms) {}

  bool answered(Duration within) const {
    return blue.answered(within) && green6.answered(within) && other.answered(within);
  }
  int lost(Time since) const { return blue.report(since).lost + green6.report(since).lost + other.report(since).lost; }

  Pinger blue, green6, other;
};

}  // namespace

TEST_CASE("SIGKILL and restart of the daemon lose no packet and move nothing", "[.daemon]") {
  Pair pair;
  const Remote remote(pair);
  REQUIRE(remote.answered(2s));
  const Time begin = Clock::now();
  for (int round = 0; round < 3; ++round) {
    pair.n1.kill();
    // Longer than `dead`: n2 asks the LAN, and is answered.
    CHECK_STAYS(pair.lab, 500ms, pair.at_home());
    pair.n1.start();
    CHECK_STAYS(pair.lab, 700ms, pair.at_home());
  }
  CHECK_EVENTUALLY(pair.lab, 5s, Pair::shown(pair.n2, "n2.eth1", "flags").empty());
  CHECK(remote.lost(begin) == 0);
  CHECK(pair.lab.owners().changes(begin) == 0);

  // It is the owner again, not a guest: it repairs, and gives when asked.
  pair.n1.network().ip({"addr del 10.1.0.1/24 dev eth1"});
  CHECK_EVENTUALLY(pair.lab, 3s, pair.at_home());
  CHECK(pair.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, 3s, pair.all_at(n1_eth1, "n2.eth1"));
}

TEST_CASE("SIGKILL and restart of the daemon that has visitors move nothing either", "[.daemon]") {
  Pair pair;
  REQUIRE(pair.n1.ctl({"switch", "failover", "n1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 3s, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  const Remote remote(pair);
  REQUIRE(remote.answered(2s));
  const Time begin = Clock::now();
  pair.n2.kill();
  CHECK_STAYS(pair.lab, 500ms, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  pair.n2.start();
  CHECK_STAYS(pair.lab, 1500ms, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  CHECK(remote.lost(begin) == 0);
  CHECK(pair.lab.owners().changes(begin) == 0);
  CHECK(pair.n1.ctl({"switch", "restore", "n1", "--yes"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, 5s, pair.at_home());
}

TEST_CASE("a daemon killed and not restarted: the kernel drops its addresses, then the partner takes them",
          "[.daemon]") {
  Pair pair;
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 5ms);
  REQUIRE(pinger.answered(2s));
  const Time killed = Clock::now();
  pair.n1.kill();
  // The fence is 5 s, refreshed every third of it: something between 3 and 6 s, and nothing before.
  CHECK_STAYS(pair.lab, 2500ms, pair.at_home());
  CHECK(pinger.report(killed).lost == 0);
  CHECK_EVENTUALLY(pair.lab, 6s, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  CHECK(pinger.answered(3s));
  CHECK_NO_OVERLAP(pair.lab, killed, 0ms);
  // Back again it finds that it is not the owner any more.
  pair.n1.start();
  CHECK_STAYS(pair.lab, 2s, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  CHECK_NO_OVERLAP(pair.lab, killed, 0ms);
}

TEST_CASE("a frozen daemon is fenced by its kernel, and takes nothing back when it thaws", "[.daemon]") {
  Pair pair;
  const Time frozen = Clock::now();
  pair.n1.daemon().send(SIGSTOP);
  CHECK_EVENTUALLY(pair.lab, 9s, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  // Before it hears of that, too: what its kernel has dropped it does not hold.
  pair.lab.set_cables("n1", Cable::deaf);
  pair.n1.daemon().send(SIGCONT);
  CHECK_STAYS(pair.lab, 1s, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  pair.lab.set_cables("n1", Cable::connected);
  CHECK_STAYS(pair.lab, 2s, pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2"));
  CHECK_NO_OVERLAP(pair.lab, frozen, 0ms);
  // It has to settle before it is able again.
  CHECK_EVENTUALLY(pair.lab, 5s, pair.n1.ctl({"switch", "restore", "n1", "--yes"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, 5s, pair.at_home());
}

TEST_CASE("a short freeze moves nothing", "[.daemon]") {
  Pair pair;
  const Remote remote(pair);
  REQUIRE(remote.answered(2s));
  const Time begin = Clock::now();
  pair.n1.daemon().send(SIGSTOP);
  CHECK_STAYS(pair.lab, 1s, pair.at_home());
  pair.n1.daemon().send(SIGCONT);
  CHECK_STAYS(pair.lab, 2s, pair.at_home());
  CHECK(remote.lost(begin) == 0);
  CHECK(pair.lab.owners().changes(begin) == 0);
}

TEST_CASE("an orderly stop keeps the service, longer than the fence", "[.daemon]") {
  Pair pair;
  const Remote remote(pair);
  REQUIRE(remote.answered(2s));
  const Time begin = Clock::now();
  CHECK(pair.n1.stop() == 0);
  CHECK_STAYS(pair.lab, 7s, pair.at_home());
  CHECK(remote.lost(begin) == 0);
  pair.n1.start();
  CHECK_STAYS(pair.lab, 1s, pair.at_home());
  CHECK(remote.lost(begin) == 0);
  CHECK(pair.lab.owners().changes(begin) == 0);
}

TEST_CASE("heartbeats with another key are ignored: nothing is taken, and both sides say so", "[.daemon]") {
  Pair pair;
  const Remote remote(pair);
  REQUIRE(remote.answered(2s));
  const Time begin = Clock::now();
  const std::string key = pair.lab.dir() / "another.key";
  REQUIRE(run({programs() / "cipctl", "keygen", key}).status == 0);
  pair.n2.stop();
  pair.n2.set_key(key);
  pair.n2.start();
  CHECK_STAYS(pair.lab, 2500ms, pair.at_home());
  CHECK(remote.lost(begin) == 0);
  CHECK(pair.lab.owners().changes(begin) == 0);
  for (Clim* clim : {&pair.n1, &pair.n2}) {
    CAPTURE(clim->name(), clim->ctl({"events"}).out, clim->ctl({"status"}).out);
    CHECK_EVENTUALLY(pair.lab, 3s, Pair::has_event(*clim, {"ALARM"}));
    CHECK_EVENTUALLY(pair.lab, 3s, Pair::has_event(*clim, {"authenti"}));
  }
}

TEST_CASE("the cluster key is changed under traffic, and nothing moves", "[.daemon]") {
  Pair pair(Pair::Begin::stopped);
  const auto ctl = [](const Clim& clim, const std::vector<std::string>& words) {
    const auto outcome = clim.ctl(words);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome.out;
  };
  const std::string at_n1 = pair.n1.dir() / "key";
  const std::string at_n2 = pair.n2.dir() / "key";
  const auto copy = [&] { REQUIRE(run({"cp", at_n1, at_n2}).status == 0); };
  ctl(pair.n1, {"keygen", at_n1});
  copy();
  pair.n1.set_key(at_n1);
  pair.n2.set_key(at_n2);
  pair.n1.start();
  pair.n2.start();
  REQUIRE_EVENTUALLY(pair.lab, 15s, pair.at_home());
  const Remote remote(pair);
  REQUIRE(remote.answered(2s));
  const Time begin = Clock::now();
  for (const std::string step : {"--add", "--use", "--drop"}) {
    INFO(step);
    ctl(pair.n1, {"keygen", step, at_n1});
    ctl(pair.n1, {"reload"});
    CHECK_STAYS(pair.lab, 600ms, pair.at_home());
    copy();
    ctl(pair.n2, {"reload"});
    if (step == "--use") {
      const auto name = ctl(pair.n1, {"keygen", "--show", at_n1}).substr(4, 8);
      CHECK_EVENTUALLY(pair.lab, 3s,
                       ctl(pair.n1, {"status"}).find("peer n2: heard, sends with key " + name) != std::string::npos);
    }
  }
  CHECK_STAYS(pair.lab, 600ms, pair.at_home());
  CHECK(remote.lost(begin) == 0);
  CHECK(pair.lab.owners().changes(begin) == 0);
  for (Clim* clim : {&pair.n1, &pair.n2}) {
    CHECK(Pair::has_event(*clim, {"no other is accepted"}));
    CHECK_FALSE(Pair::has_event(*clim, {"authenti"}));
  }

  // A file that cannot be read changes nothing, and is said.
  REQUIRE(run({"chmod", "0644", at_n2}).status == 0);
  const auto refused = pair.n2.ctl({"reload"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("a cluster key needs mode 0400") != std::string::npos);
  CHECK_STAYS(pair.lab, 600ms, pair.at_home());
}

TEST_CASE("cipd says what is wrong with its command line, its key and its tree", "[.daemon]") {
  Pair pair(Pair::Begin::stopped);
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& hint) {
    const Outcome outcome = run(arguments, {.where = &pair.n1.network()}, 10s);
    CAPTURE(arguments, outcome.out, outcome.err);
    CHECK((outcome.status == 1 || outcome.status == 3));
    CHECK(outcome.err.find(hint) != std::string::npos);
  };
  const std::string cipd = programs() / "cipd";
  const std::string state = pair.n1.state_dir();
  const std::string run_dir = pair.n1.dir() / "run";
  const std::string data = pair.n1.data_dir();
  const std::string key = pair.lab.dir() / "cluster.key";
  refused({cipd}, "--clim");
  refused({cipd, "--clim", "n9", "--state", state, "--runtime-dir", run_dir, "--data-dir", data, "--key", key}, "n9");
  refused({cipd, "--clim", "n1", "--state", "/nowhere", "--runtime-dir", run_dir, "--data-dir", data, "--key", key},
          "/nowhere");
  refused({cipd, "--clim", "n1", "--state", state, "--runtime-dir", run_dir, "--data-dir", data, "--key", "/no.key"},
          "/no.key");
  REQUIRE(run({"chmod", "644", key}).status == 0);
  refused({cipd, "--clim", "n1", "--state", state, "--runtime-dir", run_dir, "--data-dir", data, "--key", key}, key);
}

TEST_CASE("a daemon that has addresses and no configuration says so to who asks for an interface", "[.daemon]") {
  Pair pair;
  pair.n1.kill();
  std::filesystem::remove_all(pair.n1.data_dir());
  std::filesystem::create_directory(pair.n1.data_dir());
  std::filesystem::remove(pair.n1.state_dir() / "manifest.json");
  pair.n1.start();
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"ifstart", "eth1"}, {"status", "n1.eth1"}, {"switch", "failover", "n1", "--yes"}}) {
    const Outcome outcome = pair.n1.ctl(words);
    CAPTURE(words, outcome.out, outcome.err);
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("no state tree is in use: ") != std::string::npos);
  }
}

TEST_CASE("a second daemon on the same CLIM is refused and disturbs nothing", "[.daemon]") {
  Pair pair;
  const Time begin = Clock::now();
  const Outcome second = pair.n1.cipd({});
  CAPTURE(second.out, second.err);
  CHECK(second.status != 0);
  CHECK_STAYS(pair.lab, 500ms, pair.at_home());
  CHECK(pair.n1.ctl({"status"}).status == 0);
  CHECK(pair.lab.owners().changes(begin) == 0);
}

TEST_CASE("a daemon that dies, hangs, restarts or stops: several labs at once", "[lab][daemon]") {
  CHECK_CASES("[.daemon]", 3, 2min);
}
