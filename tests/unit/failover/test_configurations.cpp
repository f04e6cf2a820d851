// What becomes of records, removals, mirrors and commands when the configuration changes under them.
#include <catch2/catch.hpp>

#include "tests/unit/failover/side.h"

using namespace cip;
using namespace cip::failover;
using namespace cip::failover::test;

namespace {

void take(Side& side, std::vector<HomeConfig> homes) {
  if (homes.empty()) side.peer_falls_silent();
  side.configuration.homes = std::move(homes);
  side.give(Configured{side.configuration});
}

// n1 is heard, but says nothing of its eth1. Its numbers begin anew when another run of it speaks.
void speak_of_others(Side& n2, std::uint64_t sequence) {
  n2.peer_falls_silent();
  n2.give(HeartbeatReceived{ClimName{"n1"}, {}, n2.peer_boot, sequence, Heartbeat{}});
}

}  // namespace

TEST_CASE("a home interface that was dropped and comes back keeps its record") {
  Side n1 = serving_home();
  n1.hear(failover_says(owned_by("n1", 7), false, true));
  n1.run(300ms);
  const Record before = n1.record();
  REQUIRE(before == owned_by("n1", 8));
  take(n1, {});
  CHECK_FALSE(n1.holds(n1_eth1));
  take(n1, {pair_config(n1_eth1, n2_eth1)});
  CHECK(n1.record().epoch >= before.epoch);  // I8
}

TEST_CASE("what a dropped home interface leaves in the kernel is removed again when that failed") {
  Side n1 = serving_home();
  n1.kernel_answers = false;
  take(n1, {});
  REQUIRE(n1.count<Remove>() == 1);
  n1.give(RemoveResult{n1_eth1, n1.all<Remove>()[0].operation, false, "busy"});
  n1.kernel_answers = true;
  n1.run(1100ms);
  CHECK(n1.count<Remove>() == 2);
  CHECK_FALSE(n1.holds(n1_eth1));
}

TEST_CASE("what was found at the start and is not named by the record is removed again when that failed") {
  Side n2{"n2"};
  n2.kernel_answers = false;
  n2.give(Started{{}, {n1_eth1}});
  REQUIRE(n2.count<Remove>() == 1);
  n2.give(RemoveResult{n1_eth1, n2.all<Remove>()[0].operation, false, "busy"});
  SECTION("before the configuration is there") {
    n2.run(1100ms);
    CHECK(n2.count<Remove>() == 2);
  }
  SECTION("after it") {
    n2.give(Configured{n2.configuration});
    n2.give(Link{eth1, true, true, {mac2}});
    n2.run(1100ms);
    CHECK(n2.count<Remove>() == 2);
  }
}

TEST_CASE("a home interface that comes back while it is being removed waits for the end of that") {
  Side n1 = serving_home();
  n1.kernel_answers = false;
  take(n1, {});
  REQUIRE(n1.count<Remove>() == 1);
  n1.clear();
  take(n1, {pair_config(n1_eth1, n2_eth1)});
  n1.give(Link{eth1, true, true, {mac1}});
  n1.run(4s);
  CHECK(n1.count<Apply>() == 0);
  CHECK(n1.last_said(n1_eth1).holds);
}

TEST_CASE("a switch of a home interface that is dropped is answered") {
  Side n1 = serving_home();
  n1.kernel_answers = false;
  n1.command(Switch{n1_eth1, Switch::Target::failover, false});
  REQUIRE(n1.count<Reply>() == 0);
  take(n1, {});
  REQUIRE(n1.count<Reply>() == 1);
  CHECK(n1.all<Reply>()[0].outcome == Reply::Outcome::refused);
}

TEST_CASE("a side that has just become another's failover side listens before it takes") {
  const InterfaceRef n2_eth2{ClimName{"n2"}, InterfaceName{"eth2"}};
  HomeConfig routes_only = pair_config(n1_eth1, n2_eth2);
  routes_only.has_lan_addresses = false;
  Side n2{"n2", {routes_only}};
  n2.start();
  n2.give(Link{InterfaceName{"eth2"}, true, true, {mac2}});
  n2.hear(home_says(owned_by("n1", 0), true, true));
  n2.run(2s);
  n2.clear();
  routes_only.failover = n2_eth1;
  take(n2, {routes_only});
  CHECK(n2.count<Persist>() == 0);
  n2.run(5s);  // n1 is heard all the time
  CHECK(n2.record() == owned_by("n1", 0));
  CHECK(n2.count<Apply>() == 0);
}

TEST_CASE("a new other side is heard from its first message on") {
  Side n1{"n1", {pair_config(n1_eth1, n2_eth1)}};
  n1.start();
  n1.hear(failover_says(owned_by("n1", 0), false, true));
  n1.run(20s);  // the numbers of n2's messages have grown
  take(n1, {pair_config(n1_eth1, n3_eth1)});
  n1.peer_falls_silent();
  const PairState state = failover_says(owned_by("n1", 0), false, true);
  n1.give(HeartbeatReceived{ClimName{"n3"}, {}, BootId{{3}}, 1, Heartbeat{{state}}});
  CHECK_FALSE(n1.status().failover_invalid);
}

TEST_CASE("a message from before the newest one is no news under another tree of the same CLIM either") {
  const InterfaceRef n2_eth2{ClimName{"n2"}, InterfaceName{"eth2"}};
  Side n2{"n2"};
  n2.start();
  const auto announce = [&](std::uint64_t sequence, int version) {
    PairState state = home_says(owned_by("n1", 0), true, true);
    state.digest = digest(version);
    n2.give(HeartbeatReceived{ClimName{"n1"}, {}, n2.peer_boot, sequence, Heartbeat{{state}}});
  };
  announce(10, 2);
  REQUIRE(n2.disk.at(n1_eth1).announced == digest(2));
  SECTION("another failover interface") {
    take(n2, {pair_config(n1_eth1, n2_eth2)});
    n2.give(Link{n2_eth2.interface, true, true, {mac2}});
  }
  SECTION("one more home interface") {
    HomeConfig routes{InterfaceRef{ClimName{"n1"}, InterfaceName{"eth2"}}, n2_eth2, digest(1), {digest(1)}, false};
    take(n2, {routes});
    announce(11, 3);  // not ours at this moment
    take(n2, {routes, pair_config(n1_eth1, n2_eth1)});
    announce(11, 3);
    CHECK(n2.disk.at(n1_eth1).announced == digest(2));
  }
  announce(9, 1);
  CHECK(n2.disk.at(n1_eth1).announced == digest(2));
  announce(12, 4);
  CHECK(n2.disk.at(n1_eth1).announced == digest(4));
}

TEST_CASE("what its home CLIM does not name us for any more is not taken, also when that is not heard any more") {
  Side n2 = standing_by();
  for (std::uint64_t sequence = 100; sequence < 110; ++sequence) {
    speak_of_others(n2, sequence);
    n2.run(100ms);
  }
  CHECK_FALSE(n2.last_said(n1_eth1).able);
  CHECK(n2.status().failover_invalid);
  n2.command(Switch{n1_eth1, Switch::Target::failover});
  CHECK_THAT(n2.all<Reply>().back().sentence, Catch::Contains("does not name us"));
  CHECK(n2.disk.at(n1_eth1).announced.empty());
  n2.run(5s);
  CHECK(n2.count<Apply>() == 0);

  // Its next tree names us again.
  n2.peer_boot = BootId{{2}};
  n2.hear(home_says(owned_by("n1", 0), true, true));
  n2.run(1s);
  CHECK(n2.last_said(n1_eth1).able);
  n2.peer_falls_silent();
  n2.run(1s);
  CHECK(n2.holds(n1_eth1));
}

TEST_CASE("of a failover CLIM that is heard and does not speak of it, it is not said that it is silent") {
  Side n1 = serving_home();
  n1.peer_falls_silent();
  for (std::uint64_t sequence = 100; sequence < 110; ++sequence) {
    n1.give(HeartbeatReceived{ClimName{"n2"}, {}, n1.peer_boot, sequence, {}});
    n1.run(100ms);
  }
  const std::string why = "n2 is heard, but does not speak of n1.eth1: its state tree does not have this pair";
  n1.command(Switch{n1_eth1, Switch::Target::failover});
  CHECK(n1.all<Reply>().back().sentence == why);
  CHECK(n1.status().if_failed == "nobody would take it: " + why);
}

TEST_CASE("a home CLIM that crashes between the parts of a heartbeat has failed") {
  Side n2 = standing_by();
  n2.run(50ms);
  speak_of_others(n2, 100);
  n2.run(1s);
  CHECK(n2.holds(n1_eth1));
}

TEST_CASE("what is here already stays when its home CLIM does not speak of it, until the tree here has none of it") {
  Side n2 = standing_by();
  n2.peer_falls_silent();
  n2.run(1s);
  REQUIRE(n2.holds(n1_eth1));
  for (std::uint64_t sequence = 100; sequence < 110; ++sequence) {
    speak_of_others(n2, sequence);
    n2.run(100ms);
  }
  CHECK(n2.holds(n1_eth1));
  CHECK_FALSE(n2.disk.at(n1_eth1).announced.empty());
  // Nobody could bring it home before a tree without it is used.
  CHECK_FALSE(n2.engine.refusal(Configuration{}));
  n2.peer_boot = BootId{{2}};
  n2.hear(home_says(owned_by("n1", 0), false, true));
  CHECK(n2.engine.refusal(Configuration{}));
}

TEST_CASE("configuration: the home side applies a new digest when the other has heard it, or is silent") {
  Side n1 = serving_home();
  n1.configuration.homes[0].digest = digest(2);
  n1.give(Configured{n1.configuration});
  CHECK(n1.last_said(n1_eth1).digest == digest(2));
  n1.run(1s);
  CHECK(n1.count<Apply>() == 0);
  SECTION("heard") {
    n1.hear(PairState{n1_eth1, owned_by("n1", 0), digest(2), {mac2}, false, false, false});
    CHECK(n1.count<Apply>() == 1);
  }
  SECTION("silent") {
    n1.peer_falls_silent();
    n1.run(400ms);
    CHECK(n1.count<Apply>() == 1);
  }
}

TEST_CASE("configuration: a change also reaches what has no link pulse and cannot be given away") {
  Side n1 = serving_home();
  n1.peer_falls_silent();
  n1.run(400ms);
  lose_carrier(n1);
  n1.run(1s);
  REQUIRE(n1.holds(n1_eth1));
  n1.clear();
  n1.configuration.homes[0].digest = digest(2);
  n1.give(Configured{n1.configuration});
  REQUIRE(n1.count<Apply>() == 1);
  CHECK(n1.all<Apply>()[0].digest == digest(2));
}

TEST_CASE("configuration: a mirror that is known to be stale is fetched, and never applied (F10)") {
  Side n2 = standing_by();
  n2.hear(PairState{n1_eth1, owned_by("n1", 0), digest(2), {mac1}, true, true, false});
  CHECK(n2.disk.at(n1_eth1).announced == digest(2));
  CHECK(n2.last_said(n1_eth1).digest == digest(2));
  CHECK_FALSE(n2.last_said(n1_eth1).able);
  CHECK(n2.status().failover_invalid);
  REQUIRE(n2.count<FetchMirror>() == 1);
  CHECK(n2.all<FetchMirror>()[0].digest == digest(2));
  n2.peer_falls_silent();
  n2.run(5s);
  CHECK(n2.count<Apply>() == 0);
  n2.give(MirrorAvailable{n1_eth1, digest(2)});
  n2.run(500ms);
  REQUIRE(n2.count<Apply>() == 1);
  CHECK(n2.all<Apply>()[0].digest == digest(2));
}

TEST_CASE("configuration: what is away keeps its failover interface") {
  Side n1 = serving_home();
  Configuration without = n1.configuration;
  without.homes.clear();
  CHECK_FALSE(n1.engine.refusal(without));
  n1.command(Switch{n1_eth1, Switch::Target::failover, false});
  CHECK(n1.engine.refusal(without));
  Configuration elsewhere = n1.configuration;
  elsewhere.homes[0].failover = n3_eth1;
  CHECK(n1.engine.refusal(elsewhere));
  CHECK_FALSE(n1.engine.refusal(n1.configuration));
}
