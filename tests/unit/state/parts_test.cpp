// Bonds, VLANs, tunnels, rules: their JSON, and what a reader refuses.
#include <catch2/catch.hpp>
#include <random>

#include "state/json.h"
#include "state/violation.h"
#include "state/words.h"
#include "tests/unit/state/sample.h"

using namespace cip;

namespace {

// What a reader says of the object, or nothing.
std::string refusal(const HomeInterface& interface) {
  const auto read = home_interface_from_json(to_json(interface), "x");
  if (read) {
    CHECK(*read == interface);
    return "";
  }
  return read.error().message;
}

// The same after a change.
template <class Change>
std::string refusal(HomeInterface interface, Change change) {
  change(interface);
  return refusal(interface);
}

IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}

}  // namespace

TEST_CASE("bonds, VLANs and tunnels survive being written and read") {
  CHECK(refusal(sample::bond("n1", "n2")).empty());
  CHECK(refusal(sample::vlan("n1", "n2")).empty());
  CHECK(refusal(sample::lone_tunnel("n1")).empty());
}

TEST_CASE("a bond is written with its units in the keys, and without the kernel's defaults") {
  HomeInterface interface;
  interface.name = {ClimName("n1"), InterfaceName("bond0")};
  interface.kind = InterfaceKind::bond;
  interface.bond.emplace().slaves = {{InterfaceName("eth2"), {}, {}}};
  CHECK(to_json(interface) == R"({
  "bond": {
    "miimon-ms": 100,
    "mode": "balance-rr",
    "slaves": [
      {
        "name": "eth2"
      }
    ]
  },
  "format": 1,
  "kind": "bond",
  "name": "n1.bond0"
}
)");
}

TEST_CASE("a reader refuses a bond that K5 or K6 forbids, and says where") {
  const auto bond = sample::bond("n1", "n2");
  CHECK(refusal(bond, [](auto& each) { each.bond->slaves.clear(); }) == "x: bond.slaves: must have at least one slave");
  CHECK(refusal(bond, [](auto& each) { each.bond->slaves[1].name = each.bond->slaves[0].name; }) ==
        "x: bond.slaves[1].name: is there twice");
  CHECK(refusal(bond, [](auto& each) { each.bond->slaves[1].name = InterfaceName("bond0"); }) ==
        "x: bond.slaves: must not have the bond itself");
  CHECK(refusal(bond, [](auto& each) { each.bond->primary = InterfaceName("eth9"); }) ==
        "x: bond.primary: must be one of the slaves");
  CHECK(refusal(bond, [](auto& each) { each.bond->mode = BondMode::ieee_802_3ad; }) ==
        "x: bond.primary: there is none in mode 802.3ad");
}

TEST_CASE("a reader refuses parts of another kind") {
  const auto bond = sample::bond("n1", "n2");
  const auto vlan = sample::vlan("n1", "n2");
  CHECK(refusal(bond, [](auto& each) { each.kind = InterfaceKind::physical; }) ==
        "x: bond: an interface of kind physical has none");
  CHECK(refusal(bond, [](auto& each) { each.bond.reset(); }) == "x: kind: `bond` is missing");
  CHECK(refusal(vlan, [](auto& each) { each.kind = InterfaceKind::physical; }) ==
        "x: vlan: an interface of kind physical has none");
  CHECK(refusal(vlan, [](auto& each) { each.vlan.reset(); }) == "x: kind: `vlan` is missing");
  CHECK(refusal(vlan, [](auto& each) { each.match_mac = MacAddress(); }) ==
        "x: match-mac: an interface of kind vlan has none");
  CHECK(refusal(sample::home("n1", "n2"), [](auto& each) {
          each.match_mac.reset();
          each.kind = InterfaceKind::maintenance;
        }) == "x: failover: an interface of kind maintenance has none");
  CHECK(refusal(bond, [](auto& each) { each.failover->clim = ClimName("n1"); }) ==
        "x: failover: must be on another CLIM");
}

TEST_CASE("a reader refuses a VLAN that K8 forbids") {
  const auto vlan = sample::vlan("n1", "n2");
  for (const int id : {0, 4095, 65535}) {
    CHECK(refusal(vlan, [id](auto& each) { each.vlan->id = static_cast<std::uint16_t>(id); }) ==
          "x: vlan.id: must be a whole number from 1 to 4094");
  }
  CHECK(refusal(vlan, [](auto& each) { each.vlan->id = 4094; }).empty());
  CHECK(refusal(vlan, [](auto& each) { each.vlan->link = each.name.interface; }) ==
        "x: vlan.link: must not be the VLAN itself");
}

TEST_CASE("a reader refuses routes and rules whose parts are of different families") {
  const auto home = sample::home("n1", "n2");
  CHECK(refusal(home, [](auto& each) { each.routes[1].gateway = ip("10.1.0.254"); }) ==
        "x: routes[1].gateway: must be of the family of the destination");
  CHECK(refusal(home, [](auto& each) { each.routes[0].source = ip("::1"); }) ==
        "x: routes[0].source: must be of the family of the destination");
  CHECK(refusal(home, [](auto& each) { each.routes[1].metric = 0; }) == "x: routes[1].metric: must not be 0 in IPv6");
  CHECK(refusal(home, [](auto& each) { each.rules[0].from.reset(); }) == "x: rules[0]: must have `from` or `to`");
  CHECK(refusal(home, [](auto& each) { each.rules[1].to = Prefix::parse("10.0.0.0/8"); }) ==
        "x: rules[1].to: must be of the family of `from`");
}

TEST_CASE("a reader refuses a tunnel that K7 forbids") {
  const auto home = sample::home("n1", "n2");
  CHECK(refusal(home, [](auto& each) { each.tunnels[1].local = ip("10.1.0.9"); }) ==
        "x: tunnels[1].local: must be one of the addresses of the interface");
  CHECK(refusal(home, [](auto& each) { each.tunnels[1].local = ip("2001:db8:1::1"); }) ==
        "x: tunnels[1].local: must be an IPv4 address");
  CHECK(refusal(home, [](auto& each) { each.tunnels[0].local.reset(); }) == "x: tunnels[0]: `local` is missing");
  CHECK(refusal(home, [](auto& each) { each.tunnels[0].remote = ip("::1"); }) ==
        "x: tunnels[0].remote: must be an IPv4 address");
  CHECK(refusal(home, [](auto& each) { each.tunnels[0].ttl = 0; }) ==
        "x: tunnels[0].ttl: must be a whole number from 1 to 255");
  CHECK(refusal(home, [](auto& each) { each.tunnels[1].name = each.tunnels[0].name; }) ==
        "x: tunnels[1].name: is there twice");
  CHECK(refusal(home, [](auto& each) { each.tunnels[0].routes[0].gateway = ip("10.0.0.1"); }) ==
        "x: tunnels[0].routes[0].gateway: must be of the family of the destination");
}

TEST_CASE("a tunnel that does not move is alone in its file") {
  const auto lone = sample::lone_tunnel("n1");
  CHECK(refusal(lone, [](auto& each) { each.tunnels.clear(); }) == "x: tunnels: must be the tunnel alone");
  CHECK(refusal(lone, [](auto& each) { each.tunnels[0].name = InterfaceName("tun8"); }) ==
        "x: tunnels[0].name: must be tun9");
  CHECK(refusal(lone, [](auto& each) { each.tunnels[0].local = ip("10.1.0.1"); }) ==
        "x: tunnels[0].local: a tunnel with a local address is a resource of the interface that has it");
  CHECK(refusal(lone, [](auto& each) { each.mtu = 1400; }) == "x: kind: a tunnel has nothing beside itself here");
}

TEST_CASE("a reader refuses values that are none") {
  auto text = to_json(sample::bond("n1", "n2"));
  const auto refusal_with = [&](const std::string& from, const std::string& to) {
    auto changed = text;
    REQUIRE(changed.find(from) != std::string::npos);
    changed.replace(changed.find(from), from.size(), to);
    const auto read = home_interface_from_json(changed, "x");
    return read ? std::string() : read.error().message;
  };
  CHECK(refusal_with("\"active-backup\"", "\"backup\"") ==
        "x: bond.mode: must be one of balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, "
        "balance-alb");
  CHECK(refusal_with("\"miimon-ms\": 50", "\"miimon-ms\": -1") ==
        "x: bond.miimon-ms: must be a whole number up to 4294967295");
  CHECK(refusal_with("\"miimon-ms\"", "\"miimon\"") == "x: bond: unknown key `miimon`");
  CHECK(refusal_with("\"02:00:00:00:00:02\"", "\"02:00\"") == "x: bond.slaves[0].match-mac: must be a MAC address");
  text = to_json(sample::home("n1", "n2"));
  CHECK(refusal_with("\"ttl\": 64", "\"ttl\": 256") == "x: tunnels[0].ttl: must be a whole number up to 255");
}

TEST_CASE("every object that keeps its promises survives being written and read") {
  std::mt19937 random(1);
  const auto one_of = [&](unsigned low, unsigned high) {
    return std::uniform_int_distribution<unsigned>(low, high)(random);
  };
  for (int round = 0; round < 500; ++round) {
    auto interface = sample::bond("n1", "n2");
    auto& bond = *interface.bond;
    bond.mode = words_of<BondMode>.at(one_of(0, 6)).value;
    bond.primary = has_primary(bond.mode) && one_of(0, 1) == 1 ? InterfaceName("eth3") : InterfaceName();
    bond.primary_reselect = words_of<PrimaryReselect>.at(one_of(0, 2)).value;
    bond.lacp_rate = words_of<LacpRate>.at(one_of(0, 1)).value;
    bond.hash_policy = words_of<HashPolicy>.at(one_of(0, 5)).value;
    bond.miimon = std::chrono::milliseconds(one_of(0, 200));
    bond.up_delay = std::chrono::milliseconds(one_of(0, 2) * 100);
    bond.down_delay = std::chrono::milliseconds(one_of(0, 2) * 100);
    bond.min_links = one_of(0, 2);
    for (auto i = one_of(0, 3); i > 0; --i) {
      Rule rule;
      rule.priority = one_of(0, 2000);
      rule.table = one_of(1, 300);
      rule.from = Prefix(ip(one_of(0, 1) == 1 ? "10.0.0.0" : "2001:db8::"), static_cast<int>(one_of(0, 32)));
      if (one_of(0, 1) == 1) {
        rule.to = Prefix(rule.from->network(), static_cast<int>(one_of(0, 32)));
      }
      interface.rules.push_back(rule);
    }
    CHECK(refusal(interface).empty());
  }
}

TEST_CASE("a reader refuses a CLIM that is its own peer, and a CLIM that is there twice") {
  const auto files = sample::tree();
  auto clim = *clim_from_json(files.at("n1/clim.json"), "x");
  clim.peers[0].name = clim.name;
  CHECK(clim_from_json(to_json(clim), "x").error().message == "x: peers[0].name: must be another CLIM");
  auto manifest = *manifest_from_json(files.at("manifest.json"), "x");
  manifest.clims[1].clim = manifest.clims[0].clim;
  CHECK(manifest_from_json(to_json(manifest), "x").error().message == "x: clims[1].name: is there twice");
}
