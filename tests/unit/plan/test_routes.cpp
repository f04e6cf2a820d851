#include <algorithm>
#include <catch2/catch.hpp>

#include "reconciler/plan/describe.h"
#include "tests/unit/plan/build.h"

using namespace cip;
using namespace cip::test;
using Kind = plan::Problem::Kind;

namespace {

Route blackhole(std::string_view destination) {
  Route made = route(destination);
  made.type = RouteType::blackhole;
  return made;
}

Route metric(Route made, std::uint32_t value) {
  made.metric = value;
  return made;
}

}  // namespace

TEST_CASE("routes on the link come before those through a gateway, and go after them") {
  plan::Desired desired;
  desired.routes = {want(route("10.9.0.0/16", "10.77.0.1")), want(route("10.77.0.0/24")),
                    want(blackhole("10.66.0.0/16")), want(route("::/0", "2001:db8::fe"))};
  CHECK(lines(make_plan(desired, two_links(), {})) == Lines{"+ route 10.77.0.0/24 on eth1 (n1.eth1)",
                                                            "+ route 10.66.0.0/16 blackhole (n1.eth1)",
                                                            "+ route 10.9.0.0/16 via 10.77.0.1 on eth1 (n1.eth1)",
                                                            "+ route ::/0 via 2001:db8::fe on eth1 (n1.eth1)"});

  auto observed = two_links();
  for (const auto& wanted : desired.routes) observed.routes.push_back(seen(wanted.route));
  CHECK(lines(make_plan({}, observed, {})) == Lines{"- route 10.9.0.0/16 via 10.77.0.1 on eth1",
                                                    "- route ::/0 via 2001:db8::fe on eth1",
                                                    "- route 10.77.0.0/24 on eth1", "- route 10.66.0.0/16 blackhole"});
  CHECK(make_plan(desired, observed, {}).empty());
}

TEST_CASE("routes of other protocols are nobody's business of ours") {
  const int protocol =
      GENERATE(2, 3, 4, 9, 12, 16, 152, 154);  // kernel, boot, static, ra, bird, dhcp, neighbours of ours
  CAPTURE(protocol);
  auto observed = two_links();
  observed.routes = {seen(route("10.9.0.0/16", "10.1.0.254"), protocol), seen(route("::/0", "fe80::1"), protocol)};
  CHECK(make_plan({}, observed, {}).empty());
}

TEST_CASE("a route stays until its last user is gone") {
  plan::Desired both;
  both.routes = {want(route("10.9.0.0/16", "10.1.0.254")), want(route("10.9.0.0/16", "10.1.0.254"), eth1, visitor)};
  const auto first = make_plan(both, two_links(), {});
  CHECK(lines(first) == Lines{"+ route 10.9.0.0/16 via 10.1.0.254 on eth1 (n1.eth1, n2.eth1)"});
  CHECK(first.problems.empty());

  auto observed = two_links();
  observed.routes = {seen(both.routes[0].route)};
  plan::Desired one;
  one.routes = {both.routes[1]};
  CHECK(make_plan(both, observed, {}).empty());
  CHECK(make_plan(one, observed, {}).empty());
  CHECK(lines(make_plan({}, observed, {})) == Lines{"- route 10.9.0.0/16 via 10.1.0.254 on eth1"});
}

TEST_CASE("a blackhole of home and visitor is one, whatever their links") {
  plan::Desired both;
  both.routes = {want(blackhole("10.66.0.0/16")), want(blackhole("10.66.0.0/16"), eth2, visitor)};
  const auto plan = make_plan(both, two_links(), {});
  CHECK(lines(plan) == Lines{"+ route 10.66.0.0/16 blackhole (n1.eth1, n2.eth1)"});
  CHECK(plan.problems.empty());
}

TEST_CASE("a route that changes is replaced where that is safe") {
  auto observed = two_links();
  const Route old = route("10.9.0.0/16", "10.1.0.254");
  observed.routes = {seen(old)};
  plan::Desired desired;
  SECTION("another gateway") {
    desired.routes = {want(route("10.9.0.0/16", "10.1.0.253"))};
    CHECK(lines(make_plan(desired, observed, {})) == Lines{"~ route 10.9.0.0/16 via 10.1.0.253 on eth1 (n1.eth1)"});
  }
  SECTION("another link") {
    desired.routes = {want(old, eth2)};
    CHECK(lines(make_plan(desired, observed, {})) == Lines{"~ route 10.9.0.0/16 via 10.1.0.254 on eth2 (n1.eth1)"});
  }
  SECTION("another metric is another route") {
    desired.routes = {want(metric(old, 20))};
    CHECK(lines(make_plan(desired, observed, {})) ==
          Lines{"- route 10.9.0.0/16 via 10.1.0.254 on eth1",
                "+ route 10.9.0.0/16 via 10.1.0.254 metric 20 on eth1 (n1.eth1)"});
  }
  SECTION("another type") {
    desired.routes = {want(blackhole("10.9.0.0/16"))};
    CHECK(lines(make_plan(desired, observed, {})) ==
          Lines{"- route 10.9.0.0/16 via 10.1.0.254 on eth1", "+ route 10.9.0.0/16 blackhole (n1.eth1)"});
  }
  SECTION("two of ours in the place, or one that is not plain") {
    if (GENERATE(true, false)) {
      observed.routes.push_back(seen(route("10.9.0.0/16", "10.1.0.252")));
    } else {
      observed.routes[0].plain = false;
    }
    desired.routes = {want(route("10.9.0.0/16", "10.1.0.253"))};
    const auto plan = make_plan(desired, observed, {});
    REQUIRE(plan.operations.size() == observed.routes.size() + 1);
    CHECK(std::holds_alternative<plan::AddRoute>(plan.operations.back().action));
    CHECK(std::all_of(plan.operations.begin(), plan.operations.end() - 1,
                      [](const auto& o) { return std::holds_alternative<plan::RemoveRoute>(o.action); }));
  }
}

TEST_CASE("a route of somebody else in the place is a conflict, and an identical one satisfies") {
  auto observed = two_links();
  observed.routes = {seen(route("10.9.0.0/16", "10.1.0.254"), 12)};
  plan::Desired desired;
  SECTION("another next hop") {
    desired.routes = {want(route("10.9.0.0/16", "10.1.0.253"))};
    const auto plan = make_plan(desired, observed, {});
    CHECK(plan.empty());
    REQUIRE(plan.problems.size() == 1);
    CHECK(plan.problems[0].kind == Kind::conflict);
    CHECK(plan.problems[0].text.find("route 10.9.0.0/16 via 10.1.0.254 on eth1 of routing protocol 12") == 0);
    CHECK_FALSE(std::holds_alternative<InterfaceAddress>(plan.problems[0].subject.what));
  }
  SECTION("the same") {
    desired.routes = {want(route("10.9.0.0/16", "10.1.0.254"))};
    const auto plan = make_plan(desired, observed, {});
    CHECK(plan.empty());
    REQUIRE(plan.problems.size() == 1);
    CHECK(plan.problems[0].kind == Kind::foreign);
  }
  SECTION("another metric or table stands beside it") {
    Route other = route("10.9.0.0/16", "10.1.0.253");
    other.table = 100;
    desired.routes = {want(metric(route("10.9.0.0/16", "10.1.0.253"), 5)), want(other)};
    CHECK(make_plan(desired, observed, {}).operations.size() == 2);
  }
  SECTION("ours beside theirs is kept if it is right, and never replaced if it is not") {
    const Route ours = route("10.9.0.0/16", "10.1.0.253");
    observed.routes.push_back(seen(ours));
    desired.routes = {want(ours)};
    CHECK(make_plan(desired, observed, {}).empty());
    desired.routes = {want(route("10.9.0.0/16", "10.1.0.252"))};
    const auto plan = make_plan(desired, observed, {});
    CHECK(lines(plan) == Lines{"- route 10.9.0.0/16 via 10.1.0.253 on eth1"});
    CHECK(plan.problems.size() == 1);
  }
}

TEST_CASE("of two routes that exclude each other the first is taken") {
  plan::Desired desired;
  desired.routes = {want(route("0.0.0.0/0", "10.1.0.254")), want(route("0.0.0.0/0", "10.2.0.254"), eth2, visitor)};
  const auto plan = make_plan(desired, two_links(), {});
  CHECK(lines(plan) == Lines{"+ route 0.0.0.0/0 via 10.1.0.254 on eth1 (n1.eth1)"});
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == Kind::contradiction);
  CHECK(plan.problems[0].homes == plan::Homes{visitor});

  desired.routes[0].link = InterfaceName("eth7");  // does not exist: the second has the place
  CHECK(lines(make_plan(desired, two_links(), {})) == Lines{"+ route 0.0.0.0/0 via 10.2.0.254 on eth2 (n2.eth1)"});
}

TEST_CASE("a route waits while its source address is checked for duplicates") {
  Route source = route("2001:db8:9::/48", "2001:db8:1::fe");
  source.source = ip("2001:db8:1::1");
  plan::Desired desired;
  desired.addresses = {want("2001:db8:1::1/64")};
  desired.routes = {want(source)};
  auto observed = two_links();

  auto plan = make_plan(desired, observed, {});
  CHECK(lines(plan) == Lines{"+ address 2001:db8:1::1/64 on eth1 (n1.eth1)"});
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == Kind::waiting);

  observed.addresses = {seen("2001:db8:1::1/64")};
  observed.addresses[0].tentative = true;
  const auto ledger = owning(observed.addresses);
  plan = make_plan(desired, observed, ledger);
  CHECK(plan.empty());
  REQUIRE(plan.problems.size() == 2);  // the address, and the route that needs it
  CHECK(plan.problems[0].kind == Kind::waiting);
  CHECK(plan.problems[1].kind == Kind::waiting);
  observed.links[0].carrier = false;  // the check does not begin
  CHECK(make_plan(desired, observed, ledger).problems.size() == 1);
  observed.links[0].carrier = true;

  observed.addresses[0].tentative = false;
  plan = make_plan(desired, observed, ledger);
  CHECK(plan.operations.size() == 1);
  CHECK(plan.problems.empty());

  desired.addresses[0].movable = true;  // without the check it need not wait
  plan = make_plan(desired, two_links(), {});
  CHECK(plan.operations.size() == 2);
  CHECK(plan.problems.empty());
}

TEST_CASE("an old route stays while the new one waits") {
  Route source = route("2001:db8:9::/48", "2001:db8:1::fe");
  auto observed = two_links();
  observed.routes = {seen(source)};
  source.source = ip("2001:db8:1::1");
  plan::Desired desired;
  desired.addresses = {want("2001:db8:1::1/64")};
  desired.routes = {want(source)};
  CHECK(lines(make_plan(desired, observed, {})) == Lines{"+ address 2001:db8:1::1/64 on eth1 (n1.eth1)"});
}
