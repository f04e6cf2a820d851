// Tunnels, MTUs and neighbours (tests/corpus has the plain cases).
#include <catch2/catch.hpp>

#include "tests/unit/check/check_text.h"

namespace cip::check {
namespace {

// Line 2 is `interfaces`, line 3 `more`.
std::string clim(const std::string& interfaces, const std::string& more = "", bool warnings = false) {
  return findings_of("clim n1 {\n" + interfaces + "\n" + more + "\n}", warnings);
}

// Line 2 is `text`, in an interface with networks of both families.
std::string interface(const std::string& text) {
  return findings_of(
      "clim n1 { interface eth1 { address 10.1.0.1/24; address 2001:db8:1::1/64; address 10.5.0.1/32;\n" + text +
      "\n} interface eth2 { address 10.2.0.1/24; } }");
}

}  // namespace

TEST_CASE("a tunnel's local address is on an interface of the CLIM, and IPv4") {
  const std::string eth = "interface eth1 { address 10.1.0.1/24; address 2001:db8::1/64; }";
  CHECK(clim(eth, "tunnel t { local 10.1.0.1; remote 192.0.2.9; }").empty());
  CHECK(clim(eth, "tunnel t { local 10.1.0.2; remote 192.0.2.9; }") == "E0301 3");
  CHECK(clim(eth, "tunnel t { local 2001:db8::1; remote 192.0.2.9; }") == "E0301 3");
  CHECK(clim(eth, "tunnel t { local 2001:db8::2; remote 192.0.2.9; }") == "E0301 3");
  for (const std::string kind : {"loopback lo", "maintenance eth0", "bond b"}) {
    INFO(kind);
    const std::string slaves = kind == "bond b" ? "slaves eth2;" : "";
    CHECK(clim(kind + " { " + slaves + " address 10.7.0.1/24; }", "tunnel t { local 10.7.0.1; remote 192.0.2.9; }")
              .empty());
  }
  CHECK(findings_of("clim n1 { tunnel t { local 10.1.0.1; remote 192.0.2.9; } }\n"
                    "clim n2 { interface eth1 { address 10.1.0.1/24; } }") == "E0301 1");
  CHECK(findings_of("clim n1 { tunnel t { local 10.1.0.1; remote 192.0.2.9; } }\n"
                    "clim n1 { interface eth1 { address 10.1.0.1/24; } }")
            .empty());
  // the address may be in text that is wrong
  CHECK(clim("interface eth1 { address 10.1.0.1/33; }", "tunnel t { local 10.1.0.1; remote 192.0.2.9; }") == "E0007 2");
  CHECK(clim("intrface eth1 { address 10.1.0.1/24; }", "tunnel t { local 10.1.0.1; remote 192.0.2.9; }") == "E0002 2");
  CHECK(clim(eth, "tunnel t { local 10.1.0.300; remote 192.0.2.9; }") == "E0007 3");
}

TEST_CASE("the end points of a tunnel") {
  const std::string eth = "interface eth1 { address 10.1.0.1/24; address 10.1.0.2/24; }";
  const auto two = [&](const std::string& one, const std::string& other) {
    return clim(eth + " tunnel a { " + one + " }", "tunnel b { " + other + " }");
  };
  CHECK(two("local 10.1.0.1; remote 192.0.2.9;", "local 10.1.0.1; remote 192.0.2.9;") == "E0302 3");
  CHECK(two("local 10.1.0.1; remote 192.0.2.9;", "local 10.1.0.2; remote 192.0.2.9;").empty());
  CHECK(two("local 10.1.0.1; remote 192.0.2.9;", "local 10.1.0.1; remote 192.0.2.10;").empty());
  CHECK(two("local 10.1.0.1; remote 192.0.2.9;", "remote 192.0.2.9;").empty());
  CHECK(two("remote 192.0.2.9;", "remote 192.0.2.9;") == "E0302 3");
  CHECK(two("local 10.1.0.1; remote 192.0.2.9;", "local 10.1.0.1; remote 10.1.0.1;") == "E0302 3");
  CHECK(two("local 10.1.0.1; remote 10.1.0.1;", "local 10.1.0.1; remote 10.1.0.1;") == "E0302 2, E0302 3");
  // wrong values compare to nothing
  CHECK(two("local 10.1.0.300; remote 192.0.2.9;", "local 10.1.0.300; remote 192.0.2.9;") == "E0007 2, E0007 3");
  CHECK(two("local 10.1.0.300; remote 192.0.2.9;", "remote 192.0.2.9;") == "E0007 2");
  CHECK(findings_of("clim n1 { tunnel a { remote 192.0.2.9; } } clim n2 { tunnel a { remote 192.0.2.9; } }").empty());
}

TEST_CASE("a tunnel without a local address stays") {
  CHECK(clim("tunnel t { remote 192.0.2.9; }", "", true) == "W0303 2");
  CHECK(clim("tunnel t { local 10.1.0.300; remote 192.0.2.9; }", "", true) == "E0007 2");
  CHECK(clim("tunnel t { locl 10.1.0.1; remote 192.0.2.9; }", "", true) == "E0002 2");
  CHECK(clim("interface e { address 10.1.0.1/24; } tunnel t { local 10.1.0.1; remote 192.0.2.9; }", "", true).empty());
}

TEST_CASE("addresses and routes of tunnels are as others'") {
  const std::string eth = "interface eth1 { address 10.1.0.1/24; address 2001:db8::1/64; }";
  const std::string ends = "local 10.1.0.1; remote 192.0.2.9; ";
  CHECK(clim(eth, "tunnel t { " + ends + "address 2001:db8::1/64; }") == "E0106 3");
  CHECK(clim(eth, "tunnel t { " + ends + "address 2001:db8:5::1/64; route default via 2001:db8:5::2; }").empty());
  CHECK(clim(eth, "tunnel t { " + ends + "address 2001:db8:5::1/64; route default via fe80::2; }").empty());
  CHECK(clim(eth, "tunnel t { " + ends + "address 2001:db8:5::1/64; route default via 2001:db8::2; }") == "E0107 3");
  CHECK(clim(eth, "tunnel t { " + ends + "route default source 2001:db8::1; }").empty());
  CHECK(clim(eth, "tunnel t { " + ends + "route default source 2001:db8::2; }") == "E0107 3");
  // on no LAN
  CHECK(findings_of("clim n1 { tunnel t { remote 192.0.2.9; address 2001:db8::1/64; } }\n"
                    "clim n2 { tunnel t { remote 192.0.2.9; address 2001:db8::1/64; } }")
            .empty());
}

TEST_CASE("an MTU is enough for IPv6") {
  const auto with = [](const std::string& text) { return clim("interface eth1 { " + text + " }"); };
  CHECK(with("mtu 1280; address 2001:db8::1/64;").empty());
  CHECK(with("mtu 1279; address 2001:db8::1/64;") == "E0111 2");
  CHECK(with("mtu 1279; route 2001:db8::/64;") == "E0111 2");
  CHECK(with("mtu 1279; address 10.1.0.1/24; route 10.0.0.0/8;").empty());
  CHECK(with("mtu 127; address 2001:db8::1/129;") == "E0007 2");
  CHECK(with("mtu 67; address 2001:db8::1/64;") == "E0007 2");
  CHECK(clim("maintenance eth0 { mtu 1000; address fd00::1/64; }") == "E0111 2");
  CHECK(clim("bond b { slaves eth2; mtu 1000; address fd00::1/64; }") == "E0111 2");
  CHECK(clim("tunnel t { remote 192.0.2.9; mtu 1279; }") == "E0111 2");
  CHECK(clim("tunnel t { remote 192.0.2.9; mtu 1280; }").empty());
}

TEST_CASE("the MTU of a VLAN is its link's at most") {
  const auto vlan = [](const std::string& link, const std::string& text) {
    return clim("interface eth1 { " + link + " }", "vlan v { link eth1; id 5; " + text + " }");
  };
  CHECK(vlan("", "mtu 1500;").empty());
  CHECK(vlan("", "mtu 1501;") == "E0111 3");
  CHECK(vlan("mtu 9000;", "mtu 9000;").empty());
  CHECK(vlan("mtu 9000;", "mtu 9001;") == "E0111 3");
  CHECK(vlan("mtu 1400;", "").empty());
  CHECK(vlan("mtu 90000;", "mtu 9001;") == "E0007 2");
  CHECK(vlan("mut 9000;", "mtu 9000;") == "E0002 2");
  // a VLAN that sets none has its link's
  CHECK(vlan("mtu 1279;", "address 2001:db8::1/64;") == "E0111 2");
  CHECK(vlan("mtu 1280;", "address 2001:db8::1/64;").empty());
  CHECK(vlan("mtu 1279;", "address 10.1.0.1/24;").empty());
  CHECK(vlan("mtu 1279; address 2001:db8:5::1/64;", "address 2001:db8::1/64;") == "E0111 2");
  CHECK(vlan("mtu 1279;", "address 2001:db8::1/64; } vlan w { link eth1; id 6; address 2001:db8:6::1/64;") ==
        "E0111 2");
  CHECK(vlan("mtu 1279;", "mtu 1280; address 2001:db8::1/64;") == "E0111 3");
  CHECK(vlan("mtu 1279;", "mtu 1279; address 2001:db8::1/64;") == "E0111 3");
  // of a link that cannot carry it nothing is said
  CHECK(clim("loopback lo { }", "vlan v { link lo; id 5; mtu 9000; }") == "E0112 3");
}

TEST_CASE("the MTU of a tunnel is its carrier's less 20 at most") {
  const auto tunnel = [](const std::string& carrier, const std::string& mtu) {
    return clim(carrier, "tunnel t { local 10.1.0.1; remote 192.0.2.9; mtu " + mtu + "; }");
  };
  CHECK(tunnel("interface eth1 { address 10.1.0.1/24; }", "1480").empty());
  CHECK(tunnel("interface eth1 { address 10.1.0.1/24; }", "1481") == "E0111 3");
  CHECK(tunnel("interface eth1 { mtu 9000; address 10.1.0.1/24; }", "8980").empty());
  CHECK(tunnel("interface eth1 { mtu 9000; address 10.1.0.1/24; }", "8981") == "E0111 3");
  CHECK(tunnel("bond b { slaves eth2; mtu 9000; address 10.1.0.1/24; }", "8981") == "E0111 3");
  CHECK(tunnel("interface eth1 { mtu 99999; address 10.1.0.1/24; }", "8981") == "E0007 2");
  CHECK(tunnel("loopback lo { address 10.1.0.1/32; }", "1481").empty());
  CHECK(clim("tunnel t { remote 192.0.2.9; mtu 9000; }").empty());
  // one error for one `mtu`
  CHECK(tunnel("interface eth1 { mtu 1000; address 10.1.0.1/24; }", "1279") == "E0111 3");
}

TEST_CASE("a neighbour is on the link") {
  const std::string at = " at 02:00:00:00:00:07;";
  CHECK(interface("neighbor 10.1.0.7" + at).empty());
  CHECK(interface("neighbor 10.2.0.7" + at) == "E0110 2");
  CHECK(interface("neighbor 10.5.0.2" + at) == "E0110 2");
  CHECK(interface("neighbor 2001:db8:1::7" + at).empty());
  CHECK(interface("neighbor 2001:db8:2::7" + at) == "E0110 2");
  CHECK(interface("neighbor fe80::7" + at).empty());
  CHECK(interface("neighbor 169.254.0.7" + at) == "E0110 2");
  // by a route without a gateway, in any table, or one that says so
  CHECK(interface("route 10.9.0.0/24; neighbor 10.9.0.7" + at).empty());
  CHECK(interface("route 10.9.0.0/24 table 7; neighbor 10.9.0.7" + at).empty());
  CHECK(interface("route 10.9.0.0/24 via 10.1.0.254; neighbor 10.9.0.7" + at) == "E0110 2");
  CHECK(interface("route 10.9.0.0/24 blackhole; neighbor 10.9.0.7" + at) == "E0110 2");
  CHECK(interface("route default via 10.9.0.7 onlink; neighbor 10.9.0.7" + at).empty());
  CHECK(interface("route default via 10.9.0.7 onlink; neighbor 10.9.0.8" + at) == "E0110 2");
  // nothing follows from what is wrong
  CHECK(interface("address 10.9.0.1/33; neighbor 10.9.0.7" + at) == "E0007 2");
  CHECK(interface("route 10.9.0.0/33; neighbor 10.9.0.7" + at) == "E0007 2");
  CHECK(interface("neighbor 10.9.0.7 at 02:00:00:00:00:zz;") == "E0007 2");
  CHECK(interface("neighbor 10.2.0.7" + at + "neighbor 10.2.0.7" + at) == "E0110 2, E0004 2");
}

TEST_CASE("a tunnel and `failover`") {
  CHECK(findings_of(
            "provider p; clim n1 { control 10.0.0.1; interface eth1 { provider p; } tunnel t { remote 192.0.2.9; "
            "\nfailover n2.eth1; } }\nclim n2 { control 10.0.0.2; interface eth1 { provider p; } }") == "E0204 2");
  CHECK(findings_of("provider p; clim n1 { control 10.0.0.1; interface eth1 { provider p; failover n2.t; } }\n"
                    "clim n2 { control 10.0.0.2; tunnel t { remote 192.0.2.9; } }") == "E0203 1");
}

}  // namespace cip::check
