// Which configuration of n1.eth1 is where: on its home CLIM, in the mirror of the other one, and in the kernels,
// whoever got which tree when. And two CLIMs that start, or go and come, at the same time.
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fmt/format.h>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "state/digest.h"
#include "state/file.h"
#include "tests/lab/pair.h"
#include "tests/simulation/random.h"

using namespace cip::lab;

namespace {

// The labs share two processors: what is short here is still much longer than a daemon has to wait for one of them.
const std::string times =
    "heartbeat 50ms; dead 400ms; probe 60ms; link-pulse 200ms; settle 200ms; startup-wait 1s; retry 1s; fence 5s;";
// I1: dead, a heartbeat, and the machine's own time.
constexpr Duration longest_overlap = 450ms + 150ms;

// Configuration 1, 2 and 3 of n1.eth1 differ in an address and a route; all else is the same.
constexpr int configurations = 3;
std::string address(int number) {
  return fmt::format("10.1.0.{}", 100 + number);
}
std::string route(int number) {
  return fmt::format("10.{}.0.0/16 via 10.1.0.254", 100 + number);
}
std::string specification(int number) {
  return pair_specification(fmt::format("address {}/24; route {};", address(number), route(number)), times);
}
// The specification without what stands from `begin` up to `end`.
std::string without(const std::string& begin, const std::string& end) {
  std::string text = specification(1);
  const auto from = text.find(begin);
  return text.erase(from, text.find(end, from) - from);
}

// What the kernels have of n1.eth1, as "10.1.0.1 on n1.eth1" and "10.101.0.0/16 via 10.1.0.254 on n1".
std::set<std::string> resources(const Pair& pair) {
  std::set<std::string> result;
  const auto add_address = [&](const std::string& each) {
    const auto holder = pair.lab.holder(each);
    if (holder != "nobody") result.insert(each + " on " + holder);
  };
  for (const auto& each : n1_eth1) add_address(each);
  for (int number = 1; number <= configurations; ++number) {
    add_address(address(number));
    for (const Clim* clim : {&pair.n1, &pair.n2}) {
      if (clim->has_route(route(number))) result.insert(route(number) + " on " + clim->name());
    }
  }
  return result;
}
std::set<std::string> all_of(int number, const std::string& clim) {
  const auto port = " on " + clim + ".eth1";
  return {n1_eth1[0] + port, n1_eth1[1] + port, address(number) + port, route(number) + " on " + clim};
}
bool was_ever_on(Pair& pair, int number, const std::string& port) {
  return !pair.lab.owners().spans(address(number), port).empty();
}

// n2's mirror sub-tree has what n1's tree says of n1.eth1, byte for byte.
bool mirrored(const Pair& pair) {
  const auto home = cip::read_file(pair.n1.state_dir() / "n1" / "home" / "eth1.json");
  if (!home) throw std::runtime_error(home.error().message);
  const auto mirror =
      cip::read_file(pair.n2.data_dir() / "mirrors" / "n1.eth1" / (cip::Digest::of(*home).str() + ".json"));
  return mirror && *mirror == *home;
}
bool invalid(const Clim& clim) {
  return Pair::shown(clim, "n1.eth1", "flags").find('X') != std::string::npos;
}
bool can_fail_over(const Pair& pair) {
  return mirrored(pair) && !invalid(pair.n1) && !invalid(pair.n2) && Pair::shown(pair.n2, "n1.eth1", "state") == "RDY";
}
bool nothing_to_do(const Pair& pair) {
  return pair.n1.ctl({"plan"}).status == 0 && pair.n2.ctl({"plan"}).status == 0;
}

// A tree that is said to be used: whoever goes on may count on it.
void use(const Clim& clim, const std::string& tree) {
  clim.install(tree);
  const Outcome outcome = clim.ctl({"reload"});
  CAPTURE(clim.name(), outcome.out, outcome.err);
  CHECK(outcome.status == 0);
}

// Whatever trees were deployed: what n1's says is in the kernels, then at n2 after a failover, and n2 never has had
// another one. In the end both get the same tree, an older one, and are at rest.
void check_deployed(Pair& pair, int on_n1) {
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(on_n1, "n1"));
  CHECK_EVENTUALLY(pair.lab, 10s, can_fail_over(pair));
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(on_n1, "n2"));
  for (int number = 1; number <= configurations; ++number) {
    CAPTURE(number);
    CHECK((number == on_n1 || !was_ever_on(pair, number, "n2.eth1")));
  }
  pair.lab.install(specification(1));
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(1, "n2"));
  CHECK_EVENTUALLY(pair.lab, 10s, nothing_to_do(pair));
  CHECK_NO_OVERLAP(pair.lab, {}, 0ms);
}

}  // namespace

// The test at the end runs these in processes of their own, as assertions are not for several threads.

TEST_CASE("a change on the home CLIM alone is copied to the mirror and moves with the interface", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  pair.n1.install(specification(2));
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(2, "n1"));
  CHECK_EVENTUALLY(pair.lab, 10s, can_fail_over(pair));
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(2, "n2"));
  CHECK_FALSE(was_ever_on(pair, 1, "n2.eth1"));

  // While it is away a change takes effect where it is, and comes home with it.
  pair.n1.install(specification(3));
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(3, "n2"));
  CHECK_EVENTUALLY(pair.lab, 10s, mirrored(pair));
  pair.lab.set_cable("n1.eth1", Cable::connected);
  REQUIRE_EVENTUALLY(pair.lab, 10s, Pair::shown(pair.n1, "n1.eth1", "state") == "RDY");
  CHECK(pair.n1.ctl({"switch", "restore", "n1.eth1", "--yes"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(3, "n1"));
  CHECK_NO_OVERLAP(pair.lab, {}, 0ms);
}

TEST_CASE("while the mirror is behind failover is invalid and does not happen", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  const auto fall_behind = [&](int number) {
    // On the data LANs n2 still hears of the change.
    pair.lab.set_cable("n2.eth0", Cable::silent);
    pair.n1.install(specification(number));
    CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(number, "n1"));
    CHECK_EVENTUALLY(pair.lab, 10s, invalid(pair.n1) && invalid(pair.n2));
    CHECK(Pair::shown(pair.n2, "n1.eth1", "explanation").find("mirror") != std::string::npos);
    CHECK_FALSE(mirrored(pair));
  };
  fall_behind(2);
  pair.lab.set_cable("n2.eth0", Cable::connected);
  CHECK_EVENTUALLY(pair.lab, 15s, can_fail_over(pair));

  fall_behind(3);
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  CHECK_STAYS(pair.lab, 2s, pair.all_at(n1_eth1, "n1.eth1"));
  CHECK(resources(pair) == all_of(3, "n1"));
  pair.lab.set_cable("n2.eth0", Cable::connected);
  CHECK_EVENTUALLY(pair.lab, 15s, resources(pair) == all_of(3, "n2"));
  CHECK(mirrored(pair));
  CHECK_FALSE(was_ever_on(pair, 1, "n2.eth1"));
  CHECK_FALSE(was_ever_on(pair, 2, "n2.eth1"));
  CHECK_NO_OVERLAP(pair.lab, {}, 0ms);
}

TEST_CASE("a partner that comes back with an old tree and an old mirror catches up", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  pair.lab.crash("n2");
  REQUIRE_EVENTUALLY(pair.lab, 10s, pair.all_at(n2_eth1, "n1.eth1"));
  for (const int number : {2, 3}) {
    pair.n1.install(specification(number));
    CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(number, "n1"));
  }
  // First it only hears how old its mirror is.
  pair.lab.set_cable("n2.eth0", Cable::silent);
  pair.lab.boot("n2");
  pair.n2.start();
  // The home resources beside which a visitor could be.
  REQUIRE_EVENTUALLY(pair.lab, 10s, pair.n1.ctl({"switch", "restore", "n2.eth1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 10s, pair.all_at(n2_eth1, "n2.eth1"));
  CHECK_EVENTUALLY(pair.lab, 10s, Pair::shown(pair.n2, "n1.eth1", "explanation").find("mirror") != std::string::npos);
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  CHECK_STAYS(pair.lab, 1500ms, pair.all_at(n1_eth1, "n1.eth1"));

  pair.lab.set_cable("n2.eth0", Cable::connected);
  CHECK_EVENTUALLY(pair.lab, 15s, resources(pair) == all_of(3, "n2"));
  CHECK(mirrored(pair));
  CHECK_FALSE(was_ever_on(pair, 1, "n2.eth1"));
  CHECK_FALSE(was_ever_on(pair, 2, "n2.eth1"));
  CHECK_NO_OVERLAP(pair.lab, {}, 0ms);
}

TEST_CASE("a tree on the failover CLIM alone changes nothing of the interface", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  use(pair.n2, specification(2));
  check_deployed(pair, 1);
}

TEST_CASE("a tree on both CLIMs: the home CLIM first", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  use(pair.n1, specification(2));
  use(pair.n2, specification(2));
  check_deployed(pair, 2);
}

TEST_CASE("a tree on both CLIMs: the failover CLIM first", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  use(pair.n2, specification(2));
  use(pair.n1, specification(2));
  check_deployed(pair, 2);
}

TEST_CASE("different trees on the two CLIMs", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  use(pair.n1, specification(2));
  use(pair.n2, specification(3));
  check_deployed(pair, 2);
}

TEST_CASE("the failover CLIM does not take what the home CLIM has dropped", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  const auto nothing = without("address 10.1.0.1/24;", "failover n2.eth1;");
  use(pair.n1, nothing);
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair).empty());
  CHECK_STAYS(pair.lab, 1500ms, resources(pair).empty());
  CHECK(invalid(pair.n2));
  // n2 still knows it when n1 cannot say so any more, and when it has lost its own memory.
  pair.lab.crash("n1");
  pair.lab.crash("n2");
  pair.lab.boot("n2");
  pair.n2.start();
  CHECK_EVENTUALLY(pair.lab, 10s, pair.all_at(n1_eth2, "n2.eth2"));
  CHECK_STAYS(pair.lab, 1500ms, resources(pair).empty());
  pair.n2.install(nothing);
  pair.lab.boot("n1");
  pair.n1.start();
  CHECK_EVENTUALLY(pair.lab, 10s, nothing_to_do(pair));
  CHECK(resources(pair).empty());
}

TEST_CASE("what the home CLIM has dropped while it was off goes with the tree of the failover CLIM", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  const auto nothing = without("address 10.1.0.1/24;", "failover n2.eth1;");
  pair.lab.crash("n1");
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(1, "n2"));
  pair.n1.install(nothing);
  pair.n2.install(nothing);
  CHECK(pair.n2.ctl({"reload"}).status == 1);  // n1 may still want it back
  pair.lab.boot("n1");
  pair.n1.start();
  CHECK_EVENTUALLY(pair.lab, 10s, pair.n2.ctl({"reload"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair).empty() && nothing_to_do(pair));
}

TEST_CASE("the failover CLIM does not take what is to stay by the tree of the home CLIM", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  const auto stays = without("failover n2.eth1;", "}");
  use(pair.n1, stays);
  CHECK_EVENTUALLY(pair.lab, 10s, invalid(pair.n2));
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  CHECK_STAYS(pair.lab, 2s, pair.all_at(n1_eth1, "n1.eth1"));
  CHECK(resources(pair) == all_of(1, "n1"));
  pair.lab.set_cable("n1.eth1", Cable::connected);
  use(pair.n2, stays);
  CHECK_EVENTUALLY(pair.lab, 10s, nothing_to_do(pair));
  CHECK(resources(pair) == all_of(1, "n1"));
}

// Then the home CLIM has no reason to speak to the other one, whose tree is the old one. Silence would be taken for its
// end.
TEST_CASE("nothing is taken from a home CLIM whose tree has no pair with the failover CLIM any more", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  std::string alone = without("address 10.1.0.1/24;", "failover n2.eth1;");
  for (auto at = alone.find("failover"); at != std::string::npos; at = alone.find("failover")) {
    alone.erase(at, alone.find(';', at) + 1 - at);
  }
  const auto nothing_is_taken = [&] { return resources(pair).empty() && pair.all_at(n1_eth2, "n1.eth2"); };
  use(pair.n1, alone);
  CHECK_EVENTUALLY(pair.lab, 10s, invalid(pair.n2) && nothing_is_taken());
  pair.lab.set_cable("n1.eth2", Cable::unplugged);
  CHECK_STAYS(pair.lab, 1500ms, nothing_is_taken());
  pair.lab.set_cable("n1.eth2", Cable::connected);
  for (Clim* clim : {&pair.n1, &pair.n2}) {
    CAPTURE(clim->name());
    clim->kill();
    clim->start();
    CHECK_STAYS(pair.lab, 2500ms, nothing_is_taken());
  }
  pair.lab.crash("n2");
  pair.lab.boot("n2");
  pair.n2.start();
  CHECK_STAYS(pair.lab, 2500ms, nothing_is_taken());
  use(pair.n2, alone);
  CHECK_EVENTUALLY(pair.lab, 10s, nothing_to_do(pair));
  CHECK(nothing_is_taken());
}

TEST_CASE("an interface stays that the tree of the failover CLIM does not have until that has it", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  use(pair.n2, without("address 10.1.0.1/24;", "failover n2.eth1;"));
  CHECK_EVENTUALLY(pair.lab, 10s, invalid(pair.n1));
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  CHECK_STAYS(pair.lab, 1500ms, pair.all_at(n1_eth1, "n1.eth1"));
  use(pair.n2, specification(2));
  CHECK_EVENTUALLY(pair.lab, 10s, resources(pair) == all_of(1, "n2"));
  CHECK_FALSE(was_ever_on(pair, 2, "n2.eth1"));
  CHECK_NO_OVERLAP(pair.lab, {}, 0ms);
}

TEST_CASE("two CLIMs that start at the same instant hold everything once and at home", "[.mirrors]") {
  Pair pair(Pair::Begin::stopped, specification(1));
  for (int round = 0; round < 8; ++round) {
    CAPTURE(round);
    const Time begin = Clock::now();
    pair.n1.launch();
    pair.n2.launch();
    CHECK_EVENTUALLY(pair.lab, 15s, pair.at_home() && resources(pair) == all_of(1, "n1"));
    CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
    // Both at once, else one would take over from the other.
    for (Clim* clim : {&pair.n1, &pair.n2}) clim->daemon().send(SIGKILL);
    for (const auto* clim : {"n1", "n2"}) {
      pair.lab.crash(clim);
      pair.lab.boot(clim);
    }
  }
}

TEST_CASE("two CLIMs whose power goes and comes again and again hold everything once", "[.mirrors]") {
  Pair pair(Pair::Begin::serving, specification(1));
  const Time begin = Clock::now();
  cip::simulation::Random random(2);
  // Of each CLIM, when its power changes next. It is off for less and on for more than it takes to be noticed.
  std::map<Clim*, Time> changes{{&pair.n1, begin}, {&pair.n2, begin}};
  while (true) {
    auto& [clim, at] = *std::min_element(changes.begin(), changes.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (at > begin + 7s) break;
    std::this_thread::sleep_until(at);
    if (clim->powered()) {
      pair.lab.crash(clim->name());
      at = Clock::now() + Duration(random.below(800));
    } else {
      pair.lab.boot(clim->name());
      clim->launch();
      at = Clock::now() + Duration(200 + random.below(2000));
    }
  }
  for (Clim* clim : {&pair.n1, &pair.n2}) {
    if (clim->powered()) continue;
    pair.lab.boot(clim->name());
    clim->launch();
  }
  const auto on_one = [&](const std::vector<std::string>& addresses, const std::string& interface) {
    return pair.all_at(addresses, "n1." + interface) || pair.all_at(addresses, "n2." + interface);
  };
  CHECK_EVENTUALLY(
      pair.lab, 20s,
      on_one(n1_eth1, "eth1") && on_one(n2_eth1, "eth1") && on_one(n1_eth2, "eth2") && nothing_to_do(pair));
  const Time settled = Clock::now();
  CHECK_STAYS(pair.lab, 500ms, pair.lab.owners().changes(settled) == 0);
  CHECK_NO_OVERLAP(pair.lab, begin, longest_overlap);
}

TEST_CASE("mirrors; and CLIMs that start together: several labs at once", "[lab][mirrors]") {
  CHECK_CASES("[.mirrors]", 5, 3min);
}
