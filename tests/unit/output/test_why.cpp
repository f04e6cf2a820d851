// Where values come from: cipc why.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "compiler/lang/compile.h"
#include "compiler/output/why_report.h"

namespace cip::output {
namespace {

// A specification whose values have come a long way.
constexpr auto sizes = R"(const BASE = 1500;
const JUMBO = BASE * 6;
template edge(host: int, size: int = JUMBO) for interface {
  provider blue;
  mtu size;
  address host(10.1.0.0/24, host);
}
)";
constexpr auto plant = R"(import "sizes.cip";
cluster lab { heartbeat 400ms; }
provider blue { lan front; }
const GW = 10.1.0.254;
for i in 1..2 {
  clim "n{i}" {
    control ip(host(192.168.100.0/24, i));
    interface eth1 {
      use sizes.edge(host: i);
      lan front;route 10.9.0.0/16 via GW metric i * 10;
      route default via GW;
      failover "n{3 - i}.eth1";
    }
    interface eth2.100 { mtu 1400; }
  }
}
)";

struct Asked {
  syntax::Sources sources;
  diagnostics::Findings findings;
  lang::Index index;
  lang::Cluster cluster;

  explicit Asked(const std::string& text = plant)
      : sources([](const std::string& path) -> Result<syntax::GivenFile> {
          return path == "sizes.cip" ? Result<syntax::GivenFile>(syntax::GivenFile{path, sizes})
                                     : Error{ErrorCode::not_found, path};
        }) {
    const auto id = sources.add("plant.cip", text).id();
    cluster = lang::compile({id}, sources, findings, index);
    REQUIRE(!findings.has_errors());
  }
  std::string operator()(std::string_view path) const {
    const auto answer = why(path, cluster, index);
    const auto* facts = std::get_if<std::vector<Fact>>(&answer);
    return facts == nullptr ? std::get<std::string>(answer) : why_text(*facts, sources, {});
  }
};

}  // namespace

TEST_CASE("why: a default of an imported template, back to the first constant") {
  CHECK(Asked()("n1.eth1.mtu") ==
        "n1.eth1.mtu is 9000\n"
        " --> sizes.cip:5:7\n"
        "  |\n"
        "5 |   mtu size;\n"
        "  |       ^^^^\n"
        "  = parameter size is 9000, its default: sizes.cip:3:38\n"
        "  =   constant JUMBO is 9000: sizes.cip:2:7\n"
        "  =     constant BASE is 1500: sizes.cip:1:7\n"
        "  = in template edge(host: 1, size: 9000), used here: plant.cip:9:7\n"
        "  = with i = 1 in this loop: plant.cip:5:1\n");
}

TEST_CASE("why: an argument, a loop variable and its list, each of the right iteration") {
  CHECK(Asked()("n2.eth1.address[10.1.0.2/24]") ==
        "n2.eth1.address[0] is 10.1.0.2/24\n"
        " --> sizes.cip:6:11\n"
        "  |\n"
        "6 |   address host(10.1.0.0/24, host);\n"
        "  |           ^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  = parameter host is 2, given here: plant.cip:9:28\n"
        "  =   loop variable i is 2, from this list: plant.cip:5:10\n"
        "  = in template edge(host: 2, size: 9000), used here: plant.cip:9:7\n"
        "  = with i = 2 in this loop: plant.cip:5:1\n");
}

TEST_CASE("why: a route has the names of all its parts, and none of its neighbours'") {
  const Asked ask;
  CHECK(ask("n2.eth1.route[10.9.0.0/16]") ==
        "n2.eth1.route[0] is 10.9.0.0/16 via 10.1.0.254 metric 20\n"
        "  --> plant.cip:10:17\n"
        "   |\n"
        "10 |       lan front;route 10.9.0.0/16 via GW metric i * 10;\n"
        "   |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "   = constant GW is 10.1.0.254: plant.cip:4:7\n"
        "   = loop variable i is 2, from this list: plant.cip:5:10\n"
        "   = with i = 2 in this loop: plant.cip:5:1\n");
  CHECK(ask("n1.eth1.route[1]").find("loop variable") == std::string::npos);
  CHECK(ask("n1.eth1.route[default]") == ask("n1.eth1.route[1]"));
}

TEST_CASE("why: a failover shows the other half, a provider and a LAN their declarations") {
  const Asked ask;
  CHECK(ask("n1.eth1.failover") ==
        "n1.eth1.failover is n2.eth1\n"
        "  --> plant.cip:12:16\n"
        "   |\n"
        "12 |       failover \"n{3 - i}.eth1\";\n"
        "   |                ^^^^^^^^^^^^^^^\n"
        "   = loop variable i is 1, from this list: plant.cip:5:10\n"
        "   = n2.eth1 is declared here: plant.cip:8:15\n"
        "   = and n2.eth1 fails over to it: plant.cip:12:16\n"
        "   = with i = 1 in this loop: plant.cip:5:1\n");
  CHECK(ask("n1.eth1.provider").find("= provider blue is declared here: plant.cip:3:10\n") != std::string::npos);
  CHECK(ask("n1.eth1.lan").find("= provider blue lists it here: plant.cip:3:21\n") != std::string::npos);
}

TEST_CASE("why: a pair at the top level of a file knows the loop it stands in") {
  const Asked ask(
      "provider p;\nfor i in [1] {\n  failover \"n{i}.eth1\" <-> n2.eth1;\n}\n"
      "clim n1 { control 192.0.2.1; interface eth1 { provider p; address 10.0.0.1/24; } }\n"
      "clim n2 { control 192.0.2.2; interface eth1 { provider p; address 10.0.0.2/24; } }\n");
  CHECK(ask("n1.eth1.failover").find("   = with i = 1 in this loop: ") == std::string::npos);  // the gutter of line 3
  CHECK(ask("n1.eth1.failover").find("  = with i = 1 in this loop: plant.cip:2:1\n") != std::string::npos);
}

TEST_CASE("why: an interface without an attribute is its declaration and all that it has") {
  CHECK(Asked()("n1.eth1") ==
        "n1.eth1: interface, declared at plant.cip:8:15\n"
        "  = with i = 1 in this loop: plant.cip:5:1\n"
        "  provider  blue                                  sizes.cip:4:12   template edge\n"
        "  lan       front                                 plant.cip:10:11\n"
        "  mtu       9000                                  sizes.cip:5:7    parameter size, template edge\n"
        "  address   10.1.0.1/24                           sizes.cip:6:11   parameter host, template edge\n"
        "  route     10.9.0.0/16 via 10.1.0.254 metric 10  plant.cip:10:17  constant GW, loop variable i\n"
        "  route     default via 10.1.0.254                plant.cip:11:7   constant GW\n"
        "  failover  n2.eth1                               plant.cip:12:16  loop variable i\n");
}

TEST_CASE("why: names of interfaces may have dots, a CLIM's has none") {
  const Asked ask;
  CHECK(ask("n1.eth2.100.mtu").rfind("n1.eth2.100.mtu is 1400\n  --> plant.cip:14:30\n", 0) == 0);
  CHECK(ask("n1.eth2.100").rfind("n1.eth2.100: interface, declared at plant.cip:14:15\n", 0) == 0);
  CHECK(ask("n1").find("  interface  eth2.100       plant.cip:14:15\n") != std::string::npos);
  CHECK(ask("n1.control[192.168.100.1]").rfind("n1.control[0] is 192.168.100.1\n", 0) == 0);
}

TEST_CASE("why: times say whether they are set, the default, or follow from another") {
  const Asked ask;
  CHECK(ask("cluster.heartbeat").rfind("cluster.heartbeat is 400ms\n --> plant.cip:2:25\n", 0) == 0);
  CHECK(ask("cluster.dead") == "cluster.dead is 1200ms, the default (3 heartbeats)\n");
  CHECK(ask("cluster.settle") == "cluster.settle is 1s, the default\n");
  CHECK(ask("n2.eth2.100").find("mtu  1400  plant.cip:14:30\n") != std::string::npos);
}

TEST_CASE("why: bonds, VLANs and tunnels, and the defaults of what they do not say") {
  const Asked ask(
      "provider p;\n"
      "for m in [\"active-backup\"] {\n"
      "clim n1 { control 192.0.2.1; interface eth1 { match-mac 02:00:00:00:00:01; } interface eth2 { }\n"
      "  bond bond0 { slaves eth1, eth2; mode \"{m}\"; primary eth2; provider p; address 10.0.0.1/24; }\n"
      "  vlan v5 { link bond0; id 5; rule from 10.0.0.0/24 priority 7 table 9; }\n"
      "  tunnel t1 { local 10.0.0.1; remote 192.0.2.9; address 2001:db8::1/64; }\n"
      "} }\n");
  CHECK(ask("n1.bond0.mode") ==
        "n1.bond0.mode is active-backup\n"
        " --> plant.cip:4:40\n"
        "  |\n"
        "4 |   bond bond0 { slaves eth1, eth2; mode \"{m}\"; primary eth2; provider p; address 10.0.0.1/24; }\n"
        "  |                                        ^^^^^\n"
        "  = loop variable m is \"active-backup\", from this list: plant.cip:2:10\n"
        "  = with m = \"active-backup\" in this loop: plant.cip:2:1\n");
  CHECK(ask("n1.bond0.miimon") == "n1.bond0.miimon is 100ms, the default\n");
  CHECK(ask("n1.bond0.mtu") == "n1.bond0.mtu is not set (unchanged, taken as 1500)\n");
  CHECK(ask("n1.bond0.slaves[eth2]").rfind("n1.bond0.slaves[1] is eth2\n --> plant.cip:4:29\n", 0) == 0);
  CHECK(ask("n1.bond0.primary").rfind("n1.bond0.primary is eth2\n --> plant.cip:4:55\n", 0) == 0);
  CHECK(ask("n1.eth1.match-mac").rfind("n1.eth1.match-mac is 02:00:00:00:00:01\n", 0) == 0);
  CHECK(ask("n1.v5.link").rfind("n1.v5.link is bond0\n", 0) == 0);
  CHECK(ask("n1.v5.id").rfind("n1.v5.id is 5\n", 0) == 0);
  CHECK(ask("n1.v5.rule[7]").rfind("n1.v5.rule[0] is from 10.0.0.0/24 priority 7 table 9\n", 0) == 0);
  CHECK(ask("n1.t1.remote").rfind("n1.t1.remote is 192.0.2.9\n", 0) == 0);
  CHECK(ask("n1.t1.ttl") == "n1.t1.ttl is 64, the default\n");
  CHECK(ask("n1.t1.slaves").rfind("n1.t1 has no attribute `slaves`", 0) == 0);
}

TEST_CASE("why: what is not there is an error with a way out") {
  const Asked ask;
  CHECK(ask("n1.eth1.mtux") == "n1.eth1 has no attribute `mtux`; did you mean `mtu`?");
  CHECK(ask("n1.eth1.description") == "n1.eth1 has no description");
  CHECK(ask("n1.eth1.route[7]") ==
        "n1.eth1 has no route `7`; what it has: 10.9.0.0/16 via 10.1.0.254 metric 10, default via 10.1.0.254");
  CHECK(ask("n1.bond0") == "CLIM n1 has no interface `bond0`; its interfaces: eth1, eth2.100");
  CHECK(ask("n1.eth1.mtu[1]") == "n1.eth1.mtu is no list: `[1]` selects nothing");
  CHECK(ask("x") == "no CLIM is named `x`; CLIMs: n1, n2");
  CHECK(ask("provider.blu") == "no provider is named `blu`; did you mean `blue`?");
  for (const auto* wrong : {"", ".", "n1.", "n1..mtu", "n1.eth1[0", "n1.eth1[0]", "n1.eth1.mtu]"}) {
    INFO(wrong);
    CHECK(ask(wrong).find(" is no path") != std::string::npos);
  }
}

TEST_CASE("why: JSON says the same to programs") {
  const Asked ask;
  const auto answer = why("n1.eth2.100", ask.cluster, ask.index);
  const auto json = nlohmann::json::parse(why_json(std::get<std::vector<Fact>>(answer), ask.sources));
  CHECK(json["format"] == 1);
  REQUIRE(json["facts"].size() == 2);
  CHECK(json["facts"][0]["kind"] == "interface");
  const auto& mtu = json["facts"][1];
  CHECK(mtu["path"] == "n1.eth2.100.mtu");
  CHECK(mtu["value"] == "1400");
  CHECK(mtu["default"] == false);
  CHECK(mtu["source"] == nlohmann::json{{"file", "plant.cip"}, {"line", 14}, {"column", 30}});
  CHECK(mtu["steps"][0]["kind"] == "loop");
  const auto probe = why("cluster.probe", ask.cluster, ask.index);
  const auto time = nlohmann::json::parse(why_json(std::get<std::vector<Fact>>(probe), ask.sources))["facts"][0];
  CHECK(time["default"] == true);
  CHECK(time["source"].is_null());
}

}  // namespace cip::output
