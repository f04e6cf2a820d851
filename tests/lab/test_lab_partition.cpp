// CLIMs that fail as a whole or cannot hear each other: what moves is what the table of docs/protocol.md says, and no
// address has two owners on one LAN.
#include <catch2/catch.hpp>

#include "tests/lab/capture.h"
#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"

using namespace cip::lab;

namespace {

// What I1 allows when two sides that both hold something meet again: dead + one heartbeat, and the machine's own time.
constexpr Duration meet_again = 350ms + 150ms;

bool everything_on_n2(const Pair& pair) {
  return pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n2_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2");
}

}  // namespace

TEST_CASE("a whole CLIM gone: all of it moves; it boots without a duplicate and nothing moves back", "[.partition]") {
  Pair pair;
  const Pinger blue(pair.lab.host("r1"), "10.1.0.1", 2ms);
  const Pinger green(pair.lab.host("r1"), "2001:db8:2::1", 2ms);
  const Pinger own(pair.lab.host("r1"), "10.1.0.2", 2ms);
  REQUIRE(blue.answered(2s));
  REQUIRE(green.answered(2s));
  const Time crash = Clock::now();
  pair.lab.crash("n1");
  CHECK_EVENTUALLY(pair.lab, 5s, everything_on_n2(pair));
  CHECK(blue.answered(2s));
  CHECK(green.answered(2s));
  CHECK(own.report(crash).lost == 0);
  CHECK(Pair::shown(pair.n2, "n1.eth1", "placement") == "BkFO");
  CHECK(Pair::has_event(pair.n2, {"n1.eth1", "taken from n1", "not on the LAN"}));

  // Boot: with a witness on each LAN that n1 never says an address is its own while n2 has it.
  const Capture on_blue(pair.lab.lan("blue"));
  const Capture on_green(pair.lab.lan("green"));
  const Time boot = Clock::now();
  pair.lab.boot("n1");
  pair.n1.start();
  CHECK_EVENTUALLY(pair.lab, 10s, Pair::shown(pair.n1, "n1.eth1", "state") == "RDY");
  CHECK_STAYS(pair.lab, 1500ms, everything_on_n2(pair));
  CHECK(Pair::shown(pair.n1, "n1.eth1", "location") == "n2.eth1");
  CHECK(blue.report(boot).lost == 0);
  CHECK(green.report(boot).lost == 0);
  CHECK(own.report(boot).lost == 0);
  for (const auto* address : {"10.1.0.1", "2001:db8:1::1"}) {
    // Somebody has to ask, else nobody answers.
    run({"ip", "neigh", "flush", "all"}, {.where = &pair.lab.host("r1")});
    const Pinger pinger(pair.lab.host("r1"), address, 5ms);
    REQUIRE(pinger.answered(2s));
    REQUIRE_FALSE(on_blue.claims(address, boot).empty());
    for (const auto& claim : on_blue.claims(address, boot)) CHECK(claim.port == "n2.eth1");
  }
  for (const auto& claim : on_green.claims("10.2.0.1", boot)) CHECK(claim.port == "n2.eth2");
  CHECK_SERVED(pair.lab, crash, 0ms);

  const Outcome back = pair.n1.ctl({"switch", "restore", "n1", "--yes"});
  CAPTURE(back.out, back.err);
  CHECK(back.status == 0);
  CHECK_EVENTUALLY(pair.lab, 5s, pair.at_home());
  CHECK(blue.answered(2s));
  CHECK(green.answered(2s));
  CHECK_SERVED(pair.lab, crash, 0ms);
}

TEST_CASE("a CLIM that boots alone serves its own, after it has listened", "[.partition]") {
  Pair pair(Pair::Begin::stopped);
  pair.n1.start();
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 5ms);
  CHECK_EVENTUALLY(pair.lab, 10s, pair.all_at(n1_eth1, "n1.eth1") && pair.all_at(n1_eth2, "n1.eth2"));
  CHECK(pinger.answered(3s));
  // It has never heard of n2's configuration being in use anywhere; n2's addresses answer nobody. n2, when it comes,
  // finds its own resources at home or visiting, but never twice.
  pair.n2.start();
  CHECK_EVENTUALLY(pair.lab, 10s, pair.all_at(n1_eth1, "n1.eth1") && Pair::shown(pair.n1, "n1.eth1", "flags").empty());
  CHECK_EVENTUALLY(pair.lab, 5s, pair.lab.owners().holders("10.1.0.2").size() == 1);
  CHECK_NO_OVERLAP(pair.lab, {}, 0ms);
}

TEST_CASE("both CLIMs crash and boot: everything is served once", "[.partition]") {
  Pair pair;
  REQUIRE(pair.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 3s, pair.all_at(n1_eth1, "n2.eth1"));
  const Time crash = Clock::now();
  pair.lab.crash("n1");
  pair.lab.crash("n2");
  pair.lab.boot("n1");
  pair.lab.boot("n2");
  pair.lab.start();
  // The records are on the disks: n1.eth1 is where its operator had put it.
  CHECK_EVENTUALLY(
      pair.lab, 15s,
      pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n2_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n1.eth2"));
  CHECK_NO_OVERLAP(pair.lab, crash, 0ms);
}

TEST_CASE("the control LAN cut moves nothing", "[.partition]") {
  Pair pair;
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 2ms);
  REQUIRE(pinger.answered(2s));
  const Cable how = GENERATE(Cable::unplugged, Cable::silent);
  CAPTURE(static_cast<int>(how));
  const Time begin = Clock::now();
  pair.lab.set_cable("n1.eth0", how);
  CHECK_STAYS(pair.lab, 1500ms, pair.at_home());
  pair.lab.set_cable("n1.eth0", Cable::connected);
  CHECK_STAYS(pair.lab, 500ms, pair.at_home());
  CHECK(pinger.report(begin).lost == 0);
  CHECK(pair.lab.owners().changes(begin) == 0);
}

TEST_CASE("a data LAN that does not forward moves nothing while its owner is heard and able", "[.partition]") {
  Pair pair;
  const Time begin = Clock::now();
  pair.lab.set_cable("n1.eth1", Cable::silent);
  CHECK_STAYS(pair.lab, 2s, pair.at_home());
  // The peer is heard on the other paths, and an operator is told of the one that is not (P7).
  CHECK_EVENTUALLY(pair.lab, 2s,
                   pair.n2.ctl({"status"}).out.find("eth1") != std::string::npos &&
                       pair.n2.ctl({"status"}).out.find("not on") != std::string::npos);
  pair.lab.set_cable("n1.eth1", Cable::connected);
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 5ms);
  CHECK(pinger.answered(3s));
  CHECK(pair.lab.owners().changes(begin) == 0);
}

TEST_CASE("a CLIM cut off from everything: the other takes over, it takes nothing, and one gives way when they meet",
          "[.partition]") {
  Pair pair;
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 2ms);
  REQUIRE(pinger.answered(2s));
  const Cable how = GENERATE(Cable::unplugged, Cable::silent);
  CAPTURE(static_cast<int>(how));
  const Time cut = Clock::now();
  pair.lab.set_cables("n1", how);
  CHECK_EVENTUALLY(pair.lab, 5s, !pair.lab.owners().holders("10.1.0.1").empty() && pinger.answered(50ms));
  CHECK(Pair::has_event(pair.n2, {"n1.eth1"}));
  // Alone, n1 may keep what it has, and takes nothing of n2: it has no witness.
  CHECK_STAYS(pair.lab, 1500ms, pair.all_at(n2_eth1, "n2.eth1"));
  CHECK_SERVED(pair.lab, cut, 0ms);  // on no LAN, as long as n1 is on none

  const Time healed = Clock::now();
  pair.lab.set_cables("n1", Cable::connected);
  CHECK_EVENTUALLY(pair.lab, 5s, everything_on_n2(pair));
  CHECK_STAYS(pair.lab, 1500ms, everything_on_n2(pair));
  CHECK_SERVED(pair.lab, healed, meet_again);
  CHECK(pinger.answered(2s));
}

TEST_CASE("one data LAN and the control LAN cut: the other data LAN still carries heartbeats, nothing moves",
          "[.partition]") {
  Pair pair;
  const Time begin = Clock::now();
  pair.lab.set_cable("n1.eth0", Cable::silent);
  pair.lab.set_cable("n1.eth1", Cable::silent);
  CHECK_STAYS(pair.lab, 2s, pair.at_home());
  CHECK(pair.lab.owners().changes(begin) == 0);
}

TEST_CASE("a CLIM that is not heard loses its resources, once, and gives way to what it hears", "[.partition]") {
  Pair pair;
  const Time begin = Clock::now();
  pair.lab.set_cables("n1", Cable::mute);
  CHECK_EVENTUALLY(pair.lab, 5s, everything_on_n2(pair));
  CHECK_STAYS(pair.lab, 1s, everything_on_n2(pair));
  pair.lab.set_cables("n1", Cable::connected);
  CHECK_STAYS(pair.lab, 1s, everything_on_n2(pair));
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 5ms);
  CHECK(pinger.answered(2s));
  CHECK_SERVED(pair.lab, begin, meet_again);
}

TEST_CASE("a CLIM that hears nothing takes nothing", "[.partition]") {
  Pair pair;
  const Time begin = Clock::now();
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.2", 5ms);
  REQUIRE(pinger.answered(2s));
  pair.lab.set_cables("n1", Cable::deaf);
  CHECK_STAYS(pair.lab, 2s, pair.all_at(n2_eth1, "n2.eth1"));
  pair.lab.set_cables("n1", Cable::connected);
  CHECK_STAYS(pair.lab, 1s, pair.all_at(n2_eth1, "n2.eth1"));
  CHECK(pinger.report(begin).lost == 0);
  CHECK_NO_OVERLAP(pair.lab, begin, meet_again);
}

TEST_CASE("CLIMs that are gone or do not hear each other: several labs at once", "[lab][partition]") {
  CHECK_CASES("[.partition]", 3, 2min);
}
