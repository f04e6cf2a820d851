// The model is only worth something if it behaves as the kernel does: the same facts that tests/unit/kernel shows
// there.
#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/unit/plan/build.h"
#include "tests/unit/plan/model.h"

using namespace cip;
using namespace cip::test;

TEST_CASE("the model drops what the kernel drops") {
  Model model(two_links());
  const plan::LinkId link{1, eth1};
  REQUIRE(model.execute(plan::AddAddress{link, ifaddr("10.1.0.1/24"), {}, false}) == 0);
  REQUIRE(model.execute(plan::AddAddress{link, ifaddr("10.1.0.2/24"), {}, false}) == 0);
  CHECK(model.state.addresses[1].secondary);
  CHECK(model.execute(plan::AddAddress{link, ifaddr("10.1.0.2/24"), {}, false}) == EEXIST);
  Route source = route("10.9.0.0/16", "10.1.0.254");
  source.source = ip("10.1.0.1");
  CHECK(model.execute(plan::AddRoute{link, source}) == 0);
  CHECK(model.execute(plan::AddRoute{link, route("10.8.0.0/16", "10.1.0.254")}) == 0);
  CHECK(model.execute(plan::AddRoute{link, route("10.8.0.0/16", "10.1.0.253")}) == EEXIST);
  CHECK(model.execute(plan::AddRoute{link, route("10.7.0.0/16", "10.2.0.254")}) == ENETUNREACH);

  SECTION("source routes with their address, the network's secondaries with their primary, all with the last") {
    CHECK(model.execute(plan::RemoveAddress{link, ifaddr("10.1.0.1/24")}) == 0);
    CHECK(model.state.addresses.empty());
    CHECK(model.state.routes.empty());
  }
  SECTION("but a secondary takes over where it may") {
    CHECK(model.execute(plan::SetSetting{link, plan::Setting::promote_secondaries, 1}) == 0);
    CHECK(model.execute(plan::RemoveAddress{link, ifaddr("10.1.0.1/24")}) == 0);
    REQUIRE(model.state.addresses.size() == 1);
    CHECK_FALSE(model.state.addresses[0].secondary);
    CHECK(model.state.routes.size() == 1);
  }
  SECTION("IPv6 with a small MTU or admin down") {
    CHECK(model.execute(plan::AddAddress{link, ifaddr("2001:db8::1/64"), {}, true}) == 0);
    if (GENERATE(true, false)) {
      CHECK(model.execute(plan::SetMtu{link, 1000}) == 0);
    } else {
      CHECK(model.execute(plan::SetUp{link, false}) == 0);
      CHECK(model.state.routes.empty());
    }
    CHECK(model.state.addresses.size() == 2);
  }
}
