// Where resources are after failures: docs/domain.md F1, F4-F7, K4, K6-K8, P1, R4.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "compiler/check/placement.h"
#include "tests/unit/check/cluster_builder.h"

namespace cip::check {
namespace {

Failure failure(const std::string& name) {
  if (name.find('.') == std::string::npos) {
    return ClimName(name);
  }
  return ref(name);
}

// "n2.eth1", with "!" where it is not served and "-" where nobody holds it.
std::string where(const Placement& placement, const std::string& home) {
  const Location& location = *placement.find(ref(home));
  return !location.held ? "-" : location.host().name.str() + (location.served ? "" : "!");
}

std::string after(const ClusterBuilder& built, const std::vector<std::string>& failures,
                  const std::vector<std::string>& homes) {
  std::vector<Failure> all;
  for (const auto& name : failures) {
    all.push_back(failure(name));
  }
  const Placement placement = place(built.cluster, all);
  std::string result;
  for (const auto& home : homes) {
    result += (result.empty() ? "" : " ") + where(placement, home);
  }
  return result;
}

// n1.eth1 and n2.eth1 use each other; n1.eth2 uses the spare n3.eth2; n1.eth3 has nobody.
ClusterBuilder site() {
  ClusterBuilder built;
  for (const std::string clim : {"n1", "n2", "n3"}) {
    built.interface(clim, "lo", InterfaceKind::loopback);
    built.interface(clim, "eth0", InterfaceKind::maintenance);
  }
  for (const std::string name : {"n1.eth1", "n1.eth2", "n1.eth3", "n2.eth1"}) {
    auto& added = built.interface(name.substr(0, 2), name.substr(3));
    built.address(added, "10." + name.substr(1, 1) + "." + name.substr(6, 1) + ".1/24");
  }
  built.interface("n3", "eth2");
  built.failover_both_ways(ref("n1.eth1"), ref("n2.eth1"));
  built.failover(ref("n1.eth2"), ref("n3.eth2"));
  return built;
}

const std::vector<std::string> homes{"n1.eth1", "n1.eth2", "n1.eth3", "n2.eth1"};

}  // namespace

TEST_CASE("a single failure moves what it takes away, each to its own failover interface") {
  const auto built = site();
  CHECK(after(built, {}, homes) == "n1.eth1 n1.eth2 n1.eth3 n2.eth1");
  CHECK(after(built, {"n1.eth1"}, homes) == "n2.eth1 n1.eth2 n1.eth3 n2.eth1");
  CHECK(after(built, {"n1"}, homes) == "n2.eth1 n3.eth2 - n2.eth1");
  CHECK(after(built, {"n2"}, homes) == "n1.eth1 n1.eth2 n1.eth3 n1.eth1");
  CHECK(after(built, {"n3"}, homes) == "n1.eth1 n1.eth2 n1.eth3 n2.eth1");
  CHECK(after(built, {"n3.eth2"}, homes) == "n1.eth1 n1.eth2 n1.eth3 n2.eth1");
}

TEST_CASE("without a failover interface the resources stay") {
  const auto built = site();
  CHECK(after(built, {"n1.eth3"}, homes) == "n1.eth1 n1.eth2 n1.eth3! n2.eth1");
  CHECK(after(built, {"n1.lo", "n1.eth0"}, homes) == "n1.eth1 n1.eth2 n1.eth3 n2.eth1");
  CHECK(after(built, {"n1.lo", "n1.eth0"}, {"n1.lo", "n1.eth0", "n2.lo"}) == "n1.lo! n1.eth0! n2.lo");
  CHECK(after(built, {"n1"}, {"n1.lo", "n1.eth0"}) == "- -");
}

TEST_CASE("failures come one after another, and their order decides where things stay") {
  const auto built = site();
  CHECK(after(built, {"n1.eth1", "n2.eth1"}, {"n1.eth1", "n2.eth1"}) == "n2.eth1! n2.eth1!");
  CHECK(after(built, {"n2.eth1", "n1.eth1"}, {"n1.eth1", "n2.eth1"}) == "n1.eth1! n1.eth1!");
  // whoever holds them is gone, and the other cannot take them
  CHECK(after(built, {"n1.eth1", "n2"}, {"n1.eth1", "n2.eth1"}) == "- -");
  CHECK(after(built, {"n2", "n1.eth1"}, {"n1.eth1", "n2.eth1"}) == "n1.eth1! n1.eth1!");
  CHECK(after(built, {"n1", "n2"}, {"n1.eth1", "n2.eth1"}) == "- -");
  // an unrelated failure changes nothing for those that nobody serves
  CHECK(after(built, {"n1.eth1", "n2.eth1", "n3"}, {"n1.eth1", "n2.eth1"}) == "n2.eth1! n2.eth1!");
}

TEST_CASE("a bond fails only with all its slaves, a VLAN with its link") {
  ClusterBuilder built;
  built.address(built.bond("n1", "bond0", {"eth2", "eth3"}), "10.1.0.1/24");
  built.address(built.vlan("n1", "bond0.9", "bond0"), "10.9.0.1/24");
  built.interface("n2", "eth1");
  built.interface("n2", "eth9");
  built.failover(ref("n1.bond0"), ref("n2.eth1"));
  built.failover(ref("n1.bond0.9"), ref("n2.eth9"));
  const std::vector<std::string> both{"n1.bond0", "n1.bond0.9"};
  CHECK(after(built, {"n1.eth2"}, both) == "n1.bond0 n1.bond0.9");
  CHECK(after(built, {"n1.eth2", "n1.eth3"}, both) == "n2.eth1 n2.eth9");
  CHECK(after(built, {"n1.bond0"}, both) == "n2.eth1 n2.eth9");
  CHECK(after(built, {"n1.bond0.9"}, both) == "n1.bond0 n2.eth9");

  const std::vector<Failure> one{failure("n1.eth2")};
  const auto placement = place(built.cluster, one);
  CHECK(placement.failed_slaves(*built.cluster.find(ref("n1.bond0"))) == std::vector{InterfaceName("eth2")});
  CHECK(placement.outage(ref("n1.eth2")) == Outage{Outage::Kind::interface, {}});
  CHECK_FALSE(placement.outage(ref("n1.bond0")));

  const std::vector<Failure> two{failure("n1.eth2"), failure("n1.eth3")};
  CHECK(place(built.cluster, two).outage(ref("n1.bond0")) == Outage{Outage::Kind::slaves, {}});
  CHECK(place(built.cluster, two).outage(ref("n1.bond0.9")) == Outage{Outage::Kind::link, InterfaceName("bond0")});
}

TEST_CASE("min-links takes the carrier of an 802.3ad bond away, and of no other") {
  ClusterBuilder built;
  auto& bond = built.bond("n1", "bond0", {"eth2", "eth3"});
  bond.bond.min_links = {2, built.next()};
  built.interface("n2", "eth1");
  built.failover(ref("n1.bond0"), ref("n2.eth1"));
  CHECK(after(built, {"n1.eth2"}, {"n1.bond0"}) == "n1.bond0");
  built.cluster.clims[0].interfaces[0].bond.mode = {BondMode::ieee_802_3ad, built.next()};
  CHECK(after(built, {"n1.eth2"}, {"n1.bond0"}) == "n2.eth1");
  const std::vector<Failure> one{failure("n1.eth2")};
  CHECK(place(built.cluster, one).outage(ref("n1.bond0")) == Outage{Outage::Kind::min_links, {}});
}

TEST_CASE("a tunnel follows its local address, and stays without one") {
  ClusterBuilder built;
  built.tunnel("n1", "tun1", "10.1.0.1");  // before its carrier in the text
  built.address(built.interface("n1", "eth1"), "10.1.0.1/24");
  built.tunnel("n1", "tun2", "");
  built.address(built.interface("n1", "lo", InterfaceKind::loopback), "10.255.0.1/32");
  built.tunnel("n1", "tun3", "10.255.0.1");
  built.interface("n2", "eth5");
  built.failover(ref("n1.eth1"), ref("n2.eth5"));
  const std::vector<std::string> all{"n1.eth1", "n1.tun1", "n1.tun2", "n1.tun3"};
  CHECK(after(built, {}, all) == "n1.eth1 n1.eth1 n1.tun2 n1.lo");
  CHECK(after(built, {"n1.eth1"}, all) == "n2.eth5 n2.eth5 n1.tun2 n1.lo");
  CHECK(after(built, {"n1"}, all) == "n2.eth5 n2.eth5 - -");
  CHECK(after(built, {"n1.eth1", "n2.eth5"}, all) == "n2.eth5! n2.eth5! n1.tun2 n1.lo");
  CHECK(after(built, {"n2.eth5", "n1.eth1"}, all) == "n1.eth1! n1.eth1! n1.tun2 n1.lo");
  // a tunnel's own failure moves nothing; on the other side it is made anew
  CHECK(after(built, {"n1.tun1"}, all) == "n1.eth1 n1.eth1! n1.tun2 n1.lo");
  CHECK(after(built, {"n1.tun1", "n1.eth1"}, all) == "n2.eth5 n2.eth5 n1.tun2 n1.lo");
}

TEST_CASE("slaves are no home interfaces, but can fail") {
  ClusterBuilder built;
  built.interface("n1", "eth2");
  built.bond("n1", "bond0", {"eth2", "eth3"});
  const Placement placement(built.cluster);
  CHECK(placement.find(ref("n1.eth2")) == nullptr);
  CHECK(placement.locations().size() == 1);
  const std::vector<Failure> all{failure("n1"), failure("n1.eth2"), failure("n1.bond0"), failure("n1.eth3")};
  CHECK(possible_failures(built.cluster) == all);
}

TEST_CASE("a VLAN whose link is a VLAN, which is an error, ends no recursion in a loop") {
  ClusterBuilder built;
  built.vlan("n1", "a", "b");
  built.vlan("n1", "b", "a");
  CHECK(after(built, {"n1.a"}, {"n1.a", "n1.b"}) == "n1.a! n1.b");
}

}  // namespace cip::check
