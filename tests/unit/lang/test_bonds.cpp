// Bonds and VLANs: every word, every bound.
#include <catch2/catch.hpp>

#include "state/words.h"
#include "tests/unit/lang/compile_text.h"

namespace cip::lang {
namespace {

using namespace std::chrono_literals;

std::string in_bond(const std::string& text) {
  return Compiled("clim n1 { bond bond0 { slaves eth2, eth3; " + text + " } }").codes();
}

std::string in_vlan(const std::string& text) {
  return Compiled("clim n1 { interface eth1 { } vlan eth1.5 { " + text + " } }").codes();
}

const Interface& only(const Compiled& compiled, const std::string& name) {
  const auto* found = compiled.cluster.find(InterfaceRef{ClimName("n1"), InterfaceName(name)});
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

TEST_CASE("a bond has all that its block says") {
  const Compiled compiled(R"(provider blue;
clim n1 {
  bond bond0 {
    provider blue; lan upper; mtu 9000; description "two ports"; address 10.1.0.1/24;
    route 10.9.0.0/16 via 10.1.0.254; rule from 10.1.0.0/24 table 7; neighbor 10.1.0.9 at 02:00:00:00:00:09;
    failover n2.bond0;
    slaves eth2, "eth.3";
    slaves eth4;
    mode active-backup; primary eth4; primary-reselect better; miimon 50ms; min-links 2; lacp-rate slow;
    hash-policy layer3+4; up-delay 200ms; down-delay 100ms;
  }
})");
  // lacp-rate is for another mode
  CHECK(compiled.codes() == "E0002");
  const auto& interface = only(compiled, "bond0");
  CHECK(interface.kind == InterfaceKind::bond);
  CHECK(interface.addresses.size() == 1);
  CHECK(interface.rules.size() == 1);
  CHECK(compiled.cluster.failovers.size() == 1);
  const auto& bond = interface.bond;
  REQUIRE(bond.slaves.size() == 3);
  CHECK(bond.slaves[1].value.str() == "eth.3");
  CHECK(bond.slaves[2].value.str() == "eth4");
  CHECK(compiled.place(bond.slaves[2].origin) == "8:12");
  CHECK(bond.mode.value().value == BondMode::active_backup);
  CHECK(bond.primary.value().value.str() == "eth4");
  CHECK(bond.primary_reselect.value().value == PrimaryReselect::better);
  CHECK(bond.miimon.value().value == 50ms);
  CHECK(bond.min_links.value().value == 2);
  CHECK(bond.lacp_rate.value().value == LacpRate::slow);
  CHECK(bond.hash_policy.value().value == HashPolicy::layer3_4);
  CHECK(bond.up_delay.value().value == 200ms);
  CHECK(bond.down_delay.value().value == 100ms);
}

TEST_CASE("all modes and words of the kernel") {
  for (const auto& row : cip::words_of<BondMode>) {
    INFO(row.word);
    CHECK(in_bond("mode " + std::string(row.word) + ";").empty());
    CHECK(in_bond("mode \"" + std::string(row.word) + "\";").empty());
  }
  for (const auto& row : cip::words_of<HashPolicy>) {
    CHECK(in_bond("hash-policy \"" + std::string(row.word) + "\";").empty());
  }
  CHECK(in_bond("mode 802.3ad; lacp-rate fast; hash-policy layer2;").empty());
  CHECK(in_bond("mode active-bakup;") == "E0002");
  CHECK(in_bond("mode 1;") == "E0001");
  CHECK(in_bond("mode;") == "E0001");
  CHECK(in_bond("primary-reselect sometimes;") == "E0002");
  CHECK(in_bond("mode 802.3ad; lacp-rate 1;") == "E0001");
  CHECK(in_bond("lacp-rate fast;") == "E0002");
  CHECK(in_bond("mode actve-backup; lacp-rate fast;") == "E0002");
  // a sum to the lexer
  CHECK(in_bond("hash-policy layer2+3;") == "E0001");
  CHECK(in_bond("hash-policy vlan+srcmac;") == "E0001");
  CHECK(in_bond("hash-policy layer4;") == "E0002");
}

TEST_CASE("times and numbers of a bond") {
  CHECK(in_bond("miimon 1ms;").empty());
  CHECK(in_bond("miimon 1h;").empty());
  CHECK(in_bond("miimon 0ms;") == "E0007");
  CHECK(in_bond("miimon 2h;") == "E0007");
  CHECK(in_bond("miimon 100;") == "E0005");
  CHECK(in_bond("up-delay 0ms; down-delay 0s;").empty());
  CHECK(in_bond("up-delay 200ms;").empty());
  CHECK(in_bond("up-delay 2h;") == "E0007");
  CHECK(in_bond("min-links 0;").empty());
  CHECK(in_bond("min-links 2147483647;").empty());
  CHECK(in_bond("min-links 2147483648;") == "E0007");
  // the kernel would round down to multiples of miimon, 100 ms by default
  CHECK(in_bond("up-delay 250ms;") == "E0007");
  CHECK(in_bond("miimon 50ms; up-delay 250ms;").empty());
  CHECK(in_bond("up-delay 250ms; miimon 100ms; down-delay 50ms;") == "E0007 E0007");
  CHECK(in_bond("up-delay 250ms; miimon 0ms;") == "E0007");
  CHECK(in_bond("up-delay 250ms; mimon 50ms;") == "E0002");
}

TEST_CASE("what a bond has once, and whose names it has") {
  CHECK(in_bond("mode balance-rr; mode balance-rr;") == "E0004");
  CHECK(in_bond("slaves \"eth2:1\";") == "E0101");
  CHECK(in_bond("slaves eth2:1, eth7;") == "E0101");
  CHECK(in_bond("slaves interface-name-of-20;") == "E0007");
  CHECK(in_bond("slaves;") == "E0001");
  CHECK(in_bond("slaves eth5 eth6;") == "E0001");
  CHECK(in_bond("slaves mode, id, link;").empty());  // bare words are themselves
  CHECK(in_bond("match-mac 02:00:00:00:00:01;") == "E0002");
  CHECK(Compiled("clim n1 { interface eth1 { slaves eth2; } }").codes() == "E0002");
}

TEST_CASE("slaves are known by name, the first bond counts, and what cannot be one is none") {
  const Compiled compiled(R"(clim n1 {
  interface eth3 { }
  vlan eth3.5 { link eth4; id 5; }
  bond bond0 { slaves eth2, eth3, eth3.5, bond1; }
  bond bond1 { slaves eth3, eth4; }
})");
  const Clim& n1 = *compiled.cluster.find(ClimName("n1"));
  REQUIRE(n1.bond_of(InterfaceName("eth2")) != nullptr);
  CHECK(n1.bond_of(InterfaceName("eth3"))->name.str() == "n1.bond0");
  CHECK(n1.bond_of(InterfaceName("eth4"))->name.str() == "n1.bond1");
  CHECK(n1.bond_of(InterfaceName("eth3.5")) == nullptr);
  CHECK(n1.bond_of(InterfaceName("bond1")) == nullptr);
  CHECK(n1.bond_of(InterfaceName("eth5")) == nullptr);
}

TEST_CASE("a VLAN has a link and an id") {
  const Compiled compiled("clim n1 { interface eth1 { } vlan v { link eth1; id 4094; mtu 1400; } }");
  CHECK(compiled.codes().empty());
  const auto& vlan = only(compiled, "v").vlan;
  CHECK(vlan.link.value().value.str() == "eth1");
  CHECK(vlan.id.value().value == 4094);
  CHECK(in_vlan("link eth1; id 1;").empty());
  CHECK(in_vlan("link eth1; id 0;") == "E0007");
  CHECK(in_vlan("link eth1; id 4095;") == "E0007");
  CHECK(in_vlan("link eth1; id \"5\";") == "E0005");
  CHECK(in_vlan("link eth1; id 5; id 6;") == "E0004");
}

TEST_CASE("what a VLAN lacks is one error, unless something else explains it") {
  CHECK(in_vlan("link eth1;") == "E0011");
  CHECK(in_vlan("id 5;") == "E0011");
  CHECK(in_vlan("") == "E0011");
  CHECK(in_vlan("link eth1; id 5000;") == "E0007");
  CHECK(in_vlan("link eth1; idd 5;") == "E0002");
  CHECK(in_vlan("link eth1; tag 5;") == "E0002");   // a number that was meant for the id
  CHECK(in_vlan("parent eth1; id 5;") == "E0002");  // a name that was meant for the link
  CHECK(in_vlan("link eth1; parent 5ms;") == "E0011 E0002");
  CHECK(Compiled("clim n1 { interface eth1 { } vlan v { link eth1; id 5; } vlan v { } }").codes() == "E0004");
  CHECK(Compiled("clim n1 { vlan { } }").codes() == "E0001");
}

TEST_CASE("the link of a VLAN is an interface of its CLIM") {
  CHECK(Compiled("clim n1 { interface eth1 { } vlan v { link eth2; id 5; } }").codes() == "E0003");
  CHECK(Compiled("clim n1 { vlan v { link eth1; id 5; } } clim n2 { interface eth1 { } }").codes() == "E0003");
  CHECK(Compiled("clim n1 { vlan v { link eth1; id 5; } } clim n1 { interface eth1 { } }").codes().empty());
  CHECK(Compiled("clim n1 { vlan v { link eth1; id 5; } bond b { slaves eth1; } }").codes().empty());  // E0112
  // there may be one whose text is wrong
  CHECK(Compiled("clim n1 { vlan v { link eth1; id 5; } interfce eth1 { } }").codes() == "E0002");
  CHECK(Compiled("clim n1 { vlan v { link eth1; id 5; } bond b { slavs eth1; } }").codes() == "E0002");
}

TEST_CASE("a physical interface is found by its MAC address") {
  const Compiled compiled("clim n1 { interface eth1 { match-mac 02:00:00:00:00:01; } }");
  CHECK(compiled.codes().empty());
  CHECK(only(compiled, "eth1").match_mac.value().value.str() == "02:00:00:00:00:01");
  CHECK(Compiled("clim n1 { maintenance eth0 { match-mac 02:00:00:00:00:01; } }").codes().empty());
  CHECK(Compiled("clim n1 { loopback lo { match-mac 02:00:00:00:00:01; } }").codes() == "E0002");
  CHECK(Compiled("clim n1 { interface eth1 { match-mac 01:00:5e:00:00:01; } }").codes() == "E0007");
  CHECK(Compiled("clim n1 { interface eth1 { match-mac 00:00:00:00:00:00; } }").codes() == "E0007");
  CHECK(Compiled("clim n1 { interface eth1 { match-mac eth1; } }").codes() == "E0003");
}

TEST_CASE("a `failover` of a slave without a block is one error") {
  const std::string bond = "clim n1 { bond b { slaves eth2; } } clim n2 { interface eth1 { } } ";
  CHECK(Compiled(bond + "failover n1.eth2 -> n2.eth1;").codes() == "E0102");
  CHECK(Compiled(bond + "failover n1.eth2 <-> n2.eth1;").codes() == "E0102");
  CHECK(Compiled(bond + "failover n2.eth1 <-> n1.eth2;").codes() == "E0102");
  const Compiled twice(bond + "failover n1.eth2 -> n2.eth1; failover n1.eth2 -> n2.eth9;");
  CHECK(twice.codes() == "E0102");
  CHECK(twice.cluster.failovers.empty());
  CHECK(Compiled(bond + "failover n1.eth3 -> n2.eth1;").codes() == "E0003");
}

}  // namespace cip::lang
