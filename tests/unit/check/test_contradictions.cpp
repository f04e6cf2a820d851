// E0109 and E0210 as their users write and read them; test_proof.cpp has the proof.
#include <catch2/catch.hpp>

#include "tests/unit/check/check_text.h"

namespace cip::check {
namespace {

// One CLIM; `eth1` is what its first interface has on line 2, `rest` follows on line 3.
std::string one_clim(const std::string& eth1, const std::string& rest = "") {
  return findings_of(
      "clim n1 { loopback lo { address 10.255.0.1/32; }\ninterface eth1 { address 10.1.0.1/24; address "
      "2001:db8:1::1/64; " +
      eth1 + " }\n" + rest + " }");
}

// n1.eth1 fails over to n2.eth1 on line 4; n2.eth2 is on another LAN. What each has is on lines 3, 6 and 7.
std::string pair(const std::string& visiting, const std::string& beside, const std::string& elsewhere = "",
                 const std::string& rest = "") {
  return findings_of(
      "provider blue { lan a, b; }\nclim n1 { control 10.0.0.1; interface eth1 { provider blue; lan a;\n" +
      ("address 10.1.0.1/24; address 2001:db8:1::1/64; " + visiting) +
      "\nfailover n2.eth1; } }\nclim n2 { control 10.0.0.2; interface eth1 { provider blue; lan a;\n" +
      ("address 10.1.0.2/24; address 2001:db8:1::2/64; " + beside) +
      " }\ninterface eth2 { provider blue; lan b; address 10.2.0.2/24; " + elsewhere + " } }\n" + rest);
}

}  // namespace

TEST_CASE("E0109: one route for a destination, a table and a metric") {
  CHECK(one_clim("route 10.9.0.0/16 via 10.1.0.3;\nroute 10.9.0.0/16 via 10.1.0.4;") == "E0109 3");
  CHECK(one_clim("route 10.9.0.0/16 via 10.1.0.3;\nroute 10.9.0.0/16 via 10.1.0.3 mtu 1400;") == "E0109 3");
  CHECK(one_clim("route 10.9.0.0/16 via 10.1.0.3;\nroute 10.9.0.0/16 via 10.1.0.3 source 10.1.0.1;") == "E0109 3");
  CHECK(one_clim("route 10.9.0.0/16 via 10.1.0.3;\nroute 10.9.0.0/16 blackhole;") == "E0109 3");
  CHECK(one_clim("route 10.9.0.0/16 via 10.1.0.3;\nroute 10.9.0.0/16 via 10.1.0.4 metric 1;").empty());
  CHECK(one_clim("route 10.9.0.0/16 via 10.1.0.3;\nroute 10.9.0.0/16 via 10.1.0.4 table 7;").empty());
  CHECK(one_clim("route 10.9.0.0/16 via 10.1.0.3;\nroute 10.9.0.0/17 via 10.1.0.4;").empty());
  // IPv6 without a metric has 1024, where the kernel would make two next hops of one route
  CHECK(one_clim("route 2001:db8:9::/48 via fe80::3;\nroute 2001:db8:9::/48 via fe80::4 metric 1024;") == "E0109 3");
  CHECK(one_clim("route 2001:db8:9::/48 via fe80::3;\nroute 2001:db8:9::/48 via fe80::4 metric 1;").empty());
  // each one that comes later
  CHECK(one_clim("route 10.9.0.0/16 via 10.1.0.3;\nroute 10.9.0.0/16 via 10.1.0.4;\nroute 10.9.0.0/16;") ==
        "E0109 3, E0109 4");
}

TEST_CASE("E0109 on two interfaces") {
  const std::string eth2 = "interface eth2 { address 10.2.0.1/24; route 10.9.0.0/16 ";
  CHECK(one_clim("route 10.9.0.0/16 via 10.1.0.3;", eth2 + "via 10.2.0.3; }") == "E0109 3");
  CHECK(one_clim("route 10.9.0.0/16;", eth2 + "; }") == "E0109 3");
  CHECK(one_clim("route 2001:db8:9::/48;", "tunnel t { local 10.1.0.1; remote 192.0.2.9; route 2001:db8:9::/48; }") ==
        "E0109 3");
  // what is not unicast has no device
  CHECK(one_clim("route 10.9.0.0/16 blackhole;", eth2 + "blackhole; }").empty());
  CHECK(one_clim("route 10.9.0.0/16 blackhole;", eth2 + "unreachable; }") == "E0109 3");
}

TEST_CASE("what is the same twice on one interface is set twice") {
  CHECK(one_clim("route 10.9.0.0/16 via 10.1.0.3;\nroute 10.9.0.0/16 via 10.1.0.3;") == "E0004 3");
  CHECK(one_clim("route 10.9.0.0/16 blackhole;\nroute 10.9.0.0/16 blackhole;") == "E0004 3");
  CHECK(one_clim("rule from 10.1.0.0/16 table 7;\nrule from 10.1.0.0/16 priority 1000 table 7;") == "E0004 3");
  CHECK(one_clim("rule from 10.1.0.0/16 table 7;", "interface eth2 { rule from 10.1.0.0/16 table 7; }").empty());
}

TEST_CASE("E0109: one table for the packets of a rule of one priority") {
  CHECK(one_clim("rule from 10.1.0.0/16 table 7;\nrule from 10.1.0.0/16 table 8;") == "E0109 3");
  CHECK(one_clim("rule from 10.1.0.0/16 table 7;", "interface eth2 { rule from 10.1.0.0/16 table 8; }") == "E0109 3");
  CHECK(one_clim("rule from 10.1.0.0/16 table 7;\nrule from 10.1.0.0/16 priority 999 table 8;").empty());
  CHECK(one_clim("rule from 10.1.0.0/16 table 7;\nrule to 10.1.0.0/16 table 8;").empty());
  CHECK(one_clim("rule from 0.0.0.0/0 to 10.1.0.0/16 table 7;\nrule to 10.1.0.0/16 table 8;") == "E0109 3");
  CHECK(one_clim("rule from 0.0.0.0/0 table 7;\nrule from ::/0 table 8;").empty());
}

TEST_CASE("a route that is wrong in itself contradicts nothing") {
  CHECK(one_clim("route 10.9.0.0/16 via 10.7.0.3;\nroute 10.9.0.0/16 via 10.1.0.4;") == "E0107 2");
  CHECK(pair("route 10.9.0.0/16 via 10.7.0.3;", "route 10.9.0.0/16 via 10.1.0.4;") == "E0107 3");
}

TEST_CASE("E0210: routes") {
  CHECK(pair("route 10.9.0.0/16 via 10.1.0.3;", "route 10.9.0.0/16 via 10.1.0.4;") == "E0210 4");
  CHECK(pair("route 10.9.0.0/16 via 10.1.0.3;", "route 10.9.0.0/16 via 10.1.0.3;").empty());
  // the same gateway, but not the same interface
  CHECK(pair("route 10.9.0.0/16 via 10.1.0.3;", "", "route 10.9.0.0/16 via 10.1.0.3 onlink;") == "E0210 4");
  CHECK(pair("route 10.9.0.0/16 via 10.1.0.3;", "", "route 10.9.0.0/16 via 10.2.0.3 metric 5;").empty());
  CHECK(pair("route 10.9.0.0/16 blackhole;", "", "route 10.9.0.0/16 blackhole;").empty());
}

TEST_CASE("E0210: a gateway must be another host") {
  CHECK(pair("route 10.9.0.0/16 via 10.1.0.2;", "") == "E0210 4");
  CHECK(pair("", "route 10.9.0.0/16 via 10.1.0.1;") == "E0210 4");
  CHECK(pair("address fe80::1/64;", "route 2001:db8:9::/48 via fe80::1;") == "E0210 4");
  CHECK(pair("address fe80::1/64;", "", "route 2001:db8:9::/48 via fe80::1;").empty());  // of another link
}

TEST_CASE("E0210: rules and neighbours") {
  CHECK(pair("rule from 10.1.0.0/16 table 7;", "", "rule from 10.1.0.0/16 table 8;") == "E0210 4");
  CHECK(pair("rule from 10.1.0.0/16 table 7;", "", "rule from 10.1.0.0/16 table 7;").empty());
  const std::string neighbor = "neighbor 10.1.0.9 at 02:00:00:00:00:0";
  CHECK(pair(neighbor + "1;", neighbor + "2;") == "E0210 4");
  CHECK(pair(neighbor + "1;", neighbor + "1;").empty());
  CHECK(pair(neighbor + "1;", "", "address 10.1.0.99/32; route 10.1.0.9/32; " + neighbor + "2;").empty());
}

TEST_CASE("E0210: addresses, where E0106 does not see them") {
  CHECK(pair("address 10.5.0.1/24;", "", "address 10.5.0.1/24;") == "E0210 4");
  CHECK(pair("address 10.5.0.1/24;", "", "address 10.5.0.1/32;") == "E0210 4");
  CHECK(pair("address 10.5.0.1/24;", "address 10.5.0.1/24;") == "E0106 6");
  CHECK(pair("address 10.5.0.1/24;", "", "address 10.5.0.9/24;").empty());  // one network twice is legal
  CHECK(pair("address fe80::1/64;", "", "address fe80::1/64;").empty());
}

TEST_CASE("E0210: names of tunnels") {
  const std::string tunnel = "clim n1 { tunnel t { local 10.1.0.1; remote 192.0.2.9; address 2001:db8:f::1/64; } }\n";
  CHECK(pair("", "", "", tunnel).empty());
  CHECK(pair("", "", "", tunnel + "clim n2 { interface t { } }") == "E0210 4");
  CHECK(pair("", "", "", tunnel + "clim n2 { bond bond0 { slaves t, eth7; } }") == "E0210 4");
  CHECK(pair("", "", "", tunnel + "clim n2 { tunnel t { remote 192.0.2.9; } }") == "E0210 4");
  CHECK(pair("", "", "address 2001:db8:f::1/64;", tunnel) == "E0210 4");
  // one that follows nothing stays
  const std::string stays = "clim n1 { tunnel t { remote 192.0.2.9; } }\nclim n2 { interface t { } }";
  CHECK(pair("", "", "", stays).empty());
}

TEST_CASE("E0210 stands at each failover that brings a contradiction about, once") {
  const std::string routes = "route 10.9.0.0/16 via 10.1.0.3; route 10.8.0.0/16 via 10.1.0.3;";
  const std::string others = "route 10.9.0.0/16 via 10.1.0.4; route 10.8.0.0/16 via 10.1.0.4;";
  CHECK(pair(routes, others) == "E0210 4");
  CHECK(pair(routes, others + "\nfailover n1.eth1;") == "E0210 4, E0210 7");
  const auto both_ways = [&](const std::string& failover) {
    return findings_of(
        "provider blue;\nclim n1 { control 10.0.0.1; interface eth1 { provider blue; address 10.1.0.1/24; " + routes +
        " } }\nclim n2 { control 10.0.0.2; interface eth1 { provider blue; address 10.1.0.2/24; " + others + " } }\n" +
        failover);
  };
  CHECK(both_ways("failover n1.eth1 <-> n2.eth1;") == "E0210 4");
}

TEST_CASE("E0210 hides behind what is wrong with the failover, and E0205 and E0206 stand beside it") {
  const std::string routes =
      "provider blue;\nclim n1 { control 10.0.0.1; interface eth1 { provider blue; address "
      "10.1.0.1/24; route 10.9.0.0/16 via 10.1.0.9; } }\n"
      "clim n2 { control 10.0.0.2; interface eth1 { provider blue; address 10.1.0.2/24; route "
      "10.9.0.0/16 via 10.1.0.8; } interface eth2 { } }\n"
      "clim n3 { control 10.0.0.3; interface eth1 { provider blue; } }\n";
  CHECK(findings_of(routes + "failover n1.eth1 -> n2.eth1;") == "E0210 5");
  CHECK(findings_of(routes + "failover n1.eth1 -> n2.eth2;") == "E0208 5");
  CHECK(findings_of(routes + "failover n1.eth1 -> n2.eth1;\nfailover n2.eth1 -> n3.eth1;") == "E0205 5, E0210 5");
  CHECK(findings_of(routes + "failover n3.eth1 -> n2.eth1;\nfailover n1.eth1 -> n2.eth1;") == "E0206 6, E0210 6");
}

TEST_CASE("two visitors of two CLIMs never meet after one failure") {
  CHECK(findings_of("provider blue;\n"
                    "clim n1 { control 10.0.0.1; interface eth1 { provider blue; address 10.1.0.1/24; "
                    "route 10.9.0.0/16 via 10.1.0.9; failover n3.eth1; } }\n"
                    "clim n2 { control 10.0.0.2; interface eth1 { provider blue; address 10.1.0.2/24; "
                    "route 10.9.0.0/16 via 10.1.0.8; failover n3.eth2; } }\n"
                    "clim n3 { control 10.0.0.3; interface eth1 { provider blue; } interface eth2 { provider blue; } }")
            .empty());
}

}  // namespace cip::check
