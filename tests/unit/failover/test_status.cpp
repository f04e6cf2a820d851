// What an operator is told (docs/domain.md, "What an operator sees").
#include <catch2/catch.hpp>

#include "tests/unit/failover/side.h"

using namespace cip;
using namespace cip::failover;
using namespace cip::failover::test;

namespace {

PairState cannot(PairState state, Obstacle why) {
  state.able = false;
  state.obstacle = why;
  return state;
}

}  // namespace

TEST_CASE("the side that serves says why it is there, what would happen, and how the other side is") {
  Side n1 = serving_home();
  auto status = n1.status();
  CHECK(status.explanation == "served here: it is at home");
  CHECK(status.if_failed == "n2 would take it after 200 ms without link pulse, or 300 ms without a word");
  REQUIRE(status.other);
  CHECK(status.other->clim == ClimName("n2"));
  CHECK(status.other->state == InterfaceState::ready);
  CHECK(status.other->obstacle.empty());
  CHECK_FALSE(status.other->silent);

  const PairState ready = failover_says(owned_by("n1", 0), false, true);
  const auto [why, state, text] = GENERATE(table<Obstacle, InterfaceState, const char*>({
      {Obstacle::carrier, InterfaceState::down, "no link pulse"},
      {Obstacle::retry, InterfaceState::down, "no address could be added a short time ago"},
      {Obstacle::stopped, InterfaceState::stopped, "the interface was stopped by an operator"},
      {Obstacle::mirror, InterfaceState::ready, "the mirror is not the configuration that was announced last"},
  }));
  n1.hear(cannot(ready, why));
  status = n1.status();
  CHECK(status.failover_invalid);
  CHECK(status.other->state == state);
  CHECK(status.other->obstacle == text);
  CHECK(status.if_failed == std::string("nobody would take it: n2 cannot: ") + text);

  lose_carrier(n1);
  n1.run(1s);
  CHECK(n1.status().explanation == std::string("no link pulse; n2 cannot: ") + text);

  const Time last = n1.status().other->heard;
  n1.peer_falls_silent();
  n1.run(1s);
  status = n1.status();
  CHECK(status.if_failed == "nobody would take it: n2 is not heard");
  CHECK(status.other->silent);
  CHECK(n1.now - status.other->heard >= 1s);
  CHECK(status.other->heard >= last);
}

TEST_CASE("the side that stands by says who serves it, and what it would do") {
  Side n2 = standing_by();
  CHECK(n2.status().explanation == "n1 serves it; we could take it");
  CHECK(n2.status().other->state == InterfaceState::up);
  CHECK(n2.status().if_failed == "we would take it after 200 ms without link pulse, or 300 ms without a word");
  n2.peer_falls_silent();
  n2.run(1s);
  CHECK(n2.status().explanation == "served here: it came after a failure");
  CHECK(n2.status().if_failed == "nobody would take it: n1 is not heard");
}

TEST_CASE("of a side that was switched to, it is said that an operator did it") {
  Side n2 = standing_by();
  n2.hear(home_says(owned_by("n2", 1, Reason::command), false, true));
  n2.run(100ms);
  CHECK(n2.status().explanation == "served here: an operator switched it");
}

TEST_CASE("of what was never heard there is no other side") {
  Side n1{"n1"};
  n1.start();
  CHECK_FALSE(n1.status().other);
}

TEST_CASE("each side says why it cannot serve") {
  Side n2 = standing_by();
  CHECK(n2.last_said(n1_eth1).obstacle == Obstacle::none);
  n2.give(Link{eth1, true, false, {mac2}});
  n2.run(1s);
  CHECK(n2.last_said(n1_eth1).obstacle == Obstacle::carrier);
  CHECK_FALSE(n2.last_said(n1_eth1).able);
}
