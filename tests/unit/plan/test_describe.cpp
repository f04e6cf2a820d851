#include <catch2/catch.hpp>

#include "tests/unit/plan/build.h"

using namespace cip;
using namespace cip::test;
using namespace std::chrono_literals;

TEST_CASE("operations in words") {
  const plan::LinkId link{1, eth1};
  Route full = route("10.9.0.0/16", "10.1.0.254");
  full.metric = 20;
  full.source = ip("10.1.0.1");
  full.table = 100;
  full.mtu = 1300;
  full.onlink = true;
  Route no_metric = route("2001:db8::/32");
  no_metric.metric = 0;
  const auto text = [](plan::Action action) { return plan::describe(plan::Operation{std::move(action), {}}); };
  CHECK(text(plan::AddRoute{link, full}) ==
        "+ route 10.9.0.0/16 via 10.1.0.254 metric 20 source 10.1.0.1 table 100 mtu 1300 onlink on eth1");
  CHECK(text(plan::AddRoute{link, route("2001:db8::/32")}) == "+ route 2001:db8::/32 on eth1");
  CHECK(text(plan::AddRoute{link, no_metric}) == "+ route 2001:db8::/32 metric 0 on eth1");
  for (const auto& [type, word] : {std::pair{RouteType::blackhole, "blackhole"},
                                   {RouteType::unreachable, "unreachable"},
                                   {RouteType::prohibit, "prohibit"},
                                   {RouteType::throw_, "throw"}}) {
    Route none = route("10.0.0.0/8");
    none.type = type;
    CHECK(text(plan::RemoveRoute{{{}, none}}) == std::string("- route 10.0.0.0/8 ") + word);
  }
  const plan::LinkId bond{7, InterfaceName("bond0")};
  plan::BondOptions options;
  options.mode = BondMode::ieee_802_3ad;
  options.miimon = 100;
  options.lacp_rate = LacpRate::fast;
  CHECK(text(plan::AddLink{bond, options}) == "+ interface bond0: bond mode 802.3ad miimon 100ms lacp-rate fast");
  plan::BondOptions primary;
  primary.primary = plan::LinkRef{};
  CHECK(text(plan::SetBond{bond, primary}) == "~ interface bond0: bond no primary");
  CHECK(text(plan::AddLink{{8, InterfaceName("eth1.5")}, plan::VlanOptions{{link}, 5}}) ==
        "+ interface eth1.5: vlan id 5 on eth1");
  CHECK(text(plan::SetTunnel{{9, InterfaceName("tun1")}, {ip("10.1.0.1"), ip("192.0.2.9"), 64}}) ==
        "~ interface tun1: tunnel local 10.1.0.1 remote 192.0.2.9 ttl 64");
  CHECK(text(plan::AddLink{{9, InterfaceName("tun1")}, plan::TunnelOptions{{}, ip("192.0.2.9"), 1}}) ==
        "+ interface tun1: tunnel remote 192.0.2.9 ttl 1");
  CHECK(text(plan::RemoveLink{bond, "bond"}) == "- interface bond0 (bond)");
  CHECK(text(plan::SetName{link, InterfaceName("eth9")}) == "~ interface eth1 is named eth9");
  CHECK(text(plan::SetMaster{link, bond}) == "~ interface eth1 into bond0");
  CHECK(text(plan::SetMaster{link, {}}) == "~ interface eth1 leaves its bond");
  CHECK(text(plan::AddRule{{Prefix::parse("10.1.0.0/24"), Prefix::parse("10.9.0.0/16"), 1000, 100}}) ==
        "+ rule from 10.1.0.0/24 to 10.9.0.0/16 priority 1000 table 100");
  CHECK(text(plan::SetUp{link, false}) == "~ interface eth1 down");
  CHECK(text(plan::AddAddress{link, ifaddr("10.1.0.1/24"), 10s}) == "+ address 10.1.0.1/24 on eth1 for 10 s");
  CHECK(text(plan::RefreshAddress{link, ifaddr("10.1.0.1/24"), {}}) == "~ address 10.1.0.1/24 on eth1 for ever");
  CHECK(plan::describe({plan::SetMtu{link, 9000}, {home1, visitor}}) == "~ mtu 9000 on eth1 (n1.eth1, n2.eth1)");
}
