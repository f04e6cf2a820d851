// E0106: which places see each other.
#include <catch2/catch.hpp>

#include "tests/unit/check/check_text.h"

namespace cip::check {
namespace {

// Two interfaces with the same address, on lines 2 and 3; `one` and `two` are what else they have.
std::string two_clims(const std::string& one, const std::string& two, const std::string& address = "10.1.0.1/24") {
  return findings_of(
      "provider blue; provider red { lan upper, lower; } provider green;\n"
      "clim n1 { interface eth1 { " +
      one + " address " + address +
      "; } }\n"
      "clim n2 { interface eth1 { " +
      two + " address " + address + "; } }\n");
}

}  // namespace

TEST_CASE("a LAN is a name within a provider") {
  CHECK(two_clims("provider blue;", "provider blue;") == "E0106 3");
  CHECK(two_clims("provider blue; lan a;", "provider blue; lan a;") == "E0106 3");
  CHECK(two_clims("provider blue; lan a;", "provider blue; lan b;").empty());
  CHECK(two_clims("provider blue;", "provider blue; lan b;").empty());
  CHECK(two_clims("provider blue; lan a;", "provider green; lan a;").empty());
  CHECK(two_clims("provider red; lan upper;", "provider red; lan upper;") == "E0106 3");
  CHECK(two_clims("", "").empty());
  CHECK(two_clims("provider blue;", "").empty());
  // a LAN that is not known is none
  CHECK(two_clims("provider red; lan upper;", "provider red; lan uper;") == "E0003 3");
  CHECK(two_clims("provider bleu;", "provider bleu;") == "E0003 2, E0003 3");
  // the prefix length does not matter, and link-local addresses are unique on their LAN
  CHECK(two_clims("provider blue;", "provider blue;", "fe80::1/64") == "E0106 3");
}

TEST_CASE("one CLIM has an address once") {
  CHECK(findings_of("clim n1 { interface eth1 { address 10.1.0.1/24; }\n interface eth2 { address 10.1.0.1/32; } }") ==
        "E0106 2");
  CHECK(findings_of("clim n1 { interface eth1 { address fe80::1/64; }\n interface eth2 { address fe80::1/64; } }")
            .empty());
  CHECK(findings_of("clim n1 { interface eth1 { address fe80::1/64;\n address fe80::1/64; } }") == "E0004 2");
  CHECK(findings_of("clim n1 { loopback lo { address 10.1.0.1/32; }\n maintenance eth0 { address 10.1.0.1/24; } }") ==
        "E0106 2");
}

TEST_CASE("all maintenance interfaces are on one LAN") {
  CHECK(findings_of("clim n1 { maintenance eth0 { address 10.1.0.1/24; } }\n"
                    "clim n2 { maintenance eth9 { address 10.1.0.1/24; } }") == "E0106 2");
}

TEST_CASE("one error for each address too many") {
  CHECK(findings_of("provider p;\n"
                    "clim n1 { interface eth1 { provider p; address 10.1.0.1/24; }\n"
                    "interface eth2 { provider p; address 10.1.0.1/24; } }\n"
                    "clim n2 { interface eth1 { provider p; address 10.1.0.1/24; } }") == "E0106 3, E0106 4");
}

TEST_CASE("control addresses tell CLIMs apart") {
  CHECK(findings_of("clim n1 { control 10.0.0.1; }\nclim n2 { control 10.0.0.2, 10.0.0.1; }") == "E0106 2");
  CHECK(findings_of("clim n2 { control 10.0.0.1;\n}\nclim n1 { control fd00::1; }\nclim n2 { control fd00::1; }") ==
        "E0106 4");
  CHECK(findings_of("clim n1 { control 10.0.0.1;\ncontrol 10.0.0.1; }") == "E0004 2");
}

}  // namespace cip::check
