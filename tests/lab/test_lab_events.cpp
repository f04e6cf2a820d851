// What happens to links behind the daemon's back: the end state is right, whatever came in between.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/lab/lab.h"
#include "tests/lab/pair.h"

using namespace cip::lab;

namespace {

LabPlan one_clim() {
  return {.lans = {"control", "blue"},
          .clims = {{"n1", {{"eth0", "control"}, {"eth1", "blue"}}}},
          .hosts = {{"r1", {{"eth0", "blue"}}, {"addr add 10.1.0.254/24 dev eth0"}}}};
}

std::string specification() {
  return fmt::format(R"(edition 1;
cluster lab {{ {} }}
clim n1 {{
  control 192.168.100.1;
  maintenance eth0 {{ address 192.168.100.1/24; }}
  interface eth1 {{
    mtu 1400;
    address 10.1.0.1/24;
    address 2001:db8:1::1/64;
    route 10.91.0.0/16 via 10.1.0.254;
    route 2001:db8:91::/48 via 2001:db8:1::fe;
    rule from 10.1.0.0/24 table 100 priority 1000;
    neighbor 10.1.0.253 at 02:00:00:00:00:fd;
  }}
}}
)",
                     short_times);
}

struct One {
  Lab lab{one_clim()};
  Clim& n1 = lab.clim("n1");

  const std::string metrics = n1.dir() / "metrics.sock";

  One() {
    lab.install(specification());
    n1.start({"--metrics", metrics});
    REQUIRE_EVENTUALLY(lab, 10s, complete());
  }
  bool complete() const {
    return n1.has_address("eth1", "10.1.0.1/24") && n1.has_address("eth1", "2001:db8:1::1/64") &&
           n1.has_route("10.91.0.0/16 via 10.1.0.254 dev eth1") &&
           n1.has_route("2001:db8:91::/48 via 2001:db8:1::fe dev eth1") && n1.mtu("eth1") == 1400 &&
           n1.has_neighbor("10.1.0.253 dev eth1 lladdr 02:00:00:00:00:fd PERMANENT") &&
           run({"ip", "rule"}, {.where = &n1.network()}).out.find("from 10.1.0.0/24 lookup 100") != std::string::npos;
  }
  // How often the kernel was compared with what it should have.
  double comparisons() const {
    std::istringstream samples(n1.scrape(metrics));
    double sum = 0;
    for (std::string line; std::getline(samples, line);) {
      if (line.starts_with("cip_reconcile_runs_total{")) sum += std::stod(line.substr(line.rfind(' ')));
    }
    return sum;
  }
  bool has_eth1() const { return run({"ip", "link", "show", "eth1"}, {.where = &n1.network()}).status == 0; }
  // Processor time of the daemon so far, in ticks of 10 ms.
  long ticks() {
    std::ifstream stat(fmt::format("/proc/{}/stat", n1.daemon().pid()));
    std::string word;
    long sum = 0;
    for (int field = 1; field <= 15 && stat >> word; ++field) {
      if (field >= 14) sum += std::stol(word);
    }
    return sum;
  }
};

}  // namespace

TEST_CASE("a device that is removed and comes back, as when its driver is reloaded, is filled again", "[lab][events]") {
  One one;
  const auto& lan = one.lab.lan("blue");
  lan.ip({"link del dev n1.eth1"});
  CHECK_EVENTUALLY(one.lab, 3s, one.n1.ctl({"status"}).out.find("interface eth1 does not exist") != std::string::npos);
  lan.ip({fmt::format("link add name n1.eth1 type veth peer name eth1 netns {}", one.n1.network().path()),
          "link set dev n1.eth1 master lan0", "link set dev n1.eth1 up"});
  CHECK_EVENTUALLY(one.lab, 5s, one.complete());
  CHECK_EVENTUALLY(one.lab, 5s, one.n1.ctl({"status"}).out.find("does not exist") == std::string::npos);
}

TEST_CASE("a device that is renamed is missed under its name, and filled when it has it again", "[lab][events]") {
  One one;
  one.n1.network().ip({"link set dev eth1 down", "link set dev eth1 name elsewhere", "link set dev elsewhere up"});
  CHECK_EVENTUALLY(one.lab, 3s, one.n1.ctl({"status"}).out.find("interface eth1 does not exist") != std::string::npos);
  // What was ours on it is not left behind under a name that nobody looks for.
  CHECK_EVENTUALLY(one.lab, 3s, one.n1.addresses("elsewhere").empty());
  one.n1.network().ip({"link set dev elsewhere down", "link set dev elsewhere name eth1"});
  CHECK_EVENTUALLY(one.lab, 5s, one.complete());
}

TEST_CASE("a device that is moved to another network namespace and back is filled again", "[lab][events]") {
  One one;
  const NetworkNamespace other;
  one.n1.network().ip({fmt::format("link set dev eth1 netns {}", other.path())});
  CHECK_EVENTUALLY(one.lab, 3s, one.n1.ctl({"status"}).out.find("interface eth1 does not exist") != std::string::npos);
  other.ip({fmt::format("link set dev eth1 netns {}", one.n1.network().path())});
  CHECK_EVENTUALLY(one.lab, 5s, one.complete());
}

TEST_CASE("a setting that is changed, of which the kernel tells nobody, is back all the same", "[lab][events]") {
  One one;
  const auto& network = one.n1.network();
  const std::vector<std::pair<std::string, std::string>> settings{
      {"arp_ignore", "1"}, {"arp_announce", "2"}, {"promote_secondaries", "1"}};
  const auto path = [](const std::string& name) { return "net.ipv4.conf.eth1." + name; };
  for (const auto& setting : settings) {
    const auto& name = setting.first;
    const auto& ours = setting.second;
    INFO(name);
    const auto now = [&] { return run({"sysctl", "-n", path(name)}, {.where = &network}).out; };
    REQUIRE(now() == ours + "\n");
    REQUIRE(run({"sysctl", "-w", path(name) + "=0"}, {.where = &network}).status == 0);
    REQUIRE(now() == "0\n");
    CHECK_EVENTUALLY(one.lab, 5s, now() == ours + "\n");
  }
}

TEST_CASE("a carrier that flaps a thousand times moves nothing and keeps nobody busy", "[lab][events]") {
  One one;
  const auto& lan = one.lab.lan("blue");
  std::vector<std::string> flaps;
  for (int i = 0; i < 1000; ++i) {
    flaps.emplace_back("link set dev n1.eth1 down");
    flaps.emplace_back("link set dev n1.eth1 up");
  }
  const long before = one.ticks();
  const double comparisons = one.comparisons();
  const Time begin = Clock::now();
  lan.ip(flaps);
  const auto took = milliseconds_between(begin, Clock::now());
  const long busy = one.ticks() - before;
  CHECK_EVENTUALLY(one.lab, 5s, one.complete());
  CHECK_STAYS(one.lab, 300ms, one.complete());
  // None for each of them: the kernel's state but for the carrier is as it was.
  CHECK(comparisons > 0);
  CHECK(one.comparisons() - comparisons < 20);
  UNSCOPED_INFO("1000 flaps in " << took.count() << " ms, of which the daemon used " << busy * 10 << " ms");
  CHECK_FALSE(Pair::has_event(one.n1, {"repaired"}));
}

TEST_CASE("a storm of events that are nobody's hides no drift, also when some are lost", "[lab][events]") {
  One one;
  std::vector<std::string> storm;
  storm.reserve(4000);
  for (int i = 0; i < 4000; ++i) {
    storm.push_back(fmt::format("route add 172.{}.{}.0/24 via 10.1.0.254 proto bird", 16 + i / 250, i % 250));
  }
  one.n1.network().ip(storm);
  one.n1.network().ip({"addr flush dev eth1", "link set dev eth1 mtu 1500", "rule del priority 1000"});
  CHECK_EVENTUALLY(one.lab, 10s, one.complete());

  // Lost events: the daemon is stopped while more come than its queue holds.
  one.n1.daemon().send(SIGSTOP);
  std::vector<std::string> more;
  more.reserve(12000);
  for (int i = 0; i < 12000; ++i)
    more.push_back(fmt::format("route replace 172.99.{}.0/24 via 10.1.0.254 metric {} proto bird", i % 250, i));
  one.n1.network().ip(more);
  one.n1.network().ip({"route del 10.91.0.0/16"});
  one.n1.daemon().send(SIGCONT);
  CHECK_EVENTUALLY(one.lab, 10s, one.complete());
}
