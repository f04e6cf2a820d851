// E0401 and E0403: which CLIMs need a connection, and what makes two the same.
#include <catch2/catch.hpp>

#include "tests/unit/check/check_text.h"

namespace cip::check {
namespace {

// n1.eth1 has 10.1.0.1 and fails over to n2.eth1, n1.eth2 has 10.2.0.1 and stays; `rest` starts on line 5.
std::string pair(const std::string& rest) {
  return findings_of(
      "provider blue;\n"
      "clim n1 { control 10.0.0.1; interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }\n"
      "interface eth2 { address 10.2.0.1/24; } tunnel t { local 10.1.0.1; remote 192.0.2.9; address 2001:db8::1/64; } "
      "}\n"
      "clim n2 { control 10.0.0.2; interface eth1 { provider blue; address 10.1.0.2/24; } } clim n3 { }\n" +
      rest);
}

const std::string usual =
    "proposal ike aes256gcm16-prfsha384-ecp384; proposal esp aes256gcm16-ecp384; "
    "auth psk file \"/etc/cip/a.psk\"; ";

std::string connection(const std::string& name, const std::string& on, const std::string& more = "",
                       const std::string& local = "10.1.0.1", const std::string& rest = usual) {
  return "ipsec " + name + " on " + on + " { local " + local + "; remote 192.0.2.20; " + rest +
         "protect 10.1.0.1/32 to 198.51.100.0/24; " + more + " }\n";
}

}  // namespace

TEST_CASE("E0401: an address that can fail over has its connections on both CLIMs") {
  CHECK(pair(connection("a", "n1, n2")).empty());
  CHECK(pair(connection("a", "n1")) == "E0401 5");
  CHECK(pair(connection("a", "n2")) == "E0401 5");
  CHECK(pair(connection("a", "n1") + connection("a", "n2")).empty());
  CHECK(pair(connection("a", "n1") + connection("b", "n2")).empty());  // a name is a handle
  CHECK(pair(connection("a", "n1", "", "10.2.0.1")).empty());          // that one stays
  CHECK(pair(connection("a", "n2", "", "10.1.0.2")).empty());
  // an address of a tunnel that follows
  CHECK(pair("ipsec a on n1 { local 2001:db8::1; remote 2001:db8:2::1; " + usual +
             "protect 2001:db8::1/128 to 2001:db8:3::/64; }") == "E0401 5");
}

TEST_CASE("E0401: the later of two that differ") {
  const auto differs = [](const std::string& one, const std::string& two) {
    return pair(connection("a", "n1", one) + connection("a", "n2", two));
  };
  CHECK(differs("mode tunnel;", "").empty());
  CHECK(differs("start-action trap;", "").empty());
  CHECK(differs("mode transport;", "") == "E0401 6");
  CHECK(differs("", "start-action start;") == "E0401 6");
  CHECK(differs("local-id \"x\";", "") == "E0401 6");
  CHECK(differs("remote-id \"x\";", "remote-id \"y\";") == "E0401 6");
  CHECK(differs("protect 10.1.0.1/32 to 10.7.0.0/16;", "") == "E0401 6");
  // in another order, and in the other order
  CHECK(differs("protect 10.1.0.1/32 to 10.7.0.0/16; protect 10.1.0.1/32 to 10.8.0.0/16;",
                "protect 10.1.0.1/32 to 10.8.0.0/16; protect 10.1.0.1/32 to 10.7.0.0/16;")
            .empty());
  CHECK(differs("proposal esp aes128gcm16-ecp256, aes256gcm16-ecp256;",
                "proposal esp aes256gcm16-ecp256, aes128gcm16-ecp256;") == "E0401 6");
  CHECK(pair(connection("a", "n2", "mode transport;") + connection("a", "n1")) == "E0401 6");
}

TEST_CASE("E0401: one error for two that are meant to be one") {
  // the same partner, under another name, and with another key
  const std::string other =
      "proposal ike aes256gcm16-prfsha384-ecp384; proposal esp aes256gcm16-ecp384; "
      "auth psk file \"/etc/cip/b.psk\"; ";
  CHECK(pair(connection("a", "n1") + connection("b", "n2", "", "10.1.0.1", other)) == "E0401 6");
  // two partners of one address, each as it should be
  CHECK(pair(connection("a", "n1, n2") + "ipsec b on n1, n2 { local 10.1.0.1; remote 192.0.2.21; " + usual +
             "protect 10.1.0.1/32 to 203.0.113.0/24; }")
            .empty());
  CHECK(pair(connection("a", "n1, n2") + "ipsec b on n2 { local 10.1.0.1; remote 192.0.2.21; " + usual +
             "protect 10.1.0.1/32 to 203.0.113.0/24; }") == "E0401 6");
}

TEST_CASE("E0403: a CLIM that never has the address") {
  CHECK(pair(connection("a", "n1", "", "10.9.0.1")) == "E0403 5");
  CHECK(pair(connection("a", "n2", "", "10.2.0.1")) == "E0403 5");
  CHECK(pair(connection("a", "n1, n2, n3")) == "E0403 5");
  CHECK(pair(connection("a", "n3")) == "E0403 5");
}

TEST_CASE("IPsec: nothing is said that another mistake may explain") {
  CHECK(pair("clim n1 { interface eth3 { address 10.9.0.1/33; } }\n" + connection("a", "n1", "", "10.9.0.1")) ==
        "E0007 5");
  CHECK(pair("import \"none.cip\";\n" + connection("a", "n1", "", "10.9.0.1")) == "E0006 5");
  CHECK(pair(connection("a", "n1", "mode tunel;")) == "E0002 5");
  // the other CLIM may be in the file that is missing
  CHECK(findings_of("import \"none.cip\";\nprovider blue;\nclim n1 { control 10.0.0.1; interface eth1 { provider blue; "
                    "address 10.1.0.1/24; failover n2.eth1; } }\n" +
                    connection("a", "n1")) == "E0006 1");
  // a failover that is wrong makes no pair; but the address may be meant to be there
  const std::string unsound =
      "provider blue;\nclim n1 { control 10.0.0.1; interface eth1 { provider blue; address "
      "10.1.0.1/24; failover n2.eth1; } }\nclim n2 { control 10.0.0.2; interface eth1 { } }\n";
  CHECK(findings_of(unsound + connection("a", "n1")) == "E0208 2");
  CHECK(findings_of(unsound + connection("a", "n2")) == "E0208 2");
  // nor does one that may lead to the wrong interface (E0205, E0206)
  const std::string three =
      "provider blue;\nclim n1 { control 10.0.0.1; interface eth1 { provider blue; address 10.1.0.1/24; } }\n"
      "clim n2 { control 10.0.0.2; interface eth1 { provider blue; } }\n"
      "clim n3 { control 10.0.0.3; interface eth1 { provider blue; } }\n" +
      connection("a", "n1");
  CHECK(findings_of(three + "failover n1.eth1 -> n2.eth1;") == "E0401 5");
  CHECK(findings_of(three + "failover n1.eth1 -> n2.eth1;\nfailover n2.eth1 -> n3.eth1;") == "E0205 6");
  CHECK(findings_of(three + "failover n3.eth1 -> n2.eth1;\nfailover n1.eth1 -> n2.eth1;") == "E0206 7");
}

}  // namespace cip::check
