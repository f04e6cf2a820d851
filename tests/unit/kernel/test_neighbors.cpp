#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/unit/kernel/namespace.h"

using namespace cip;
using namespace cip::test;

TEST_CASE("a neighbour is added for good, marked, replaced and removed") {
  const auto* text = GENERATE("10.1.0.9", "2001:db8:1::9");
  CAPTURE(text);
  Namespace ns;
  const auto a = ns.link("eth1");
  const Neighbor first{ip(text), mac("02:00:00:00:00:01")};
  const Neighbor second{ip(text), mac("02:00:00:00:00:02")};
  REQUIRE(ns.run(plan::AddNeighbor{a, first}).text.empty());
  auto observed = ns.read();
  const auto* there = find_neighbor(observed, "eth1", text);
  REQUIRE(there != nullptr);
  CHECK(there->link == a);
  CHECK(there->neighbor == first);
  CHECK(there->permanent);
  CHECK(there->protocol == plan::our_protocol);

  CHECK(ns.run(plan::AddNeighbor{a, second}).error == EEXIST);
  CHECK(find_neighbor(ns.read(), "eth1", text)->neighbor == first);
  CHECK(ns.run(plan::ReplaceNeighbor{a, second}).ok());
  CHECK(find_neighbor(ns.read(), "eth1", text)->neighbor == second);

  CHECK(ns.run(plan::RemoveNeighbor{a, ip(text)}).ok());
  CHECK(find_neighbor(ns.read(), "eth1", text) == nullptr);
  CHECK(ns.run(plan::RemoveNeighbor{a, ip(text)}).error == ENOENT);
}

TEST_CASE("an entry that the kernel has learnt becomes ours") {
  Namespace ns;
  const auto a = ns.link("eth1");
  shell("ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:01 dev eth1 nud stale");
  const auto observed = ns.read();
  const auto* learnt = find_neighbor(observed, "eth1", "10.1.0.9");
  REQUIRE(learnt != nullptr);
  CHECK_FALSE(learnt->permanent);
  CHECK(learnt->protocol != plan::our_protocol);
  CHECK(ns.run(plan::ReplaceNeighbor{a, {ip("10.1.0.9"), mac("02:00:00:00:00:02")}}).ok());
  const auto after = ns.read();
  const auto* ours = find_neighbor(after, "eth1", "10.1.0.9");
  REQUIRE(ours != nullptr);
  CHECK(ours->permanent);
  CHECK(ours->protocol == plan::our_protocol);
  CHECK(ours->neighbor.mac == mac("02:00:00:00:00:02"));
}

TEST_CASE("proxy entries and forwarding tables are not neighbours") {
  Namespace ns;
  shell("ip neigh add proxy 10.1.0.7 dev eth1");
  shell("ip link add br0 type bridge && ip link set eth2 master br0");
  shell("bridge fdb add 02:00:00:00:00:33 dev eth2 master static");
  const auto observed = ns.read();
  CHECK(find_neighbor(observed, "eth1", "10.1.0.7") == nullptr);
  for (const auto& neighbor : observed.neighbors) CHECK(neighbor.neighbor.mac != mac("02:00:00:00:00:33"));
}
