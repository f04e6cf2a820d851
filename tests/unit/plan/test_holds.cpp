#include <catch2/catch.hpp>

#include "reconciler/plan/desired.h"
#include "tests/unit/plan/build.h"

using namespace cip;
using namespace cip::test;

TEST_CASE("a home interface is held while any of it is in the kernel") {
  HomeInterface home;
  home.name = visitor;
  home.addresses = {ifaddr("10.1.0.1/24"), ifaddr("2001:db8::1/64")};
  home.routes = {route("10.9.0.0/16", "10.1.0.254"), route("10.66.0.0/16")};
  home.routes[1].type = RouteType::blackhole;
  home.neighbors = {{ip("10.1.0.9"), mac("02:00:00:00:00:09")}};
  auto observed = two_links();
  plan::Ledger ledger{"boot/1", {}, {}};
  plan::Desired others;
  const auto held = [&] { return holds(observed, ledger, home, eth2, others); };
  CHECK_FALSE(held());

  SECTION("an address, whoever put it there, but on that link") {
    observed.addresses = {seen("2001:db8::1/64", 1)};
    CHECK_FALSE(held());
    observed.addresses = {seen("2001:db8::1/64", 2)};
    CHECK(held());
  }
  SECTION("not what is left of it when the fence has taken its addresses") {
    observed.routes = {seen(home.routes[0], plan::our_protocol, 2)};
    observed.neighbors = {{{2, eth2}, home.neighbors[0], true, plan::our_protocol}};
    CHECK_FALSE(held());
    observed.addresses = {seen("2001:db8::1/64", 2)};
    CHECK(held());
  }
  SECTION("without addresses: a route of ours that nobody else wants") {
    home.addresses.clear();
    observed.routes = {seen(home.routes[0], 12, 2)};
    CHECK_FALSE(held());
    observed.routes = {seen(home.routes[0], plan::our_protocol, 1)};
    CHECK_FALSE(held());
    observed.routes = {seen(home.routes[0], plan::our_protocol, 2)};
    CHECK(held());
    others.routes = {want(home.routes[0], eth2)};
    CHECK_FALSE(held());
  }
  SECTION("without addresses: a blackhole, which has no link") {
    home.addresses.clear();
    observed.routes = {seen(home.routes[1])};
    CHECK(held());
    others.routes = {want(home.routes[1], eth1)};
    CHECK_FALSE(held());
  }
  SECTION("without addresses: a neighbour of ours") {
    home.addresses.clear();
    observed.neighbors = {{{2, eth2}, home.neighbors[0], true, {}}};
    CHECK_FALSE(held());
    ledger.neighbors = {{{2, eth2}, home.neighbors[0].address, {visitor}}};
    CHECK(held());
    ledger.neighbors.clear();
    observed.neighbors[0].protocol = plan::our_protocol;
    CHECK(held());
    others.neighbors = {{eth2, home.neighbors[0], {home1}}};
    CHECK_FALSE(held());
  }
  SECTION("without addresses: a rule of ours that nobody else wants") {
    home.addresses.clear();
    home.rules = {{Prefix::parse("10.1.0.0/24"), {}, 1000, 100}};
    observed.rules = {{Family::ipv4, home.rules[0], 4}};
    CHECK_FALSE(held());
    observed.rules[0].protocol = plan::our_protocol;
    CHECK(held());
    others.rules = {{home.rules[0], {home1}}};
    CHECK_FALSE(held());
  }
  SECTION("its link does not exist") {
    observed.addresses = {seen("10.1.0.1/24", 2)};
    CHECK(held());
    CHECK_FALSE(holds(observed, ledger, home, InterfaceName("eth7"), others));
  }
}
