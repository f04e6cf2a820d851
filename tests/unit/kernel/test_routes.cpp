#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/unit/kernel/namespace.h"

using namespace cip;
using namespace cip::test;

namespace {

struct Routed : Namespace {
  Routed() {
    REQUIRE(run(plan::AddAddress{link("eth1"), ifaddr("10.1.0.1/24"), {}, false}).ok());
    REQUIRE(run(plan::AddAddress{link("eth1"), ifaddr("2001:db8:1::1/64"), {}, true}).ok());
  }

  plan::ObservedRoute only(std::string_view destination) {
    const auto found = find_routes(read(), destination);
    REQUIRE(found.size() == 1);
    return found.front();
  }
};

Route with(Route route, auto change) {
  change(route);
  return route;
}

}  // namespace

TEST_CASE("a route reads back as it was added, and goes") {
  Routed ns;
  const auto a = ns.link("eth1");
  const auto table = GENERATE_COPY(values<Route>({
      route("10.9.0.0/16", "10.1.0.254"),
      route("10.9.0.0/16"),
      route("0.0.0.0/0", "10.1.0.254"),
      route("2001:db8:9::/48", "2001:db8:1::fe"),
      route("2001:db8:9::/48"),
      route("::/0", "2001:db8:1::fe"),
      with(route("10.9.0.0/16", "10.1.0.254"), [](Route& r) { r.metric = 20; }),
      with(route("2001:db8:9::/48", "2001:db8:1::fe"), [](Route& r) { r.metric = 20; }),
      with(route("10.9.0.0/16", "10.1.0.254"), [](Route& r) { r.source = ip("10.1.0.1"); }),
      with(route("2001:db8:9::/48", "2001:db8:1::fe"), [](Route& r) { r.source = ip("2001:db8:1::1"); }),
      with(route("10.9.0.0/16", "10.1.0.254"), [](Route& r) { r.table = 100; }),
      with(route("10.9.0.0/16", "10.1.0.254"), [](Route& r) { r.table = 70000; }),
      with(route("2001:db8:9::/48", "2001:db8:1::fe"), [](Route& r) { r.table = 70000; }),
      with(route("10.9.0.0/16", "10.1.0.254"), [](Route& r) { r.mtu = 1300; }),
      with(route("2001:db8:9::/48", "2001:db8:1::fe"), [](Route& r) { r.mtu = 1300; }),
      with(route("10.9.0.0/16", "172.16.0.1"), [](Route& r) { r.onlink = true; }),
      with(route("2001:db8:9::/48", "2001:db8:77::1"), [](Route& r) { r.onlink = true; }),
  }));
  const std::string destination = table.destination.str();
  CAPTURE(destination, table.metric, table.table, table.onlink);
  REQUIRE(ns.run(plan::AddRoute{a, table}).text.empty());
  const auto there = ns.only(destination);
  CHECK(there.route == table);
  CHECK(there.link == a);
  CHECK(there.protocol == plan::our_protocol);
  CHECK(there.plain);
  CHECK(ns.run(plan::AddRoute{a, table}).error == EEXIST);
  CHECK(ns.run(plan::RemoveRoute{there}).text.empty());
  CHECK(find_routes(ns.read(), destination).empty());
  for (const auto& left : ns.read().routes) CHECK(left.protocol != plan::our_protocol);
  CHECK(ns.run(plan::RemoveRoute{there}).error == ESRCH);
}

TEST_CASE("routes without a device read back without one") {
  const auto type = GENERATE(RouteType::blackhole, RouteType::unreachable, RouteType::prohibit, RouteType::throw_);
  const auto* destination = GENERATE("10.9.0.0/16", "2001:db8:9::/48");
  CAPTURE(static_cast<int>(type), destination);
  Routed ns;
  Route wanted = route(destination);
  wanted.type = type;
  REQUIRE(ns.run(plan::AddRoute{{}, wanted}).text.empty());
  const auto there = ns.only(destination);
  CHECK(there.route == wanted);
  CHECK(there.link == plan::LinkId{});
  CHECK(there.plain);
  CHECK(ns.run(plan::RemoveRoute{there}).ok());
  CHECK(find_routes(ns.read(), destination).empty());
}

TEST_CASE("a route is replaced in place") {
  Routed ns;
  const auto a = ns.link("eth1");
  const bool ipv4 = GENERATE(true, false);
  const std::string destination = ipv4 ? "10.9.0.0/16" : "2001:db8:9::/48";
  const Route first = route(destination, ipv4 ? "10.1.0.254" : "2001:db8:1::fe");
  std::vector<Route> others;
  others.push_back(route(destination, ipv4 ? "10.1.0.253" : "2001:db8:1::fd"));
  others.push_back(with(first, [](Route& r) { r.mtu = 1300; }));
  others.push_back(with(first, [&](Route& r) { r.source = ip(ipv4 ? "10.1.0.1" : "2001:db8:1::1"); }));
  others.push_back(route(destination));  // on the link, no gateway any more
  REQUIRE(ns.run(plan::AddRoute{a, first}).ok());
  for (const auto& other : others) {
    CHECK(ns.run(plan::ReplaceRoute{a, other}).text.empty());
    CHECK(ns.only(destination).route == other);
    CHECK(ns.run(plan::ReplaceRoute{a, first}).text.empty());
    CHECK(ns.only(destination).route == first);
  }
}

TEST_CASE("of two routes that differ only in protocol or next hop, the right one is removed") {
  Routed ns;
  const auto a = ns.link("eth1");
  shell("ip route add 10.9.0.0/16 via 10.1.0.253 proto bird");
  Route ours = route("10.9.0.0/16", "10.1.0.254");
  ours.metric = 7;
  shell("ip route append 10.9.0.0/16 via 10.1.0.254 metric 7 proto static");
  shell("ip route append 10.9.0.0/16 via 10.1.0.252 metric 7 proto 153");
  ours.gateway = ip("10.1.0.252");
  REQUIRE(find_routes(ns.read(), "10.9.0.0/16").size() == 3);
  CHECK(ns.run(plan::RemoveRoute{{a, ours, plan::our_protocol}}).ok());
  const auto left = find_routes(ns.read(), "10.9.0.0/16");
  REQUIRE(left.size() == 2);
  for (const auto& route : left) CHECK(route.protocol != plan::our_protocol);
}

TEST_CASE("routes that Route cannot say are not plain") {
  Routed ns;
  shell("ip route add 10.9.1.0/24 nexthop via 10.1.0.2 dev eth1 nexthop via 10.1.0.3 dev eth1");
  shell("ip route add 10.9.2.0/24 via 10.1.0.2 tos 0x10");
  shell("ip route add 10.9.3.0/24 via 10.1.0.2 advmss 1200");
  shell("ip route add 10.9.4.0/24 via inet6 2001:db8:1::fe dev eth1");
  shell("ip route add 10.9.5.0/24 via 10.1.0.2");
  shell("ip route add 2001:db8:9::/48 nexthop via 2001:db8:1::2 nexthop via 2001:db8:1::3");
  CHECK_FALSE(ns.only("10.9.1.0/24").plain);
  CHECK_FALSE(ns.only("10.9.2.0/24").plain);
  CHECK_FALSE(ns.only("10.9.3.0/24").plain);
  CHECK_FALSE(ns.only("10.9.4.0/24").plain);
  CHECK(ns.only("10.9.5.0/24").plain);
  CHECK_FALSE(ns.only("2001:db8:9::/48").plain);
}

TEST_CASE("routes of the kernel and of others are read with their protocol, its own affairs are left out") {
  Routed ns;
  shell("ip route add 10.9.0.0/16 via 10.1.0.254 proto bird");
  CHECK(ns.only("10.9.0.0/16").protocol == 12);
  CHECK(ns.only("10.1.0.0/24").protocol == 2);  // connected: kernel
  CHECK(find_routes(ns.read(), "10.1.0.255/32").empty());
  CHECK(find_routes(ns.read(), "10.1.0.1/32").empty());
}

TEST_CASE("a gateway that cannot be reached is refused with the kernel's words") {
  Routed ns;
  const auto result = ns.run(plan::AddRoute{ns.link("eth1"), route("10.9.0.0/16", "172.16.0.1")});
  CHECK(result.error == ENETUNREACH);
  CHECK(result.text == "Network is unreachable (Nexthop has invalid gateway)");
}
