// P1-P7: what is reported of a pair, and what hides what (tests/corpus has the plain cases).
#include <catch2/catch.hpp>

#include "tests/unit/check/check_text.h"

namespace cip::check {
namespace {

// Three CLIMs that reach each other, with a spare in each; `rest` starts on line 5.
std::string cluster(const std::string& rest) {
  return "provider blue; provider red { lan upper, lower; }\n"
         "clim n1 { control 10.0.0.1; maintenance eth0 { } loopback lo { } interface eth9 { provider blue; } }\n"
         "clim n2 { control 10.0.0.2; maintenance eth0 { } loopback lo { } interface eth9 { provider blue; } }\n"
         "clim n3 { control 10.0.0.3; interface eth9 { provider blue; } interface eth8 { provider red; lan upper; } "
         "}\n" +
         rest;
}

}  // namespace

TEST_CASE("pairs that are sound, in every form") {
  CHECK(findings_of(cluster("failover n1.eth9 -> n2.eth9;")).empty());
  CHECK(findings_of(cluster("failover n1.eth9 <-> n2.eth9;")).empty());
  CHECK(findings_of(cluster("failover n1.eth9 -> n2.eth9; failover n2.eth9 -> n1.eth9;")).empty());
  CHECK(findings_of(cluster("clim n1 { interface eth1 { provider blue; failover n2.eth9; } }")).empty());
  // P6: to different CLIMs.
  CHECK(findings_of(cluster("clim n1 { interface eth1 { provider blue; failover n2.eth9; } }\n"
                            "failover n1.eth9 -> n3.eth9;"))
            .empty());
}

TEST_CASE("of one failover only the first error is reported") {
  // kind of the home before all, even if the target is on the same CLIM
  CHECK(findings_of(cluster("failover n1.eth0 -> n1.lo;")) == "E0204 5");
  // a second one before its own faults
  CHECK(findings_of(cluster("failover n1.eth9 -> n2.eth9;\nfailover n1.eth9 -> n1.eth0;")) == "E0207 6");
  // same CLIM before the target's kind, and before that it does not exist
  CHECK(findings_of(cluster("failover n1.eth9 -> n1.eth0;")) == "E0201 5");
  CHECK(findings_of(cluster("failover n1.eth9 -> n1.eth7;")) == "E0201 5");
  // kind before provider
  CHECK(findings_of(cluster("failover n1.eth9 -> n2.lo;")) == "E0203 5");
  CHECK(findings_of(cluster("failover n1.eth9 -> n4.eth9;")) == "E0202 5");
  // provider before LAN, LAN before control path
  CHECK(findings_of(cluster("failover n1.eth9 -> n3.eth8;")) == "E0208 5");
  CHECK(findings_of(cluster("clim n4 { interface eth1 { provider red; lan lower; } }\n"
                            "failover n4.eth1 -> n3.eth8;")) == "E0209 6");
  CHECK(findings_of(cluster("clim n4 { interface eth1 { provider red; lan upper; } }\n"
                            "failover n4.eth1 -> n3.eth8;")) == "E0011 6");
}

TEST_CASE("E0205 stands at each failover that leads to an interface which uses another") {
  CHECK(findings_of(cluster("failover n1.eth9 -> n2.eth9;\nfailover n2.eth9 -> n3.eth9;")) == "E0205 5");
  CHECK(findings_of(cluster("failover n2.eth9 -> n3.eth9;\nfailover n1.eth9 -> n2.eth9;")) == "E0205 6");
  CHECK(findings_of(
            cluster("failover n1.eth9 -> n2.eth9;\nfailover n2.eth9 -> n3.eth9;\nfailover n3.eth9 -> n1.eth9;")) ==
        "E0205 5, E0205 6, E0205 7");
  // beside E0202: n1.eth9 leads to n2.eth9, which uses one that does not exist
  CHECK(findings_of(cluster("failover n1.eth9 -> n2.eth9;\nfailover n2.eth9 -> n3.eth7;")) == "E0205 5, E0202 6");
  // a failover that is wrong in itself is not used: n2.eth9 -> its own CLIM
  CHECK(findings_of(cluster("failover n1.eth9 -> n2.eth9;\nfailover n2.eth9 -> n2.eth0;")) == "E0201 6");
  // one of two fits
  CHECK(findings_of(cluster(
            "failover n1.eth9 -> n2.eth9;\nfailover n2.eth9 -> n3.eth9;\nfailover n2.eth9 -> n1.eth9;")) == "E0207 7");
}

TEST_CASE("E0206 stands at each failover but the first that leads to an interface") {
  CHECK(findings_of(cluster("failover n1.eth9 -> n3.eth9;\nfailover n2.eth9 -> n3.eth9;")) == "E0206 6");
  CHECK(findings_of(
            cluster("clim n4 { control 10.0.0.4; interface eth1 { provider blue; } }\n"
                    "failover n1.eth9 -> n3.eth9;\nfailover n2.eth9 -> n3.eth9;\nfailover n4.eth1 -> n3.eth9;")) ==
        "E0206 7, E0206 8");
  // P5: whether or not it uses failover itself
  CHECK(findings_of(cluster("failover n1.eth9 <-> n3.eth9;\nfailover n2.eth9 -> n3.eth9;")) == "E0205 6, E0206 6");
  // one that is wrong in itself does not count
  CHECK(findings_of(cluster("failover n1.eth0 -> n3.eth9;\nfailover n2.eth9 -> n3.eth9;")) == "E0204 5");
}

TEST_CASE("E0205 and E0206 stand beside what is wrong with the pair") {
  CHECK(findings_of(cluster("failover n1.eth9 -> n3.eth8;\nfailover n2.eth9 -> n3.eth8;")) ==
        "E0208 5, E0208 6, E0206 6");
  CHECK(findings_of(cluster("failover n1.eth9 -> n3.eth8;\nfailover n3.eth8 -> n2.eth9;")) ==
        "E0208 5, E0205 5, E0208 6");
  CHECK(findings_of(cluster("clim n4 { interface eth1 { provider blue; } }\n"
                            "failover n1.eth9 -> n2.eth9;\nfailover n4.eth1 -> n2.eth9;")) == "E0011 7, E0206 7");
}

TEST_CASE("the same pair twice is set twice") {
  CHECK(findings_of(cluster("failover n1.eth9 <-> n2.eth9;\nfailover n2.eth9 -> n1.eth9;")) == "E0004 6");
  CHECK(findings_of(cluster("failover n1.eth9 <-> n2.eth9;\nfailover n2.eth9 <-> n1.eth9;")) == "E0004 6");
}

TEST_CASE("`A <-> B` is one statement with one fault") {
  CHECK(findings_of(cluster("failover n1.eth9 <-> n1.eth0;")) == "E0204 5");
  CHECK(findings_of(cluster("failover n1.eth9 <-> n2.eth0;")) == "E0204 5");
  CHECK(findings_of(cluster("failover n1.eth9 <-> n2.eth7;")) == "E0202 5");
  CHECK(findings_of(cluster("failover n2.eth7 <-> n1.eth9;")) == "E0202 5");
  CHECK(findings_of(cluster("failover n1.eth9 <-> n3.eth8;")) == "E0208 5");
  // void in both directions: n2.eth9, too, takes no part any more
  CHECK(findings_of(cluster("failover n1.eth9 -> n3.eth9;\nfailover n1.eth9 <-> n2.eth9;")) == "E0207 6");
}

TEST_CASE("a control path needs the n-th addresses of both to be of one family") {
  const auto pair = [](const std::string& one, const std::string& two) {
    return findings_of("provider blue;\nclim n1 { " + one + " interface eth1 { provider blue; failover n2.eth1; } }\n" +
                       "clim n2 { " + two + " interface eth1 { provider blue; } }");
  };
  CHECK(pair("control 10.0.0.1;", "control 10.0.0.2;").empty());
  CHECK(pair("control 10.0.0.1, fd00::1;", "control fd00::2, fd00::3;").empty());
  CHECK(pair("control 10.0.0.1;", "control fd00::2, 10.0.0.2;") == "E0011 2");
  CHECK(pair("control 10.0.0.1;", "") == "E0011 2");
  CHECK(pair("control 10.0.0.1;", "control 10.0.0.300;") == "E0007 3");
}

TEST_CASE("W0211 once for a pair, W0212 only where something is lost") {
  const std::string two = "provider blue;\nclim n1 { control 10.0.0.1; interface eth1 { provider blue; mtu 9000; } }\n";
  const auto with = [&](const std::string& mtu) {
    return two + "clim n2 { control 10.0.0.2; interface eth1 { provider blue; " + mtu + " } }\n";
  };
  CHECK(findings_of(with("") + "failover n1.eth1 <-> n2.eth1;", true) == "W0211 4");
  CHECK(findings_of(with("") + "failover n1.eth1 -> n2.eth1;\nfailover n2.eth1 -> n1.eth1;", true) == "W0211 4");
  CHECK(findings_of(with("") + "failover n2.eth1 -> n1.eth1;", true) == "W0211 4");
  CHECK(findings_of(with("mtu 9000;") + "failover n1.eth1 <-> n2.eth1;", true).empty());
  CHECK(findings_of(with("mtu 90000;") + "failover n1.eth1 <-> n2.eth1;", true) == "E0007 3");
  CHECK(findings_of("clim n1 { interface eth1 { address 10.1.0.1/24; } }", true).empty());
  CHECK(findings_of("provider p; clim n1 { interface eth1 { provider p; address 10.1.0.1/24; } }", true) == "W0212 1");
  CHECK(findings_of("provider p; clim n1 { interface eth1 { provider p; route 10.0.0.0/8; } }", true).empty());
}

}  // namespace cip::check
