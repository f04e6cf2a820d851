// Bonds, VLANs, tunnels and rules, with the real programs, and SCTP associations. Runs in User-Mode Linux (tests/uml),
// whose kernel has them; the specifications are compiled before, as cipc does not run there: $CIP_TREES has a tree for
// each.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <sstream>
#include <thread>

#include "tests/lab/lab.h"
#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"
#include "tests/lab/sctp.h"

using namespace cip::lab;

// User-Mode Linux has one slow processor: who asks all the time leaves none of it to those who are asked.
#undef CIP_EVENTUALLY_
#define CIP_EVENTUALLY_(ASSERTION, LAB, WITHIN, ...)                                                     \
  do {                                                                                                   \
    const Time give_up = Clock::now() + (WITHIN);                                                        \
    bool came_true = (__VA_ARGS__);                                                                      \
    while (!came_true && Clock::now() < give_up) {                                                       \
      std::this_thread::sleep_for(500ms);                                                                \
      came_true = (__VA_ARGS__);                                                                         \
    }                                                                                                    \
    if (!came_true) UNSCOPED_INFO("waited for: " #__VA_ARGS__ "\n" << bonded.missing << (LAB).report()); \
    ASSERTION(came_true);                                                                                \
  } while (false)

namespace {

std::filesystem::path tree(const std::string& name) {
  const char* trees = std::getenv("CIP_TREES");
  REQUIRE(trees != nullptr);
  return std::filesystem::path(trees) / name;
}

LabPlan bonded_pair() {
  const std::vector<Socket> cables{{"eth0", "control"}, {"eth1", "blue"}, {"eth2", "blue"}, {"eth3", "green"}};
  return {
      .lans = {"control", "blue", "green"},
      .clims = {{"n1", cables}, {"n2", cables}},
      .hosts = {{"r1",
                 {{"eth0", "blue"}, {"eth1", "green"}},
                 {"addr add 10.1.0.254/24 dev eth0", "addr add 2001:db8:1::fe/64 dev eth0",
                  "addr add 10.5.0.254/24 dev eth1", "link add link eth0 name tag7 type vlan id 7", "link set tag7 up",
                  "addr add 10.7.0.254/24 dev tag7", "link add tun1 type sit local 10.1.0.254 remote 10.1.0.1 ttl 64",
                  "link set tun1 up", "addr add 2001:db8:ff::2/64 dev tun1"}}}};
}

// Pairs of different kinds: red is a bond at n2, blue there a VLAN, green at n1 a VLAN.
LabPlan mixed_pair() {
  return {.lans = {"control", "red", "blue", "green"},
          .clims = {{"n1",
                     {{"eth0", "control"},
                      {"eth1", "red"},
                      {"eth2", "blue"},
                      {"eth3", "blue"},
                      {.interface = "eth4", .lan = "green", .tag = 8}}},
                    {"n2",
                     {{"eth0", "control"},
                      {"eth1", "red"},
                      {"eth2", "red"},
                      {.interface = "eth3", .lan = "blue", .tag = 7},
                      {"eth4", "green"}}}},
          .hosts = {{"r1",
                     {{"eth0", "red"}, {"eth1", "blue"}, {"eth2", "green"}},
                     {"addr add 10.1.0.254/24 dev eth0", "addr add 2001:db8:1::fe/64 dev eth0",
                      "addr add 10.2.0.254/24 dev eth1", "addr add 10.3.0.254/24 dev eth2"}}}};
}

// What `ip ARGUMENTS` has to print, or (with `not`) must not.
struct Fact {
  std::string arguments;
  std::string text;
  bool absent = false;
};
using Facts = std::vector<Fact>;

// Links that n1 has wherever its resources are.
const Facts bare{{"-d link show bond0", "bond mode active-backup"},
                 {"-d link show bond0", " miimon 100 "},
                 {"-d link show bond0", "primary eth1"},
                 {"link show eth1", "master bond0"},
                 {"link show eth2", "master bond0"},
                 {"-d link show tag7", "vlan protocol 802.1Q id 7"},
                 {"-d link show tag7", "mtu 1400"},
                 {"addr show uplink", "inet 10.5.0.1/24"},
                 {"-6 addr show tun2", "inet6 2001:db8:fe::1/64"},
                 {"tunnel show tun2", "remote 192.0.2.9 local any ttl 32"}};

// The resources of n1.bond0 on a CLIM.
const Facts of_bond0{{"addr show bond0", "inet 10.1.0.1/24"},
                     {"addr show bond0", "inet6 2001:db8:1::1/64"},
                     {"route show", "10.91.0.0/16 via 10.1.0.254 dev bond0"},
                     {"route show table 100", "10.92.0.0/16 via 10.1.0.254 dev bond0"},
                     {"rule", "1000:\tfrom 10.1.0.0/24 lookup 100"},
                     {"neighbour show", "10.1.0.253 dev bond0 lladdr 02:00:00:00:00:fd PERMANENT"},
                     {"tunnel show tun1", "remote 10.1.0.254 local 10.1.0.1 ttl 64"},
                     {"link show tun1", "mtu 1400"},
                     {"addr show tun1", "inet6 2001:db8:ff::1/64"},
                     {"-6 route show", "2001:db8:aa::/48 dev tun1"}};

const Facts nothing_of_bond0{{"addr", "10.1.0.1/24", true},
                             {"route show", "10.91.0.0/16", true},
                             {"rule", "1000:", true},
                             {"link", "tun1@", true},
                             {"neighbour show", "02:00:00:00:00:fd", true}};

const Facts of_tag7{{"addr show tag7", "inet 10.7.0.1/24"}, {"route show", "10.97.0.0/16 via 10.7.0.254 dev tag7"}};

Facts operator+(Facts a, const Facts& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// What n1 has for each of the three in mixed_pair(), on a device of that name.
Facts mixed(const std::string& red, const std::string& blue, const std::string& green) {
  return {{"addr show " + red, "inet 10.1.0.1/24"},
          {"addr show " + red, "inet6 2001:db8:1::1/64"},
          {"route show", "10.91.0.0/16 via 10.1.0.254 dev " + red},
          {"addr show " + blue, "inet 10.2.0.1/24"},
          {"route show", "10.92.0.0/16 via 10.2.0.254 dev " + blue},
          {"neighbour show", "10.2.0.253 dev " + blue + " lladdr 02:00:00:00:00:fd PERMANENT"},
          {"addr show " + green, "inet 10.3.0.1/24"},
          {"route show", "10.93.0.0/16 via 10.3.0.254 dev " + green},
          {"rule", "1000:\tfrom 10.3.0.0/24 lookup 100"}};
}
const Facts nothing_mixed{{"addr", "10.1.0.1/24", true},     {"addr", "2001:db8:1::1/64", true},
                          {"addr", "10.2.0.1/24", true},     {"addr", "10.3.0.1/24", true},
                          {"route show", "10.9", true},      {"rule", "1000:", true},
                          {"neighbour show", "00:fd ", true}};

// Without a shell: to start a program is what takes the time there.
std::vector<std::string> words(const std::string& command) {
  std::istringstream in(command);
  return {std::istream_iterator<std::string>(in), {}};
}

struct Bonded {
  Lab lab;
  Clim& n1 = lab.clim("n1");
  Clim& n2 = lab.clim("n2");

  explicit Bonded(const LabPlan& plan = bonded_pair(), const std::string& name = "links") : lab(plan) {
    lab.install_tree(tree(name));
  }

  // Whether all of it is so. What is not is in `missing` then.
  bool shows(const Clim& clim, const Facts& facts) {
    std::map<std::string, std::string> printed;
    for (const auto& fact : facts) {
      const auto [entry, first] = printed.emplace(fact.arguments, "");
      if (first) entry->second = run(words("ip " + fact.arguments), {.where = &clim.network()}).out;
      if ((entry->second.find(fact.text) == std::string::npos) == fact.absent) continue;
      missing = fmt::format("on {}: ip {} {} `{}`:\n{}", clim.name(), fact.arguments,
                            fact.absent ? "still prints" : "does not print", fact.text, entry->second);
      return false;
    }
    return true;
  }
  bool at_home() { return shows(n1, bare + of_bond0 + of_tag7); }

  std::string missing;
};

// As docs/applications.md has it: associations that are made from now on may change their addresses (RFC 5061). And
// they say nothing by themselves while a test runs.
void let_sctp_reconfigure(const NetworkNamespace& machine) {
  machine.set_sysctl("sctp/addip_enable", "1");
  machine.set_sysctl("sctp/auth_enable", "1");
  machine.set_sysctl("sctp/default_auto_asconf", "1");
  machine.set_sysctl("sctp/hb_interval", "600000");
}

// R7: nobody moves associations, and nobody resets them. Their servers are on n1; 10.1.0.1 fails over, 10.5.0.1 does
// not.
struct Associations {
  struct Ends {
    SctpAssociation remote, local;
    bool both() const { return remote.established() && local.established(); }
    bool talk(const std::string& word) {
      remote.send(word);
      local.send(word);
      return local.receives(word) && remote.receives(word);
    }
  };
  const NetworkNamespace& r1;
  SctpEnds blue, green;
  SctpListener on_moved, on_two, on_all;
  Ends idle;   // with 10.1.0.1 alone
  Ends plain;  // with both; the primary path is to 10.1.0.1. Of r1 one address: n1, which is not told that it is over,
               // would ask further ones until they answer
  Ends multi;  // with all, the primary path to 10.5.0.1; n1 tells r1 which addresses come and go

  static Ends associate(const NetworkNamespace& from, SctpListener& listener, const std::string& to, std::uint16_t port,
                        const std::vector<std::string>& addresses = {}) {
    SctpAssociation remote(from, addresses, to, port);
    return {std::move(remote), listener.accept()};
  }

  explicit Associations(Bonded& bonded)
      : r1(bonded.lab.host("r1")),
        blue(bonded.lab.lan("blue")),
        green(bonded.lab.lan("green")),
        on_moved(bonded.n1.network(), {"10.1.0.1"}, 5000),
        on_two(bonded.n1.network(), {"10.1.0.1", "10.5.0.1"}, 5001),
        on_all(bonded.n1.network(), {}, 5002),
        idle(associate(r1, on_moved, "10.1.0.1", 5000, {"10.1.0.254"})),
        plain(associate(r1, on_two, "10.1.0.1", 5001, {"10.1.0.254"})),
        multi(associate(r1, on_all, "10.5.0.1", 5002)) {
    CHECK(idle.talk("hello"));
    CHECK(plain.talk("hello"));
    CHECK(multi.talk("hello"));
  }

  // An end asks all addresses of the other one by heartbeats first, in the first seconds. Later it says nothing.
  void check_ready() {
    CHECK(wait_until(10s, [&] { return multi.remote.has_path("10.1.0.1") && multi.remote.has_path("10.7.0.1"); }));
    CHECK(wait_until(10s, [&] { return plain.remote.has_path("10.5.0.1"); }));
    check_ends();
  }

  // No ABORT and no SHUTDOWN but that one, if it is not empty: "ABORT 10.1.0.1 > 10.1.0.254 at n2.".
  void check_ends(const std::string& expected = "") {
    std::string seen;
    for (auto* lan : {&blue, &green}) {
      for (const auto& end : lan->seen()) {
        seen += fmt::format("{} {} > {} at {}\n", end.chunk == SctpEnd::Chunk::abort ? "ABORT" : "SHUTDOWN",
                            end.source.str(), end.destination.str(), end.port);
      }
    }
    CAPTURE(seen);
    CHECK(seen.starts_with(expected));
    CHECK(std::count(seen.begin(), seen.end(), '\n') == (expected.empty() ? 0 : 1));
  }

  // The addresses are at n2.
  void check_moved() {
    CHECK(idle.both());
    CHECK(plain.both());
    CHECK(multi.talk("I stay"));
    CHECK(wait_until(5s, [&] { return !multi.remote.has_path("10.1.0.1"); }));
    CHECK(multi.remote.has_path("10.5.0.1"));
    CHECK(plain.remote.has_path("10.1.0.1"));
    check_ends();
    CHECK(blue.packets() > 0);
    CHECK(green.packets() > 0);
    // The kernel of n2 has no such association (RFC 9260, 8.4): it aborts what it is sent. n1 knows nothing of it.
    plain.remote.send("to n2");
    CHECK(wait_until(5s, [&] { return plain.remote.error() == ECONNRESET; }));
    CHECK(plain.local.established());
    check_ends("ABORT 10.1.0.1 > 10.1.0.254 at n2.");
  }

  // They are at n1 again, and who has said nothing meanwhile has missed nothing.
  void check_restored() {
    CHECK(idle.talk("still here"));
    CHECK(multi.talk("still here, too"));
    CHECK(wait_until(5s, [&] { return multi.remote.has_path("10.1.0.1"); }));
    check_ends();
  }
};

}  // namespace

TEST_CASE("one run makes everything that can be decided alone, and a second changes nothing",
          "[lab][bond][vlan][sit]") {
  Bonded bonded;
  const Outcome first = bonded.n1.cipd({"--once"});
  CAPTURE(first.out, first.err);
  CHECK(first.status == 0);
  const bool made = bonded.shows(bonded.n1, bare + nothing_of_bond0);  // who knows where bond0's are (F8)
  CAPTURE(bonded.missing);
  CHECK(made);
  const Outcome second = bonded.n1.cipd({"--once"});
  CAPTURE(second.out, second.err);
  CHECK(second.out == "0 changes made\n");
  CHECK(bonded.n1.cipd({"--dry-run"}).status == 0);
}

TEST_CASE("a bond fails over when its last slave does, with its tunnel, its rules and the VLAN on it",
          "[lab][bond][vlan][sit]") {
  Bonded bonded;
  auto& lab = bonded.lab;
  for (const auto* network : {&bonded.n1.network(), &bonded.n2.network(), &lab.host("r1")})
    let_sctp_reconfigure(*network);
  lab.start();
  REQUIRE_EVENTUALLY(lab, 30s, bonded.at_home() && bonded.shows(bonded.n2, nothing_of_bond0));
  Associations associations(bonded);
  const Pinger address(lab.host("r1"), "10.1.0.1", 100ms);
  const Pinger tagged(lab.host("r1"), "10.7.0.1", 100ms);
  const Pinger tunnelled(lab.host("r1"), "2001:db8:ff::1", 100ms);
  CHECK(address.answered(5s));
  CHECK(tagged.answered(5s));
  CHECK(tunnelled.answered(5s));

  const auto flags = [&](const std::string& home) { return Pair::shown(bonded.n1, home, "flags"); };
  CHECK_EVENTUALLY(lab, 5s, flags("n1.bond0") == "T" && flags("n1.tag7").empty());  // the tunnel goes with the bond

  // K6: one slave is no failure.
  const Time before = Clock::now();
  lab.set_cable("n1.eth1", Cable::unplugged);
  std::this_thread::sleep_for(2s);
  CHECK(lab.owners().changes(before) == 0);
  CHECK_EVENTUALLY(lab, 1s, bonded.shows(bonded.n1, of_bond0 + of_tag7));
  CHECK(address.answered(5s));

  associations.check_ready();
  const Time cut = Clock::now();
  lab.set_cable("n1.eth2", Cable::unplugged);
  CHECK_EVENTUALLY(lab, 20s, bonded.shows(bonded.n2, of_bond0 + of_tag7));
  CHECK_EVENTUALLY(lab, 10s, bonded.shows(bonded.n1, bare + nothing_of_bond0));
  CHECK_EVENTUALLY(lab, 10s, bonded.shows(bonded.n2, {{"addr show bond0", "inet 10.1.0.2/24"}}));
  CHECK(address.answered(5s));
  CHECK(tagged.answered(5s));
  CHECK(tunnelled.answered(5s));
  CHECK_NO_OVERLAP(lab, cut, 0ms);
  associations.check_moved();

  lab.set_cable("n1.eth1", Cable::connected);
  lab.set_cable("n1.eth2", Cable::connected);
  CHECK_EVENTUALLY(lab, 20s, bonded.n1.ctl({"switch", "restore", "n1", "--yes"}).status == 0);
  CHECK_EVENTUALLY(lab, 20s, bonded.at_home() && bonded.shows(bonded.n2, nothing_of_bond0));
  CHECK(tunnelled.answered(5s));
  CHECK_NO_OVERLAP(lab, cut, 0ms);
  associations.check_restored();
}

// The kernels of a lab have one clock, so it is that of all of its machines. No other test may change that of a
// machine.
TEST_CASE("a wall clock that jumps an hour forward and back moves nothing and delays nothing",
          "[lab][bond][vlan][sit]") {
  const auto jump = [](std::chrono::seconds by) {
    REQUIRE(run({"grep", "User Mode Linux", "/proc/cpuinfo"}).status == 0);
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += by.count();
    REQUIRE(clock_settime(CLOCK_REALTIME, &now) == 0);
  };
  Bonded bonded;
  auto& lab = bonded.lab;
  lab.start();
  REQUIRE_EVENTUALLY(lab, 30s, bonded.at_home() && bonded.shows(bonded.n2, nothing_of_bond0));
  lab.ask("blue", {"10.1.0.1", "10.1.0.2"}, 100ms);
  const auto& answers = lab.answers("blue");
  const auto seen_by = [&](const Clim& clim, const std::string& key) { return Pair::shown(clim, "n1.bond0", key); };
  REQUIRE_EVENTUALLY(lab, 10s, seen_by(bonded.n2, "state") == "RDY" && seen_by(bonded.n2, "flags") == "T");
  for (const auto by : {1h, -2h, 1h}) {
    CAPTURE(by.count());
    const Time before = Clock::now();
    jump(by);
    std::this_thread::sleep_for(2s);
    CHECK(lab.owners().changes(before) == 0);
    CHECK_FALSE(answers.longest_silence("10.1.0.1", before));
    CHECK(seen_by(bonded.n2, "state") == "RDY");
    CHECK(seen_by(bonded.n1, "flags") == "T");
  }
  // Just after a jump, too, a failure is noticed when it is one.
  const Time cut = Clock::now();
  jump(-1h);
  lab.set_cable("n1.eth1", Cable::unplugged);
  lab.set_cable("n1.eth2", Cable::unplugged);
  CHECK_EVENTUALLY(lab, 20s, bonded.shows(bonded.n2, of_bond0 + of_tag7));
  jump(1h);
  CHECK(answers.answering("10.1.0.1").size() == 1);
  CHECK_FALSE(lab.worst_overlap(cut));
}

// n2 is off: on a slow guest it may be quicker than the repair of a bond that is gone, and take what was on it.
TEST_CASE("drift of links, tunnels and rules is repaired", "[lab][bond][vlan][sit]") {
  Bonded bonded;
  auto& lab = bonded.lab;
  bonded.n1.start();
  REQUIRE_EVENTUALLY(lab, 30s, bonded.at_home());
  for (const auto* change :
       {"link set eth1 nomaster", "link set bond0 type bond miimon 200", "link set bond0 type bond primary eth2",
        "link set tag7 mtu 1300", "link del tag7", "link del tun1", "tunnel change tun2 ttl 7",
        "rule del priority 1000", "route flush table 100", "link set tun1 down", "link del bond0"}) {
    INFO(change);
    bonded.n1.network().ip({change});
    CHECK_EVENTUALLY(lab, 10s, bonded.at_home());
  }
}

TEST_CASE("a new generation changes what can change, and rebuilds what must be", "[lab][bond][vlan][sit]") {
  Bonded bonded;
  auto& lab = bonded.lab;
  lab.start();
  REQUIRE_EVENTUALLY(lab, 30s, bonded.at_home());
  lab.install_tree(tree("changed"));
  for (Clim* clim : {&bonded.n1, &bonded.n2}) {
    const Outcome outcome = clim->ctl({"reload"});
    CAPTURE(outcome.out, outcome.err);
    CHECK(outcome.status == 0);
  }
  CHECK_EVENTUALLY(lab, 30s,
                   bonded.shows(bonded.n1, {{"-d link show bond0", "bond mode 802.3ad"},
                                            {"-d link show bond0", "lacp_rate fast"},
                                            {"link show eth2", "master bond0"},
                                            {"-d link show tag7", "id 8"},
                                            {"tunnel show tun2", "ttl 33"},
                                            {"addr show upstairs", "inet 10.5.0.1/24"},
                                            {"addr show bond0", "inet 10.1.0.1/24"},
                                            {"addr show bond0", "inet6 2001:db8:1::1/64"},
                                            {"tunnel show tun1", "remote 10.1.0.252"},
                                            {"rule", "1001:\tfrom 10.1.0.0/24"},
                                            {"rule", "1000:", true}}));
  CHECK_EVENTUALLY(lab, 10s, bonded.n1.ctl({"plan"}).status == 0);
}

TEST_CASE("a pair may be of two kinds: physical and bond, bond and VLAN, VLAN and physical", "[lab][bond][vlan]") {
  Bonded bonded(mixed_pair(), "mixed");
  auto& lab = bonded.lab;
  lab.start();
  const auto home = [&] { return bonded.shows(bonded.n1, mixed("eth1", "bond1", "tag8")); };
  REQUIRE_EVENTUALLY(lab, 30s, home() && bonded.shows(bonded.n2, nothing_mixed));
  const Pinger red(lab.host("r1"), "10.1.0.1", 100ms);
  const Pinger blue(lab.host("r1"), "10.2.0.1", 100ms);
  const Pinger green(lab.host("r1"), "10.3.0.1", 100ms);
  const auto all_answer = [&] { return red.answered(5s) && blue.answered(5s) && green.answered(5s); };
  CHECK(all_answer());
  const std::vector<std::string> ports{"n1.eth1", "n1.eth2", "n1.eth3", "n1.eth4"};
  for (const auto& port : ports) lab.set_cable(port, Cable::unplugged);
  CHECK_EVENTUALLY(lab, 20s, bonded.shows(bonded.n2, mixed("bond0", "tag7", "eth4")));
  CHECK_EVENTUALLY(lab, 10s, bonded.shows(bonded.n1, nothing_mixed));
  CHECK(all_answer());

  for (const auto& port : ports) lab.set_cable(port, Cable::connected);
  CHECK_EVENTUALLY(lab, 20s, bonded.n1.ctl({"switch", "restore", "n1", "--yes"}).status == 0);
  CHECK_EVENTUALLY(lab, 20s, home() && bonded.shows(bonded.n2, nothing_mixed));
  CHECK(all_answer());
  CHECK_NO_OVERLAP(lab, {}, 0ms);
}
