// What a specification says is in the model, with the place of each value.
#include <catch2/catch.hpp>

#include "tests/unit/lang/compile_text.h"

namespace cip::lang {
namespace {

const Interface& interface_of(const Compiled& compiled, const std::string& clim, const std::string& name) {
  const auto* found = compiled.cluster.find(InterfaceRef{ClimName(clim), InterfaceName(name)});
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

TEST_CASE("an interface has all that its block says, in its order") {
  const Compiled compiled(R"(provider blue { lan upper; }
clim n1 {
  interface eth2.100 {
    provider blue;
    lan "upper";
    mtu 9000;
    description "a \"quoted\" text";
    address 10.1.0.1/24;
    address 2001:db8:1::1/64;
    neighbor 10.1.0.7 at 02:00:00:00:00:07;
  }
})");
  CHECK(compiled.codes().empty());
  const auto& eth = interface_of(compiled, "n1", "eth2.100");
  CHECK(eth.kind == InterfaceKind::physical);
  CHECK(eth.provider.value().value.str() == "blue");
  CHECK(eth.lan.value().value.str() == "upper");
  CHECK(eth.mtu.value().value == 9000);
  CHECK(compiled.place(eth.mtu->origin) == "6:9");
  CHECK(eth.description.value().value == "a \"quoted\" text");
  REQUIRE(eth.addresses.size() == 2);
  CHECK(eth.addresses[0].value.str() == "10.1.0.1/24");
  CHECK(eth.addresses[1].value.str() == "2001:db8:1::1/64");
  CHECK(compiled.place(eth.addresses[1].origin) == "9:13");
  REQUIRE(eth.neighbors.size() == 1);
  CHECK(eth.neighbors[0].value.mac.str() == "02:00:00:00:00:07");
}

TEST_CASE("a route has its parts in any order, and its family's defaults") {
  const Compiled compiled(R"(clim n1 { interface eth1 {
  route default via 10.1.0.254;
  route metric 5 table 100 source 10.1.0.1 mtu 1400 onlink via 10.1.0.254 10.9.0.0/16;
  route 2001:db8:9::/48 via fe80::1;
  route 2001:db8:a::/48 metric 0;
  route default source 2001:db8::1;
  route 10.0.0.0/8 throw;
} })");
  CHECK(compiled.codes().empty());
  const auto& routes = interface_of(compiled, "n1", "eth1").routes;
  REQUIRE(routes.size() == 6);
  CHECK(routes[0].value.destination.str() == "0.0.0.0/0");
  CHECK(routes[0].value.gateway == IpAddress::parse("10.1.0.254"));
  CHECK(routes[0].value.metric == 0);
  const Route full{*Prefix::parse("10.9.0.0/16"),
                   IpAddress::parse("10.1.0.254"),
                   IpAddress::parse("10.1.0.1"),
                   5,
                   100,
                   1400,
                   true,
                   RouteType::unicast};
  CHECK(routes[1].value == full);
  CHECK(compiled.place(*routes[1].source) == "3:35");
  CHECK(routes[2].value.metric == 1024);
  CHECK(routes[3].value.metric == 1024);
  CHECK(routes[4].value.destination.str() == "::/0");
  CHECK(routes[4].value.table == 254);
  CHECK(routes[5].value.type == RouteType::throw_);
}

TEST_CASE("blocks of one CLIM add up, and ranks tell what stands later") {
  const Compiled compiled(R"(failover n1.eth1 <-> n2.eth1;
clim n1 { control 10.0.0.1; }
clim n2 { control 10.0.0.2; interface eth1 { } }
clim n1 { control fd00::1, fd00::2; interface eth1 { } loopback lo { } maintenance eth0 { } })");
  CHECK(compiled.codes().empty());
  REQUIRE(compiled.cluster.clims.size() == 2);
  const Clim& n1 = *compiled.cluster.find(ClimName("n1"));
  const Clim& n2 = *compiled.cluster.find(ClimName("n2"));
  REQUIRE(n1.control.size() == 3);
  CHECK(n1.control[2].value.str() == "fd00::2");
  CHECK(n1.control[0].origin.rank < n2.control[0].origin.rank);
  CHECK(n2.control[0].origin.rank < n1.control[1].origin.rank);
  CHECK(n1.interfaces.size() == 3);
  CHECK(interface_of(compiled, "n1", "lo").kind == InterfaceKind::loopback);
  CHECK(interface_of(compiled, "n1", "eth0").kind == InterfaceKind::maintenance);
  REQUIRE(compiled.cluster.failovers.size() == 2);
  CHECK(compiled.cluster.failovers[0].home.str() == "n1.eth1");
  CHECK(compiled.cluster.failovers[1].home.str() == "n2.eth1");
  CHECK(compiled.cluster.failovers[1].target.str() == "n1.eth1");
}

TEST_CASE("an interface of a failover is named with its CLIM up to the first dot") {
  const Compiled compiled(
      R"(clim n1 { interface eth1 { failover n-2.eth2.100; } interface eth2 { failover "n-2.a b"; } }
clim n-2 { interface eth2.100 { } })");
  REQUIRE(compiled.cluster.failovers.size() == 2);
  CHECK(compiled.cluster.failovers[0].target == InterfaceRef{ClimName("n-2"), InterfaceName("eth2.100")});
  CHECK(compiled.cluster.failovers[1].target == InterfaceRef{ClimName("n-2"), InterfaceName("a b")});
}

TEST_CASE("what is wrong is not in the model, but known to be missing") {
  const Compiled compiled(R"(clim n1 {
  interface eth1 { address 10.1.0.1/33; address 10.1.0.2/24; failovr n2.eth1; mtu 5ms; route 10.0.0.0/8 via; }
  interface eth2 { provider blue; }
  bond bond0 { slaves eth5, 7; }
  control 300.0.0.1;
})");
  CHECK(compiled.codes() == "E0007 E0002 E0005 E0001 E0003 E0001 E0007");
  const auto& eth1 = interface_of(compiled, "n1", "eth1");
  CHECK(eth1.addresses.size() == 1);
  CHECK(eth1.addresses_unknown);
  CHECK(eth1.failover_unknown);
  CHECK(eth1.mtu_unknown);
  CHECK(eth1.routes_unknown);
  CHECK_FALSE(eth1.provider_unknown);
  CHECK(interface_of(compiled, "n1", "eth2").provider_unknown);
  const Clim& n1 = *compiled.cluster.find(ClimName("n1"));
  CHECK(n1.control_unknown);
  CHECK(n1.addresses_unknown);
  CHECK(n1.slaves_unknown);
  CHECK_FALSE(n1.interfaces_unknown);
}

TEST_CASE("a cluster has the name that it gives itself, or one that stands for all") {
  CHECK(Compiled("cluster lab { }").cluster.name.str() == "lab");
  CHECK(Compiled("cluster \"my lab\" { }").cluster.name.str() == "my lab");
  CHECK(Compiled("clim n1 { }").cluster.name.str() == "cluster");
}

}  // namespace cip::lang
