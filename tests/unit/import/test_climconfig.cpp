// `cipc import climconfig`: forms of lines, and what each object becomes.
#include "compiler/import/climconfig_command.h"
#include "tests/unit/import/importing.h"

namespace cip::importing {
namespace {

// Of CLIM n1, if the lines do not say another.
Imported import(const std::string& lines) {
  return must(import_one("climconfig", lines));
}

std::string text_of(const std::string& lines) {
  return body(import(lines).text);
}

const std::string loopback = "climconfig ip -add lo -ipaddress 10.255.0.1 -netmask 32\n";

}  // namespace

TEST_CASE("the forms of a line") {
  const std::string expected = "clim n1 { | interface eth2 { | provider data; | address 10.1.0.1/24; | } | }";
  const char* comments =
      "# a comment\n! another\n== third\n-- fourth\ncomment fifth\n\n\r\n"
      "climconfig ip -add eth2 -ipaddress 10.1.0.1/24";
  for (const std::string line :
       {"climconfig ip -add eth2 -ipaddress 10.1.0.1 -netmask 255.255.255.0",
        "climcmd n1 climconfig ip -add eth2 -ipaddress 10.1.0.1 -netmask 24",
        "  CLIMCMD n1 CLIMCONFIG IP -ADD eth2 -IPADDRESS 10.1.0.1 -NetMask /24  ",
        "climconfig ip -add eth2 -netmask=255.255.255.0 -ipaddress=10.1.0.1",
        "climconfig ip eth2 -add -ipaddress 10.1.0.1 -netmask 0xffffff00",
        "climconfig ip -ipaddress 10.1.0.1 -netmask 24 -add eth2", "climconfig ip -add eth2 -ipaddress 10.1.0.1/24",
        "climconfig ip &\n -add eth2 \\\r\n  -ipaddress 10.1.0.1 & \n-netmask 24",
        "$SYSTEM STARTUP 3> climcmd n1 climconfig ip -add \"eth2\" -ipaddress '10.1.0.1' -netmask 24",
        "climconfig ip \u2013add eth2 \u2013ipaddress 10.1.0.1 \u2014netmask 24 -force\r\n", comments}) {
    INFO(line);
    const auto imported = import(line);
    CHECK(body(imported.text) == "provider data;  # made up, for the interfaces that name none | " + expected);
    CHECK(imported.warnings.size() == 1);  // W0212: it has no failover interface
    CHECK(contains(imported.warnings.at(0), "W0212"));
  }
}

TEST_CASE("a line that never ends ends with its file") {
  CHECK(read_commands(0, "climconfig ip -add eth2 &").size() == 1);
  CHECK(read_commands(0, "&\n&\n\\").size() == 1);
  CHECK(read_commands(0, "&\n \n").empty());
  CHECK(read_commands(0, "a &\nb\nc").at(1).place.line == 3);
}

TEST_CASE("interfaces by their names, with provider and MTU") {
  CHECK(text_of("climconfig interface -add eth2 -jumbo on -provider blue\n") ==
        "provider blue; | clim n1 { | interface eth2 { | provider blue; | mtu 9000;  # jumbo frames | } | }");
  CHECK(text_of("climconfig interface -add eth2 -jumbo off -mtu 1400 -provider blue\n") ==
        "provider blue; | clim n1 { | interface eth2 { | provider blue; | mtu 1400; | } | }");
  CHECK(text_of(loopback) == "clim n1 { | loopback lo { address 10.255.0.1/32; } | }");
  CHECK(
      text_of("climconfig ip -add eth0 -ipaddress 192.168.36.11 -netmask 24\n") ==
      "clim n1 { | control 192.168.36.11;  # the address of eth0 | maintenance eth0 { address 192.168.36.11/24; } | }");
}

TEST_CASE("routes and ARP entries") {
  const auto text = text_of(
      "climconfig ip -add eth2 -ipaddress 10.1.0.1 -netmask 24\n"
      "climconfig ip -add eth2 -ipaddress 2001:db8::1 -netmask 64\n"
      "climconfig route -add eth2 -default -gateway 10.1.0.254\n"
      "climconfig route -add eth2 -default gateway 2001:db8::fe -metric 7\n"
      "climconfig route -add eth2 -target 10.9.0.0 -netmask 255.255.0.0 -gateway 10.1.0.253 -metric 20 -src 10.1.0.1\n"
      "climconfig route -add eth2 -target 10.8.0.1\n"
      "climconfig arp -add eth2 -ipaddress 10.1.0.253 -mac 02-00-00-00-00-FD\n");
  CHECK(contains(text,
                 "route default via 10.1.0.254; | route default via 2001:db8::fe metric 7; | route 10.9.0.0/16 via "
                 "10.1.0.253 metric 20 source 10.1.0.1; | route 10.8.0.1/32; | neighbor 10.1.0.253 at "
                 "02:00:00:00:00:fd;"));
}

TEST_CASE("failover in both directions is one statement, with one provider, whatever the case of names") {
  const std::string there =
      "climcmd N1 climconfig interface -add eth2 -provider blue\nclimcmd N1 climconfig failover -add eth2 -dest "
      "n2.eth3\n";
  const std::string back = "climcmd n2 climconfig failover -add eth3 -dest n1.eth2\n";
  CHECK(
      text_of(there + back) ==
      "provider blue; | clim N1 { | control 192.0.2.1;  # made up: write the address of the CLIM on the control LAN | "
      "interface eth2 { provider blue; } | } | clim n2 { | control 192.0.2.2;  # made up: write the address of the "
      "CLIM on the control LAN | interface eth3 { | provider blue;  # that of N1.eth2 | } | } | failover N1.eth2 <-> "
      "n2.eth3;");
  const auto one_way = text_of(there + "climcmd n2 climconfig interface -add lo\n");
  CHECK(contains(one_way, "interface eth2 { | provider blue; | failover n2.eth3; | }"));
  CHECK(contains(one_way, "# the original names it as a failover interface only"));
}

TEST_CASE("failover: the forms of its destination") {
  for (const std::string form :
       {"-dest n2.eth3", "-dest n2 eth3", "-destclim n2 -destif eth3", "-destination=n2.eth3"}) {
    INFO(form);
    const auto text =
        text_of("climconfig failover -add eth2 " + form + "\nclimcmd n2 climconfig interface -add eth3\n");
    CHECK(contains(text, "failover n2.eth3;"));
  }
}

TEST_CASE("bonds and tunnels") {
  const std::string slaves = "climconfig slaveinterface -add bond0 eth2,eth3\n";
  const auto bond = [](const std::string& lines) {
    const auto text = text_of(lines);
    const auto at = text.find("bond bond0 {");
    return at == std::string::npos ? text : text.substr(at);
  };
  const auto begin = std::string("bond bond0 { | provider data; | ");
  CHECK(bond(slaves + "climconfig bondmode -modify bond0 -mode 1 -miimon 50 -primary eth3\n") ==
        begin + "slaves eth2, eth3; | mode active-backup; | primary eth3; | miimon 50ms; | } | }");
  CHECK(bond(slaves + "climconfig bondmode -modify 802.3ad\n") == begin + "slaves eth2, eth3; | mode 802.3ad; | } | }");
  CHECK(bond("climconfig slaveinterface -configure bond0 -slave eth2 eth3 -primary\n") ==
        begin +
            "slaves eth2, eth3; | primary eth2; | mode active-backup;  # made up: no bondmode line names this bond | } "
            "| }");
  CHECK(contains(bond(slaves + "climconfig bondmode -modify bond0 -mode 9\n"), "# unknown mode `9`: climconfig"));
  CHECK(contains(bond(slaves + "climconfig slaveinterface -add bond0\n"), "# no slave is named: climconfig"));
  CHECK(contains(bond(slaves + "climconfig ip -add eth2 -ipaddress 10.1.0.1/24\n"),
                 "# eth2 is a slave, and carries no configuration of its own: address 10.1.0.1/24"));
  CHECK(contains(
      text_of("climconfig ip -add eth2 -ipaddress 10.1.0.1/24\n"
              "climconfig tunnel -add tun1 -local 10.1.0.1 -remote 192.0.2.9 -ttl 9 -mtu 1400\n"
              "climconfig ip -add tun1 -ipaddress 2001:db8:ff::1 -netmask 64\n"
              "climconfig tunnel -add tun2 -remote 192.0.2.9 -ttl 900\n"),
      "tunnel tun1 { | local 10.1.0.1; | remote 192.0.2.9; | ttl 9; | mtu 1400; | address 2001:db8:ff::1/64; | }"));
}

TEST_CASE("what the compiler refuses is a comment with its reason, and a warning with its line") {
  const auto imported = import(
      "climconfig ip -add eth2 -ipaddress 10.1.0.1 -netmask 24\n"
      "climconfig route -add eth2 -default -gateway 10.7.0.254\n"
      "climconfig failover -add eth2 -dest n9.eth3\n");
  CHECK(contains(
      imported.text,
      "    # route default via 10.7.0.254;\n    #   E0107: gateway 10.7.0.254 is not on a network of n1.eth2\n"));
  CHECK(contains(imported.text, "    # failover n9.eth3;\n    #   E0202: "));
  CHECK(contains(imported.warnings.at(2), "input:2: `route default via 10.7.0.254` became a comment: E0107: "));
  CHECK(contains(imported.warnings.at(3), "input:3: `failover n9.eth3` became a comment: E0202: "));
}

TEST_CASE("what is wrong is a comment at its interface, and a warning") {
  struct Case {
    std::string line;
    std::string reason;
  };
  for (const auto& [line, reason] :
       std::vector<Case>{{"ip -add eth2 -ipaddress 300.1.1.1 -netmask 24", "wrong address `300.1.1.1`"},
                         {"ip -add eth2 -ipaddress 10.1.0.1 -netmask 255.0.255.0", "wrong netmask `255.0.255.0`"},
                         {"ip -add eth2 -ipaddress 10.1.0.1", "no netmask is given"},
                         {"ip -add eth2", "no address is given"},
                         {"route -add eth2 -target 10.9.0.1 -netmask 16", "`10.9.0.1/16` has host bits"},
                         {"route -add eth2 -gateway 10.1.0.1", "neither `-default` nor a `-target` is given"},
                         {"route -add eth2 -default -gateway x", "wrong gateway `x`"},
                         {"route -add eth2 -default -gateway 10.1.0.1 -metric -1", "`-1` has no equivalent"},
                         {"route -add eth2 -default -gateway 10.1.0.1 -metric x", "wrong metric `x`"},
                         {"arp -add eth2 -ipaddress 10.1.0.2 -mac zz", "wrong MAC address `zz`"},
                         {"interface -add eth2 -jumbo maybe", "`-jumbo` is on or off, not `maybe`"},
                         {"interface -add eth2 -mtu 7", "wrong MTU `7`"},
                         {"interface -add eth2 -color red", "`-color` has no equivalent"},
                         {"failover -add eth2 -dest nowhere", "no interface is named"},
                         {"failover -add eth2", "no failover interface is named as CLIM.INTERFACE"},
                         {"ip -delete eth2 -ipaddress 10.1.0.1", "only what adds is read"}}) {
    INFO(line);
    const auto imported = import("climconfig interface -add eth2\nclimconfig " + line + "\n");
    CHECK(contains(imported.text, "    # " + reason + ": climconfig " + line + "\n"));
    CHECK(contains(imported.warnings.at(0), "input:2: " + reason));
  }
}

TEST_CASE("what names no interface is a comment on the CLIM") {
  for (const std::string line : {"interface -add eth2:1", "interface -add", "ip -add \"a b\" -ipaddress 10.1.0.1/24",
                                 "interface -add averyveryverylongname", "tunnel -add a/b -remote 10.1.0.1"}) {
    INFO(line);
    const auto imported = import(loopback + "climconfig " + line + "\n");
    CHECK(contains(imported.text, ": climconfig " + line + "\n"));
    CHECK(imported.warnings.size() == 1);
  }
}

TEST_CASE("secrets are not quoted") {
  const auto imported = import(loopback +
                               "climconfig psk -add 10.1.1.9 -key hunter2\nclimconfig vpn -add hunter2\n"
                               "climconfig snmp -add -community=hunter2\nclimconfig sysctl -update x.auth hunter2\n"
                               "climconfig ip -add eth2 -ipaddress hunter -key hunter2\npassword hunter2\n");
  CHECK_FALSE(contains(imported.text, "hunter2"));
  CHECK(contains(imported.text, "# no equivalent: climconfig psk -add -key ...\n"));
  for (const auto& warning : imported.warnings) {
    CHECK_FALSE(contains(warning, "hunter2"));
  }
}

TEST_CASE("no name, no commands: an error that says where") {
  const auto nameless = from_climconfig({{"a", "climconfig interface -add eth2\n"}}, {});
  REQUIRE_FALSE(nameless);
  CHECK(nameless.error().message == "a:1: the line does not name its CLIM; give it with --clim NAME");
  for (const auto& lines : std::vector<std::string>{"", "\n# nothing\n", "hello\n", std::string("\0\0", 2)}) {
    const auto nothing = from_climconfig({{"a", lines}}, {});
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().message == "a:1: there is no climconfig command here");
  }
  CHECK_FALSE(from_climconfig({{"a", loopback}}, {"no good"}));
}

TEST_CASE("a CLIM that is named by its address gets a name of it") {
  CHECK(contains(text_of("climcmd 192.168.36.11 " + loopback), "clim clim-192-168-36-11 {"));
}

}  // namespace cip::importing
