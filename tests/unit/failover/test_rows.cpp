// One scenario for each row of the table in docs/protocol.md ("Transitions"), named after it.
#include <catch2/catch.hpp>

#include "tests/unit/failover/side.h"

using namespace cip;
using namespace cip::failover;
using namespace cip::failover::test;
using Catch::Contains;
using Catch::StartsWith;

TEST_CASE("row 1: O not able, P heard and able: give") {
  Side n1 = serving_home();
  n1.kernel_answers = false;
  lose_carrier(n1);
  n1.run(190ms);
  CHECK(n1.count<Remove>() == 0);  // F2: not before the link pulse time
  n1.run(20ms);
  REQUIRE(n1.count<Remove>() == 1);
  CHECK(n1.record() == owned_by("n1", 0));  // I2: nothing is said before the kernel has acknowledged
  n1.give(RemoveResult{n1_eth1, n1.all<Remove>()[0].operation, true, {}});
  CHECK(n1.record() == owned_by("n2", 1, Reason::failure));
  CHECK(n1.disk.at(n1_eth1).record == n1.record());
  CHECK_FALSE(n1.last_said(n1_eth1).holds);
  const auto known = n1.evidence(Happening::gave);
  CHECK_THAT(known, StartsWith("eth1 without link pulse for 2"));  // and some ms
  CHECK_THAT(known,
             Contains("n2 heard over control 0 ") && Contains("it said that it does not have it and can serve it"));
}

TEST_CASE("row 1, the other side: P persists, applies, announces") {
  Side n2 = standing_by();
  n2.disk_answers = false;
  n2.hear(home_says(owned_by("n2", 1, Reason::failure), false, false));
  REQUIRE(n2.count<Persist>() == 1);
  CHECK(n2.count<Apply>() == 0);
  n2.give(Persisted{n1_eth1, n2.all<Persist>()[0].write, true, {}});
  CHECK(n2.holds(n1_eth1));
  CHECK(n2.all<Apply>()[0].digest == digest(1));
  CHECK(n2.count<Announce>() == 0);  // whoever adds them has announced them
  CHECK(n2.count<ResetConnections>() == 1);
  n2.run(5s);
  CHECK(n2.count<Announce>() == 2);  // after 1 s and 3 s
  CHECK(n2.count<ResetConnections>() == 4);
  CHECK(n2.record() == owned_by("n2", 1, Reason::failure));
  CHECK(n2.status().placement == "BkFO");
  CHECK(n2.status().visiting);
}

TEST_CASE("row 1: P is slow to write down what it was given: nobody takes it back at once") {
  Side n1 = serving_home();
  n1.command(Switch{n1_eth1, Switch::Target::failover, false});
  REQUIRE(n1.record() == owned_by("n2", 1, Reason::command));
  n1.run(550ms);  // n2 is heard, and does not yet say that it has it
  CHECK_FALSE(n1.holds(n1_eth1));
  CHECK(n1.record() == owned_by("n2", 1, Reason::command));
  n1.run(2s);  // and never does
  CHECK(n1.holds(n1_eth1));
}

TEST_CASE("row 2: O not able, P silent or not able: it stays") {
  Side n1 = serving_home();
  SECTION("silent") {
    n1.peer_falls_silent();
  }
  SECTION("not able") {
    n1.hear(failover_says(owned_by("n1", 0), false, false));
  }
  n1.run(1s);
  lose_carrier(n1);
  n1.run(5s);
  CHECK(n1.holds(n1_eth1));
  CHECK(n1.count<Remove>() == 0);
  CHECK(n1.status().state == InterfaceState::down);
}

TEST_CASE("a flap shorter than the link pulse time moves nothing") {
  Side n1 = serving_home();
  lose_carrier(n1);
  n1.run(150ms);
  n1.give(Link{eth1, true, true, {mac1}});
  n1.run(5s);
  CHECK(n1.count<Remove>() == 0);
}

TEST_CASE("an interface that is down or rebuilt for a moment moves nothing, one that stays down does") {
  Side n1 = serving_home();
  n1.give(Link{eth1, false, false, {mac1}});
  n1.run(150ms);
  n1.give(Link{eth1, true, true, {mac1}});
  n1.run(5s);
  CHECK(n1.count<Remove>() == 0);
  n1.give(Link{eth1, false, false, {mac1}});
  n1.run(190ms);
  CHECK(n1.count<Remove>() == 0);
  n1.run(20ms);
  CHECK(n1.count<Remove>() == 1);
}

TEST_CASE("row 3: switch gives, or is refused") {
  Side n1 = serving_home();
  SECTION("the other side is able") {
    n1.command(Switch{n1_eth1, Switch::Target::failover, false});
    REQUIRE(n1.count<Reply>() == 1);
    CHECK(n1.all<Reply>()[0].outcome == Reply::Outcome::done);
    CHECK_FALSE(n1.holds(n1_eth1));
    CHECK(n1.record() == owned_by("n2", 1, Reason::command));
    CHECK(n1.status().placement == "BkOP");
    CHECK(n1.status().away);
  }
  SECTION("the other side is not able") {
    n1.hear(failover_says(owned_by("n1", 0), false, false));
    n1.command(Switch{n1_eth1, Switch::Target::failover, true});
    REQUIRE(n1.count<Reply>() == 1);
    CHECK(n1.all<Reply>()[0].outcome == Reply::Outcome::refused);
    CHECK(n1.holds(n1_eth1));
  }
  SECTION("it is there already") {
    n1.command(Switch{n1_eth1, Switch::Target::home, false});
    REQUIRE(n1.count<Reply>() == 1);
    CHECK(n1.all<Reply>()[0].outcome == Reply::Outcome::done);
    CHECK(n1.holds(n1_eth1));
  }
}

TEST_CASE("row 3: O's machine shuts down: give, and end when the other side has heard of it") {
  Side n1 = serving_home();
  n1.give(Stop{Stop::What::machine});
  CHECK(n1.record() == owned_by("n2", 1, Reason::failure));
  n1.run(150ms);
  CHECK(n1.count<Finished>() == 0);
  n1.hear(failover_says(owned_by("n2", 1, Reason::failure), true, true));
  CHECK(n1.count<Finished>() == 1);
}

TEST_CASE("row 4: O out, P able, probe passed: take") {
  Side n2 = standing_by();
  n2.peer_falls_silent();
  n2.run(290ms);
  CHECK(n2.count<SendProbe>() > 3);
  CHECK(n2.count<Persist>() == 0);  // not before `dead`
  n2.run(30ms);
  CHECK(n2.holds(n1_eth1));
  CHECK(n2.record() == owned_by("n2", 1, Reason::failure));
  CHECK(n2.count<ResetConnections>() == 1);
  const auto known = n2.evidence(Happening::took);
  CHECK_THAT(known, StartsWith("eth1 has link pulse; n1 heard over control 0 3"));
  CHECK_THAT(known, Contains("it said that it has it and can serve it; its LAN asked for ") &&
                        Contains(" ms, no answer, third host heard "));
}

TEST_CASE("row 4: that the last message comes a little later on the data LAN delays nothing") {
  Side n2 = standing_by();
  n2.peer_falls_silent();
  const PairState state = home_says(owned_by("n1", 0), true, true);
  n2.give(HeartbeatReceived{ClimName{"n1"}, {}, n2.peer_boot, 1000, Heartbeat{{state}}});
  n2.run(5ms);
  n2.give(HeartbeatReceived{ClimName{"n1"}, Path{Path::Kind::data, 0, eth1}, n2.peer_boot, 1000, Heartbeat{{state}}});
  n2.run(290ms);
  CHECK_FALSE(n2.holds(n1_eth1));
  n2.run(10ms);  // `dead` since it was said
  CHECK(n2.holds(n1_eth1));
}

TEST_CASE("row 5: O out, probe not passed: nothing moves; alarm; go on asking; switch --force takes") {
  Side n2 = standing_by();
  std::string words;
  std::string known = "no third host heard";
  SECTION("the other side's MAC address answers") {
    n2.answers_probe = {mac1};
    words = "still answers";
    known = mac1.str() + " answered";
  }
  SECTION("no third host is heard") {
    n2.witnesses = {};
    words = "no third host";
  }
  SECTION("only the other side itself is heard") {
    n2.witnesses = {mac1};
    words = "no third host";
  }
  n2.peer_falls_silent();
  n2.run(5s);
  CHECK_FALSE(n2.holds(n1_eth1));
  CHECK(n2.alarmed(words));
  CHECK_THAT(n2.evidence(Happening::probe_not_passed), Contains(known));
  n2.clear();
  n2.run(100ms);
  CHECK(n2.count<SendProbe>() == 5);
  n2.command(Switch{n1_eth1, Switch::Target::failover, false});
  CHECK(n2.all<Reply>()[0].outcome == Reply::Outcome::refused);
  CHECK_FALSE(n2.holds(n1_eth1));
  n2.command(Switch{n1_eth1, Switch::Target::failover, true});
  CHECK(n2.all<Reply>()[1].outcome == Reply::Outcome::done);
  CHECK(n2.holds(n1_eth1));
  CHECK(n2.record() == owned_by("n2", 1, Reason::command));
}

TEST_CASE("probe: after an answer, silence must last a second") {
  Side n2 = standing_by();
  n2.answers_probe = {mac1};
  n2.peer_falls_silent();
  n2.run(1s);
  n2.answers_probe = {};
  n2.run(900ms);
  CHECK_FALSE(n2.holds(n1_eth1));
  n2.run(200ms);
  CHECK(n2.holds(n1_eth1));
}

TEST_CASE("probe: another MAC address that answers is an alarm and does not count") {
  Side n2 = standing_by();
  n2.answers_probe = {mac3};
  n2.peer_falls_silent();
  n2.run(350ms);
  CHECK(n2.alarmed("no address of n1"));
  CHECK(n2.holds(n1_eth1));
}

TEST_CASE("probe: routes only pass") {
  Side n2{"n2", {HomeConfig{n1_eth1, n2_eth1, digest(1), {digest(1)}, false}}};
  n2.start();
  n2.hear(home_says(owned_by("n1", 0), true, true));
  n2.witnesses = {};
  n2.run(1s);
  n2.peer_falls_silent();
  n2.run(320ms);
  CHECK(n2.holds(n1_eth1));
  CHECK(n2.count<SendProbe>() == 0);
}
