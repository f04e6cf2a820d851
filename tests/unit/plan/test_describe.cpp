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
  const auto text = [](plan::Action action) { return plan::describe({std::move(action), {}}); };
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
  CHECK(text(plan::SetUp{link, false}) == "~ interface eth1 down");
  CHECK(text(plan::AddAddress{link, ifaddr("10.1.0.1/24"), 10s}) == "+ address 10.1.0.1/24 on eth1 for 10 s");
  CHECK(text(plan::RefreshAddress{link, ifaddr("10.1.0.1/24"), {}}) == "~ address 10.1.0.1/24 on eth1 for ever");
  CHECK(plan::describe({plan::SetMtu{link, 9000}, {home1, visitor}}) == "~ mtu 9000 on eth1 (n1.eth1, n2.eth1)");
}
