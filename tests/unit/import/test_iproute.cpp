// `cipc import iproute`: what each member of the dumps becomes.
#include "tests/unit/import/importing.h"

namespace cip::importing {
namespace {

Imported import(const std::string& json) {
  return must(import_one("iproute", json));
}

// Without the comment on control addresses.
std::string text_of(const std::string& json) {
  const auto text = body(import(json).text);
  const std::string control =
      "# no address of eth0 was read: `control ADDRESS;` tells where other CLIMs reach this one | ";
  const auto at = text.find(control);
  return at == std::string::npos ? text : std::string(text).erase(at, control.size());
}

std::string link(const std::string& members) {
  return R"([{"ifname":"eth1","link_type":"ether","flags":["UP"],"mtu":1500)" + members + "}]";
}

std::string address(const std::string& members) {
  return link(R"(,"addr_info":[{"family":"inet","local":"10.1.0.1","prefixlen":24,"scope":"global")" + members + "}]");
}

std::string route(const std::string& members) {
  return address("") + R"([{"dst":"10.9.0.0/16","dev":"eth1","flags":[])" + members + "}]";
}

std::string error_of(const std::string& json) {
  const auto imported = import_one("iproute", json);
  return imported ? "" : imported.error().message;
}

}  // namespace

TEST_CASE("links: kind, MTU, description") {
  CHECK(text_of(link("")) == "clim n1 { | interface eth1 { } | }");
  CHECK(text_of(link(R"(,"mtu":9000,"ifalias":"a \"b\" {c}")")) ==
        "clim n1 { | interface eth1 { | description \"a \\\"b\\\" \\{c\\}\"; | mtu 9000; | } | }");
  CHECK(text_of(link(R"(,"ifalias":"a\nb")")) == "clim n1 { | interface eth1 { | # description: a\\x0ab | } | }");
  CHECK(text_of(link(R"(,"flags":[])")) ==
        "clim n1 { | interface eth1 { | # it is administratively down in the original | } | }");
  CHECK(text_of(link(R"(,"linkinfo":{"info_kind":"bridge"})")) == "clim n1 { | # no equivalent: eth1 is a bridge | }");
  CHECK(text_of(link(R"(,"link_type":"infiniband")")) == "clim n1 { | # no equivalent: eth1 is an infiniband | }");
}

TEST_CASE("addresses that are no configuration are comments") {
  CHECK(text_of(address("")) == "clim n1 { | interface eth1 { address 10.1.0.1/24; } | }");
  for (const std::string mark : {"dynamic", "temporary", "mngtmpaddr"}) {
    CHECK(text_of(address(",\"" + mark + "\":true")) ==
          "clim n1 { | interface eth1 { | # left out, " + mark + ": address 10.1.0.1/24 | } | }");
    CHECK(contains(text_of(address(",\"" + mark + "\":false")), "{ address 10.1.0.1/24; }"));
  }
  CHECK(contains(text_of(address(R"(,"scope":"site")")), "# left out, scope site: address"));
  CHECK(contains(text_of(address(R"(,"address":"10.1.0.2")")), "# left out, point-to-point, peer 10.1.0.2: address"));
  CHECK(contains(text_of(address(R"(,"label":"eth1:1")")), "address 10.1.0.1/24;  # label eth1:1 in the original"));
  CHECK(text_of(address("") + address("")) == text_of(address("")));  // once, though in two dumps
}

TEST_CASE("the maintenance interface gives the control address") {
  auto json = address("");
  json.replace(json.find("eth1"), 4, "eth0");
  CHECK(text_of(json) ==
        "clim n1 { | control 10.1.0.1;  # the address of eth0 | maintenance eth0 { address 10.1.0.1/24; } | }");
}

TEST_CASE("routes") {
  const auto said = [](const std::string& members) {
    const auto text = text_of(route(members));
    const std::string begin = "interface eth1 { | address 10.1.0.1/24; | ";
    const auto at = text.find(begin);
    return at == std::string::npos ? text : text.substr(at + begin.size(), text.size() - at - begin.size() - 8);
  };
  CHECK(said("") == "route 10.9.0.0/16;");
  CHECK(said(R"(,"gateway":"10.1.0.2","protocol":"static","metric":5,"prefsrc":"10.1.0.1","table":"100")") ==
        "route 10.9.0.0/16 via 10.1.0.2 metric 5 source 10.1.0.1 table 100;");
  CHECK(said(R"(,"gateway":"10.7.0.2","flags":["onlink"],"metrics":[{"mtu":1400}])") ==
        "route 10.9.0.0/16 via 10.7.0.2 mtu 1400 onlink;");
  CHECK(said(R"(,"metrics":[{"advmss":1400}])") == "route 10.9.0.0/16;  # no equivalent: advmss 1400");
  CHECK(said(R"(,"dst":"default","gateway":"10.1.0.2")") == "route default via 10.1.0.2;");
  CHECK(said(R"(,"dst":"default","pref":"medium","metric":1024)") == "route ::/0;");
  CHECK(contains(said(R"(,"gateway":"10.7.0.2")"), "# route 10.9.0.0/16 via 10.7.0.2; | #   E0107: "));
  CHECK(contains(said(R"(,"tos":"0x10")"), "# `tos` has no equivalent: {"));
  CHECK(contains(said(R"(,"table":"vpn")"), "# routing table `vpn` has a name of its box"));
  CHECK(contains(said(R"(,"metric":-1)"), "# `metric` is no number of at most 32 bits: {"));
  CHECK(contains(said(R"(,"protocol":[])"), "# `protocol` is no text: {"));
}

TEST_CASE("routes that others made are counted, and those on no link are the loopback interface's") {
  const std::string two =
      R"([{"dst":"10.8.0.0/16","dev":"eth1","protocol":"bird","flags":[]},{"dst":"10.7.0.0/16","dev":"eth1","protocol":"bird","flags":[]}])";
  CHECK(contains(text_of(address("") + two), "# left out, not static: 2 routes of protocol bird"));
  CHECK(contains(text_of(address("") + two + two), "# left out, not static: 2 routes of protocol bird"));
  CHECK(text_of(R"([{"type":"blackhole","dst":"10.8.0.0/16","flags":[]}])") ==
        "clim n1 { | loopback lo { route 10.8.0.0/16 blackhole; } | }");
}

TEST_CASE("bonds, VLANs and tunnels by their details") {
  const std::string slave = R"([{"ifname":"eth2","link_type":"ether","flags":["UP"],"mtu":1500,"master":"eth1"}])";
  const auto bond = [&](const std::string& data) {
    return text_of(slave + link(R"(,"linkinfo":{"info_kind":"bond","info_data":{)" + data + "}}"));
  };
  CHECK(
      bond(R"("mode":"active-backup","miimon":100,"primary":"eth2","updelay":200,"xmit_hash_policy":"layer2")") ==
      "clim n1 { | bond eth1 { | slaves eth2; | mode active-backup; | primary eth2; | miimon 100ms; | up-delay 200ms; "
      "| } | }");
  CHECK(contains(bond(R"("mode":"802.3ad","miimon":50,"ad_lacp_rate":"fast","xmit_hash_policy":"layer2+3")"),
                 "mode 802.3ad; | miimon 50ms; | lacp-rate fast; | hash-policy \"layer2+3\";"));
  CHECK(contains(bond(R"("mode":"new","miimon":100)"), "# mode new; | #   E0002: "));
  CHECK(contains(bond(R"("miimon":100,"arp_interval":10)"), "# no equivalent: arp_interval 10"));
  CHECK(contains(bond(""), "# mode and options are not known: they are in `ip -d -j link`"));
  const auto vlan = [](const std::string& data) {
    return text_of(link("") + R"([{"ifname":"eth1.5","link":"eth1","link_type":"ether","flags":["UP"],"linkinfo":{)" +
                   R"("info_kind":"vlan","info_data":{)" + data + "}}}]");
  };
  CHECK(contains(vlan(R"("protocol":"802.1Q","id":5)"), "vlan \"eth1.5\" { | link eth1; | id 5; | }"));
  CHECK(contains(vlan(R"("protocol":"802.1ad","id":5)"),
                 "# vlan \"eth1.5\" { | #   link eth1; | #   id 5; | # } | #   no "));
  CHECK(contains(vlan(R"("id":5000)"), "#   id 5000; | #     E0007: "));
  const auto tunnel = text_of(address("") + R"([{"ifname":"tun1","link_type":"sit","flags":["UP"],"mtu":1400,)" +
                              R"("address":"10.1.0.1","broadcast":"192.0.2.9"}])");
  CHECK(contains(tunnel, "tunnel tun1 { | local 10.1.0.1; | remote 192.0.2.9; | mtu 1400; | }"));
}

TEST_CASE("rules are on the interface that they are about") {
  const auto rule = [](const std::string& members) {
    return text_of(address("") + R"([{"priority":7)" + members + "}]");
  };
  CHECK(contains(rule(R"(,"src":"10.1.0.0","srclen":24,"table":"100")"),
                 "rule from 10.1.0.0/24 priority 7 table 100; | }"));
  CHECK(contains(rule(R"(,"src":"10.1.0.1","table":"main")"), "rule from 10.1.0.1/32 priority 7 table 254; | }"));
  CHECK(contains(rule(R"(,"src":"all","dst":"10.7.0.0","dstlen":16,"table":"9")"),
                 "rule to 10.7.0.0/16 priority 7 table 9;  # made up: nothing tells which interface it belongs to"));
  CHECK(
      contains(rule(R"(,"src":"10.1.0.0","srclen":24,"fwmark":"0x1","table":"9")"), "# `fwmark` has no equivalent: {"));
  CHECK(contains(rule(R"(,"src":"10.1.0.0","srclen":99,"table":"9")"), "# wrong network `10.1.0.0/99`: {"));
  CHECK(text_of(address("") + R"([{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":)" +
                R"("main"},{"priority":32767,"src":"all","table":"default"}])") == text_of(address("")));
}

TEST_CASE("neighbours that are permanent") {
  const auto neighbor = [](const std::string& state, const std::string& mac) {
    return address("") + R"([{"dst":"10.1.0.2","dev":"eth1","lladdr":")" + mac + R"(","state":[")" + state + "\"]}]";
  };
  CHECK(contains(text_of(neighbor("PERMANENT", "02:00:00:00:00:fd")), "neighbor 10.1.0.2 at 02:00:00:00:00:fd;"));
  CHECK_FALSE(contains(text_of(neighbor("REACHABLE", "02:00:00:00:00:fd")), "10.1.0.2"));
  CHECK(contains(text_of(neighbor("PERMANENT", "x")), "# no neighbour of an interface: {"));
}

TEST_CASE("what is no dump of ip is refused, with its place") {
  CHECK(error_of("") == "input:1: is empty");
  CHECK(error_of("hello") == "input:1: is not JSON; `ip -j` prints it");
  CHECK(error_of(R"([{"ifname":"eth1")") == "input:1: the JSON that starts here does not end, or is nested too deep");
  CHECK(error_of("[]\n\n[nonsense]") == "input:3: the JSON that starts here is malformed");
  CHECK(error_of("[\"\xff\"]") == "input:1: the JSON that starts here is malformed");
  CHECK(error_of(std::string("[\0]", 3)) == "input:1: the JSON that starts here is malformed");
  CHECK(error_of("[1]") == "input:1: this is no dump of `ip -j` addresses, links, routes, rules or neighbours");
  CHECK(error_of(R"([{"a":1}])") ==
        "input:1: this is no dump of `ip -j` addresses, links, routes, rules or neighbours");
  CHECK(contains(error_of(std::string(100'000, '[')), "nested too deep"));
  CHECK(error_of("[]").empty());
  CHECK(from_iproute({{"a", "[]"}}, {}).error().message == "the dumps do not name their box; give it with --clim NAME");
  CHECK_FALSE(from_iproute({{"a", "[]"}}, {"a.b"}));
}

TEST_CASE("names that are none, and wrong types, are comments and warnings") {
  const std::string long_name = "\"" + std::string(300, 'x') + "\"";
  for (const auto& name : std::vector<std::string>{R"("a b")", R"("")", long_name, R"("a\n}")", "7e9", "{}"}) {
    INFO(name);
    const auto imported = import(R"([{"ifname":)" + name + "}]");
    CHECK(contains(imported.text, "# no name of an interface: {"));
    CHECK(imported.warnings.size() == 1);
  }
  for (const std::string members :
       {R"(,"mtu":"x")", R"(,"flags":7)", R"(,"ifalias":[])", R"(,"addr_info":[7])", R"(,"addr_info":[{"local":7}])",
        R"(,"addr_info":[{"local":"10.1.0.1","prefixlen":33}])"}) {
    INFO(members);
    CHECK(import(link(members)).warnings.size() == 1);
  }
}

TEST_CASE("of a member that is there twice the last counts") {
  CHECK(contains(text_of(link(R"(,"mtu":9000,"mtu":8000)")), "mtu 8000;"));
}

}  // namespace cip::importing
