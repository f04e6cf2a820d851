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
    CHECK(after(plan).addresses.empty());
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

namespace {

plan::DesiredLink by_mac(const InterfaceName& name, std::string_view address) {
  plan::DesiredLink link{name, true, {}, {}, {home1}};
  link.match_mac = mac(address);
  return link;
}

plan::DesiredLink made(std::string_view name, std::variant<std::monostate, Bond, Vlan, plan::TunnelOptions> what,
                       const InterfaceRef& home = home1) {
  plan::DesiredLink link{InterfaceName(std::string(name)), true, {}, {}, {home}};
  link.made = std::move(what);
  return link;
}

plan::Observed with_macs() {
  auto observed = two_links();
  observed.links[0].permanent_mac = mac("02:00:00:00:00:01");
  observed.links[1].permanent_mac = mac("02:00:00:00:00:02");
  return observed;
}

}  // namespace

TEST_CASE("an interface that is found by its MAC address gets its name, down for as long") {
  plan::Desired desired;
  desired.links = {by_mac(InterfaceName("left"), "02:00:00:00:00:01")};
  desired.addresses = {want("10.1.0.1/24", InterfaceName("left"))};
  CHECK(lines(make_plan(desired, with_macs(), {})) ==
        Lines{"~ interface eth1 down (n1.eth1)", "~ interface eth1 is named left (n1.eth1)",
              "~ interface left up (n1.eth1)", "+ address 10.1.0.1/24 on left (n1.eth1)"});
}

TEST_CASE("two interfaces with each other's names make way for each other") {
  plan::Desired desired;
  desired.links = {by_mac(eth1, "02:00:00:00:00:02"), by_mac(eth2, "02:00:00:00:00:01")};
  CHECK(lines(make_plan(desired, with_macs(), {})) ==
        Lines{"~ interface eth1 down (n1.eth1)", "~ interface eth1 is named cip1 (n1.eth1)",
              "~ interface eth2 down (n1.eth1)", "~ interface eth2 is named eth1 (n1.eth1)",
              "~ interface cip1 is named eth2 (n1.eth1)", "~ interface eth1 up (n1.eth1)",
              "~ interface eth2 up (n1.eth1)"});
}

TEST_CASE("a MAC address that nobody has, that two have, or whose name somebody has") {
  plan::Desired desired;
  desired.links = {by_mac(eth1, "02:00:00:00:00:77")};
  desired.addresses = {want("10.1.0.1/24")};
  auto plan = make_plan(desired, with_macs(), {});
  CHECK(plan.empty());  // not on the one that is called so
  REQUIRE(plan.problems.size() == 2);
  CHECK(plan.problems[0].kind == Kind::absent);
  CHECK(plan.problems[0].text == "there is no interface with MAC address 02:00:00:00:00:77");
  CHECK(plan.problems[1].text ==
        "interface eth1 cannot be used: there is no interface with MAC address 02:00:00:00:00:77");

  auto observed = with_macs();
  observed.links[1].permanent_mac = observed.links[0].permanent_mac;
  desired.links = {by_mac(eth1, "02:00:00:00:00:01")};
  plan = make_plan(desired, observed, {});
  CHECK(plan.empty());
  CHECK(plan.problems[0].text == "eth1 and eth2 both have MAC address 02:00:00:00:00:01");
  observed.links[1].kind = "vlan";  // which borrows it
  CHECK(make_plan(desired, observed, {}).problems.empty());

  desired.links = {by_mac(eth1, "02:00:00:00:00:02")};
  plan = make_plan(desired, with_macs(), {});
  CHECK(plan.empty());
  CHECK(plan.problems[0].kind == Kind::conflict);
  CHECK(plan.problems[0].text.find("it is called eth2, and another one has its name") == 0);
}

TEST_CASE("what is made comes in one plan with all that is on it, bond before slaves, the lowest up first") {
  plan::Desired desired;
  Bond bond;
  bond.mode = BondMode::active_backup;
  desired.links = {
      made("bond0.7", Vlan{InterfaceName("bond0"), 7}), made("bond0", bond), {eth2, true, {}, {}, {home1}}};
  desired.links[2].bond = InterfaceName("bond0");
  desired.links[0].mtu = 1400;
  desired.addresses = {want("10.1.0.1/24", InterfaceName("bond0.7"))};
  const auto plan = make_plan(desired, two_links(), {});
  CHECK(lines(plan) ==
        Lines{"+ interface bond0: bond mode active-backup no primary primary-reselect always miimon 100ms up-delay 0ms "
              "down-delay 0ms min-links 0 hash-policy layer2 (n1.eth1)",
              "~ interface eth2 down (n1.eth1)", "~ interface eth2 into bond0 (n1.eth1)",
              "+ interface bond0.7: vlan id 7 on bond0 (n1.eth1)", "~ mtu 1400 on bond0.7 (n1.eth1)",
              "~ interface bond0 up (n1.eth1)", "~ interface bond0.7 up (n1.eth1)",
              "+ address 10.1.0.1/24 on bond0.7 (n1.eth1)"});
  REQUIRE(plan.before.links.size() == 2);
  CHECK(plan.before.links[0] == plan::OwnedLink{{3, InterfaceName("bond0")}, "bond", {home1}});
  CHECK(after(plan).links == plan.before.links);
  // What was not made is not ours.
  std::vector<plan::OperationResult> results(plan.operations.size());
  results[0] = {17, "File exists"};
  CHECK(settle(plan, results).links.size() == 1);
}

TEST_CASE("a VLAN on what is not there is reported once, with what is on it") {
  plan::Desired desired;
  desired.links = {made("vlan", Vlan{InterfaceName("eth7"), 7})};
  desired.addresses = {want("10.1.0.1/24", InterfaceName("vlan"))};
  const auto plan = make_plan(desired, two_links(), {});
  CHECK(plan.empty());
  REQUIRE(plan.problems.size() == 2);
  CHECK(plan.problems[0].text == "interface eth7, which it is on, is not there");
  CHECK(plan.problems[1].text == "interface vlan cannot be used: interface eth7, which it is on, is not there");
}

TEST_CASE("a link that two want differently is the first one's") {
  plan::Desired desired;
  desired.links = {made("tun", plan::TunnelOptions{{}, ip("192.0.2.1"), 64}),
                   made("tun", plan::TunnelOptions{{}, ip("192.0.2.2"), 64}, visitor)};
  const auto plan = make_plan(desired, two_links(), {});
  CHECK(lines(plan) ==
        Lines{"+ interface tun: tunnel remote 192.0.2.1 ttl 64 (n1.eth1)", "~ interface tun up (n1.eth1)"});
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == Kind::contradiction);
}

TEST_CASE("one that is ours by the ledger of another boot is not ours") {
  auto observed = two_links();
  plan::ObservedLink tunnel;
  tunnel.id = {3, InterfaceName("tun")};
  tunnel.kind = "sit";
  tunnel.up = true;
  tunnel.shape = plan::TunnelOptions{{}, ip("192.0.2.1"), 64};
  observed.links.push_back(tunnel);
  plan::Ledger ledger{"boot/1", {}, {}};
  ledger.links = {{tunnel.id, "sit", {home1}}};
  CHECK(lines(make_plan({}, observed, ledger)) == Lines{"- interface tun (sit) (n1.eth1)"});
  ledger.instance = "boot/0";
  CHECK(make_plan({}, observed, ledger).empty());
  ledger.instance = "boot/1";
  ledger.links[0].kind = "bond";  // the index was used again
  CHECK(make_plan({}, observed, ledger).empty());
}
