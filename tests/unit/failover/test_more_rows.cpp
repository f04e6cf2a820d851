// The rest of the table in docs/protocol.md: starting, holding together, F5, F6, ifstop, the fence.
#include <catch2/catch.hpp>

#include "tests/unit/failover/side.h"

using namespace cip;
using namespace cip::failover;
using namespace cip::failover::test;

TEST_CASE("an answer counts for its second also when asking was interrupted") {
  Side n2 = standing_by();
  n2.answers_probe = {mac1};
  PairState state = home_says(owned_by("n1", 0), true, false);
  n2.hear(state);  // n1's kernel does not answer
  n2.run(1s);
  CHECK(n2.count<SendProbe>() > 0);
  n2.answers_probe.clear();
  state.digest = digest(2);
  n2.hear(state);  // not able until the mirror is there: then a new episode begins
  n2.give(MirrorAvailable{n1_eth1, digest(2)});
  n2.run(900ms);
  CHECK(n2.record() == owned_by("n1", 0));
  n2.run(2s);
  CHECK(n2.record() == owned_by("n2", 1, Reason::failure));
}

TEST_CASE("an answer counts for its second also when it comes while asking is interrupted") {
  Side n2 = standing_by();
  PairState state = home_says(owned_by("n1", 0), true, false);
  n2.witnesses.clear();
  n2.hear(state);
  n2.run(1s);
  state.digest = digest(2);
  n2.hear(state);
  n2.give(ProbeAnswer{n1_eth1, mac1});
  n2.witnesses = {gateway};
  n2.give(MirrorAvailable{n1_eth1, digest(2)});
  n2.run(900ms);
  CHECK(n2.record() == owned_by("n1", 0));
  n2.run(2s);
  CHECK(n2.record() == owned_by("n2", 1, Reason::failure));
}

TEST_CASE("row 6: O able, does not hold it: apply when P is heard not to hold it") {
  Side n1{"n1"};
  n1.start();
  SECTION("heard not to hold it") {
    n1.hear(failover_says(owned_by("n1", 0), false, true));
    CHECK(n1.holds(n1_eth1));
  }
  SECTION("heard to hold it") {
    n1.hear(failover_says(owned_by("n1", 0), true, true));
    n1.run(10s);
    CHECK_FALSE(n1.holds(n1_eth1));
  }
  SECTION("out, and the probe passes") {
    n1.run(4s);
    CHECK(n1.holds(n1_eth1));
  }
  SECTION("out, and the probe does not pass: whoever answers, as P has not told its MAC addresses") {
    n1.answers_probe = {mac3};
    n1.run(10s);
    CHECK_FALSE(n1.holds(n1_eth1));
  }
}

TEST_CASE("row 7: no address can be added: remove all, not able for `retry`, back to the other (F6)") {
  Side n2 = standing_by();
  n2.applying = Applied::nothing;
  n2.hear(home_says(owned_by("n2", 1, Reason::failure), false, true));
  CHECK(n2.count<Remove>() == 1);
  CHECK(n2.alarmed("no address could be added"));
  CHECK(n2.record() == owned_by("n1", 2, Reason::failure));
  CHECK_FALSE(n2.last_said(n1_eth1).able);
  n2.applying = Applied::complete;
  n2.hear(home_says(owned_by("n1", 2, Reason::failure), true, true));
  n2.run(9800ms);
  CHECK_FALSE(n2.last_said(n1_eth1).able);
  CHECK(n2.status().state == InterfaceState::down);
  CHECK(n2.status().failover_invalid);
  CHECK_THAT(n2.status().explanation, Catch::EndsWith("no address could be added a short time ago"));
  n2.run(300ms);
  CHECK(n2.last_said(n1_eth1).able);
  CHECK(n2.status().state == InterfaceState::ready);
}

TEST_CASE("row 7: a route that fails is an alarm and moves nothing") {
  Side n1{"n1"};
  n1.applying = Applied::partial;
  n1.start();
  n1.hear(failover_says(owned_by("n1", 0), false, true));
  n1.run(5s);
  CHECK(n1.holds(n1_eth1));
  CHECK(n1.alarmed("not complete"));
  CHECK(n1.count<Remove>() == 0);
}

TEST_CASE("row 8: home resources beside a visitor leave: the visitor leaves first (F5)") {
  // n2.eth1 has home resources with n3 as its failover side, and n1.eth1 visits it.
  Side n2{"n2", {pair_config(n1_eth1, n2_eth1), pair_config(n2_eth1, n3_eth1)}};
  n2.start();
  const PairState n3_says{n2_eth1, owned_by("n2", 0), digest(1), {mac3}, false, true, false};
  n2.hear(n3_says);
  REQUIRE(n2.holds(n2_eth1));
  n2.hear(home_says(owned_by("n2", 1, Reason::command), false, false));
  REQUIRE(n2.holds(n1_eth1));
  n2.clear();

  n2.give(Link{eth1, true, false, {mac2}});
  n2.run(250ms);
  const auto removed = n2.all<Remove>();
  REQUIRE(removed.size() == 2);
  CHECK(removed[0].home == n1_eth1);
  CHECK(removed[1].home == n2_eth1);
  CHECK(n2.record(n2_eth1).owner == ClimName{"n3"});
  CHECK(n2.record(n1_eth1).owner == ClimName{"n2"});  // its home cannot take it
}

TEST_CASE("F5: nothing visits an interface whose own home resources are away") {
  Side n2{"n2", {pair_config(n1_eth1, n2_eth1), pair_config(n2_eth1, n3_eth1)}};
  n2.start();
  n2.hear(PairState{n2_eth1, owned_by("n3", 1), digest(1), {mac3}, true, true, false});
  n2.hear(home_says(owned_by("n1", 0), true, true));
  n2.run(4s);
  CHECK_FALSE(n2.last_said(n1_eth1).able);
  CHECK(n2.last_said(n2_eth1).able);
  n2.peer_falls_silent();
  n2.run(5s);
  CHECK(n2.holds(n2_eth1));  // home takes its own first,
  CHECK(n2.holds(n1_eth1));  // then the visitor has company
  const auto applied = n2.all<Apply>();
  REQUIRE(applied.size() == 2);
  CHECK(applied[0].home == n2_eth1);
}

TEST_CASE("F5: nothing visits an interface whose own home resources may be incomplete") {
  Side n2{"n2", {pair_config(n1_eth1, n2_eth1), pair_config(n2_eth1, n3_eth1)}};
  n2.kernel_answers = false;
  n2.start(Started{{}, {n2_eth1}});  // its daemon was killed
  n2.hear(PairState{n2_eth1, owned_by("n2", 0), digest(1), {mac3}, false, true, false});
  n2.hear(home_says(owned_by("n2", 1, Reason::command), false, false));
  n2.run(200ms);
  const auto applied = n2.all<Apply>();
  REQUIRE(applied.size() == 1);
  CHECK(applied[0].home == n2_eth1);
  n2.give(ApplyResult{n2_eth1, applied[0].operation, Applied::complete, {}});
  CHECK(n2.holds(n1_eth1));
}

TEST_CASE("row 9: ifstop and ifstart") {
  Side n1 = serving_home();
  n1.command(StopInterface{eth1});
  REQUIRE(n1.count<Reply>() == 1);
  CHECK(n1.all<Reply>()[0].outcome == Reply::Outcome::done);
  CHECK_FALSE(n1.holds(n1_eth1));
  CHECK(n1.record() == owned_by("n1", 1, Reason::initial, true));
  CHECK(n1.status().state == InterfaceState::stopped);
  CHECK_FALSE(n1.all<SetLink>()[0].up);
  n1.run(10s);
  CHECK(n1.record().owner == ClimName{"n1"});  // nobody adds it
  n1.clear();

  n1.command(StartInterface{eth1});
  CHECK(n1.all<SetLink>()[0].up);
  n1.hear(failover_says(owned_by("n1", 2), false, true));
  n1.run(100ms);
  CHECK(n1.holds(n1_eth1));
  CHECK(n1.record() == owned_by("n1", 2));
}

TEST_CASE("row 9: what is stopped is not taken when its home is out") {
  Side n2 = standing_by();
  n2.hear(home_says(owned_by("n1", 1, Reason::initial, true), false, false));
  n2.peer_falls_silent();
  n2.run(10s);
  CHECK_FALSE(n2.holds(n1_eth1));
  CHECK(n2.count<SendProbe>() == 0);
}

TEST_CASE("row 9: ifstop is refused while a visitor cannot go home") {
  Side n2 = standing_by();
  n2.hear(home_says(owned_by("n2", 1, Reason::failure), false, false));
  REQUIRE(n2.holds(n1_eth1));
  n2.command(StopInterface{eth1});
  REQUIRE(n2.count<Reply>() == 1);
  CHECK(n2.all<Reply>()[0].outcome == Reply::Outcome::refused);
  CHECK(n2.holds(n1_eth1));
  n2.hear(home_says(owned_by("n2", 1, Reason::failure), false, true));
  n2.command(StopInterface{eth1});
  CHECK(n2.record() == owned_by("n1", 2, Reason::failure));
  CHECK_FALSE(n2.holds(n1_eth1));
}

TEST_CASE("row 10: a CLIM that boots adds nothing before it has listened (F8)") {
  Side n1{"n1"};
  n1.start();
  CHECK(n1.last_said(n1_eth1).starting);
  SECTION("an operator is not told that they are home, as the old record says") {
    n1.command(Switch{n1_eth1, Switch::Target::home, false});
    REQUIRE(n1.count<Reply>() == 1);
    CHECK(n1.all<Reply>()[0].outcome == Reply::Outcome::refused);
  }
  SECTION("its partner holds the resources: they stay there") {
    n1.hear(failover_says(owned_by("n2", 1, Reason::failure), true, true));
    n1.run(10s);
    CHECK(n1.count<Apply>() == 0);
    CHECK(n1.record() == owned_by("n2", 1, Reason::failure));
    CHECK(n1.status().state == InterfaceState::ready);
  }
  SECTION("nobody is there: after startup-wait, if the LAN is free") {
    n1.run(2900ms);
    CHECK(n1.count<Apply>() == 0);
    n1.run(200ms);
    CHECK(n1.holds(n1_eth1));
  }
}

TEST_CASE("row 10: a late carrier does not give the home resources away at boot") {
  Side n1{"n1"};
  n1.give(Started{});
  n1.give(Configured{n1.configuration});
  n1.give(Link{eth1, true, false, {mac1}});
  n1.hear(failover_says(owned_by("n1", 0), false, true));
  n1.run(500ms);
  n1.give(Link{eth1, true, true, {mac1}});
  n1.run(900ms);
  CHECK(n1.count<Apply>() == 0);  // it settles
  n1.run(200ms);
  CHECK(n1.holds(n1_eth1));
  CHECK(n1.record() == owned_by("n1", 0));
}

TEST_CASE("row 11: daemon starts, kernel holds it: refresh before all else, and move nothing") {
  Side n1{"n1"};
  n1.held = {n1_eth1};
  n1.give(Started{{{n1_eth1, Saved{owned_by("n1", 4), {}, false}}}, {n1_eth1}});
  REQUIRE(n1.log.size() == 1);
  CHECK(std::get<Refresh>(n1.log[0]).lifetime == 10s);
  n1.give(Configured{n1.configuration});
  REQUIRE(n1.count<ReadKernel>() == 1);  // whether the refresh came in time
  n1.give(KernelRead{{n1_eth1}});
  n1.give(Link{eth1, true, true, {mac1}});
  n1.hear(failover_says(owned_by("n1", 4), false, true));
  n1.run(10s);
  CHECK(n1.count<Remove>() == 0);
  CHECK(n1.holds(n1_eth1));
  CHECK(n1.count<Announce>() == 1);  // heard again
  CHECK(n1.record() == owned_by("n1", 4));
}

TEST_CASE("row 11: what the kernel has dropped since the daemon looked is away, and is listened for") {
  Side n2{"n2"};
  n2.give(Started{{{n1_eth1, Saved{owned_by("n2", 4), digest(1), false}}}, {n1_eth1}});
  n2.give(Configured{n2.configuration});
  n2.give(KernelRead{{}});
  n2.give(Link{eth1, true, true, {mac2}});
  n2.run(2s);
  CHECK(n2.count<Apply>() == 0);
  n2.hear(home_says(owned_by("n1", 5, Reason::failure), true, true));
  n2.run(5s);
  CHECK(n2.count<Apply>() == 0);
  CHECK(n2.record() == owned_by("n1", 5, Reason::failure));
}

TEST_CASE("row 11: what the kernel holds and the record does not name is removed") {
  Side n1{"n1"};
  n1.held = {n1_eth1};
  n1.start(Started{{{n1_eth1, Saved{owned_by("n2", 4), {}, false}}}, {n1_eth1}});
  REQUIRE(n1.count<Remove>() == 1);
  CHECK_FALSE(n1.holds(n1_eth1));
  CHECK(n1.count<Refresh>() == 0);
}

TEST_CASE("row 12: daemon did not run for `dead`: read the kernel first, forget what was heard") {
  Side n1 = serving_home();
  n1.now += 20s;
  n1.held.clear();  // the lifetime has ended
  n1.give(Tick{});
  CHECK(n1.count<ReadKernel>() == 1);
  CHECK(n1.count<Refresh>() == 0);
  CHECK(n1.count<Send>() == 0);
  n1.give(HeartbeatReceived{ClimName{"n2"}, {}, n1.peer_boot, 900, {{failover_says(owned_by("n1", 0), false, true)}}});
  n1.give(KernelRead{{}});
  CHECK(n1.count<Apply>() == 0);  // what was queued before does not count
  n1.hear(failover_says(owned_by("n2", 1, Reason::failure), true, true));
  n1.run(5s);
  CHECK(n1.count<Apply>() == 0);
  CHECK(n1.record() == owned_by("n2", 1, Reason::failure));
}

TEST_CASE("row 12: an Apply that was under way may still come") {
  Side n1 = serving_home();
  n1.kernel_answers = false;
  n1.configuration.homes[0].digest = digest(2);
  n1.hear(PairState{n1_eth1, owned_by("n1", 0), digest(2), {mac2}, false, true, false});
  n1.give(Configured{n1.configuration});
  REQUIRE(n1.count<Apply>() == 1);
  n1.now += 20s;
  n1.give(Tick{});
  n1.give(KernelRead{{}});
  n1.run(10ms);
  CHECK(n1.last_said(n1_eth1).holds);
}

TEST_CASE("row 12: what was on its way out is listened for like what is away") {
  Side n1 = serving_home();
  n1.kernel_answers = false;
  lose_carrier(n1);
  n1.run(250ms);
  const auto removed = n1.all<Remove>();
  REQUIRE(removed.size() == 1);
  n1.now += 1s;
  n1.give(Tick{});
  n1.give(KernelRead{{}});
  n1.peer_falls_silent();
  n1.give(Link{eth1, true, true, {mac1}});
  n1.give(RemoveResult{n1_eth1, removed[0].operation, true, {}});
  n1.run(2900ms);
  CHECK(n1.count<Apply>() == 0);
  n1.run(500ms);
  CHECK(n1.count<Apply>() == 1);
}

TEST_CASE("row 12: paused again before the kernel was read: the first answer is old") {
  Side n1 = serving_home();
  n1.now += 5s;
  n1.give(Tick{});
  n1.now += 20s;
  n1.give(Tick{});
  REQUIRE(n1.count<ReadKernel>() == 2);
  n1.give(KernelRead{{n1_eth1}});
  CHECK(n1.count<Refresh>() == 0);  // what it read may have gone since
  n1.give(KernelRead{{}});
  CHECK(n1.count<Refresh>() == 0);
  CHECK_FALSE(n1.last_said(n1_eth1).holds);
  CHECK(n1.last_said(n1_eth1).starting);
}

TEST_CASE("a kernel that answers again is read before anything is refreshed") {
  Side n1 = serving_home();
  n1.give(KernelAnswers{false});
  n1.clear();
  n1.give(KernelAnswers{true});
  CHECK(n1.count<ReadKernel>() == 1);
  CHECK(n1.count<Refresh>() == 0);
}

TEST_CASE("an Apply under way gives the lifetime that was right when it was asked for: corrected at its end") {
  Side n1{"n1"};
  n1.kernel_answers = false;
  n1.start();
  n1.hear(failover_says(owned_by("n1", 0), false, true));
  REQUIRE(n1.all<Apply>()[0].lifetime == 10s);
  n1.peer_falls_silent();
  n1.run(400ms);
  CHECK(n1.count<Refresh>() == 0);
  n1.clear();
  n1.give(ApplyResult{n1_eth1, Operation{1}, Applied::complete, {}});
  REQUIRE(n1.count<Refresh>() == 1);
  CHECK(n1.all<Refresh>()[0].lifetime == 300s);
}

TEST_CASE("an engine without peers is called often enough not to look paused") {
  Side n1{"n1", {HomeConfig{n1_eth1, std::nullopt, digest(1), {}, true}}};
  n1.start();
  n1.run(2s);
  CHECK(n1.count<ReadKernel>() == 0);
}

TEST_CASE("row 13: both hold it: the able one keeps it; of two, the higher epoch; of equals, home") {
  Side n1 = serving_home();  // epoch 0, able
  SECTION("higher epoch") {
    n1.hear(failover_says(owned_by("n2", 1, Reason::failure), true, true));
    CHECK(n1.count<Remove>() == 1);
    CHECK(n1.record() == owned_by("n2", 1, Reason::failure));
  }
  SECTION("equal epochs: home keeps it") {
    n1.hear(failover_says(owned_by("n2", 0), true, true));
    CHECK(n1.count<Remove>() == 0);
  }
  SECTION("the other is not able") {
    n1.hear(failover_says(owned_by("n2", 5), true, false));
    CHECK(n1.count<Remove>() == 0);
  }
  SECTION("only the other is able") {
    lose_carrier(n1);
    n1.hear(failover_says(owned_by("n1", 0), false, false));
    n1.run(300ms);
    n1.hear(failover_says(owned_by("n2", 0), true, true));
    CHECK(n1.count<Remove>() == 1);
  }
}

TEST_CASE("row 13: the other one is leaving already: it says itself that it is ours") {
  Side n2 = standing_by();
  n2.hear(home_says(owned_by("n2", 1, Reason::failure), false, false));
  REQUIRE(n2.holds(n1_eth1));
  n2.hear(home_says(owned_by("n2", 1, Reason::failure), true, true));
  CHECK(n2.count<Remove>() == 0);
}

TEST_CASE("row 14: one holds it: it keeps it, and raises its epoch if the other's is not lower") {
  Side n1 = serving_home();
  n1.hear(failover_says(owned_by("n2", 7), false, true));
  CHECK(n1.holds(n1_eth1));
  CHECK(n1.record() == owned_by("n1", 8));
  n1.hear(failover_says(owned_by("n1", 8), false, true));
  n1.run(1s);
  CHECK(n1.record() == owned_by("n1", 8));  // once
}

TEST_CASE("row 15: neither holds it: the higher epoch counts; of equals, home's") {
  Side n2{"n2"};
  n2.start(Started{{{n1_eth1, Saved{owned_by("n2", 3, Reason::failure), digest(1), false}}}, {}});
  SECTION("higher") {
    n2.hear(home_says(owned_by("n1", 4), false, true));
    CHECK(n2.record() == owned_by("n1", 4));
  }
  SECTION("equal") {
    n2.hear(home_says(owned_by("n1", 3), false, true));
    CHECK(n2.record() == owned_by("n1", 3));
  }
  SECTION("lower: ours counts, and we serve it") {
    n2.hear(home_says(owned_by("n1", 2), false, true));
    n2.run(100ms);
    CHECK(n2.record() == owned_by("n2", 3, Reason::failure));
    CHECK(n2.holds(n1_eth1));
  }
}

TEST_CASE("row 7: what could not be added is not given a lifetime again: that would bring it back") {
  Side n2 = standing_by();
  n2.kernel_answers = false;
  n2.hear(home_says(owned_by("n2", 1, Reason::failure), false, true));
  const auto applied = n2.all<Apply>();
  REQUIRE(applied.size() == 1);
  n2.held.clear();
  n2.now += 1s;
  n2.give(Tick{});
  n2.give(ApplyResult{n1_eth1, applied[0].operation, Applied::nothing, "no buffer space"});
  n2.give(KernelRead{{}});
  CHECK(n2.count<Refresh>() == 0);
  CHECK(n2.count<Remove>() == 1);
}

TEST_CASE("the fence: `fence` while the other side can take it, `linger` while it cannot and after an orderly stop") {
  Side n1 = serving_home();
  n1.run(10s);
  REQUIRE(n1.count<Refresh>() >= 2);
  CHECK(n1.all<Refresh>().back().lifetime == 10s);
  n1.clear();
  SECTION("silent") {
    n1.peer_falls_silent();
    n1.run(400ms);
    REQUIRE(n1.count<Refresh>() == 1);
    CHECK(n1.all<Refresh>()[0].lifetime == 300s);
  }
  SECTION("not able") {
    n1.hear(failover_says(owned_by("n1", 0), false, false));
    REQUIRE(n1.count<Refresh>() == 1);
    CHECK(n1.all<Refresh>()[0].lifetime == 300s);
  }
  SECTION("orderly stop") {
    n1.give(Stop{Stop::What::daemon});
    REQUIRE(n1.count<Refresh>() == 1);
    CHECK(n1.all<Refresh>()[0].lifetime == 300s);
    CHECK(n1.count<Finished>() == 1);
    CHECK_FALSE(n1.engine.deadline());
  }
}

TEST_CASE("the fence is off when its time is 0") {
  Side n1{"n1"};
  n1.configuration.times.fence = 0ms;
  n1.start();
  n1.hear(failover_says(owned_by("n1", 0), false, true));
  n1.run(20s);
  CHECK(n1.holds(n1_eth1));
  CHECK_FALSE(n1.all<Apply>()[0].lifetime);
  CHECK(n1.count<Refresh>() == 0);
}

TEST_CASE("a disk that takes longer than `dead` is an alarm and holds up nothing") {
  Side n2 = standing_by();
  n2.disk_answers = false;
  n2.peer_falls_silent();
  n2.run(500ms);
  CHECK_FALSE(n2.holds(n1_eth1));
  n2.run(200ms);
  CHECK(n2.holds(n1_eth1));
  CHECK(n2.alarmed("disk"));
}

TEST_CASE("an older message never overwrites newer knowledge, on whichever path it comes") {
  Side n2 = standing_by();
  const auto say = [&](std::uint64_t sequence, const BootId& boot, Record record) {
    const Path path{Path::Kind::data, 0, eth1};
    n2.give(HeartbeatReceived{ClimName{"n1"}, path, boot, sequence, {{home_says(std::move(record), true, true)}}});
  };
  n2.peer_falls_silent();
  say(1000, n2.peer_boot, owned_by("n1", 5));
  say(999, n2.peer_boot, owned_by("n1", 6));
  CHECK(number(n2.record().epoch) == 5);
  const BootId later{{2}};
  say(1, later, owned_by("n1", 7));
  CHECK(number(n2.record().epoch) == 7);
  say(1001, n2.peer_boot, owned_by("n1", 8));  // of the run that has ended
  CHECK(number(n2.record().epoch) == 7);
}

TEST_CASE("switch at the side that does not own it") {
  Side n2 = standing_by();
  n2.command(Switch{n1_eth1, Switch::Target::failover, false});
  REQUIRE(n2.count<Reply>() == 1);
  CHECK(n2.all<Reply>()[0].outcome == Reply::Outcome::ask_peer);
  CHECK(n2.all<Reply>()[0].peer == ClimName{"n1"});
  n2.command(Switch{n3_eth1, Switch::Target::failover, false});
  CHECK(n2.all<Reply>()[1].outcome == Reply::Outcome::refused);
}

TEST_CASE("an interface without failover keeps its resources (P1)") {
  Side n1{"n1", {HomeConfig{n1_eth1, std::nullopt, digest(1), {}, true}}};
  n1.start();
  CHECK(n1.holds(n1_eth1));
  CHECK_FALSE(n1.all<Apply>()[0].lifetime);
  lose_carrier(n1);
  n1.run(5s);
  n1.give(Stop{Stop::What::machine});
  CHECK(n1.count<Remove>() == 0);
  CHECK(n1.count<Finished>() == 1);
}

TEST_CASE("a peer that is heard on the control LAN only is reported once (P7)") {
  Side n1 = serving_home();
  n1.run(10s);
  const auto reports = n1.all<Report>();
  CHECK(std::count_if(reports.begin(), reports.end(), [](const Report& report) {
          return report.sentence.find("not on the data LAN") != std::string::npos;
        }) == 1);
}

// Each time that the daemon wakes costs more than what it sends.
TEST_CASE("all peers are sent to at one time, also when something was said to one of them between") {
  Side n1{"n1", {pair_config(n1_eth1, n2_eth1), pair_config(n3_eth1, n1_eth1)}};
  n1.start();
  n1.hear(failover_says(owned_by("n1", 0), false, true));
  n1.run(3030ms);
  n1.hear(PairState{n3_eth1, owned_by("n3", 0), digest(1), {mac3}, true, true, false});
  n1.run(1s);
  int wakes = 0;
  for (int i = 0; i < 1000; ++i) {
    n1.clear();
    n1.run(1ms);
    if (n1.count<Send>() == 0) continue;
    ++wakes;
    CHECK(n1.count<Send>() == 2);
  }
  CHECK(wakes == 10);
}
