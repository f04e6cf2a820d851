// The plan against the real kernel: what it promises holds after it was carried out.
#include <catch2/catch.hpp>

#include "tests/unit/kernel/converging.h"

using namespace cip;
using namespace cip::test;
using namespace std::chrono_literals;

namespace {

const InterfaceName a_name{"eth1"};
const InterfaceRef home_a{ClimName("n1"), InterfaceName("eth1")};

plan::Desired full() {
  plan::Desired desired;
  desired.links.push_back(
      {a_name, true, 1400, {{plan::Setting::arp_ignore, 1}, {plan::Setting::promote_secondaries, 1}}, {home_a}});
  for (const auto* text : {"10.1.0.1/24", "10.1.0.2/24", "2001:db8:1::1/64"}) {
    desired.addresses.push_back({a_name, ifaddr(text), 10s, true, {home_a}});
  }
  Route source = route("2001:db8:9::/48", "2001:db8:1::fe");
  source.source = ip("2001:db8:1::1");
  Route hole = route("10.66.0.0/16");
  hole.type = RouteType::blackhole;
  Route onlink = route("10.8.0.0/16", "172.16.0.1");
  onlink.onlink = true;
  for (const auto& wanted : {route("0.0.0.0/0", "10.1.0.254"), route("10.9.0.0/16", "10.77.0.1"), route("10.77.0.0/24"),
                             source, hole, onlink}) {
    desired.routes.push_back({a_name, wanted, {home_a}});
  }
  desired.neighbors.push_back({a_name, {ip("10.1.0.9"), mac("02:00:00:00:00:09")}, {home_a}});
  desired.neighbors.push_back({a_name, {ip("2001:db8:1::9"), mac("02:00:00:00:00:09")}, {home_a}});
  return desired;
}

// As ip shows it, without what runs down and without what comes back in another order.
std::string everything_of_ours() {
  return shell(
      "ip -o link show eth1 | grep -o -e 'mtu [0-9]*' -e ',UP'; sysctl net.ipv4.conf.eth1.arp_ignore; "
      "ip -o addr show dev eth1 | grep -v fe80 | sed 's/valid_lft.*//; s/^[0-9]*//' | tr -s ' ' | sort; "
      "ip -o addr show dev eth1 | grep -v fe80 | grep -c 'valid_lft [0-9]*sec preferred_lft [1-9]'; "
      "(ip route show proto 153; ip -6 route show proto 153) | sort; ip neigh show nud permanent | sort");
}

std::string foreign_state() {
  return shell(
      "ip addr show dev eth1 | grep -c 192.168.7.1/24; ip route show proto bird; ip -6 route show proto bird; "
      "ip neigh show nud permanent | grep 10.1.0.77");
}

}  // namespace

TEST_CASE("everything is applied in one round, and twice changes nothing") {
  Converging ns;
  shell("ip link set eth1 down");
  const auto plan = ns.converge(full());
  CHECK(plan.problems.empty());
  CHECK(ns.rounds == 1);
  CHECK(ns.ledger.addresses.size() == 3);
  CHECK(ns.ledger.neighbors.size() == 2);
  ns.converge(full());
  CHECK(ns.rounds == 0);
  CHECK(shell("ip addr show dev eth1 primary").find("10.1.0.1/24") != std::string::npos);
}

TEST_CASE("everything of ours goes, what is not ours stays") {
  Converging ns;
  ns.converge(full());
  shell("ip addr add 192.168.7.1/24 dev eth1 && ip route add 10.33.0.0/16 via 10.1.0.77 proto bird");
  shell("ip -6 route add 2001:db8:33::/48 via fe80::1 dev eth1 proto bird");
  shell("ip neigh add 10.1.0.77 lladdr 02:00:00:00:00:77 dev eth1 nud permanent");
  const auto before = foreign_state();
  plan::Desired bare;
  bare.links = full().links;
  ns.converge(bare);
  CHECK(ns.ledger.addresses.empty());
  CHECK(ns.ledger.neighbors.empty());
  const auto observed = ns.read();
  for (const auto& entry : observed.routes) CHECK(entry.protocol != plan::our_protocol);
  CHECK(find(observed, "eth1", "10.1.0.1/24") == nullptr);
  CHECK(foreign_state() == before);
}

TEST_CASE("drift of each kind is repaired") {
  Converging ns;
  ns.converge(full());
  const auto before = everything_of_ours();
  const auto* change = GENERATE(
      "ip addr del 10.1.0.1/24 dev eth1", "ip addr del 10.1.0.2/24 dev eth1", "ip addr del 2001:db8:1::1/64 dev eth1",
      "ip addr flush dev eth1", "ip route del default", "ip route del blackhole 10.66.0.0/16",
      "ip -6 route del 2001:db8:9::/48", "ip route change default via 10.1.0.253 proto 153",
      "ip neigh del 10.1.0.9 dev eth1", "ip neigh change 10.1.0.9 lladdr 02:00:00:00:00:ff dev eth1",
      "ip neigh change 10.1.0.9 dev eth1 nud stale", "ip link set eth1 down",
      "ip link set eth1 down; ip link set eth1 up", "ip link set eth1 mtu 1000", "ip link set eth1 mtu 1300",
      "sysctl -qw net.ipv4.conf.eth1.arp_ignore=0", "ip addr change 10.1.0.1/24 dev eth1 valid_lft forever",
      "ip addr change 2001:db8:1::1/64 dev eth1 valid_lft forever",
      "ip addr change 10.1.0.1/24 dev eth1 valid_lft 999 preferred_lft 999",
      "ip addr change 2001:db8:1::1/64 dev eth1 valid_lft 10 preferred_lft 0");
  CAPTURE(change);
  shell(change);
  const auto plan = ns.converge(full());
  CHECK(ns.rounds >= 1);
  CHECK(plan.problems.empty());
  CHECK(everything_of_ours() == before);
  CHECK(shell("ip -4 addr show dev eth1 primary").find("10.1.0.1/24") != std::string::npos);
}

TEST_CASE("the first address of a network becomes its primary again") {
  Converging ns;
  auto desired = full();
  Route source = route("10.5.0.0/16", "10.1.0.254");
  source.source = ip("10.1.0.2");
  desired.routes.push_back({a_name, source, {home_a}});
  ns.converge(desired);
  auto other_way = desired;
  std::swap(other_way.addresses[0], other_way.addresses[1]);
  ns.converge(other_way);
  CHECK(shell("ip addr show dev eth1 primary").find("10.1.0.2/24") != std::string::npos);
  CHECK(shell("ip addr show dev eth1 secondary").find("10.1.0.1/24") != std::string::npos);
  ns.converge(desired);
  CHECK(shell("ip addr show dev eth1 primary").find("10.1.0.1/24") != std::string::npos);
  CHECK(ns.rounds == 1);
}

TEST_CASE("a prefix length that changes, and the last address of a link replaced, keep the routes") {
  Converging ns;
  ns.converge(full());
  auto desired = full();
  desired.addresses[0].address = ifaddr("10.1.0.5/24");
  desired.addresses[1].address = ifaddr("10.1.0.2/16");
  desired.addresses[2].address = ifaddr("2001:db8:1::1/48");
  const auto plan = ns.converge(desired);
  CHECK(plan.problems.empty());
  CHECK(ns.ledger.addresses.size() == 3);
}

TEST_CASE("a source route waits for duplicate address detection") {
  Converging ns;
  auto desired = full();
  for (auto& address : desired.addresses) address.movable = false;
  auto plan = ns.converge(desired);
  REQUIRE(plan.problems.size() == 2);  // the address, and the route that needs it
  for (const auto& problem : plan.problems) CHECK(problem.kind == plan::Problem::Kind::waiting);
  shell(
      "for i in $(seq 100); do ip -6 addr show dev eth1 tentative | grep -q 2001 || exit 0; sleep 0.05; done; exit 1");
  plan = ns.converge(desired);
  CHECK(plan.problems.empty());
  CHECK(find_routes(ns.read(), "2001:db8:9::/48").size() == 1);
}

TEST_CASE("an interface that comes back is filled again, one that is renamed keeps what is ours") {
  Converging ns;
  ns.converge(full());
  shell("ip link set eth1 down && ip link set eth1 name eth9 && ip link set eth9 up");
  const plan::Desired nothing;
  auto plan = ns.converge(nothing);
  CHECK(find(ns.read(), "eth9", "10.1.0.1/24") == nullptr);
  plan = ns.converge(full());
  CHECK_FALSE(plan.problems.empty());
  shell("ip link del eth9 && ip link add eth1 type veth peer name eth2");
  plan = ns.converge(full());
  CHECK(plan.problems.empty());
  CHECK(find(ns.read(), "eth1", "10.1.0.1/24") != nullptr);
}
