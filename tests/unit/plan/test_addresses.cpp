#include <catch2/catch.hpp>
#include <cerrno>

#include "reconciler/plan/describe.h"
#include "tests/unit/plan/build.h"

using namespace cip;
using namespace cip::test;
using namespace std::chrono_literals;
using Kind = plan::Problem::Kind;

TEST_CASE("addresses are added in the order of the specification and owned before that") {
  plan::Desired desired;
  desired.addresses = {want("10.1.0.2/24"), want("10.1.0.1/24"), want("2001:db8::1/64", eth2)};
  const auto plan = make_plan(desired, two_links(), {});
  CHECK(lines(plan) == Lines{"+ address 10.1.0.2/24 on eth1 (n1.eth1)", "+ address 10.1.0.1/24 on eth1 (n1.eth1)",
                             "+ address 2001:db8::1/64 on eth2 (n1.eth1)"});
  CHECK(plan.problems.empty());
  REQUIRE(plan.before.addresses.size() == 3);
  CHECK(plan.before == after(plan));
  CHECK(plan.before.instance == "boot/1");
  CHECK(plan.before.addresses[0].address == ifaddr("10.1.0.1/24"));
  CHECK(plan.before.addresses[0].link == plan::LinkId{1, eth1});
  CHECK(plan.before.addresses[0].homes == plan::Homes{home1});
}

TEST_CASE("an address that is there and ours needs nothing") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24")};
  plan::Desired desired;
  desired.addresses = {want("10.1.0.1/24")};
  const auto plan = make_plan(desired, observed, owning(observed.addresses));
  CHECK(plan.empty());
  CHECK(plan.problems.empty());
  CHECK(after(plan).addresses.size() == 1);
}

TEST_CASE("ours that nobody wants any more goes, also from a link that the specification has dropped") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24"), seen("10.2.0.1/24", 2)};
  plan::Desired desired;
  desired.links = {{eth1, true, {}, {}, {home1}}};
  const auto plan = make_plan(desired, observed, owning(observed.addresses));
  CHECK(lines(plan) == Lines{"- address 10.1.0.1/24 on eth1 (n1.eth1)", "- address 10.2.0.1/24 on eth2 (n1.eth1)"});
  CHECK(plan.before.addresses.size() == 2);
  CHECK(after(plan).addresses.empty());
}

TEST_CASE("what is not ours is left alone") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24"), seen("2001:db8::1/64")};
  SECTION("nobody wants it") {
    const auto plan = make_plan({}, observed, {});
    CHECK(plan.empty());
    CHECK(after(plan).addresses.empty());
  }
  SECTION("wanted as it is: satisfied, but it does not become ours") {
    plan::Desired desired;
    desired.addresses = {want("10.1.0.1/24"), want("2001:db8::1/64")};
    const auto plan = make_plan(desired, observed, {});
    CHECK(plan.empty());
    REQUIRE(plan.problems.size() == 2);
    CHECK(plan.problems[0].kind == Kind::foreign);
    CHECK(std::holds_alternative<InterfaceAddress>(plan.problems[0].subject.what));
    CHECK(plan.problems[0].homes == plan::Homes{home1});
    CHECK(plan.before.addresses.empty());
  }
  SECTION("wanted as one that can fail over: a conflict, as nobody would remove it") {
    plan::Desired desired;
    desired.addresses = {want("10.1.0.1/24")};
    desired.addresses[0].movable = true;
    const auto plan = make_plan(desired, observed, {});
    CHECK(plan.empty());
    REQUIRE(plan.problems.size() == 1);
    CHECK(plan.problems[0].kind == Kind::conflict);
    CHECK(describe(plan.problems[0].subject) == "address 10.1.0.1/24 on eth1");
  }
  SECTION("IPv6 with another length: the kernel would refuse it") {
    plan::Desired desired;
    desired.addresses = {want("2001:db8::1/48")};
    const auto plan = make_plan(desired, observed, {});
    CHECK(plan.empty());
    REQUIRE(plan.problems.size() == 1);
    CHECK(plan.problems[0].kind == Kind::conflict);
    CHECK(plan.problems[0].text == "is there already as 2001:db8::1/64 and not ours");
  }
  SECTION("IPv4 with another length, or on another link: another address") {
    plan::Desired desired;
    desired.addresses = {want("10.1.0.1/16"), want("2001:db8::1/64", eth2)};
    CHECK(make_plan(desired, observed, {}).operations.size() == 2);
  }
}

TEST_CASE("an address with our mark is ours although the ledger was lost") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24"), seen("10.1.0.2/24")};
  observed.addresses[0].protocol = plan::our_protocol;
  observed.addresses[1].protocol = 7;
  CHECK(lines(make_plan({}, observed, {})) == Lines{"- address 10.1.0.1/24 on eth1"});
}

TEST_CASE("a ledger of another boot or namespace owns nothing") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24")};
  auto ledger = owning(observed.addresses);
  ledger.addresses[0].movable = true;
  CHECK(held_addresses(observed, ledger).size() == 1);
  ledger.instance = "boot/2";
  CHECK(make_plan({}, observed, ledger).empty());
  CHECK(held_addresses(observed, ledger).empty());
}

TEST_CASE("the link's index counts, not its name") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24")};
  const auto ledger = owning(observed.addresses);
  observed.links[0].id.name = InterfaceName("lan0");
  observed.addresses[0].link.name = InterfaceName("lan0");
  const auto plan = make_plan({}, observed, ledger);
  CHECK(lines(plan) == Lines{"- address 10.1.0.1/24 on lan0 (n1.eth1)"});
}

TEST_CASE("a changed length is removal before addition") {
  auto observed = two_links();
  observed.addresses = {seen("2001:db8::1/64")};
  plan::Desired desired;
  desired.addresses = {want("2001:db8::1/48")};
  const auto plan = make_plan(desired, observed, owning(observed.addresses));
  CHECK(lines(plan) ==
        Lines{"- address 2001:db8::1/64 on eth1 (n1.eth1)", "+ address 2001:db8::1/48 on eth1 (n1.eth1)"});
  REQUIRE(after(plan).addresses.size() == 1);
  CHECK(after(plan).addresses[0].address == ifaddr("2001:db8::1/48"));
  CHECK(plan.before.addresses.size() == 2);
}

TEST_CASE("the last IPv4 address of a link goes after its successor has come, as routes would go with it") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24")};
  plan::Desired desired;
  SECTION("replaced") {
    desired.addresses = {want("10.1.0.5/24")};
    CHECK(lines(make_plan(desired, observed, owning(observed.addresses))) ==
          Lines{"+ address 10.1.0.5/24 on eth1 (n1.eth1)", "- address 10.1.0.1/24 on eth1 (n1.eth1)"});
  }
  SECTION("not the last") {
    observed.addresses.push_back(seen("10.7.0.1/24"));
    desired.addresses = {want("10.1.0.5/24")};
    auto ledger = owning({observed.addresses[0]});
    CHECK(lines(make_plan(desired, observed, ledger)) ==
          Lines{"- address 10.1.0.1/24 on eth1 (n1.eth1)", "+ address 10.1.0.5/24 on eth1 (n1.eth1)"});
  }
  SECTION("moved to another link: never on two") {
    desired.addresses = {want("10.1.0.5/24"), want("10.1.0.1/24", eth2)};
    CHECK(lines(make_plan(desired, observed, owning(observed.addresses))) ==
          Lines{"- address 10.1.0.1/24 on eth1 (n1.eth1)", "+ address 10.1.0.5/24 on eth1 (n1.eth1)",
                "+ address 10.1.0.1/24 on eth2 (n1.eth1)"});
  }
}

TEST_CASE("secondaries are removed before their primary") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24"), seen("10.1.0.2/24")};
  observed.addresses[1].secondary = true;
  CHECK(lines(make_plan({}, observed, owning(observed.addresses))) ==
        Lines{"- address 10.1.0.2/24 on eth1 (n1.eth1)", "- address 10.1.0.1/24 on eth1 (n1.eth1)"});
}

TEST_CASE("the first of a network becomes its primary") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.2/24"), seen("10.1.0.3/24")};
  observed.addresses[1].secondary = true;
  observed.links[0].settings[plan::Setting::promote_secondaries] = 1;
  plan::Desired desired;
  desired.addresses = {want("10.1.0.1/24"), want("10.1.0.2/24"), want("10.1.0.3/24"), want("10.1.0.4/24")};
  Route source = route("10.9.0.0/16", "10.1.0.254");
  source.source = ip("10.1.0.2");
  desired.routes = {want(source)};
  observed.routes = {seen(source)};
  const auto ledger = owning(observed.addresses);
  SECTION("those beside it are put behind it, and the route that the kernel drops is put back") {
    const auto plan = make_plan(desired, observed, ledger);
    CHECK(lines(plan) == Lines{"+ address 10.1.0.1/24 on eth1 (n1.eth1)", "+ address 10.1.0.4/24 on eth1 (n1.eth1)",
                               "- address 10.1.0.2/24 on eth1 (n1.eth1)", "- address 10.1.0.3/24 on eth1 (n1.eth1)",
                               "+ address 10.1.0.2/24 on eth1 (n1.eth1)", "+ address 10.1.0.3/24 on eth1 (n1.eth1)",
                               "~ route 10.9.0.0/16 via 10.1.0.254 source 10.1.0.2 on eth1 (n1.eth1)"});
    CHECK(after(plan).addresses.size() == 4);
  }
  SECTION("not where removing the primary would remove them all") {
    observed.links[0].settings[plan::Setting::promote_secondaries] = 0;
    CHECK(make_plan(desired, observed, ledger).operations.size() == 2);
    desired.links = {{eth1, true, {}, {{plan::Setting::promote_secondaries, 1}}, {}}};  // but that can be changed
    CHECK(make_plan(desired, observed, ledger).operations.size() == 8);
  }
  SECTION("not if one of them is not ours") {
    observed.addresses.push_back(seen("10.1.0.77/24"));
    observed.addresses.back().secondary = true;
    CHECK(lines(make_plan(desired, observed, ledger)) ==
          Lines{"+ address 10.1.0.1/24 on eth1 (n1.eth1)", "+ address 10.1.0.4/24 on eth1 (n1.eth1)"});
  }
}

TEST_CASE("lifetimes are refreshed when they differ, not because they run down") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24")};
  plan::Desired desired;
  desired.addresses = {want("10.1.0.1/24")};
  const auto ledger = owning(observed.addresses);
  const auto refreshed = [&](plan::Lifetime wanted, plan::Lifetime left) {
    desired.addresses[0].lifetime = wanted;
    observed.addresses[0].lifetime = left;
    return lines(make_plan(desired, observed, ledger));
  };
  const std::string object = "~ address 10.1.0.1/24 on eth1";
  CHECK(refreshed(10s, 10s).empty());
  CHECK(refreshed(10s, 5s).empty());
  CHECK(refreshed({}, {}).empty());
  CHECK(refreshed(10s, 4s) == Lines{object + " for 10 s (n1.eth1)"});
  CHECK(refreshed(10s, 300s) == Lines{object + " for 10 s (n1.eth1)"});
  CHECK(refreshed(300s, 10s) == Lines{object + " for 300 s (n1.eth1)"});
  CHECK(refreshed(10s, {}) == Lines{object + " for 10 s (n1.eth1)"});
  CHECK(refreshed({}, 10s) == Lines{object + " for ever (n1.eth1)"});
  observed.addresses[0].deprecated = true;
  CHECK(refreshed(10s, 10s) == Lines{object + " for 10 s (n1.eth1)"});
}

TEST_CASE("an address that can fail over skips duplicate address detection, another does not") {
  plan::Desired desired;
  desired.addresses = {want("2001:db8::1/64"), want("2001:db8::2/64"), want("10.1.0.1/24")};
  desired.addresses[0].movable = true;
  desired.addresses[0].lifetime = 10s;
  desired.addresses[2].movable = true;
  const auto plan = make_plan(desired, two_links(), {});
  REQUIRE(plan.operations.size() == 3);
  CHECK(std::get<plan::AddAddress>(plan.operations[0].action).skip_dad);
  CHECK(std::get<plan::AddAddress>(plan.operations[0].action).lifetime == 10s);
  CHECK_FALSE(std::get<plan::AddAddress>(plan.operations[1].action).skip_dad);
  CHECK_FALSE(std::get<plan::AddAddress>(plan.operations[2].action).skip_dad);
  REQUIRE(plan.before.addresses.size() == 3);
  CHECK(plan.before.addresses[1].movable);
  CHECK_FALSE(plan.before.addresses[2].movable);
}

TEST_CASE("a duplicate that detection has found is reported") {
  auto observed = two_links();
  observed.addresses = {seen("2001:db8::1/64")};
  observed.addresses[0].dad_failed = true;
  plan::Desired desired;
  desired.addresses = {want("2001:db8::1/64")};
  const auto plan = make_plan(desired, observed, owning(observed.addresses));
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == Kind::duplicate);
}

TEST_CASE("an address wanted twice is one, unless the lengths differ where the kernel takes one only") {
  plan::Desired desired;
  desired.addresses = {want("10.1.0.1/24"), want("10.1.0.1/24"), want("2001:db8::1/64"), want("2001:db8::1/48")};
  desired.addresses[1].homes = {visitor};
  const auto plan = make_plan(desired, two_links(), {});
  CHECK(lines(plan) ==
        Lines{"+ address 10.1.0.1/24 on eth1 (n1.eth1, n2.eth1)", "+ address 2001:db8::1/64 on eth1 (n1.eth1)"});
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == Kind::contradiction);
  CHECK(describe(plan.problems[0].subject) == "address 2001:db8::1/48 on eth1");
}

TEST_CASE("a missing interface costs only what is on it") {
  plan::Desired desired;
  desired.addresses = {want("10.1.0.1/24", InterfaceName("eth7")), want("10.2.0.1/24")};
  const auto plan = make_plan(desired, two_links(), {});
  CHECK(plan.operations.size() == 1);
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == Kind::absent);
  CHECK(plan.problems[0].text == "interface eth7 does not exist");
  CHECK(std::holds_alternative<InterfaceAddress>(plan.problems[0].subject.what));
}

TEST_CASE("held addresses are those that can fail over and are there") {
  auto observed = two_links();
  observed.addresses = {seen("10.1.0.1/24"), seen("10.1.0.3/24")};
  auto ledger = owning({seen("10.1.0.1/24"), seen("10.1.0.2/24"), seen("10.1.0.3/24")});
  ledger.addresses[0].movable = true;
  ledger.addresses[1].movable = true;
  observed.links[0].id.name = observed.addresses[0].link.name = InterfaceName("lan0");
  const auto held = held_addresses(observed, ledger);
  REQUIRE(held.size() == 1);
  CHECK(held[0].address == ifaddr("10.1.0.1/24"));
  CHECK(held[0].link.name.str() == "lan0");

  const auto again = plan::refresh(held, 10s);
  REQUIRE(again.size() == 1);
  CHECK(describe(again[0]) == "~ address 10.1.0.1/24 on lan0 for 10 s (n1.eth1)");
  const auto away = plan::remove(held);
  REQUIRE(away.size() == 1);
  CHECK(describe(away[0]) == "- address 10.1.0.1/24 on lan0 (n1.eth1)");
}
