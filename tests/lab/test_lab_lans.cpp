// What hosts on the LAN hear of a failover: thousands of addresses, and every announcement of one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/lab/capture.h"
#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"

using namespace cip::lab;

namespace {

constexpr int thousands = 2000;

std::string numbered(int i) {
  return fmt::format("10.1.{}.{}", 16 + i / 200, 1 + i % 200);
}

std::string many_addresses_and_routes() {
  std::string text;
  for (int i = 0; i < thousands; ++i) {
    text += fmt::format("address {}/24; route 172.{}.{}.0/24 via 10.1.0.254;", numbered(i), 16 + i / 250, i % 250);
  }
  return text;
}

std::size_t routes(const Clim& clim) {
  const auto list = run({"ip", "-4", "route", "show", "root", "172.16.0.0/12"}, {.where = &clim.network()}).out;
  return static_cast<std::size_t>(std::count(list.begin(), list.end(), '\n'));
}

// By that port, since then.
std::vector<AddressPacket> announced(const Capture& capture, const std::string& address, const std::string& port,
                                     Time begin) {
  auto claims = capture.claims(address, begin);
  std::erase_if(
      claims, [&](const auto& claim) { return claim.port != port || claim.kind != AddressPacket::Kind::announcement; });
  return claims;
}

// Since when the port has it.
Time taken(Pair& pair, const std::string& address, const std::string& port) {
  const auto spans = pair.lab.owners().spans(address, port);
  REQUIRE_FALSE(spans.empty());
  return spans.back().from;
}

}  // namespace

TEST_CASE("thousands of addresses and routes move and are announced at a pace and go home", "[.lans]") {
  Pair pair(Pair::Begin::serving, pair_specification(many_addresses_and_routes()));
  std::vector<std::string> addresses = n1_eth1;
  for (int i = 0; i < thousands; ++i) addresses.push_back(numbered(i));
  const std::vector<std::string> numbers(addresses.begin() + static_cast<long>(n1_eth1.size()), addresses.end());
  pair.lab.host("r1").ip({"route add 10.1.16.0/20 dev eth0"});
  const Capture capture(pair.lab.lan("blue"));
  const auto check_on = [&](const std::string& name) {
    const Clim& here = pair.lab.clim(name);
    const Clim& there = pair.lab.clim(name == "n1" ? "n2" : "n1");
    CHECK_EVENTUALLY(pair.lab, 20s, pair.all_at(addresses, name + ".eth1"));
    CHECK_EVENTUALLY(pair.lab, 20s, routes(here) == thousands && routes(there) == 0);
    CHECK(answering(pair.lab.host("r1"), numbers, 5s) == numbers.size());
  };
  const Time cut = Clock::now();
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  check_on("n2");
  CHECK_EVENTUALLY(pair.lab, 5s, Pair::shown(pair.n2, "n1.eth1", "placement") == "BkFO");

  // 50 addresses in 1 ms, two frames for each: not all at once.
  std::map<std::string, Time> first;
  for (const auto& packet : capture.packets()) {
    const bool by_n2 = packet.kind == AddressPacket::Kind::announcement && packet.port == "n2.eth1";
    if (by_n2 && packet.time >= cut) first.emplace(packet.target.str(), packet.time);
  }
  CHECK(std::all_of(addresses.begin(), addresses.end(), [&](const auto& each) { return first.contains(each); }));
  const auto earlier = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto [begin, end] = std::minmax_element(first.begin(), first.end(), earlier);
  CHECK(milliseconds_between(begin->second, end->second) >= 35ms);

  pair.lab.set_cable("n1.eth1", Cable::connected);
  REQUIRE_EVENTUALLY(pair.lab, 10s, Pair::shown(pair.n1, "n1.eth1", "state") == "RDY");
  CHECK(pair.n1.ctl({"switch", "restore", "n1.eth1", "--yes"}).status == 0);
  check_on("n1");
  CHECK_NO_OVERLAP(pair.lab, cut, 0ms);
}

TEST_CASE("each address is announced at once and after one and three seconds and used without DAD", "[.lans]") {
  Pair pair;
  const auto& remote = pair.lab.host("r1");
  const auto& blue = pair.lab.lan("blue");
  for (const auto& address : n1_eth1) {
    REQUIRE(run({"ping", "-c1", "-W2", address}, {.where = &remote}).status == 0);
  }
  const auto entries_of = [&](const std::string& mac) {
    const auto list = remote.ip_json("neigh show dev eth0");
    return std::count_if(n1_eth1.begin(), n1_eth1.end(), [&](const auto& address) {
      return list.find(fmt::format("\"dst\":\"{}\",\"lladdr\":\"{}\"", address, mac)) != std::string::npos;
    });
  };
  const auto mac_of = [](const Clim& clim) {
    const auto text = clim.network().ip_json("link show dev eth1");
    return text.substr(text.find("\"address\":\"") + 11, 17);
  };
  const std::string old_mac = mac_of(pair.n1);
  const std::string new_mac = mac_of(pair.n2);
  REQUIRE(entries_of(old_mac) == 2);
  const Capture capture(blue);
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK(pair.n2.network().ip_json("addr show dev eth1 tentative").find(n1_eth1[1]) == std::string::npos);

  // The switch has it on the new port, and who has talked to it knows the new MAC address, without being asked.
  CHECK_EVENTUALLY(pair.lab, 500ms, entries_of(new_mac) == 2);
  const auto learnt = run({"bridge", "fdb", "show", "br", "lan0", "dynamic"}, {.where = &blue}).out;
  CHECK(learnt.find(new_mac + " dev n2.eth1") != std::string::npos);

  std::this_thread::sleep_for(4s);
  for (const auto& address : n1_eth1) {
    CAPTURE(address);
    const Time since = taken(pair, address, "n2.eth1");
    std::set<long> rounds;
    // The LAN may hear of it before we hear of the kernel.
    for (const auto& claim : announced(capture, address, "n2.eth1", since - 100ms)) {
      const auto at = milliseconds_between(since, claim.time).count();
      CAPTURE(at);
      const std::vector<long> due{0, 1000, 3000};
      const auto round = std::find_if(due.rbegin(), due.rend(), [&](long time) { return time <= at + 100; });
      REQUIRE(round != due.rend());
      CHECK(std::abs(at - *round) < 500);
      rounds.insert(*round);
      CHECK(claim.mac.str() == new_mac);
      CHECK((claim.overrides || claim.target.family() == cip::Family::ipv4));
    }
    CHECK(rounds == std::set<long>{0, 1000, 3000});
    for (const auto& question : capture.questions(address, since)) CHECK(question.port != "n2.eth1");
    CHECK(announced(capture, address, "n1.eth1", since).empty());
  }

  // Not while somebody else has it.
  pair.lab.set_cable("n1.eth1", Cable::connected);
  REQUIRE_EVENTUALLY(pair.lab, 5s, Pair::shown(pair.n1, "n1.eth1", "state") == "RDY");
  CHECK(pair.n1.ctl({"switch", "restore", "n1.eth1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.at_home());
  CHECK(pair.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  std::this_thread::sleep_for(4s);
  for (const auto& address : n1_eth1) {
    CHECK(announced(capture, address, "n1.eth1", taken(pair, address, "n2.eth1")).empty());
  }

  // Nor is it silent when an address that somebody has deleted is put back.
  const Time deleted = Clock::now();
  pair.n2.network().ip({"addr del 10.1.0.1/24 dev eth1"});
  CHECK_EVENTUALLY(pair.lab, 2s, !announced(capture, "10.1.0.1", "n2.eth1", deleted).empty());
  CHECK_NO_OVERLAP(pair.lab, {}, 0ms);
}

TEST_CASE("what hosts hear of a failover: several labs at once", "[lab][lans]") {
  CHECK_CASES("[.lans]", all_at_once, 2min);
}
