// E0107: gateways and source addresses.
#include <catch2/catch.hpp>

#include "tests/unit/check/check_text.h"

namespace cip::check {
namespace {

// Line 2 is `route`, on an interface with networks of both families.
std::string route(const std::string& text) {
  return findings_of(
      "clim n1 { interface eth1 { address 10.1.0.1/24; address 2001:db8:1::1/64; address 10.5.0.1/32;\n" + text +
      "\n} interface eth2 { address 10.2.0.1/24; address fe80::2/64; } loopback lo { address 10.255.0.1/32; } }\n"
      "clim n2 { interface eth1 { address 10.3.0.1/24; } }");
}

}  // namespace

TEST_CASE("a gateway is on a network of the interface, or on the link otherwise") {
  CHECK(route("route default via 10.1.0.254;").empty());
  CHECK(route("route default via 10.1.1.254;") == "E0107 2");
  CHECK(route("route default via 10.2.0.254;") == "E0107 2");
  CHECK(route("route default via 10.5.0.2;") == "E0107 2");
  CHECK(route("route default via 10.5.0.2 onlink;").empty());
  CHECK(route("route default via 2001:db8:1::fe;").empty());
  CHECK(route("route default via 2001:db8:2::fe;") == "E0107 2");
  CHECK(route("route default via fe80::1;").empty());
  CHECK(route("route default via 169.254.0.1;") == "E0107 2");
}

TEST_CASE("a route without a gateway puts its network on the link") {
  CHECK(route("route default via 10.9.0.254; route 10.9.0.0/24;").empty());
  CHECK(route("route 10.9.0.0/24; route default via 10.9.1.254;") == "E0107 2");
  CHECK(route("route 10.9.0.0/24 via 10.1.0.254; route default via 10.9.0.254;") == "E0107 2");
  CHECK(route("route 10.9.0.0/24 blackhole; route default via 10.9.0.254;") == "E0107 2");
  CHECK(route("route 10.9.0.0/24 table 7; route default via 10.9.0.254;") == "E0107 2");
  CHECK(route("route 10.9.0.0/24 table 7; route default via 10.9.0.254 table 7;").empty());
  CHECK(route("route 10.9.0.0/24; route default via 10.9.0.254 table 7;").empty());
}

TEST_CASE("a gateway is another host") {
  CHECK(route("route default via 10.1.0.1;") == "E0107 2");
  CHECK(route("route default via 10.1.0.1 onlink;") == "E0107 2");
  CHECK(route("route default via 10.255.0.1 onlink;") == "E0107 2");
  CHECK(route("route default via 10.3.0.1 onlink;").empty());  // of another CLIM
  CHECK(route("route default via fe80::2;").empty());          // of another link
}

TEST_CASE("a source is an address of the CLIM") {
  CHECK(route("route 10.9.0.0/16 source 10.1.0.1;").empty());
  CHECK(route("route 10.9.0.0/16 source 10.2.0.1;").empty());
  CHECK(route("route 10.9.0.0/16 source 10.255.0.1;").empty());
  CHECK(route("route 10.9.0.0/16 source 10.3.0.1;") == "E0107 2");
  CHECK(route("route 10.9.0.0/16 via 10.9.9.9 source 10.9.9.8;") == "E0107 2, E0107 2");
}

TEST_CASE("nothing is said about what a wrong statement may explain") {
  CHECK(route("address 10.9.0.1/33; route default via 10.9.0.254 source 10.9.0.1;") == "E0007 2");
  CHECK(route("address 10.9.0.1/33; route default via 10.1.0.1;") == "E0007 2, E0107 2");
  CHECK(route("route 10.9.0.0/999; route default via 10.9.0.254;") == "E0007 2");
  CHECK(findings_of("import \"none.cip\";\nclim n1 { interface eth1 { route 10.0.0.0/8 source 10.1.0.1; } }") ==
        "E0006 1");
}

}  // namespace cip::check
