// One fault at a time, each with the proof of how many answer meanwhile.
//
// The labs run at the same time, so what is measured is compared with bounds that allow for it.
#include <catch2/catch.hpp>
#include <csignal>
#include <fmt/format.h>
#include <string>
#include <thread>
#include <vector>

#include "tests/lab/pair.h"

using namespace cip::lab;

namespace {

// What is short here is still much longer than a daemon has to wait for one of two processors.
const std::string times =
    "heartbeat 50ms; dead 400ms; probe 60ms; link-pulse 200ms; settle 200ms; startup-wait 1s; retry 1s; fence 5s;";
// What failover takes at most in a lab beside others; with nothing that holds it up it is a third of it.
constexpr Duration soon = 3s;

std::string specification() {
  return pair_specification("", times);
}

std::string status(const Clim& clim) {
  return clim.ctl({"status"}).out;
}
bool says(const Clim& clim, const std::string& text) {
  return status(clim).find(text) != std::string::npos;
}
bool each_hears_the_other(const Pair& pair) {
  return says(pair.n1, "peer n2: heard") && says(pair.n2, "peer n1: heard");
}

// Since then each address was answered by one, at every moment.
void check_served(const Pair& pair, Time since) {
  for (const auto& [lan, addresses] :
       {std::pair("blue", n1_eth1), std::pair("blue", n2_eth1), std::pair("green", n1_eth2)}) {
    for (const auto& address : addresses) {
      CAPTURE(address);
      const auto silence = pair.lab.answers(lan).longest_silence(address, since);
      CHECK_FALSE(silence);
    }
  }
}
}  // namespace

TEST_CASE("a daemon that is frozen again while it reads the kernel goes on", "[.faults]") {
  Pair pair(Pair::Begin::serving, specification());
  // So many that reading takes a while.
  std::vector<std::string> routes;
  for (int i = 0; i < 20000; ++i) {
    routes.push_back(fmt::format("route add 172.{}.{}.0/24 via 10.1.0.254 proto bird", 16 + i / 250 % 16, i % 250));
    routes.back() += fmt::format(" metric {}", i);
  }
  pair.n1.network().ip(routes);
  const Time begin = Clock::now();
  for (int round = 0; round < 5; ++round) {
    CAPTURE(round);
    pair.n1.daemon().send(SIGSTOP);
    std::this_thread::sleep_for(600ms);
    pair.n1.daemon().send(SIGCONT);
    std::this_thread::sleep_for(Duration(4 * (1 + round)));
    pair.n1.daemon().send(SIGSTOP);
    std::this_thread::sleep_for(600ms);
    pair.n1.daemon().send(SIGCONT);
    CHECK_EVENTUALLY(pair.lab, 3s, each_hears_the_other(pair) && Pair::shown(pair.n2, "n1.eth1", "flags").empty());
  }
  CHECK(pair.at_home());
  check_served(pair, begin);
  CHECK(pair.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, soon, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK_NO_OVERLAP(pair.lab, begin, 0ms);
}

TEST_CASE("faults one at a time: several labs at once", "[lab][faults]") {
  const auto outcomes = run_cases("[.faults]", 2min);
  REQUIRE_FALSE(outcomes.empty());
  for (const auto& [name, outcome] : outcomes) {
    INFO(name << "\n" << outcome.out << outcome.err);
    CHECK(outcome.status == 0);
  }
}
