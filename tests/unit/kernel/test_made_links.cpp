// Bonds, VLANs and tunnels against the real kernel. Where it has none of these, they run in User-Mode Linux
// (tests/uml).
#include <catch2/catch.hpp>
#include <cerrno>

#include "reconciler/plan/describe.h"
#include "state/words.h"
#include "tests/unit/kernel/converging.h"

using namespace cip;
using namespace cip::test;
using namespace std::chrono_literals;

namespace {

const InterfaceRef home{ClimName("n1"), InterfaceName("bond0")};

// eth1 and eth3 are the near ends of two cables.
struct Made : Converging {
  Made() { shell("ip link add eth3 type veth peer name eth4 && ip link set eth2 up && ip link set eth4 up"); }
  plan::ObservedLink seen(const char* name) {
    const auto observed = read();
    const auto* link = observed.find_link(InterfaceName(name));
    REQUIRE(link != nullptr);
    return *link;
  }
  bool has(const char* name) { return read().find_link(InterfaceName(name)) != nullptr; }
};

plan::DesiredLink slave(const char* name, const char* bond = "bond0") {
  plan::DesiredLink link{InterfaceName(name), true, {}, {}, {home}};
  link.bond = InterfaceName(bond);
  return link;
}

plan::DesiredLink made(const char* name, std::variant<std::monostate, Bond, Vlan, plan::TunnelOptions> what) {
  plan::DesiredLink link{InterfaceName(name), true, {}, {}, {home}};
  link.made = std::move(what);
  return link;
}

Bond bond_of(BondMode mode) {
  Bond bond;
  bond.mode = mode;
  bond.slaves = {{InterfaceName("eth1"), {}, {}}, {InterfaceName("eth3"), {}, {}}};
  return bond;
}

plan::Desired with_bond(const Bond& bond) {
  plan::Desired desired;
  for (const auto& each : bond.slaves) desired.links.push_back(slave(each.name.str().c_str()));
  desired.links.push_back(made("bond0", bond));
  desired.links.back().settings = {{plan::Setting::arp_ignore, 1}, {plan::Setting::promote_secondaries, 1}};
  desired.addresses.push_back({InterfaceName("bond0"), ifaddr("10.1.0.1/24"), {}, false, {home}});
  desired.addresses.push_back({InterfaceName("bond0"), ifaddr("2001:db8:1::1/64"), {}, true, {home}});
  desired.routes.push_back({InterfaceName("bond0"), route("10.9.0.0/16", "10.1.0.254"), {home}});
  return desired;
}

const plan::BondOptions& options(const plan::ObservedLink& link) {
  return std::get<plan::BondOptions>(link.shape);
}

// As ip(8) shows it: "mode 802.3ad".
std::string shown(const std::string& option) {
  return shell("ip -d -o link show bond0 | sed 's/.* bond mode/ mode/' | grep -o ' " + option + " [^ ]*' | head -1");
}

}  // namespace

TEST_CASE("a bond of each mode comes up with its slaves and what is on it, in one round", "[bond]") {
  Made ns;
  const auto mode = GENERATE(BondMode::balance_rr, BondMode::active_backup, BondMode::balance_xor, BondMode::broadcast,
                             BondMode::ieee_802_3ad, BondMode::balance_tlb, BondMode::balance_alb);
  CAPTURE(word(mode));
  auto bond = bond_of(mode);
  bond.miimon = 50ms;
  bond.up_delay = 100ms;
  bond.down_delay = 200ms;
  bond.min_links = mode == BondMode::ieee_802_3ad ? 1 : 0;
  bond.lacp_rate = mode == BondMode::ieee_802_3ad ? LacpRate::fast : LacpRate::slow;
  bond.hash_policy = HashPolicy::layer3_4;
  if (has_primary(mode)) {
    bond.primary = InterfaceName("eth3");
    bond.primary_reselect = PrimaryReselect::failure;
  }
  const auto desired = with_bond(bond);
  auto plan = ns.converge(desired);
  CHECK(plan.problems.empty());
  CHECK(ns.rounds == 1);
  const auto link = ns.seen("bond0");
  CHECK(link.kind == "bond");
  CHECK(link.up);
  CHECK(options(link).mode == mode);
  CHECK(ns.seen("eth1").master == link.id.index);
  CHECK(ns.seen("eth3").master == link.id.index);
  CHECK(ns.seen("eth3").up);
  CHECK(shown("mode") == " mode " + std::string(word(mode)) + "\n");
  CHECK(shown("miimon") == " miimon 50\n");
  CHECK(shown("updelay") == " updelay 100\n");
  CHECK(shown("downdelay") == " downdelay 200\n");
  CHECK(shown("xmit_hash_policy") == " xmit_hash_policy layer3+4\n");
  if (has_primary(mode)) {
    CHECK(shown("primary") == " primary eth3\n");
    CHECK(shown("primary_reselect") == " primary_reselect failure\n");
  }
  if (mode == BondMode::ieee_802_3ad) CHECK(shown("lacp_rate") == " lacp_rate fast\n");
  REQUIRE(ns.ledger.links.size() == 1);
  CHECK(ns.ledger.links[0] == plan::OwnedLink{link.id, "bond", {home}});
  CHECK(find(ns.read(), "bond0", "2001:db8:1::1/64") != nullptr);

  ns.converge({});
  CHECK_FALSE(ns.has("bond0"));
  CHECK(ns.seen("eth1").master == 0);
  CHECK(ns.ledger.links.empty());
}

TEST_CASE("what can change while a bond is up changes there, the rest without removing it", "[bond]") {
  Made ns;
  auto bond = bond_of(BondMode::active_backup);
  bond.primary = InterfaceName("eth1");
  ns.converge(with_bond(bond));
  const int index = ns.seen("bond0").id.index;

  bond.miimon = 20ms;
  bond.up_delay = 40ms;
  bond.primary = InterfaceName("eth3");
  bond.primary_reselect = PrimaryReselect::better;
  bond.hash_policy = HashPolicy::layer2_3;
  auto changed = with_bond(bond);
  const auto plan = plan::make_plan(changed, ns.read(), ns.ledger);
  REQUIRE(plan.operations.size() == 1);
  CHECK(std::holds_alternative<plan::SetBond>(plan.operations[0].action));
  ns.converge(changed);
  CHECK(ns.rounds == 1);
  CHECK(shown("miimon") == " miimon 20\n");
  CHECK(shown("updelay") == " updelay 40\n");
  CHECK(shown("primary") == " primary eth3\n");
  CHECK(shown("primary_reselect") == " primary_reselect better\n");

  bond.primary = InterfaceName();
  ns.converge(with_bond(bond));
  CHECK(options(ns.seen("bond0")).primary.value_or(plan::LinkRef{}).index == 0);

  bond = bond_of(BondMode::ieee_802_3ad);
  ns.converge(with_bond(bond));
  CHECK(ns.seen("bond0").id.index == index);
  CHECK(shown("mode") == " mode 802.3ad\n");
  CHECK(ns.seen("eth1").master == index);
  bond.lacp_rate = LacpRate::fast;
  ns.converge(with_bond(bond));
  CHECK(ns.seen("bond0").id.index == index);
  CHECK(shown("lacp_rate") == " lacp_rate fast\n");
  CHECK(ns.rounds <= 2);  // IPv6 goes while it is down
  CHECK(find(ns.read(), "bond0", "2001:db8:1::1/64") != nullptr);
}

TEST_CASE("slaves come and go, and from one bond to another", "[bond]") {
  Made ns;
  auto bond = bond_of(BondMode::active_backup);
  bond.slaves.pop_back();
  ns.converge(with_bond(bond));
  CHECK(ns.seen("eth3").master == 0);
  ns.converge(with_bond(bond_of(BondMode::active_backup)));
  CHECK(ns.rounds == 1);
  CHECK(ns.seen("eth3").master == ns.seen("bond0").id.index);
  shell("ip link set eth3 nomaster");  // drift
  ns.converge(with_bond(bond_of(BondMode::active_backup)));
  CHECK(ns.seen("eth3").master == ns.seen("bond0").id.index);

  auto two = with_bond(bond);
  two.links.push_back(slave("eth3", "bond1"));
  auto other = bond;
  other.slaves[0].name = InterfaceName("eth3");
  two.links.push_back(made("bond1", other));
  ns.converge(two);
  CHECK(ns.seen("eth3").master == ns.seen("bond1").id.index);
  CHECK(ns.seen("eth3").up);
  CHECK(ns.ledger.links.size() == 2);
}

TEST_CASE("an interface that leaves a bond serves by itself", "[bond]") {
  Made ns;
  ns.converge(with_bond(bond_of(BondMode::active_backup)));
  plan::Desired single;
  single.links.push_back({InterfaceName("eth1"), true, {}, {}, {home}});
  single.addresses.push_back({InterfaceName("eth1"), ifaddr("10.1.0.1/24"), {}, false, {home}});
  ns.converge(single);
  CHECK_FALSE(ns.has("bond0"));
  CHECK(ns.seen("eth1").up);
  CHECK(find(ns.read(), "eth1", "10.1.0.1/24") != nullptr);
}

TEST_CASE("a slave that is missing is reported, and comes in when it is there", "[bond]") {
  Made ns;
  shell("ip link del eth3");
  auto plan = ns.converge(with_bond(bond_of(BondMode::active_backup)));
  REQUIRE(plan.problems.size() == 1);
  CHECK(describe(plan.problems[0].subject) == "interface eth3");
  CHECK(plan.problems[0].text == "interface eth3 does not exist");
  CHECK(ns.seen("bond0").carrier);
  shell("ip link add eth3 type veth peer name eth4");
  plan = ns.converge(with_bond(bond_of(BondMode::active_backup)));
  CHECK(plan.problems.empty());
  CHECK(ns.seen("eth3").master == ns.seen("bond0").id.index);
}

TEST_CASE("a bond that is not ours is used if it is as wanted, and else left alone", "[bond]") {
  Made ns;
  shell(
      "ip link add bond0 type bond mode active-backup miimon 100 && ip link set eth1 down && ip link set eth3 down && "
      "ip link set eth1 master bond0 && ip link set eth3 master bond0 && ip link set bond0 up");
  auto plan = ns.converge(with_bond(bond_of(BondMode::active_backup)));
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == plan::Problem::Kind::foreign);
  CHECK(find(ns.read(), "bond0", "10.1.0.1/24") != nullptr);
  CHECK(ns.ledger.links.empty());

  plan = ns.converge(with_bond(bond_of(BondMode::ieee_802_3ad)));
  REQUIRE_FALSE(plan.problems.empty());
  CHECK(plan.problems[0].kind == plan::Problem::Kind::conflict);
  CHECK(plan.problems[0].text.find("mode active-backup") != std::string::npos);
  CHECK(shown("mode") == " mode active-backup\n");
  ns.converge({});
  CHECK(ns.has("bond0"));
}

TEST_CASE("a slave that is in somebody else's bridge stays there", "[bond]") {
  Made ns;
  shell("ip link add br0 type bridge && ip link set eth3 master br0");
  const auto plan = ns.converge(with_bond(bond_of(BondMode::active_backup)));
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].text == "it is in br0, which is not ours; take it out (ip link set dev eth3 nomaster)");
  CHECK(ns.seen("eth3").master == ns.seen("br0").id.index);
}

TEST_CASE("an interface is found by its MAC address and gets our name, also as a slave", "[bond]") {
  Made ns;
  shell("ip link set eth1 address 02:00:00:00:00:11 && ip link set eth3 address 02:00:00:00:00:33");
  shell("ip link set eth1 down && ip link set eth1 name weird0");
  auto desired = with_bond(bond_of(BondMode::active_backup));
  desired.links[0].match_mac = mac("02:00:00:00:00:11");
  desired.links[1].match_mac = mac("02:00:00:00:00:33");
  auto plan = ns.converge(desired);
  CHECK(plan.problems.empty());
  CHECK(ns.seen("eth1").master == ns.seen("bond0").id.index);
  // The bond gave it the other's address; it is still found.
  CHECK(ns.seen("eth3").permanent_mac == mac("02:00:00:00:00:33"));
  ns.converge(desired);
  CHECK(ns.rounds == 0);
}

TEST_CASE("VLANs on a device and on a bond, made and rebuilt", "[vlan][bond]") {
  Made ns;
  auto desired = with_bond(bond_of(BondMode::active_backup));
  const Vlan on_bond{InterfaceName("bond0"), 100};
  desired.links.push_back(made("bond0.100", on_bond));
  desired.links.back().mtu = 1400;
  desired.addresses.push_back({InterfaceName("bond0.100"), ifaddr("10.100.0.1/24"), {}, false, {home}});
  ns.converge(desired);
  CHECK(ns.rounds == 1);
  auto vlan = ns.seen("bond0.100");
  CHECK(vlan.up);
  CHECK(vlan.mtu == 1400);
  CHECK(std::get<plan::VlanOptions>(vlan.shape).id == 100);
  CHECK(std::get<plan::VlanOptions>(vlan.shape).link.index == ns.seen("bond0").id.index);
  CHECK(ns.ledger.links.size() == 2);

  // Its id and its place are for life.
  std::get<Vlan>(desired.links.back().made).id = 101;
  ns.converge(desired);
  CHECK(std::get<plan::VlanOptions>(ns.seen("bond0.100").shape).id == 101);
  CHECK(find(ns.read(), "bond0.100", "10.100.0.1/24") != nullptr);
  CHECK(ns.rounds == 1);
  std::get<Vlan>(desired.links.back().made).link = InterfaceName("eth2");
  desired.links.push_back({InterfaceName("eth2"), true, {}, {}, {home}});
  ns.converge(desired);
  CHECK(std::get<plan::VlanOptions>(ns.seen("bond0.100").shape).link.index == ns.link("eth2").index);

  // Down with what it is on.
  desired.links.back().up = false;
  const auto plan = ns.converge(desired);
  CHECK_FALSE(ns.seen("bond0.100").up);
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].kind == plan::Problem::Kind::down);
  desired.links.back().up = true;
  ns.converge(desired);
  CHECK(ns.seen("bond0.100").up);

  shell("ip link del bond0.100");  // drift
  ns.converge(desired);
  CHECK(ns.seen("bond0.100").up);
  ns.converge({});
  CHECK_FALSE(ns.has("bond0.100"));
  CHECK_FALSE(ns.has("bond0"));
}

TEST_CASE("an MTU larger than before goes from the bottom up", "[vlan][bond]") {
  Made ns;
  auto desired = with_bond(bond_of(BondMode::balance_rr));
  desired.links.push_back(made("bond0.7", Vlan{InterfaceName("bond0"), 7}));
  for (auto& link : desired.links) link.mtu = 9000;
  ns.converge(desired);
  CHECK(ns.rounds == 1);
  CHECK(ns.seen("eth1").mtu == 9000);
  CHECK(ns.seen("bond0.7").mtu == 9000);
  for (auto& link : desired.links) link.mtu = 1500;
  ns.converge(desired);
  CHECK(ns.rounds == 1);
  CHECK(ns.seen("eth3").mtu == 1500);
  CHECK(ns.seen("bond0.7").mtu == 1500);
}

TEST_CASE("tunnels, with and without a local address, change while they are up", "[sit]") {
  Made ns;
  plan::Desired desired;
  desired.links.push_back({InterfaceName("eth1"), true, {}, {}, {home}});
  desired.addresses.push_back({InterfaceName("eth1"), ifaddr("10.1.0.1/24"), {}, false, {home}});
  desired.links.push_back(made("tun1", plan::TunnelOptions{ip("10.1.0.1"), ip("192.0.2.9"), 64}));
  desired.links.back().mtu = 1400;
  desired.links.push_back(made("tun2", plan::TunnelOptions{{}, ip("192.0.2.10"), 255}));
  desired.addresses.push_back({InterfaceName("tun1"), ifaddr("2001:db8:ff::1/64"), 10s, true, {home}});
  desired.routes.push_back({InterfaceName("tun1"), route("2001:db8:aa::/48"), {home}});
  auto plan = ns.converge(desired);
  CHECK(plan.problems.empty());
  CHECK(ns.rounds == 1);
  const auto shown = shell("ip -d tunnel show tun1; ip tunnel show tun2");
  CHECK(shown.find("tun1: ipv6/ip remote 192.0.2.9 local 10.1.0.1 ttl 64") != std::string::npos);
  CHECK(shown.find("tun2: ipv6/ip remote 192.0.2.10 local any ttl 255") != std::string::npos);
  const int index = ns.seen("tun1").id.index;
  CHECK(ns.seen("tun1").mtu == 1400);
  CHECK(find_routes(ns.read(), "2001:db8:aa::/48").size() == 1);

  std::get<plan::TunnelOptions>(desired.links[1].made) = {ip("10.1.0.1"), ip("192.0.2.99"), 32};
  ns.converge(desired);
  CHECK(ns.rounds == 1);
  CHECK(ns.seen("tun1").id.index == index);
  CHECK(shell("ip tunnel show tun1").find("remote 192.0.2.99 local 10.1.0.1 ttl 32") != std::string::npos);
  CHECK(find_routes(ns.read(), "2001:db8:aa::/48").size() == 1);

  ns.converge({});
  CHECK_FALSE(ns.has("tun1"));
  CHECK_FALSE(ns.has("tun2"));
  CHECK(ns.has("sit0"));  // nobody's
}

TEST_CASE("one of ours that was renamed gets its name back", "[vlan]") {
  Made ns;
  plan::Desired desired;
  desired.links.push_back({InterfaceName("eth1"), true, {}, {}, {home}});
  desired.links.push_back(made("eth1.5", Vlan{InterfaceName("eth1"), 5}));
  ns.converge(desired);
  const int index = ns.seen("eth1.5").id.index;
  shell("ip link set eth1.5 down && ip link set eth1.5 name other && ip link set other up");
  ns.converge(desired);
  CHECK(ns.seen("eth1.5").id.index == index);
  CHECK_FALSE(ns.has("other"));
}
