#include <catch2/catch.hpp>

#include "reconciler/plan/desired.h"
#include "tests/unit/plan/build.h"

using namespace cip;
using namespace cip::test;
using namespace std::chrono_literals;
using Kind = plan::Problem::Kind;

TEST_CASE("settings, MTU, up come before what is put on a link") {
  auto observed = two_links();
  observed.links[0].up = false;
  plan::Desired desired;
  desired.links = {{eth1, true, 9000, plan::settings_for(InterfaceKind::physical), {home1}}};
  desired.addresses = {want("10.1.0.1/24")};
  desired.routes = {want(route("0.0.0.0/0", "10.1.0.254"))};
  desired.neighbors = {{eth1, {ip("10.1.0.9"), mac("02:00:00:00:00:09")}, {home1}}};
  CHECK(lines(make_plan(desired, observed, {})) ==
        Lines{"~ arp_ignore 1 on eth1 (n1.eth1)", "~ arp_announce 2 on eth1 (n1.eth1)",
              "~ promote_secondaries 1 on eth1 (n1.eth1)", "~ mtu 9000 on eth1 (n1.eth1)",
              "~ interface eth1 up (n1.eth1)", "+ address 10.1.0.1/24 on eth1 (n1.eth1)",
              "+ route 0.0.0.0/0 via 10.1.0.254 on eth1 (n1.eth1)",
              "+ neighbor 10.1.0.9 at 02:00:00:00:00:09 on eth1 (n1.eth1)"});
}

TEST_CASE("removals come before the MTU, which may take addresses with it") {
  auto observed = two_links();
  observed.addresses = {seen("2001:db8::1/64")};
  plan::Desired desired;
  desired.links = {{eth1, true, 1000, {}, {home1}}};
  desired.addresses = {want("10.1.0.1/24")};
  CHECK(lines(make_plan(desired, observed, owning(observed.addresses))) ==
        Lines{"- address 2001:db8::1/64 on eth1 (n1.eth1)", "~ mtu 1000 on eth1 (n1.eth1)",
              "+ address 10.1.0.1/24 on eth1 (n1.eth1)"});
}

TEST_CASE("a link that is as wanted is left alone, and so is what is not said") {
  auto observed = two_links();
  observed.links[0].settings = plan::settings_for(InterfaceKind::physical);
  plan::Desired desired;
  desired.links = {{eth1, true, 1500, plan::settings_for(InterfaceKind::physical), {home1}}, {eth2, true, {}, {}, {}}};
  CHECK(make_plan(desired, observed, {}).empty());
  observed.links[0].settings[plan::Setting::arp_ignore] = 2;
  CHECK(lines(make_plan(desired, observed, {})) == Lines{"~ arp_ignore 1 on eth1 (n1.eth1)"});
}

TEST_CASE("a link goes down last, and bare") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24")};
  observed.routes = {seen(route("0.0.0.0/0", "10.1.0.254"))};
  plan::Desired desired;
  desired.links = {{eth1, false, {}, {}, {home1}}};
  SECTION("nothing wanted on it") {
    const auto plan = make_plan(desired, observed, owning(observed.addresses));
    CHECK(lines(plan) == Lines{"- route 0.0.0.0/0 via 10.1.0.254 on eth1", "- address 10.1.0.1/24 on eth1 (n1.eth1)",
                               "~ interface eth1 down (n1.eth1)"});
    CHECK(plan.problems.empty());
  }
  SECTION("what is wanted on it is reported and not there") {
    desired.addresses = {want("10.1.0.1/24")};
    desired.routes = {want(observed.routes[0].route)};
    const auto plan = make_plan(desired, observed, owning(observed.addresses));
    CHECK(plan.operations.size() == 3);
    REQUIRE(plan.problems.size() == 2);
    CHECK(plan.problems[0].kind == Kind::down);
    CHECK(plan.problems[1].kind == Kind::down);
    CHECK(plan.after.addresses.empty());
  }
}

TEST_CASE("an absent link is reported with its home") {
  plan::Desired desired;
  desired.links = {{InterfaceName("eth7"), true, 9000, {}, {home1}}};
  const auto plan = make_plan(desired, two_links(), {});
  CHECK(plan.empty());
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == Kind::absent);
  CHECK(plan.problems[0].homes == plan::Homes{home1});
}

TEST_CASE("a home interface becomes its link and its resources, here or where it visits") {
  HomeInterface home;
  home.name = home1;
  home.mtu = 9000;
  home.addresses = {ifaddr("10.1.0.1/24"), ifaddr("2001:db8::1/64")};
  home.routes = {route("0.0.0.0/0", "10.1.0.254")};
  home.neighbors = {{ip("10.1.0.9"), mac("02:00:00:00:00:09")}};

  plan::Desired desired;
  plan::want_link(desired, home, true);
  REQUIRE(desired.links.size() == 1);
  CHECK(desired.links[0].name == eth1);
  CHECK(desired.links[0].mtu == 9000);
  CHECK(desired.links[0].homes == plan::Homes{home1});
  CHECK(desired.links[0].settings.at(plan::Setting::arp_announce) == 2);
  CHECK(desired.addresses.empty());

  plan::want_resources(desired, home, eth1, 10s);
  REQUIRE(desired.addresses.size() == 2);
  CHECK_FALSE(desired.addresses[0].movable);
  CHECK_FALSE(desired.addresses[0].lifetime);  // without a failover interface nobody would take over

  home.failover = InterfaceRef{ClimName("n2"), eth2};
  plan::Desired there;
  plan::want_resources(there, home, eth2, 10s);
  REQUIRE(there.addresses.size() == 2);
  CHECK(there.links.empty());
  CHECK(there.addresses[1].link == eth2);
  CHECK(there.addresses[1].movable);
  CHECK(there.addresses[1].lifetime == 10s);
  REQUIRE(there.routes.size() == 1);
  CHECK(there.routes[0].link == eth2);
  REQUIRE(there.neighbors.size() == 1);
  CHECK(there.neighbors[0].homes == plan::Homes{home1});
  CHECK(plan::settings_for(InterfaceKind::loopback).empty());
}
