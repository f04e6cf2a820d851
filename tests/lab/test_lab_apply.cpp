// One CLIM and its kernel: apply, drift, what is not ours, what is left behind.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/xfrm.h>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>

#include "tests/lab/lab.h"
#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"

using namespace cip::lab;

namespace {

LabPlan one_clim() {
  return {.lans = {"control", "blue"},
          .clims = {{"n1", {{"eth0", "control"}, {"eth1", "blue"}}}},
          .hosts = {
              {"r1", {{"eth0", "blue"}}, {"addr add 10.1.0.254/24 dev eth0", "addr add 2001:db8:1::fe/64 dev eth0"}}}};
}

std::string specification(const std::string& in_eth1) {
  return fmt::format(R"(edition 1;
cluster lab {{ {} }}
clim n1 {{
  control 192.168.100.1;
  maintenance eth0 {{ address 192.168.100.1/24; }}
  loopback lo {{ address 10.255.0.1/32; }}
  interface eth1 {{ {} }}
}}
)",
                     short_times, in_eth1);
}

const std::string everything =
    "mtu 1400; address 10.1.0.1/24; address 10.1.0.11/24; address 2001:db8:1::1/64;"
    "route 10.91.0.0/16 via 10.1.0.254 metric 20; route 10.92.0.0/16 via 10.1.0.254;"
    "route 2001:db8:91::/48 via 2001:db8:1::fe; neighbor 10.1.0.253 at 02:00:00:00:00:fd;"
    "neighbor 2001:db8:1::fd at 02:00:00:00:00:fd;";

struct One {
  Lab lab{one_clim()};
  Clim& n1 = lab.clim("n1");

  explicit One(const std::string& in_eth1) { lab.install(specification(in_eth1)); }

  bool complete() const {
    return n1.has_address("eth0", "192.168.100.1/24") && n1.has_address("lo", "10.255.0.1/32") &&
           n1.has_address("eth1", "10.1.0.1/24") && n1.has_address("eth1", "10.1.0.11/24") &&
           n1.has_address("eth1", "2001:db8:1::1/64") && n1.has_route("10.91.0.0/16 via 10.1.0.254 dev eth1") &&
           n1.has_route("10.92.0.0/16 via 10.1.0.254 dev eth1") &&
           n1.has_route("2001:db8:91::/48 via 2001:db8:1::fe dev eth1") && n1.mtu("eth1") == 1400 &&
           n1.has_neighbor("10.1.0.253 dev eth1 lladdr 02:00:00:00:00:fd PERMANENT") &&
           n1.has_neighbor("2001:db8:1::fd dev eth1 lladdr 02:00:00:00:00:fd PERMANENT");
  }
};

// Objects of ours and of others in a kernel, without what changes by itself.
std::string all_objects(const Clim& clim) {
  std::string text = run({"ip", "-4", "route", "show", "table", "all"}, {.where = &clim.network()}).out;
  text += run({"ip", "-6", "route", "show"}, {.where = &clim.network()}).out;
  for (const auto* interface : {"lo", "eth0", "eth1"}) {
    auto addresses = clim.addresses(interface);
    std::sort(addresses.begin(), addresses.end());
    for (const auto& address : addresses) text += fmt::format("{} {}\n", interface, address);
  }
  return text + run({"ip", "neighbour", "show", "nud", "permanent"}, {.where = &clim.network()}).out;
}

// 150 addresses and 150 routes: enough for an apply that can be interrupted in its middle.
std::string many() {
  std::string text = "address 10.1.0.1/24;";
  for (int i = 1; i <= 150; ++i) text += fmt::format("address 10.3.{}.1/24; route 10.4.{}.0/24 via 10.1.0.254;", i, i);
  return text;
}

const std::string protected_address = "address 10.1.0.1/24; address 10.1.0.11/24;";

std::string with_ipsec() {
  return specification(protected_address) + R"(
ipsec partner on n1 {
  local 10.1.0.1;
  remote 10.1.0.254;
  proposal ike aes128-sha256-ecp256;
  proposal esp aes128-sha256;
  auth psk file "/run/nobody.psk";
  protect 10.1.0.1/32 to 10.50.0.0/24;
}
)";
}

// Runs it as if the kernel had no IPsec (CONFIG_XFRM_USER).
Outcome without_ipsec_of_the_kernel(const Clim& clim, const std::vector<std::string>& arguments) {
  Outcome outcome;
  int refused = -1;
  // A filter is of the thread that has set it, and of its children.
  std::thread([&] {
    std::array<sock_filter, 8> filter{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NETLINK_XFRM, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPROTONOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    refused = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
    outcome = clim.cipd(arguments);
  }).join();
  REQUIRE(refused == 0);
  return outcome;
}

// Somebody's policy for the same packets as the first half of a block of cipd's: the kernel has one of the two.
void take_place_of_block(const NetworkNamespace& where, const char* source, const char* destination, int length) {
  const Inside inside(where);
  struct {
    nlmsghdr header{};
    xfrm_userpolicy_info policy{};
  } request;
  request.header = {sizeof request, XFRM_MSG_NEWPOLICY, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, 1, 0};
  auto& selector = request.policy.sel;
  selector.family = AF_INET;
  inet_pton(AF_INET, source, &selector.saddr);
  inet_pton(AF_INET, destination, &selector.daddr);
  selector.prefixlen_s = 32;
  selector.prefixlen_d = static_cast<std::uint8_t>(length);
  selector.sport_mask = htons(0x8000);
  for (auto* limit : {&request.policy.lft.soft_byte_limit, &request.policy.lft.hard_byte_limit,
                      &request.policy.lft.soft_packet_limit, &request.policy.lft.hard_packet_limit}) {
    *limit = XFRM_INF;
  }
  request.policy.priority = 5;
  request.policy.action = XFRM_POLICY_ALLOW;
  request.policy.dir = XFRM_POLICY_OUT;
  const Descriptor kernel(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM), "socket");
  REQUIRE(send(kernel.get(), &request, sizeof request, 0) == sizeof request);
  struct {
    nlmsghdr header;
    nlmsgerr error;
    std::array<char, 256> rest;
  } answer{};
  REQUIRE(recv(kernel.get(), &answer, sizeof answer, 0) > 0);
  REQUIRE(answer.error.error == 0);
}

}  // namespace

TEST_CASE("cipd --once applies everything, and a second time nothing", "[lab][apply]") {
  One one(everything);
  const Outcome plan = one.n1.cipd({"--dry-run"});
  CHECK(plan.status == 2);
  CHECK(plan.out.find("10.91.0.0/16") != std::string::npos);
  CHECK(one.n1.addresses("eth1").empty());  // a dry run is dry

  const Outcome first = one.n1.cipd({"--once"});
  CAPTURE(first.out, first.err);
  REQUIRE(first.status == 0);
  CHECK(one.complete());
  const Pinger pinger(one.lab.host("r1"), "10.1.0.1");
  CHECK(pinger.answered(5s));
  const Pinger pinger6(one.lab.host("r1"), "2001:db8:1::1");
  CHECK(pinger6.answered(5s));

  const Outcome nothing = one.n1.cipd({"--dry-run"});
  CAPTURE(nothing.out, nothing.err);
  CHECK(nothing.status == 0);
  Process monitor({"ip", "monitor", "address", "route", "link"}, {.where = &one.n1.network()});
  const auto seen = [&](const std::string& mark) {
    return wait_until(5s, [&] { return monitor.out().find(mark) != std::string::npos; });
  };
  // The monitor runs from when it shows something.
  REQUIRE(wait_until(5s, [&] {
    one.n1.network().ip({"addr add 10.1.0.99/32 dev eth1", "addr del 10.1.0.99/32 dev eth1"});
    return monitor.out().find("10.1.0.99") != std::string::npos;
  }));
  one.n1.network().ip({"addr add 10.1.0.97/32 dev eth1"});
  REQUIRE(seen("10.1.0.97"));
  const std::string before = monitor.out();
  CHECK(one.n1.cipd({"--once"}).status == 0);
  one.n1.network().ip({"addr add 10.1.0.98/32 dev eth1"});
  REQUIRE(seen("10.1.0.98"));
  // Between our two marks there was nothing of cipd's.
  const std::string between = monitor.out().substr(before.size());
  CAPTURE(between);
  CHECK(between.find("10.1.0.1/") == std::string::npos);
  CHECK(between.find("10.9") == std::string::npos);
  CHECK(between.find("2001:db8") == std::string::npos);
  CHECK(between.find("Deleted") == std::string::npos);
}

TEST_CASE("what somebody deletes by hand is back at once", "[lab][apply]") {
  One one(everything);
  one.n1.start();
  REQUIRE_EVENTUALLY(one.lab, 10s, one.complete());
  const auto break_it =
      GENERATE(as<std::string>(), "addr del 10.1.0.1/24 dev eth1", "addr del 2001:db8:1::1/64 dev eth1",
               "route del 10.91.0.0/16 metric 20", "route del 2001:db8:91::/48", "neigh del 10.1.0.253 dev eth1",
               "link set dev eth1 mtu 1300", "link set dev eth1 down", "addr flush dev eth1 scope global");
  CAPTURE(break_it);
  one.n1.network().ip({break_it});
  CHECK_EVENTUALLY(one.lab, 5s, one.complete());
}

TEST_CASE("what is not ours is never touched", "[lab][apply]") {
  One one(everything);
  one.n1.network().ip(
      {"link set dev eth1 up", "addr add 10.1.0.77/24 dev eth1", "addr add 2001:db8:1::77/64 dev eth1",
       "route add 10.50.0.0/16 via 10.1.0.254 proto bird", "route add 10.51.0.0/16 via 10.1.0.254 proto dhcp",
       "route add 2001:db8:52::/48 via 2001:db8:1::fe proto ra dev eth1",
       "route add 10.53.0.0/16 via 10.1.0.254 proto static", "neigh add 10.1.0.252 lladdr 02:00:00:00:00:fc dev eth1"});
  const auto all_there = [&] {
    return one.n1.has_address("eth1", "10.1.0.77/24") && one.n1.has_address("eth1", "2001:db8:1::77/64") &&
           one.n1.has_route("10.50.0.0/16 via 10.1.0.254 dev eth1 proto bird") &&
           one.n1.has_route("10.51.0.0/16 via 10.1.0.254 dev eth1 proto dhcp") &&
           one.n1.has_route("2001:db8:52::/48 via 2001:db8:1::fe dev eth1 proto ra") &&
           one.n1.has_route("10.53.0.0/16 via 10.1.0.254 dev eth1 proto static") &&
           one.n1.has_neighbor("10.1.0.252 dev eth1 lladdr 02:00:00:00:00:fc");
  };
  REQUIRE(all_there());
  one.n1.start();
  REQUIRE_EVENTUALLY(one.lab, 10s, one.complete());
  CHECK(all_there());
  const Outcome plan = one.n1.ctl({"plan"});
  CAPTURE(plan.out, plan.err);
  CHECK(plan.status == 0);
  CHECK(plan.out.find("10.50.0.0/16") != std::string::npos);  // shown as foreign

  // Also when all of ours is taken away again.
  one.n1.install(specification(""));
  CHECK(one.n1.ctl({"reload"}).status == 0);
  CHECK_EVENTUALLY(one.lab, 5s, !one.n1.has_address("eth1", "10.1.0.1/24"));
  CHECK_EVENTUALLY(one.lab, 5s, !one.n1.has_route("10.91.0.0/16"));
  CHECK(all_there());
}

TEST_CASE("a foreign route in the way of ours is shown and stays", "[lab][apply]") {
  One one(everything);
  one.n1.network().ip(
      {"link set dev eth1 up", "addr add 10.1.0.77/24 dev eth1", "route add 10.92.0.0/16 via 10.1.0.253 proto bird"});
  const Outcome outcome = one.n1.cipd({"--once"});
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.status != 0);
  CHECK((outcome.err + outcome.out).find("10.92.0.0/16") != std::string::npos);
  CHECK(one.n1.has_route("10.92.0.0/16 via 10.1.0.253 dev eth1 proto bird"));
  CHECK(one.n1.has_route("10.91.0.0/16 via 10.1.0.254"));  // the rest is there
  CHECK(one.n1.has_address("eth1", "10.1.0.1/24"));
}

TEST_CASE("what somebody undoes again and again is left to them, until an operator resumes", "[lab][apply]") {
  One one(everything);
  one.n1.start();
  REQUIRE_EVENTUALLY(one.lab, 10s, one.complete());
  int undone = 0;
  const Time begin = Clock::now();
  while (undone < 50 && Clock::now() < begin + 10s) {
    if (one.n1.has_route("10.92.0.0/16 via 10.1.0.254")) {
      one.n1.network().ip({"route del 10.92.0.0/16"});
      ++undone;
    } else if (one.n1.ctl({"status"}).out.find("somebody undoes it") != std::string::npos) {
      break;
    }
  }
  CHECK(undone >= 5);
  CHECK(undone < 10);
  CHECK_STAYS(one.lab, 500ms, !one.n1.has_route("10.92.0.0/16"));
  // The rest is looked after.
  one.n1.network().ip({"route del 10.91.0.0/16"});
  CHECK_EVENTUALLY(one.lab, 3s, one.n1.has_route("10.91.0.0/16 via 10.1.0.254"));
  CHECK(one.n1.ctl({"resume"}).status == 0);
  CHECK_EVENTUALLY(one.lab, 3s, one.complete());
  CHECK_EVENTUALLY(one.lab, 3s, one.n1.ctl({"status"}).out.find("somebody undoes it") == std::string::npos);
}

TEST_CASE("what a removed statement had made goes", "[lab][apply]") {
  One one(everything);
  one.n1.start();
  REQUIRE_EVENTUALLY(one.lab, 10s, one.complete());
  const std::string rest = "address 10.1.0.11/24; route 10.92.0.0/16 via 10.1.0.254;";
  const auto only_rest = [&] {
    return one.n1.addresses("eth1") == std::vector<std::string>{"10.1.0.11/24"} &&
           one.n1.has_route("10.92.0.0/16 via 10.1.0.254") && !one.n1.has_route("10.91.0.0/16") &&
           !one.n1.has_route("2001:db8:91::/48") && !one.n1.has_neighbor("02:00:00:00:00:fd");
  };
  SECTION("cipctl reload") {
    one.n1.install(specification(rest));
    const Outcome outcome = one.n1.ctl({"reload"});
    CAPTURE(outcome.err);
    CHECK(outcome.status == 0);
    CHECK_EVENTUALLY(one.lab, 5s, only_rest());
  }
  SECTION("SIGHUP") {
    one.n1.install(specification(rest));
    one.n1.daemon().send(SIGHUP);
    CHECK_EVENTUALLY(one.lab, 5s, only_rest());
  }
  SECTION("the tree is replaced") {
    one.n1.install(specification(rest));
    CHECK_EVENTUALLY(one.lab, 5s, only_rest());
  }
  SECTION("while no daemon ran") {
    one.n1.stop();
    one.n1.install(specification(rest));
    one.n1.start();
    CHECK_EVENTUALLY(one.lab, 5s, only_rest());
  }
  SECTION("--once") {
    one.n1.stop();
    one.n1.install(specification(rest));
    CHECK(one.n1.cipd({"--once"}).status == 0);
    CHECK(only_rest());
  }
}

TEST_CASE("a state tree that is damaged is refused, and what was goes on", "[lab][apply]") {
  One one(everything);
  one.n1.start();
  REQUIRE_EVENTUALLY(one.lab, 10s, one.complete());
  const std::string file = one.n1.state_dir() / "n1/home/eth1.json";
  REQUIRE(run({"sed", "-i", "s/10.1.0.11/10.1.0.12/", file}).status == 0);
  const Outcome outcome = one.n1.ctl({"reload"});
  CHECK(outcome.status != 0);
  CHECK(outcome.err.find("eth1.json") != std::string::npos);
  one.n1.daemon().send(SIGHUP);
  CHECK_STAYS(one.lab, 300ms, one.complete());
  CHECK(one.n1.running());
}

TEST_CASE("trees made to harm change nothing in a daemon that runs, and the next good one is taken", "[lab][apply]") {
  namespace fs = std::filesystem;
  One one(everything);
  one.n1.install(specification("address 10.1.0.5/24;"));
  const fs::path tree = one.n1.state_dir();
  const fs::path next = one.lab.dir() / "next";
  fs::copy(tree, next, fs::copy_options::recursive);
  one.n1.install(specification(everything));
  one.n1.start();
  REQUIRE_EVENTUALLY(one.lab, 10s, one.complete());
  const auto kept = [&] { return run({"find", one.n1.data_dir(), "-type", "f", "-exec", "sha256sum", "{}", "+"}).out; };
  const std::string before = kept();
  const std::string whole = all_objects(one.n1);

  const fs::path eth1 = tree / "n1/home/eth1.json";
  const fs::path manifest = tree / "manifest.json";
  const std::map<std::string, std::pair<fs::path, std::string>> damages{
      {"cut off", {manifest, "truncate -s 100 $1"}},
      {"is empty", {manifest, "truncate -s 0 $1"}},
      {"its digest is not the one in", {eth1, "cp ${1%eth1.json}eth0.json $1"}},
      {"is a named pipe", {eth1, "rm $1; mkfifo $1"}},
      {"is a device", {manifest, "rm $1; mknod $1 c 1 5"}},
      {"is a socket",
       {eth1, "rm $1; python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $1"}},
      {"symbolic links", {eth1, "ln -sf eth1.json $1"}},
      {"is larger than", {eth1, "truncate -s 100G $1"}},
      {"No such file", {eth1, "rm $1"}},
      {"format 9 is not known", {manifest, "sed -i 's/\"format\": 1/\"format\": 9/' $1"}},
      {"must be the name of a CLIM", {manifest, "sed -i 's/\"n1\"/\"..\\/n1\"/' $1"}}};
  for (const auto& [words, damage] : damages) {
    CAPTURE(words);
    one.n1.install(specification(everything));
    const Outcome made = run({"sh", "-c", damage.second, "sh", damage.first});
    CAPTURE(made.err);
    REQUIRE(made.status == 0);
    const Time begin = Clock::now();
    const Outcome outcome = one.n1.ctl({"reload"});
    CHECK(Clock::now() - begin < 2s);
    CAPTURE(outcome.err);
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find(words) != std::string::npos);
    CHECK(outcome.err.find(damage.first.filename()) != std::string::npos);
    CHECK(one.n1.ctl({"status"}).out.find(words) != std::string::npos);
    CHECK(all_objects(one.n1) == whole);
    CHECK(kept() == before);
    CHECK(run({"rm", "-rf", tree}).status == 0);
  }

  // Nobody asks for it. It is copied in the worst order, with pauses, and used once all of it is there.
  const auto copy = [&](const std::string& file) {
    fs::create_directories((tree / file).parent_path());
    fs::copy_file(next / file, tree / file, fs::copy_options::overwrite_existing);
  };
  for (const auto* file : {"manifest.json", "n1/clim.json", "n1/home/lo.json", "n1/home/eth0.json"}) {
    copy(file);
    CHECK_STAYS(one.lab, 250ms, one.complete());
  }
  copy("n1/home/eth1.json");
  CHECK_EVENTUALLY(one.lab, 5s, one.n1.addresses("eth1") == std::vector<std::string>{"10.1.0.5/24"});
  CHECK_EVENTUALLY(one.lab, 5s, one.n1.ctl({"status"}).out.find("refused") == std::string::npos);

  // The same for a daemon that starts while it is copied.
  one.n1.kill();
  fs::remove(tree / "n1/home/eth1.json");
  one.n1.start();
  CHECK(one.n1.ctl({"status"}).out.find("refused") != std::string::npos);
  CHECK_STAYS(one.lab, 300ms, one.n1.addresses("eth1") == std::vector<std::string>{"10.1.0.5/24"});
  copy("n1/home/eth1.json");
  CHECK_EVENTUALLY(one.lab, 5s, one.n1.ctl({"status"}).out.find("refused") == std::string::npos);
}

TEST_CASE("kill -9 in the middle of an apply, then again: complete, and nothing is left over", "[lab][apply]") {
  One one("");
  const Outcome empty = one.n1.cipd({"--once"});
  CAPTURE(empty.out, empty.err);
  REQUIRE(empty.status == 0);
  const std::string before = all_objects(one.n1);
  one.n1.install(specification(many()));

  // How long a whole run takes, to know where its middle is.
  const Time begin = Clock::now();
  REQUIRE(one.n1.cipd({"--once"}).status == 0);
  const Duration whole = milliseconds_between(begin, Clock::now());
  const std::string complete = all_objects(one.n1);
  CHECK(one.n1.addresses("eth1").size() == 151);

  std::mt19937 random(Catch::rngSeed());
  int interrupted = 0;
  for (int round = 0; round < 6; ++round) {
    one.n1.install(specification(""));
    REQUIRE(one.n1.cipd({"--once"}).status == 0);
    REQUIRE(all_objects(one.n1) == before);
    one.n1.install(specification(many()));
    const Duration after(whole.count() / 4 +
                         static_cast<long>(random() % static_cast<unsigned>(whole.count() * 3 / 4 + 1)));
    CAPTURE(round, after.count());
    one.n1.launch({"--once"});
    // The first rounds strike as soon as the kernel shows something of it, later ones at any time.
    if (round < 3) {
      wait_until(5s, [&] { return !one.n1.addresses("eth1").empty() || !one.n1.running(); });
    } else {
      one.n1.daemon().wait(after);
    }
    one.n1.kill();
    const auto count = one.n1.addresses("eth1").size();
    if (all_objects(one.n1) != complete && count > 0) ++interrupted;
    if (round % 2 == 0) {
      CHECK(one.n1.cipd({"--once"}).status == 0);
      CHECK(all_objects(one.n1) == complete);
    }  // else: what an interrupted run has left behind is cleaned up by the next round
  }
  CHECK(interrupted > 0);
}

TEST_CASE("an address that IPsec protects is not added while the kernel refuses the policies that guard it",
          "[lab][apply][ipsec]") {
  One one("");
  one.lab.install(with_ipsec());
  const auto withheld = [](const std::string& text) {
    return text.find("10.1.0.1/24") != std::string::npos &&
           text.find("not added, as what IPsec protects would get out in clear text") != std::string::npos;
  };
  const auto blocks = [&] {
    return run({"sh", "-c", "ip xfrm policy list action block | grep -c '^src'"}, {.where = &one.n1.network()}).out;
  };

  const Outcome none = without_ipsec_of_the_kernel(one.n1, {"--once"});
  CAPTURE(none.out, none.err);
  CHECK(none.status != 0);
  CHECK(none.err.find("the kernel has no IPsec (CONFIG_XFRM_USER)") != std::string::npos);
  CHECK(withheld(none.err));
  CHECK(one.n1.addresses("eth1") == std::vector<std::string>{"10.1.0.11/24"});

  take_place_of_block(one.n1.network(), "10.1.0.1", "10.50.0.0", 24);
  const std::string metrics = one.n1.dir() / "metrics.sock";
  one.n1.start({"--metrics", metrics});
  CHECK_EVENTUALLY(one.lab, 10s, Pair::has_event(one.n1, {"ALARM", "one of somebody else is in its place"}));
  CHECK(withheld(one.n1.ctl({"status"}).out));
  CHECK(one.n1.addresses("eth1") == std::vector<std::string>{"10.1.0.11/24"});
  CHECK(blocks() == "5\n");  // the other half of it, and two for each other direction

  const auto scraped = one.n1.scrape(metrics);
  CAPTURE(scraped);
  for (const auto* sample : {"cip_charon_up 0\n", "cip_ipsec_loaded{connection=\"partner\"} 0\n",
                             "cip_ipsec_state_info{connection=\"partner\",state=\"UNKNOWN\"} 1\n"}) {
    CHECK(scraped.find(sample) != std::string::npos);
  }

  one.n1.network().ip({"xfrm policy flush"});
  CHECK_EVENTUALLY(one.lab, 10s, one.n1.has_address("eth1", "10.1.0.1/24"));
  CHECK(blocks() == "6\n");
}
