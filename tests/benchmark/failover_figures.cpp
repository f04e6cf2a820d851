// How long a remote host is without service, in milliseconds, for each way in which resources move: median and worst of
// some rounds (20, or the first argument). Prints a table; never a pass or fail on a time, but it fails if something
// does not move at all. Build it with the release preset.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"

namespace cip::lab {
namespace {

// Those that are measured; the times between the rounds are short.
std::string times(const std::string& measured) {
  return measured + " settle 300ms; startup-wait 1s; retry 2s;";
}
const std::string usual = "heartbeat 100ms; dead 300ms; probe 60ms; link-pulse 200ms;";
const std::string shortest = "heartbeat 10ms; dead 30ms; probe 10ms; link-pulse 0ms;";

// Besides those of the pair.
std::string thousands() {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += fmt::format("address 10.1.{}.{}/24; route 172.{}.{}.0/24 via 10.1.0.254;", 16 + i / 200, 1 + i % 200,
                        16 + i / 250, i % 250);
  }
  return text;
}

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

void at_rest(Pair& pair) {
  require(pair, "everything at home", [&] {
    return pair.at_home() && Pair::shown(pair.n2, "n1.eth1", "flags").empty() &&
           Pair::shown(pair.n1, "n1.eth1", "flags").empty();
  });
}

void go_home(Pair& pair) {
  require(pair, "n1 ready", [&] {
    return Pair::shown(pair.n1, "n1.eth1", "state") == "RDY" && Pair::shown(pair.n1, "n1.eth2", "state") != "DOWN";
  });
  require(pair, "switch restore", [&] { return pair.n1.ctl({"switch", "restore", "n1", "--yes"}).status == 0; });
  at_rest(pair);
}

class Figures {
 public:
  explicit Figures(int rounds) : rounds_(rounds) {
    fmt::print("milliseconds without service, as a remote host sees it (a ping each ms), {} rounds\n\n", rounds);
    fmt::print("{:<68}  {:>5}  {:>6}  {:>5}\n", "what happens", "aim", "median", "worst");
  }

  void moved(const std::string& what, const std::string& more, const std::string& measured, std::array<int, 3> aims) {
    Pair pair(Pair::Begin::serving, pair_specification(more, times(measured)));
    Series carrier;
    Series gone;
    Series by_operator;
    for (int round = 0; round < rounds_; ++round) {
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
      told(round);
    }
    one_owner(pair);
    print("a cable is cut, " + what, aims[0], carrier);
    print("a CLIM is gone, " + what, aims[1], gone);
    print("an operator switches, " + what, aims[2], by_operator);
  }

  // SIGKILL of the daemon alone: its kernel holds the addresses until the fence runs out.
  void killed(const std::string& what, const std::string& measured, Duration fence) {
    Pair pair(Pair::Begin::serving, pair_specification("", times(measured)));
    Series restarted;
    Series stays;
    for (int round = 0; round < rounds_; ++round) {
      restarted.gaps.push_back(gap(
          pair,
          [&] {
            pair.n1.kill();
            std::this_thread::sleep_for(fence / 2);
            pair.n1.start();
          },
          "n1.eth1"));
      at_rest(pair);
      stays.gaps.push_back(gap(
          pair, [&] { pair.n1.kill(); }, "n2.eth1"));
      pair.n1.start();
      go_home(pair);
      told(round);
    }
    one_owner(pair);
    print("its daemon is killed, and is back within the fence time, " + what, 0, restarted);
    print("its daemon is killed and stays away; from the last answer on, " + what, 500, stays);
  }

 private:
  void told(int round) const { fmt::print(stderr, "\rround {} of {} ", round + 1, rounds_); }
  static void one_owner(Pair& pair) {
    fmt::print(stderr, "\n");
    if (const auto overlap = pair.lab.owners().worst_overlap()) {
      throw std::runtime_error(overlap->address + " had two owners");
    }
  }
  static void print(const std::string& what, int aim, Series& series) {
    fmt::print("{:<68}  {:>5}  {:>6}  {:>5}\n", what, aim, series.median(), series.worst());
    std::fflush(stdout);
  }

  int rounds_;
};

void measure(int rounds) {
  Figures figures(rounds);
  figures.moved("usual times", "", usual, {210, 320, 8});
  figures.moved("usual times, 1,000 addresses and routes", thousands(), usual, {250, 360, 48});
  figures.moved("shortest times", "", shortest, {12, 40, 8});
  figures.killed("fence 5 s", usual + " fence 5s;", 5s);
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
