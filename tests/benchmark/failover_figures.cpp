// How long a remote host is without service, in milliseconds, for each way in which resources move: median and worst of
// some rounds (20, or the first argument). Prints a table; never a pass or fail on a time, but it fails if something
// does not move at all. Build it with the release preset.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"

namespace cip::lab {
namespace {

// The times that matter are the defaults; those between the rounds are short.
const std::string times =
    "heartbeat 100ms; dead 300ms; probe 60ms; link-pulse 200ms; settle 300ms; startup-wait 1s; retry 2s;";

struct Series {
  std::vector<long> gaps;

  long median() {
    std::sort(gaps.begin(), gaps.end());
    return gaps[gaps.size() / 2];
  }
  long worst() const { return *std::max_element(gaps.begin(), gaps.end()); }
};

void require(Pair& pair, const std::string& what, const std::function<bool()>& condition) {
  if (!wait_until(20s, condition)) throw std::runtime_error("did not happen: " + what + "\n" + pair.lab.report());
}

void command(const Clim& clim, const std::vector<std::string>& words) {
  const Outcome outcome = clim.ctl(words);
  if (outcome.status != 0) throw std::runtime_error("cipctl: " + outcome.out + outcome.err);
}

// The longest time without an answer from 10.1.0.1 around `event`, up to its first answers from the new place.
long gap(Pair& pair, const std::function<void()>& event, const std::string& place) {
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.1", 1ms);
  require(pair, "an answer before", [&] { return pinger.answered(100ms); });
  const Time begin = Clock::now();
  event();
  require(pair, "10.1.0.1 on " + place, [&] { return pair.all_at(n1_eth1, place); });
  require(pair, "an answer after", [&] { return pinger.answered(100ms); });
  return pinger.report(begin).longest_gap.count();
}

void go_home(Pair& pair) {
  require(pair, "n1 ready", [&] {
    return Pair::shown(pair.n1, "n1.eth1", "state") == "RDY" && Pair::shown(pair.n1, "n1.eth2", "state") != "DOWN";
  });
  require(pair, "switch restore", [&] { return pair.n1.ctl({"switch", "restore", "n1", "--yes"}).status == 0; });
  require(pair, "everything at home", [&] {
    return pair.at_home() && Pair::shown(pair.n2, "n1.eth1", "flags").empty() &&
           Pair::shown(pair.n1, "n1.eth1", "flags").empty();
  });
}

void measure(int rounds) {
  Pair pair(Pair::Begin::serving, pair_specification("", times));
  Series carrier;
  Series gone;
  Series by_operator;
  for (int round = 0; round < rounds; ++round) {
    carrier.gaps.push_back(gap(
        pair, [&] { pair.lab.set_cable("n1.eth1", Cable::unplugged); }, "n2.eth1"));
    pair.lab.set_cable("n1.eth1", Cable::connected);
    go_home(pair);
    by_operator.gaps.push_back(gap(
        pair,
        [&] {
          command(pair.n1, {"switch", "failover", "n1.eth1", "--yes"});
        },
        "n2.eth1"));
    go_home(pair);
    gone.gaps.push_back(gap(
        pair, [&] { pair.lab.crash("n1"); }, "n2.eth1"));
    pair.lab.boot("n1");
    pair.n1.start();
    go_home(pair);
    fmt::print(stderr, "\rround {} of {}", round + 1, rounds);
  }
  if (const auto overlap = pair.lab.owners().worst_overlap()) {
    throw std::runtime_error(overlap->address + " had two owners");
  }
  fmt::print(stderr, "\n");
  fmt::print("milliseconds without service, as a remote host sees it (a ping each ms), {} rounds\n\n", rounds);
  fmt::print("{:<44}  {:>5}  {:>6}  {:>5}\n", "what happens", "aim", "median", "worst");
  fmt::print("{:<44}  {:>5}  {:>6}  {:>5}\n", "a cable is cut (link pulse time 200 ms)", 220, carrier.median(),
             carrier.worst());
  fmt::print("{:<44}  {:>5}  {:>6}  {:>5}\n", "a CLIM is gone (dead time 300 ms)", 340, gone.median(), gone.worst());
  fmt::print("{:<44}  {:>5}  {:>6}  {:>5}\n", "an operator switches", 15, by_operator.median(), by_operator.worst());
}

}  // namespace
}  // namespace cip::lab

int main(int count, char** arguments) {
  try {
    cip::lab::measure(count > 1 ? std::max(1, std::atoi(arguments[1])) : 20);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "\n{}\n", error.what());
    return 1;
  }
}
