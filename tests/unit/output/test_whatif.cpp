// What `cipc whatif` says (the placement itself is tested in tests/unit/check/test_placement.cpp).
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "compiler/lang/compile.h"
#include "compiler/output/whatif.h"

namespace cip::output {
namespace {

using check::Failure;
using nlohmann::json;

const char* const site = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  maintenance eth0 { address 192.168.100.1/24; }
  interface eth1 {
    provider blue; address 10.1.0.1/24; route default via 10.1.0.254; rule from 10.1.0.0/16 table 7;
    neighbor 10.1.0.253 at 02:00:00:00:00:fd; failover n2.eth1;
  }
  bond bond0 { provider blue; slaves eth2, eth3; address 10.2.0.1/24; failover n2.eth4; }
  vlan bond0.7 { link bond0; id 7; provider blue; address 10.7.0.1/24; }
  tunnel tun1 { local 10.1.0.1; remote 192.0.2.9; address 2001:db8:ff::1/64; }
  tunnel tun9 { remote 192.0.2.10; address 2001:db8:fe::1/64; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; address 10.1.0.2/24; route default via 10.1.0.254; failover n1.eth1; }
  interface eth4 { provider blue; }
}
)";

lang::Cluster compiled(syntax::Sources& sources) {
  diagnostics::Findings findings;
  auto cluster = lang::compile({sources.add("site.cip", site).id()}, sources, findings);
  REQUIRE_FALSE(findings.has_errors());
  return cluster;
}

std::vector<Failure> failures(const lang::Cluster& cluster, const std::vector<std::string>& names) {
  std::vector<Failure> result;
  for (const auto& name : names) {
    for (const Failure& one : check::possible_failures(cluster)) {
      if (name_of(one) == name) {
        result.push_back(one);
      }
    }
  }
  REQUIRE(result.size() == names.size());
  return result;
}

std::string text_after(const std::vector<std::string>& names) {
  syntax::Sources sources;
  const auto cluster = compiled(sources);
  return whatif_text(cluster, failures(cluster, names));
}

// Without the table.
std::string story_after(const std::vector<std::string>& names) {
  const auto text = text_after(names);
  return text.substr(text.find("\n\n") + 2);
}

json json_after(const std::vector<std::string>& names) {
  syntax::Sources sources;
  const auto cluster = compiled(sources);
  return json::parse(whatif_json(cluster, failures(cluster, names)));
}

}  // namespace

TEST_CASE("whatif: a table of all home interfaces, and what each failure did") {
  CHECK(text_after({"n1.eth1", "n1.eth3"}) == R"(HOME        FAILOVER  LOCATION    PLACE  STATE
n1.eth0     -         n1.eth0     -      UP
n1.eth1     n2.eth1   n2.eth1     BkFO   UP
n1.bond0    n2.eth4   n1.bond0    HOME   UP
n1.bond0.7  -         n1.bond0.7  -      UP
n1.tun1     n2.eth1   n2.eth1     BkFO   UP
n1.tun9     -         n1.tun9     -      UP
n2.eth1     n1.eth1   n2.eth1     HOME   UP
n2.eth4     -         n2.eth4     -      UP

when n1.eth1 fails:
  n1.eth1 moves to n2.eth1: n1.eth1 has failed
  n1.tun1 follows n1.eth1 to n2
  n2.eth1 stays at home, but could not fail over any more: n1.eth1 has failed

when n1.eth3 fails:
  n1.bond0 goes on with 1 of 2 slaves
)");
}

TEST_CASE("whatif: why things are lost") {
  CHECK(story_after({"n1.eth2", "n1.eth3", "n2.eth4"}) == R"(when n1.eth2 fails:
  n1.bond0 goes on with 1 of 2 slaves

when n1.eth3 fails:
  n1.bond0 moves to n2.eth4: all slaves of n1.bond0 have failed
  n1.bond0.7 is lost: the link of n1.bond0.7, bond0, has failed, and it has no failover interface; the resources stay in the kernel of n1

when n2.eth4 fails:
  n1.bond0 is lost: n2.eth4 has failed, and before all slaves of n1.bond0 have failed; the resources stay in the kernel of n2
)");
  CHECK(story_after({"n2", "n1"}) == R"(when n2 fails:
  n1.eth1 stays at home, but could not fail over any more: CLIM n2 has failed
  n1.bond0 stays at home, but could not fail over any more: CLIM n2 has failed
  n2.eth1 moves to n1.eth1: CLIM n2 has failed

when n1 fails:
  n1.eth0 is lost: CLIM n1 has failed, and the maintenance interface never fails over
  n1.eth1 is lost: CLIM n1 has failed, and before CLIM n2 has failed
  n1.bond0 is lost: CLIM n1 has failed, and before CLIM n2 has failed
  n1.bond0.7 is lost: CLIM n1 has failed, and it has no failover interface
  n1.tun1 is lost: CLIM n1 has failed, and before CLIM n2 has failed
  n1.tun9 is lost: CLIM n1 has failed, and a tunnel without a local address stays
  n2.eth1 is lost: CLIM n1 has failed, and before CLIM n2 has failed
)");
  CHECK(story_after({"n1.tun1", "n2.eth4", "n2.eth4"}) == R"(when n1.tun1 fails:
  n1.tun1 is lost: n1.tun1 has failed, and a tunnel moves only with n1.eth1; the resources stay in the kernel of n1

when n2.eth4 fails:
  n1.bond0 stays at home, but could not fail over any more: n2.eth4 has failed

when n2.eth4 fails:
  nothing moves, and nothing is lost
)");
}

TEST_CASE("whatif: the JSON has what each CLIM holds, each object with its home interface") {
  const auto after = json_after({"n1"});
  CHECK(after["format"] == 1);
  CHECK(after["failures"][0]["failed"] == "n1");
  CHECK(after["failures"][0]["effects"][1]["effect"] == "moves");
  CHECK(after["clims"]["n1"] == json({{"interfaces", json::object()}, {"state", "DOWN"}}));
  const auto& eth1 = after["clims"]["n2"]["interfaces"]["eth1"];
  CHECK(eth1["state"] == "UP");
  CHECK(eth1["addresses"] == json::array({{{"address", "10.1.0.1/24"}, {"home", "n1.eth1"}},
                                          {{"address", "10.1.0.2/24"}, {"home", "n2.eth1"}}}));
  CHECK(eth1["routes"].size() == 2);
  CHECK(eth1["routes"][0]["home"] == "n1.eth1");
  CHECK(eth1["rules"][0]["table"] == 7);
  CHECK(eth1["neighbors"][0]["mac"] == "02:00:00:00:00:fd");
  CHECK(eth1["tunnels"][0]["name"] == "tun1");
  CHECK(eth1["tunnels"][0]["addresses"] == json::array({"2001:db8:ff::1/64"}));
  CHECK(eth1["tunnels"][0]["home"] == "n1.eth1");
  CHECK(after["clims"]["n2"]["interfaces"]["eth4"]["addresses"][0]["home"] == "n1.bond0");

  // Rows of the table.
  CHECK(
      after["interfaces"][0] ==
      json({{"home", "n1.eth0"}, {"failover", nullptr}, {"location", nullptr}, {"placement", "-"}, {"state", "DOWN"}}));
  CHECK(after["interfaces"][4]["follows"] == "n1.eth1");
  CHECK(after["interfaces"][4]["location"] == "n2.eth1");
}

TEST_CASE("whatif: resources that reach nobody are still held") {
  const auto after = json_after({"n1.eth1", "n2.eth1"});
  const auto& eth1 = after["clims"]["n2"]["interfaces"]["eth1"];
  CHECK(eth1["state"] == "DOWN");
  CHECK(eth1["addresses"].size() == 2);
  CHECK_FALSE(after["clims"]["n1"]["interfaces"].contains("eth1"));
  CHECK(after["clims"]["n1"]["interfaces"]["tun9"]["tunnels"][0]["home"] == "n1.tun9");
}

}  // namespace cip::output
