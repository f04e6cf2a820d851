#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/unit/kernel/namespace.h"

using namespace cip;
using namespace cip::test;

TEST_CASE("links are read with their state, kind and settings") {
  Namespace ns;
  shell("ip link set eth1 address 02:00:00:00:00:0a mtu 1400");
  shell("ip link add br0 type bridge && ip link set eth2 master br0");
  shell("sysctl -qw net.ipv4.conf.eth1.arp_announce=1");
  const auto observed = ns.read();

  const auto* a = observed.find_link(InterfaceName("eth1"));
  REQUIRE(a != nullptr);
  CHECK(a->mtu == 1400);
  CHECK(a->up);
  CHECK(a->carrier);
  CHECK_FALSE(a->loopback);
  CHECK(a->mac == mac("02:00:00:00:00:0a"));
  CHECK(a->kind == "veth");
  CHECK(a->settings.at(plan::Setting::arp_announce) == 1);
  CHECK(a->settings.at(plan::Setting::arp_ignore) == 0);

  const auto* br = observed.find_link(InterfaceName("br0"));
  REQUIRE(br != nullptr);
  CHECK_FALSE(br->up);
  CHECK_FALSE(br->carrier);
  CHECK(br->kind == "bridge");
  const auto* lo = observed.find_link(InterfaceName("lo"));
  REQUIRE(lo != nullptr);
  CHECK(lo->loopback);
  const auto automatic = [](const auto& link) { return link.id.name.str() == "sit0"; };  // where there are tunnels
  const auto all = std::ssize(observed.links);
  CHECK(all - std::count_if(observed.links.begin(), observed.links.end(), automatic) == 4);

  CHECK(observed.find_link(a->id.index) == a);
  CHECK(observed.find_link(InterfaceName("nowhere")) == nullptr);
}

TEST_CASE("carrier is what the other end says") {
  Namespace ns;
  shell("ip link set eth2 down");
  const auto observed = ns.read();
  const auto* a = observed.find_link(InterfaceName("eth1"));
  REQUIRE(a != nullptr);
  CHECK(a->up);
  CHECK_FALSE(a->carrier);
}

TEST_CASE("MTU, admin state and settings are set") {
  Namespace ns;
  const auto a = ns.link("eth1");
  CHECK(ns.run(plan::SetMtu{a, 9000}).ok());
  CHECK(ns.run(plan::SetUp{a, false}).ok());
  CHECK(ns.run(plan::SetSetting{a, plan::Setting::arp_ignore, 1}).ok());
  CHECK(ns.run(plan::SetSetting{a, plan::Setting::arp_announce, 2}).ok());
  CHECK(ns.run(plan::SetSetting{a, plan::Setting::promote_secondaries, 1}).ok());

  const auto observed = ns.read();
  const auto* link = observed.find_link(a.index);
  REQUIRE(link != nullptr);
  CHECK(link->mtu == 9000);
  CHECK_FALSE(link->up);
  const plan::Settings expected{
      {plan::Setting::arp_ignore, 1}, {plan::Setting::arp_announce, 2}, {plan::Setting::promote_secondaries, 1}};
  CHECK(link->settings == expected);
  CHECK(shell("sysctl -n net.ipv4.conf.eth1.arp_ignore net.ipv4.conf.eth1.arp_announce "
              "net.ipv4.conf.eth1.promote_secondaries net.ipv4.conf.eth2.arp_ignore") == "1\n2\n1\n0\n");
  CHECK(ns.run(plan::SetUp{a, true}).ok());
  CHECK(ns.read().find_link(a.index)->up);
}

TEST_CASE("what the kernel refuses comes with its words") {
  Namespace ns;
  const auto too_big = ns.run(plan::SetMtu{ns.link("eth1"), 70000});
  CHECK(too_big.error == EINVAL);
  CHECK(too_big.text == "Invalid argument (mtu greater than device maximum)");
  const auto absent = ns.run(plan::SetUp{{4711, InterfaceName("nowhere")}, true});
  CHECK(absent.error == ENODEV);
  CHECK(absent.text.find("No such device") != std::string::npos);
}
