#include <catch2/catch.hpp>
#include <vector>

#include "reconciler/peer/session.h"

using namespace cip;
using namespace cip::peer;
using namespace std::chrono_literals;
using failover::Path;

namespace {

failover::BootId boot(std::uint8_t fill) {
  failover::BootId id;
  id.bytes.fill(fill);
  return id;
}

const Path control{Path::Kind::control, 0, {}};
const Path other_control{Path::Kind::control, 1, {}};
const Path data{Path::Kind::data, 0, InterfaceName("eth1")};

// Two CLIMs that talk, with a clock, and an attacker's ear: every stamp is returned.
struct Talk {
  Session::Time now{1h};
  Session a{boot(1), 1s, now};
  Session b{boot(2), 1s, now};

  Verdict a_to_b() { return b.judge(a.stamp(now), control, now); }
  Verdict b_to_a() { return a.judge(b.stamp(now), control, now); }
  void meet() {
    a_to_b();
    b_to_a();
    a_to_b();
    REQUIRE(a.trusted() == boot(2));
    REQUIRE(b.trusted() == boot(1));
  }
};

}  // namespace

TEST_CASE("a window takes every number once, in any order, and none that is too old") {
  ReplayWindow window;
  CHECK(window.accept(5));
  CHECK_FALSE(window.accept(5));
  CHECK(window.accept(4));
  CHECK_FALSE(window.accept(4));
  CHECK(window.accept(68));
  CHECK_FALSE(window.accept(4));
  CHECK_FALSE(window.accept(5));
  CHECK(window.accept(6));
  CHECK_FALSE(window.accept(6));
  CHECK(window.accept(67));
  CHECK_FALSE(window.accept(67));
  CHECK(window.accept(68 + 64));
  CHECK_FALSE(window.accept(68));
  CHECK(window.accept(69));
  CHECK(window.accept(~std::uint64_t{0}));
  CHECK_FALSE(window.accept(~std::uint64_t{0}));
  CHECK(window.accept(~std::uint64_t{0} - 63));
  CHECK_FALSE(window.accept(~std::uint64_t{0} - 64));
}

TEST_CASE("two daemons trust each other after one message each way and one more") {
  Talk talk;
  CHECK(talk.a_to_b() == Verdict::candidate);
  CHECK(talk.b_to_a() == Verdict::accepted);
  CHECK(talk.a_to_b() == Verdict::accepted);
  for (int i = 0; i < 100; ++i) {
    talk.now += 100ms;
    CHECK(talk.a_to_b() == Verdict::accepted);
    CHECK(talk.b_to_a() == Verdict::accepted);
  }
  CHECK(talk.a.echoed() == 102);  // all that A sent before B's last answer
}

TEST_CASE("a trusted peer is heard although it hears us no longer") {
  Talk talk;
  talk.meet();
  for (int i = 0; i < 600; ++i) {
    talk.now += 100ms;
    talk.a.stamp(talk.now);  // lost
    CHECK(talk.b_to_a() == Verdict::accepted);
  }
  CHECK(talk.a.echoed() == 2);
}

TEST_CASE("a message is accepted once on each path") {
  Talk talk;
  talk.meet();
  const auto stamp = talk.a.stamp(talk.now);
  CHECK(talk.b.judge(stamp, control, talk.now) == Verdict::accepted);
  CHECK(talk.b.judge(stamp, control, talk.now) == Verdict::replayed);
  CHECK(talk.b.judge(stamp, other_control, talk.now) == Verdict::accepted);
  CHECK(talk.b.judge(stamp, data, talk.now) == Verdict::accepted);
  CHECK(talk.b.judge(stamp, data, talk.now) == Verdict::replayed);
}

TEST_CASE("a recording of an earlier run of ours does not make anybody trusted") {
  Talk talk;
  std::vector<Stamp> recorded;
  talk.meet();
  for (int i = 0; i < 50; ++i) {
    talk.now += 100ms;
    recorded.push_back(talk.b.stamp(talk.now));
    talk.a.judge(recorded.back(), control, talk.now);
    talk.a_to_b();
  }
  // A's daemon starts again: the same machine, another run.
  Session a2(boot(11), 1s, talk.now);
  for (const auto& stamp : recorded) {
    a2.stamp(talk.now);
    CHECK(a2.judge(stamp, control, talk.now) == Verdict::candidate);
  }
  CHECK_FALSE(a2.trusted());
  // The real B is trusted in spite of the recording.
  talk.b.judge(a2.stamp(talk.now), control, talk.now);
  CHECK(a2.judge(talk.b.stamp(talk.now), control, talk.now) == Verdict::accepted);
  CHECK(talk.b.judge(a2.stamp(talk.now), control, talk.now) == Verdict::accepted);
  CHECK(talk.b.trusted() == boot(11));
}

TEST_CASE("a recording of an earlier run of the peer never comes back") {
  Talk talk;
  talk.meet();
  std::vector<Stamp> heard;
  std::vector<Stamp> unheard;
  for (int i = 0; i < 50; ++i) {
    talk.now += 10ms;
    talk.a_to_b();
    heard.push_back(talk.b.stamp(talk.now));
    talk.a.judge(heard.back(), control, talk.now);
    unheard.push_back(talk.b.stamp(talk.now));
  }
  SECTION("while the run is trusted: what was not delivered is new, what was is not") {
    CHECK(talk.a.judge(heard.back(), control, talk.now) == Verdict::replayed);
    CHECK(talk.a.judge(unheard.back(), control, talk.now) == Verdict::accepted);
  }
  SECTION("after the peer's daemon started again") {
    Session b2(boot(22), 1s, talk.now);
    b2.judge(talk.a.stamp(talk.now), control, talk.now);
    REQUIRE(talk.a.judge(b2.stamp(talk.now), control, talk.now) == Verdict::accepted);
    REQUIRE(talk.a.trusted() == boot(22));
    for (const auto& stamp : unheard) {
      CHECK(talk.a.judge(stamp, control, talk.now) == Verdict::retired);
      CHECK(talk.a.judge(stamp, data, talk.now) == Verdict::retired);
    }
    CHECK(talk.a.trusted() == boot(22));
  }
  SECTION("after so many runs that the list of them is full") {
    for (std::uint8_t run = 100; run < 120; ++run) {
      Session next(boot(run), 1s, talk.now);
      next.judge(talk.a.stamp(talk.now), control, talk.now);
      REQUIRE(talk.a.judge(next.stamp(talk.now), control, talk.now) == Verdict::accepted);
    }
    for (const auto& stamp : unheard) {
      CHECK(talk.a.judge(stamp, control, talk.now) == Verdict::candidate);
    }
    CHECK(talk.a.trusted() == boot(119));
  }
}

TEST_CASE("messages that were held back before a run was trusted are too old later") {
  Talk talk;
  talk.b.judge(talk.a.stamp(talk.now), control, talk.now);
  const auto held_back = talk.b.stamp(talk.now);  // echoes A's present run
  for (int i = 0; i < 25; ++i) {
    talk.now += 100ms;
    talk.a.stamp(talk.now);
  }
  CHECK(talk.a.judge(held_back, control, talk.now) == Verdict::candidate);
  CHECK_FALSE(talk.a.trusted());
}

TEST_CASE("the same after a time in which nothing was sent") {
  Talk talk;
  talk.b.judge(talk.a.stamp(talk.now), control, talk.now);
  const auto held_back = talk.b.stamp(talk.now);
  talk.now += 1h;
  CHECK(talk.a.judge(held_back, control, talk.now) == Verdict::candidate);
  CHECK(talk.a_to_b() == Verdict::candidate);
  CHECK(talk.b_to_a() == Verdict::accepted);
}

TEST_CASE("an echo of what was never sent proves nothing") {
  Talk talk;
  talk.a.stamp(talk.now);
  const Stamp guess{boot(2), 1, {boot(1), 2}, {boot(1), 1000}};
  CHECK(talk.a.judge(guess, control, talk.now) == Verdict::candidate);
  const Stamp nothing{boot(2), 1, {boot(1), 0}, {}};
  CHECK(talk.a.judge(nothing, control, talk.now) == Verdict::candidate);
}

TEST_CASE("one echo proves one run only") {
  Talk talk;
  talk.meet();
  Session b2(boot(22), 1s, talk.now);
  Session b3(boot(33), 1s, talk.now);
  const auto stamp = talk.a.stamp(talk.now);
  b2.judge(stamp, control, talk.now);
  b3.judge(stamp, control, talk.now);
  CHECK(talk.a.judge(b2.stamp(talk.now), control, talk.now) == Verdict::accepted);
  CHECK(talk.a.judge(b3.stamp(talk.now), control, talk.now) == Verdict::candidate);
  CHECK(talk.a.trusted() == boot(22));
}

TEST_CASE("a replayed recording delays a new run, and does not shut out the trusted one") {
  Talk talk;
  Session old(boot(99), 1s, talk.now);
  const auto recorded = old.stamp(talk.now);
  talk.meet();
  for (int i = 0; i < 20; ++i) {
    talk.now += 100ms;
    CHECK(talk.a.judge(recorded, control, talk.now) == Verdict::candidate);
    CHECK(talk.a_to_b() == Verdict::accepted);
    CHECK(talk.b_to_a() == Verdict::accepted);
  }
  CHECK(talk.a.trusted() == boot(2));
}
