#include <catch2/catch.hpp>

#include "tests/unit/plan/build.h"

using namespace cip;
using namespace cip::test;
using Kind = plan::Problem::Kind;

namespace {

const Neighbor nine{ip("10.1.0.9"), mac("02:00:00:00:00:09")};

plan::ObservedNeighbor entry(const char* address, bool permanent, std::optional<std::uint8_t> protocol = {}) {
  return {{1, eth1}, {nine.address, mac(address)}, permanent, protocol};
}

plan::Plan plan_with(const std::vector<plan::ObservedNeighbor>& neighbors, bool wanted,
                     const plan::Ledger& ledger = {}) {
  auto observed = two_links();
  observed.neighbors = neighbors;
  plan::Desired desired;
  if (wanted) desired.neighbors = {{eth1, nine, {home1}}};
  return make_plan(desired, observed, ledger);
}

const plan::Ledger ours{"boot/1", {}, {{{1, eth1}, nine.address, {home1}}}};

}  // namespace

TEST_CASE("a neighbour is added, owned, and removed when nobody wants it") {
  const auto plan = plan_with({}, true);
  CHECK(lines(plan) == Lines{"+ neighbor 10.1.0.9 at 02:00:00:00:00:09 on eth1 (n1.eth1)"});
  CHECK(plan.before == ours);
  CHECK(after(plan) == ours);

  const auto there = std::vector{entry("02:00:00:00:00:09", true)};
  CHECK(plan_with(there, true, ours).empty());
  const auto removal = plan_with(there, false, ours);
  CHECK(lines(removal) == Lines{"- neighbor 10.1.0.9 on eth1 (n1.eth1)"});
  CHECK(removal.before == ours);
  CHECK(after(removal).neighbors.empty());
}

TEST_CASE("what the kernel has learnt is replaced, what somebody has set is not") {
  const auto learnt = plan_with({entry("02:00:00:00:00:01", false)}, true);
  CHECK(lines(learnt) == Lines{"~ neighbor 10.1.0.9 at 02:00:00:00:00:09 on eth1 (n1.eth1)"});
  CHECK(plan_with({entry("02:00:00:00:00:01", false)}, false).empty());

  const auto conflict = plan_with({entry("02:00:00:00:00:01", true)}, true);
  CHECK(conflict.empty());
  REQUIRE(conflict.problems.size() == 1);
  CHECK(conflict.problems[0].kind == Kind::conflict);
  CHECK(conflict.before.neighbors.empty());

  const auto same = plan_with({entry("02:00:00:00:00:09", true)}, true);
  CHECK(same.empty());
  REQUIRE(same.problems.size() == 1);
  CHECK(same.problems[0].kind == Kind::foreign);
  CHECK(plan_with({entry("02:00:00:00:00:09", true)}, false).empty());
}

TEST_CASE("one of ours that somebody changed is put right") {
  CHECK(lines(plan_with({entry("02:00:00:00:00:ff", true)}, true, ours)) ==
        Lines{"~ neighbor 10.1.0.9 at 02:00:00:00:00:09 on eth1 (n1.eth1)"});
  CHECK(lines(plan_with({entry("02:00:00:00:00:09", false, plan::our_protocol)}, true)) ==
        Lines{"~ neighbor 10.1.0.9 at 02:00:00:00:00:09 on eth1 (n1.eth1)"});
}

TEST_CASE("our mark says ours where the ledger was lost") {
  CHECK(lines(plan_with({entry("02:00:00:00:00:09", true, plan::our_protocol)}, false)) ==
        Lines{"- neighbor 10.1.0.9 on eth1"});
}

TEST_CASE("a neighbour wanted twice is one, at two MAC addresses a contradiction") {
  plan::Desired desired;
  desired.neighbors = {
      {eth1, nine, {home1}}, {eth1, nine, {visitor}}, {eth1, {nine.address, mac("02:00:00:00:00:01")}, {visitor}}};
  const auto plan = make_plan(desired, two_links(), {});
  CHECK(lines(plan) == Lines{"+ neighbor 10.1.0.9 at 02:00:00:00:00:09 on eth1 (n1.eth1, n2.eth1)"});
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == Kind::contradiction);
}
