#include "state/diff.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "diff_sample.h"
#include "state/json.h"

using namespace cip;
using sample::address;
using sample::ip;

namespace {

// Shuffles all whose order has no meaning.
void shuffle(HomeInterface& home, std::mt19937& random) {
  std::shuffle(home.routes.begin(), home.routes.end(), random);
  std::shuffle(home.rules.begin(), home.rules.end(), random);
  std::shuffle(home.neighbors.begin(), home.neighbors.end(), random);
  std::shuffle(home.tunnels.begin(), home.tunnels.end(), random);
  for (auto& tunnel : home.tunnels) std::shuffle(tunnel.routes.begin(), tunnel.routes.end(), random);
  if (home.bond) std::shuffle(home.bond->slaves.begin() + 1, home.bond->slaves.end(), random);
}

// Adds what no mutation touches.
void enrich(HomeInterface& home, std::mt19937& random) {
  const auto count = [&](unsigned most) { return static_cast<unsigned>(random() % (most + 1)); };
  for (unsigned i = 0, n = count(5); i < n; ++i) {
    home.routes.push_back(sample::route("172." + std::to_string(16 + i) + ".0.0/16", "10.1.0.254", count(3)));
    home.addresses.push_back(address("10." + std::to_string(100 + i) + ".0.1/24"));
    home.rules.push_back({sample::prefix("172." + std::to_string(16 + i) + ".0.0/16"), {}, count(9), 200});
    home.neighbors.push_back({ip("10.1.0." + std::to_string(100 + i)), sample::mac("02:00:00:00:01:01")});
    Tunnel tunnel;
    tunnel.name = InterfaceName("extra" + std::to_string(i));
    tunnel.remote = ip("192.0.2." + std::to_string(100 + i));
    home.tunnels.push_back(tunnel);
  }
}

void check_mirrored(const Change& there, const Change& back) {
  CHECK(there.part == back.part);
  CHECK(there.attribute == back.attribute);
  CHECK(there.before == back.after);
  CHECK(there.after == back.before);
  CHECK(there.old_place == back.new_place);
  CHECK(there.new_place == back.old_place);
}

std::vector<Impact> impacts(const Change& change) {
  std::vector<Impact> all;
  for (const auto& effect : change.effects) {
    all.push_back(effect.impact);
    CHECK(!effect.reason.empty());
  }
  return all;
}

}  // namespace

TEST_CASE("every change of one attribute is one change that names it and says what it does to traffic") {
  std::mt19937 random(20261124);
  for (const auto& mutation : sample::mutations()) {
    for (int run = 0; run < 20; ++run) {
      INFO(mutation.what << ", run " << run);
      HomeInterface before = mutation.base();
      HomeInterface after = before;
      mutation.apply(after);
      REQUIRE(before != after);
      auto same = random;
      enrich(before, random);
      enrich(after, same);
      if (run > 0) {
        shuffle(before, random);
        shuffle(after, random);
      }
      const auto there = diff(&before, &after);
      REQUIRE(there.size() == 1);
      CHECK(there[0].part == mutation.part);
      CHECK(there[0].attribute == mutation.attribute);
      CHECK(there[0].kind() == mutation.kind);
      // What the others do, and what F9 and F10 add.
      const bool protected_before = before.failover.has_value();
      std::vector<Impact> expected{mutation.impact};
      if (protected_before) expected.push_back(Impact::unprotected);
      CHECK(impacts(there[0]) == expected);

      const auto back = diff(&after, &before);
      REQUIRE(back.size() == 1);
      check_mirrored(there[0], back[0]);
      CHECK(back[0].effects.front().impact == mutation.impact_back);
      CHECK(diff(&before, &before).empty());
      CHECK(diff(&after, &after).empty());
    }
  }
}

TEST_CASE("order has no meaning where the language says so") {
  std::mt19937 random(7);
  for (int run = 0; run < 50; ++run) {
    HomeInterface before = sample::bond();
    enrich(before, random);
    HomeInterface after = before;
    shuffle(after, random);
    CHECK(diff(&before, &after).empty());
    // Between networks, and between families, the order of addresses has none either.
    std::stable_partition(after.addresses.begin(), after.addresses.end(),
                          [](const auto& a) { return a.family() == Family::ipv6; });
    std::rotate(after.addresses.begin(), after.addresses.begin() + 1, after.addresses.end());
    CHECK(diff(&before, &after).empty());
  }
}

TEST_CASE("a bond whose slaves are all others carries nothing meanwhile") {
  const auto before = sample::bond();
  auto after = before;
  after.bond->slaves = {{InterfaceName("eth5"), {}, ""}, {InterfaceName("eth6"), {}, ""}};
  after.bond->primary = InterfaceName("eth5");
  for (const auto& change : diff(&before, &after)) {
    INFO(change.part << " " << change.attribute);
    CHECK((change.has(Impact::interrupts) || change.part == "slave eth2"));
  }
}

TEST_CASE("lacp-rate matters in mode 802.3ad") {
  auto before = sample::bond();
  before.bond->mode = BondMode::ieee_802_3ad;
  auto after = before;
  after.bond->lacp_rate = LacpRate::fast;
  const auto changes = diff(&before, &after);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].has(Impact::interrupts));
}

TEST_CASE("a primary that goes and one that comes in front") {
  const auto before = sample::bond();  // 10.1.0.1, 10.1.0.2
  auto after = before;
  after.addresses = {address("10.1.0.3/24"), address("10.1.0.2/24"), address("2001:db8:1::1/64")};
  const auto changes = diff(&before, &after);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].before == "10.1.0.1/24");
  CHECK(changes[1].after == "10.1.0.3/24");
  CHECK(changes[1].effects[0].reason.find("becomes the primary of 10.1.0.0/24") == 0);
  // The promotion of the next one is no change of its own.
  after.addresses = {address("10.1.0.2/24"), address("2001:db8:1::1/64")};
  CHECK(diff(&before, &after).size() == 1);
}

TEST_CASE("removing a route is hitless while another one to the same destination stays") {
  auto before = sample::bond();
  before.routes.push_back(sample::route("10.9.0.0/16", "10.1.0.252", 30));
  auto after = before;
  after.routes.pop_back();
  const auto changes = diff(&before, &after);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].before == "10.9.0.0/16 via 10.1.0.252 metric 30");
  CHECK(!changes[0].has(Impact::interrupts));
}

TEST_CASE("statements are shown as the language has them") {
  auto before = sample::bond();
  auto after = before;
  after.description = "a \"b\" {c}";
  after.routes.push_back(sample::route("2001:db8:9::/48", "fe80::1", 1024));
  after.routes.back().source = ip("2001:db8:1::1");
  after.routes.back().table = 100;
  after.routes.back().onlink = true;
  after.rules[0].to = sample::prefix("10.2.0.0/16");
  after.neighbors.clear();
  after.bond->miimon = std::chrono::milliseconds(2000);
  std::vector<std::string> shown;
  for (const auto& change : diff(&before, &after)) {
    shown.push_back(change.attribute + " " + change.before.value_or("-") + " > " + change.after.value_or("-"));
  }
  CHECK(shown == std::vector<std::string>{"miimon 100ms > 2s", R"(description "to the core" > "a \"b\" \{c\}")",
                                          "route - > 2001:db8:9::/48 via fe80::1 source 2001:db8:1::1 table 100 onlink",
                                          "rule from 10.1.0.0/24 priority 1000 table 100 > -",
                                          "rule - > from 10.1.0.0/24 to 10.2.0.0/16 priority 1000 table 100",
                                          "neighbor 10.1.0.253 at 02:00:00:00:00:fd > -"});
  const auto defaults = diff(nullptr, &before);
  CHECK(
      std::any_of(defaults.begin(), defaults.end(), [](const auto& c) { return c.after == "default via 10.1.0.254"; }));
}

TEST_CASE("an interface that comes or goes is said as such, with what it has") {
  const auto home = sample::bond();
  const auto added = diff(nullptr, &home);
  REQUIRE(added.size() > 15);
  CHECK(added[0].attribute == "interface");
  CHECK(added[0].after == "bond bond0");
  for (const auto& change : added) {
    CHECK(change.kind() == ChangeKind::added);
    CHECK(impacts(change) == std::vector{Impact::hitless});
  }
  const auto removed = diff(&home, nullptr);
  REQUIRE(removed.size() == added.size());
  CHECK(removed[0].has(Impact::interrupts));
  for (std::size_t i = 0; i < removed.size(); ++i) {
    CHECK(removed[i].kind() == ChangeKind::removed);
    CHECK(!removed[i].has(Impact::unprotected));
    CHECK(removed[i].before == added[i].after);
    CHECK(removed[i].has(Impact::interrupts) ==
          (removed[i].attribute == "interface" || removed[i].attribute == "address" || removed[i].attribute == "rule" ||
           (removed[i].attribute == "route" && removed[i].before != "198.51.100.0/24 blackhole") ||
           removed[i].part == "tunnel tun1" || removed[i].attribute == "slave" || removed[i].attribute == "mode"));
  }
  // A spare has nothing but itself.
  HomeInterface spare;
  spare.name = sample::ref("n2", "eth4");
  REQUIRE(diff(nullptr, &spare).size() == 1);
  CHECK(diff(&spare, nullptr)[0].effects[0].impact == Impact::hitless);
}

TEST_CASE("new failover protects once the mirror is there; every other change of an interface that has it says F10") {
  auto before = sample::bond();
  auto after = before;
  before.failover.reset();
  auto changes = diff(&before, &after);
  REQUIRE(changes.size() == 1);
  CHECK(impacts(changes[0]) == std::vector{Impact::hitless});
  CHECK(changes[0].effects[0].reason == "its resources can move once n2 has the mirror");
  changes = diff(&after, &before);
  CHECK(changes[0].effects[1].reason == "nothing takes the resources of n1.bond0 any more");
  before.failover = sample::ref("n3", "eth4");
  before.description = "both at once";
  changes = diff(&before, &after);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].effects[1].reason == "until n2 has the new mirror");
  CHECK(changes[1].effects[1].reason == "until n2 has the new mirror");
}

TEST_CASE("what a CLIM has of its own") {
  Clim before;
  before.cluster = ClusterName("lab");
  before.name = ClimName("n1");
  before.control = {ip("192.168.100.1")};
  before.peers = {{ClimName("n2"), {ip("192.168.100.2")}}};
  struct Row {
    const char* attribute;
    std::function<void(Clim&)> apply;
    bool leaves_unprotected;
    const char* after;
  };
  using std::chrono::milliseconds;
  const std::vector<Row> rows{
      {"cluster", [](Clim& c) { c.cluster = ClusterName("plant"); }, true, "plant"},
      {"control", [](Clim& c) { c.control.push_back(ip("192.168.101.1")); }, true, "192.168.100.1, 192.168.101.1"},
      {"heartbeat", [](Clim& c) { c.times.heartbeat = milliseconds(50); }, false, "50ms"},
      {"heartbeat", [](Clim& c) { c.times.heartbeat = milliseconds(101); }, true, "101ms"},
      {"dead", [](Clim& c) { c.times.dead = milliseconds(1000); }, false, "1s"},
      {"probe", [](Clim& c) { c.times.probe = milliseconds(50); }, false, "50ms"},
      {"link-pulse", [](Clim& c) { c.times.link_pulse = milliseconds(50); }, false, "50ms"},
      {"settle", [](Clim& c) { c.times.settle = milliseconds(50); }, false, "50ms"},
      {"fence", [](Clim& c) { c.times.fence = milliseconds(0); }, false, "0s"},
      {"linger", [](Clim& c) { c.times.linger = milliseconds(50); }, false, "50ms"},
      {"startup-wait", [](Clim& c) { c.times.startup_wait = milliseconds(50); }, false, "50ms"},
      {"retry", [](Clim& c) { c.times.retry = milliseconds(50); }, false, "50ms"},
      {"peer",
       [](Clim& c) {
         c.peers.push_back({ClimName("n3"), {}});
       },
       false, "n3"},
      {"peer", [](Clim& c) { c.peers[0].control[0] = ip("192.168.100.9"); }, true, "n2 at 192.168.100.9"},
  };
  for (const auto& row : rows) {
    INFO(row.attribute << " " << row.after);
    auto after = before;
    row.apply(after);
    const auto there = diff(&before, &after);
    REQUIRE(there.size() == 1);
    CHECK(there[0].attribute == row.attribute);
    CHECK(there[0].after == row.after);
    CHECK(there[0].has(Impact::hitless));
    CHECK(there[0].has(Impact::unprotected) == row.leaves_unprotected);
    const auto back = diff(&after, &before);
    REQUIRE(back.size() == 1);
    check_mirrored(there[0], back[0]);
  }
  // Each side is right for itself, but not for the other.
  auto slower = before;
  slower.times.heartbeat = milliseconds(200);
  slower.times.dead = milliseconds(600);
  const auto both = diff(&before, &slower);
  REQUIRE(both.size() == 2);
  CHECK(both[0].has(Impact::unprotected));
  CHECK(both[1].has(Impact::unprotected));
  CHECK(diff(&before, &before).empty());
  CHECK(diff(nullptr, &before).front().after == "n1");
  CHECK(diff(&before, nullptr).size() == 3);  // itself, its control address, its peer
}

TEST_CASE("swanctl.conf is compared key by key, not line by line") {
  const std::string old = "connections {\n  partner {\n    version = 2\n    local_addrs = 10.1.0.1\n  }\n}\n";
  CHECK(diff_swanctl(old, "# other layout\nconnections {\npartner {\nlocal_addrs=10.1.0.1\nversion =2\n}\n}").empty());
  auto changes = diff_swanctl(
      old,
      "connections {\n  partner {\n    version = 2\n    local_addrs = 10.1.0.2\n    mobike = no\n  }\n  other {\n"
      "    version = 1\n  }\n}\n");
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].part == "connections.partner");
  CHECK(changes[0].attribute == "local_addrs");
  CHECK(changes[0].after == "10.1.0.2");
  CHECK(changes[0].has(Impact::interrupts));
  CHECK(changes[1].part == "connections.other");
  CHECK(changes[1].has(Impact::hitless));
  CHECK(changes[2].attribute == "mobike");
  CHECK(changes[2].has(Impact::interrupts));
  CHECK(diff_swanctl(old, "").size() == 2);
  CHECK(diff_swanctl(old, "")[0].has(Impact::interrupts));
}
