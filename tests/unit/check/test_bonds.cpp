// K4-K6, K8: bonds, their slaves, and VLANs (tests/corpus has the plain cases).
#include <catch2/catch.hpp>

#include "tests/unit/check/check_text.h"

namespace cip::check {
namespace {

// Line 2 is `interface`; eth2 and eth3 are slaves of bond0, on line 3; `rest` starts on line 4.
std::string with_slave(const std::string& interface, const std::string& rest = "") {
  return findings_of("provider blue; clim n1 { control 10.0.0.1; interface eth9 { provider blue; } }\nclim n1 { " +
                     interface +
                     " }\nclim n1 { bond bond0 { slaves eth2, eth3; mode active-backup; provider blue; } }\n" + rest);
}

std::string bond(const std::string& text) {
  return findings_of("clim n1 {\nbond bond0 { " + text + " }\n}");
}

// Line 2 has the interfaces, lines 3 and 4 the VLANs.
std::string vlans(const std::string& interfaces, const std::string& one, const std::string& two = "") {
  return findings_of("clim n1 {\n" + interfaces + "\n" + one + "\n" + two + "\n}");
}

}  // namespace

TEST_CASE("a slave may have match-mac and description") {
  CHECK(with_slave("").empty());
  CHECK(with_slave("interface eth2 { }").empty());
  CHECK(with_slave("interface eth2 { match-mac 02:00:00:00:00:02; description \"left port\"; }").empty());
  CHECK(with_slave("interface eth4 { provider blue; address 10.1.0.1/24; }").empty());
}

TEST_CASE("any other statement of a slave is E0102, the first of them") {
  for (const std::string text :
       {"provider blue;", "mtu 9000;", "address 10.1.0.1/24;", "route 10.0.0.0/8;", "rule from 10.0.0.0/8 table 7;",
        "neighbor 10.1.0.7 at 02:00:00:00:00:07;", "failover n2.eth1;", "provider blue; lan upper;"}) {
    INFO(text);
    CHECK(with_slave("interface eth2 { " + text + " }") == "E0102 2");
  }
  CHECK(findings_of("clim n1 { bond b { slaves eth2; mode balance-rr; } interface eth2 { description \"x\";\n"
                    "neighbor 10.1.0.7 at 02:00:00:00:00:07;\naddress 10.1.0.1/24;\nmtu 9000; } }") == "E0102 2");
  // one for each slave
  CHECK(with_slave("interface eth2 { mtu 9000; } interface eth3 { mtu 9000; }") == "E0102 2, E0102 2");
  // a `failover` at the top level is one of its statements
  CHECK(with_slave("interface eth2 { }", "failover n1.eth2 -> n2.eth1;") == "E0102 4");
  CHECK(with_slave("", "failover n1.eth2 -> n2.eth1;") == "E0102 4");
  CHECK(with_slave("interface eth2 { mtu 9000; }", "failover n1.eth2 -> n2.eth1;") == "E0102 2");
  CHECK(with_slave("interface eth2 { provider bleu; }") == "E0003 2");
}

TEST_CASE("what a slave has takes no part in other rules") {
  // the same address, a gateway off the link, a neighbour off the link, a small MTU
  CHECK(
      with_slave("interface eth2 { address 10.5.0.1/24; route default via 10.9.0.1; address 2001:db8::1/64; mtu 1000; "
                 "neighbor 10.9.0.9 at 02:00:00:00:00:09; }",
                 "clim n2 { interface eth1 { provider blue; address 10.5.0.1/24; } }") == "E0102 2");
  CHECK(with_slave("interface eth2 { address 10.5.0.1/24; } interface eth5 { address 10.5.0.1/24; }") == "E0102 2");
  // its address could be a source, or a tunnel's local one, once it is where it should be
  CHECK(
      with_slave("interface eth2 { address 10.5.0.1/24; } tunnel t { local 10.5.0.1; remote 192.0.2.9; mtu 1500; }") ==
      "E0102 2");
  CHECK(findings_of("provider blue; clim n1 { bond b { slaves eth2; }\ninterface eth2 { provider blue; address "
                    "10.1.0.1/24; } }",
                    true) == "E0102 2");
}

TEST_CASE("a slave and `failover`") {
  const std::string n2 =
      "clim n2 { control 10.0.0.2; bond bond1 { slaves eth1; } interface eth1 { } interface eth5 { "
      "provider blue; } }\n";
  // E0102 before all but E0204, in either direction
  CHECK(with_slave("interface eth2 { }", n2 + "failover n1.eth2 -> n1.eth3;") == "E0102 5");
  CHECK(with_slave("interface eth2 { }", n2 + "failover n1.eth2 <-> n2.eth5;") == "E0102 5");
  CHECK(with_slave("interface eth2 { }", n2 + "failover n2.eth5 <-> n1.eth2;") == "E0102 5");
  // E0203, declared or not; after E0201
  CHECK(with_slave("", n2 + "failover n1.eth9 -> n2.eth1;") == "E0203 5");
  CHECK(with_slave("", n2 + "failover n2.eth5 -> n1.eth2;") == "E0203 5");
  CHECK(with_slave("", n2 + "failover n1.eth9 -> n1.eth2;") == "E0201 5");
  CHECK(with_slave("", n2 + "failover n1.eth9 -> n2.eth7;") == "E0202 5");
  // the bond itself is no slave
  CHECK(with_slave("", n2 + "failover n1.bond0 <-> n2.eth5;").empty());
  // it may be a slave that has not been read
  CHECK(with_slave("bond b { slavs eth7; }", n2 + "failover n2.eth5 -> n1.eth7;") == "E0002 2");
  // no other error follows, and no warning
  CHECK(findings_of("provider blue; clim n1 { control 10.0.0.1; bond b { slaves eth2; } }\n"
                    "clim n2 { control 10.0.0.2; interface eth1 { provider blue; address 10.1.0.1/24; } }\n"
                    "failover n2.eth1 <-> n1.eth2;",
                    true) == "E0102 3");
}

TEST_CASE("a slave of two bonds, or twice of one") {
  const auto bonds = [](const std::string& one, const std::string& two) {
    return findings_of("clim n1 { bond a { slaves " + one + "; }\nbond b { slaves " + two + "; } }\n" +
                       "clim n2 { bond a { slaves eth2; } }");
  };
  CHECK(bonds("eth2, eth3", "eth4").empty());
  CHECK(bonds("eth2, eth3", "eth3, eth4") == "E0103 2");
  CHECK(bonds("eth2, eth3", "eth3, eth2") == "E0103 2, E0103 2");
  CHECK(bonds("eth2, eth2", "eth4") == "E0004 1");
  CHECK(findings_of("clim n1 { bond a { slaves eth2; } }\nclim n1 { bond b { slaves eth2; } }\n"
                    "clim n1 { bond c { slaves eth2; } }") == "E0103 2, E0103 3");
}

TEST_CASE("only a physical interface can be a slave, whatever the order") {
  const std::string rest =
      "loopback lo { } maintenance eth0 { } interface eth1 { } vlan v { link eth1; id 5; } tunnel t { remote "
      "192.0.2.9; "
      "} bond c { slaves eth8; }";
  for (const std::string name : {"lo", "eth0", "v", "t", "c"}) {
    INFO(name);
    CHECK(findings_of("clim n1 {\nbond b { slaves " + name + "; }\n" + rest + " }") == "E0104 2");
    CHECK(findings_of("clim n1 { " + rest + "\nbond b { slaves " + name + ", eth9; } }") == "E0104 2");
  }
  CHECK(findings_of("clim n1 { bond b { slaves eth1, eth9; }\n interface eth1 { } }").empty());
  // of two bonds it is one mistake each; and it is no slave
  CHECK(findings_of("clim n1 { maintenance eth0 { address 10.1.0.1/24; }\nbond a { slaves eth0; }\nbond b { slaves "
                    "eth0; } }") == "E0104 2, E0104 3");
}

TEST_CASE("a bond has slaves, and a primary that is one of them in a mode that has one") {
  CHECK(bond("") == "E0105 2");
  CHECK(bond("mode active-backup; primary eth2;") == "E0105 2");
  CHECK(bond("slves eth2;") == "E0002 2");
  CHECK(bond("ports eth2;") == "E0002 2");
  CHECK(bond("slaves 7;") == "E0001 2");
  for (const std::string mode : {"active-backup", "balance-tlb", "balance-alb"}) {
    INFO(mode);
    CHECK(bond("slaves eth2, eth3; mode " + mode + "; primary eth3;").empty());
    CHECK(bond("slaves eth2, eth3; mode " + mode + ";").empty());
    CHECK(bond("slaves eth2, eth3; mode " + mode + "; primary eth4;") == "E0105 2");
  }
  for (const std::string mode : {"balance-rr", "balance-xor", "broadcast", "802.3ad"}) {
    INFO(mode);
    CHECK(bond("slaves eth2, eth3; mode " + mode + "; primary eth3;") == "E0105 2");
    CHECK(bond("slaves eth2, eth3; mode " + mode + "; primary eth4;") == "E0105 2");
  }
  CHECK(bond("slaves eth2; primary eth2;") == "E0105 2");  // balance-rr by default
  CHECK(bond("slaves eth2; mode actve-backup; primary eth2;") == "E0002 2");
  CHECK(bond("slaves eth2; mode actve-backup; primary eth3;") == "E0002 2, E0105 2");
  CHECK(bond("slaves eth2; slaves eth3, 7; mode active-backup; primary eth4;") == "E0001 2");
}

TEST_CASE("the link of a VLAN is a physical interface or a bond") {
  const std::string all =
      "loopback lo { } maintenance eth0 { } interface eth1 { } bond b { slaves eth2, eth3; } interface eth3 { } tunnel "
      "t "
      "{ remote 192.0.2.9; } vlan w { link eth1; id 9; }";
  CHECK(vlans(all, "vlan v { link eth1; id 5; }").empty());
  CHECK(vlans(all, "vlan v { link b; id 5; }").empty());
  for (const std::string link : {"lo", "eth0", "eth2", "eth3", "t", "w"}) {
    INFO(link);
    CHECK(vlans(all, "vlan v { link " + link + "; id 5; }") == "E0112 3");
  }
}

TEST_CASE("an id is once on a link") {
  const std::string two = "interface eth1 { } interface eth2 { }";
  CHECK(vlans(two, "vlan v { link eth1; id 5; }", "vlan w { link eth1; id 5; }") == "E0112 4");
  CHECK(vlans(two, "vlan v { link eth1; id 5; }", "vlan w { link eth2; id 5; }").empty());
  CHECK(vlans(two, "vlan v { link eth1; id 5; }", "vlan w { link eth1; id 6; }").empty());
  CHECK(vlans(two, "vlan v { link eth1; id 5000; }", "vlan w { link eth1; id 5000; }") == "E0007 3, E0007 4");
  // of a link that cannot carry any, one error each
  CHECK(vlans("loopback lo { }", "vlan v { link lo; id 5; }", "vlan w { link lo; id 5; }") == "E0112 3, E0112 4");
  CHECK(findings_of("clim n1 { interface eth1 { } vlan v { link eth1; id 5; } }\n"
                    "clim n2 { interface eth1 { } vlan v { link eth1; id 5; } }")
            .empty());
}

TEST_CASE("bonds and VLANs fail over as physical interfaces do") {
  const auto pair = [](const std::string& one, const std::string& two, bool warnings = false) {
    return findings_of("provider blue; clim n1 { control 10.0.0.1; interface eth1 { } interface eth9 { }\n" + one +
                           "}\nclim n2 { control 10.0.0.2; interface eth1 { } interface eth9 { }\n" + two + "}",
                       warnings);
  };
  const std::string target = "interface eth5 { provider blue; lan v; }";
  const std::string vlan = "vlan v { link eth1; id 5; provider blue; lan v; address 10.1.0.1/24; failover n2.eth5; }";
  const std::string bond = "bond v { slaves eth8; provider blue; lan v; address 10.1.0.1/24; failover n2.eth5; }";
  for (const auto& home : {vlan, bond}) {
    CHECK(pair(home, target, true).empty());
    CHECK(pair(home, "bond eth5 { slaves eth8; provider blue; lan v; }", true).empty());
    CHECK(pair(home, "vlan eth5 { link eth1; id 7; provider blue; lan v; }", true).empty());
    CHECK(pair(home, "interface eth5 { provider blue; lan w; }") == "E0209 2");
    CHECK(pair(home, "vlan eth5 { link eth1; id 7; provider blue; lan v; mtu 1400; }", true) == "W0211 2");
    CHECK(pair(home, "tunnel eth5 { remote 192.0.2.9; }") == "E0203 2");
  }
  CHECK(pair("vlan v { link eth1; id 5; provider blue; address 10.1.0.1/24; }", "", true) == "W0212 2");
  CHECK(pair("bond v { slaves eth8; provider blue; address 10.1.0.1/24; }", "", true) == "W0212 2");
  // a VLAN is on the LAN of its own provider, not of its link's
  CHECK(pair("vlan v { link eth1; id 5; provider blue; address 10.1.0.1/24; }",
             "bond v { slaves eth8; provider blue; address 10.1.0.1/24; }") == "E0106 4");
  CHECK(pair("vlan v { link eth1; id 5; provider blue; lan a; address 10.1.0.1/24; }",
             "bond v { slaves eth8; provider blue; lan b; address 10.1.0.1/24; }")
            .empty());
}

TEST_CASE("one MAC address is one interface of a CLIM") {
  const std::string mac = " { match-mac 02:00:00:00:00:01; }";
  CHECK(findings_of("clim n1 { interface eth1" + mac + "\ninterface eth2" + mac + " }") == "E0004 2");
  CHECK(findings_of("clim n1 { interface eth1" + mac + " } clim n2 { interface eth1" + mac + " }").empty());
}

}  // namespace cip::check
