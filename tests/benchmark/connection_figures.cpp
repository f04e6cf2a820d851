// What becomes of TCP connections when their address moves, in milliseconds: how long after the takeover the remote
// ends, which only read, have their ECONNRESET, and how long after an operator's command the local ends have their
// ECONNABORTED. Beside it, if they are there, the tools of other software (tickle_peer.h). Median and worst of some
// rounds (20, or the first argument). Then what it costs to know of 100,000 of them (or the second argument; 0: not
// measured), at rest for 60 s. Prints tables; a time is no pass or fail, but it fails if a connection does not end.
// Build it with the release preset.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/benchmark/daemon_use.h"
#include "tests/benchmark/tickle_peer.h"
#include "tests/lab/idle_connections.h"
#include "tests/lab/pair.h"

namespace cip::lab {
namespace {

constexpr const char* address = "10.1.0.1";
constexpr std::uint16_t port = 5000;
constexpr std::size_t most_per_process = 15'000;  // open files

void require(Pair& pair, const std::string& what, Duration within, const std::function<bool()>& condition) {
  if (!wait_until(within, condition)) throw std::runtime_error("did not happen: " + what + "\n" + pair.lab.report());
}

void start(Clim& clim) {
  clim.start({"--metrics", clim.dir() / "metrics.sock"});
}

double known(const Clim& clim) {
  const auto text = clim.scrape(clim.dir() / "metrics.sock");
  const std::string series = "\ncip_connections{where=\"peers\"} ";
  return std::strtod(text.c_str() + text.find(series) + series.size(), nullptr);
}

class Times {
 public:
  void add(std::chrono::microseconds time) { times_.push_back(static_cast<double>(time.count()) / 1000); }
  std::string text() {
    std::sort(times_.begin(), times_.end());
    return fmt::format("{:>8.1f}  {:>8.1f}", times_[times_.size() / 2], times_.back());
  }

 private:
  std::vector<double> times_;
};

void line(const std::string& what, const std::string& aim, Times& times) {
  fmt::print("{:<66}  {:>5}  {}\n", what, aim, times.text());
  std::fflush(stdout);
}

// n1 loses its power, its cable, or its resources by command; they are at home again afterwards.
enum class Loss { power, cable, command };

Time lose(Pair& pair, Loss loss) {
  const Time begin = Clock::now();
  if (loss == Loss::power) pair.lab.crash("n1");
  if (loss == Loss::cable) pair.lab.set_cable("n1.eth1", Cable::unplugged);
  if (loss == Loss::command && pair.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status != 0) {
    throw std::runtime_error("no switch:\n" + pair.lab.report());
  }
  return begin;
}

void go_home(Pair& pair, Loss loss) {
  if (loss == Loss::power) {
    pair.lab.boot("n1");
    start(pair.n1);
  }
  if (loss == Loss::cable) pair.lab.set_cable("n1.eth1", Cable::connected);
  require(pair, "everything at home", 30s, [&] {
    pair.n1.ctl({"switch", "restore", "n1", "--yes"});
    return pair.at_home() && Pair::shown(pair.n2, "n1.eth1", "flags").empty();
  });
}

Time taken(Pair& pair, Time since) {
  for (const auto& span : pair.lab.owners().spans(address, "n2.eth1")) {
    if (span.from >= since) return span.from;
  }
  throw std::runtime_error("it was not taken");
}

void measure_resets(Pair& pair, Loss loss, std::size_t count, int rounds) {
  Times remote;
  for (int round = 0; round < rounds; ++round) {
    require(pair, "n2 knows of none", 30s, [&] { return known(pair.n2) == 0; });
    const IdleConnections connections(pair.lab.host("r1"), pair.n1.network(), address, port, count);
    require(pair, "n2 knows of all", 30s, [&] { return known(pair.n2) >= static_cast<double>(count); });
    const Time begin = lose(pair, loss);
    require(pair, "it moves", 10s, [&] { return pair.all_at(n1_eth1, "n2.eth1"); });
    const Time since = taken(pair, begin);
    if (!connections.wait_for_all(30s)) throw std::runtime_error("a remote end was not told");
    if (connections.ends(since).otherwise > 0) throw std::runtime_error("a remote end has another error");
    remote.add(connections.ends(since).worst);
    go_home(pair, loss);
  }
  const char* what = loss == Loss::power ? "n1 has no power" : "n1.eth1 has no cable";
  line(fmt::format("{}: {} remote ends, from the takeover to the last", what, count),
       count == 1      ? "50"
       : count <= 1000 ? "200"
                       : "1000",
       remote);
}

// Others, of which the tool alone is measured: the list of connections is given to it.
void measure_peers(std::size_t count, int rounds) {
  for (const auto& peer : TicklePeer::installed()) {
    Times remote;
    for (int round = 0; round < rounds; ++round) remote.add(peer.measure(count));
    line(fmt::format("{}, which is told when and what: {} remote ends", peer.name, count), "", remote);
  }
}

void measure_local(Pair& pair, int rounds) {
  Times local;
  for (int round = 0; round < rounds; ++round) {
    TcpListener listener(pair.n1.network(), port);
    TcpConnection remote(pair.lab.host("r1"), address, port);
    TcpConnection served = listener.accept();
    const Time last = Clock::now() + 10s;
    Time end{};
    std::thread watcher([&] {
      while (Clock::now() < last && served.error() == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
      end = Clock::now();
    });
    const Time begin = lose(pair, Loss::command);
    require(pair, "it moves", 10s, [&] { return pair.all_at(n1_eth1, "n2.eth1"); });
    watcher.join();
    if (served.error() != ECONNABORTED) throw std::runtime_error("the local end has no ECONNABORTED");
    local.add(std::chrono::duration_cast<std::chrono::microseconds>(end - begin));
    go_home(pair, Loss::command);
  }
  line("cipctl switch: local end, from the start of cipctl on", "20", local);
}

struct Costs {
  Use n1, n2;
};

Costs now(Pair& pair) {
  return {use(pair.n1), use(pair.n2)};
}

void print_cost(const std::string& what, const Costs& before, const Costs& after, const Costs& least) {
  const double elapsed = std::chrono::duration<double>(after.n1.time - before.n1.time).count();
  const auto percent = [&](const Use& from, const Use& to) { return 100 * (to.seconds - from.seconds) / elapsed; };
  const auto megabytes = [](const Use& from, const Use& to) { return (to.memory - from.memory) / 1e6; };
  fmt::print("{:<40}  {:>8.2f}  {:>8.2f}  {:>10.0f}  {:>8.1f}  {:>8.1f}\n", what, percent(before.n1, after.n1),
             percent(before.n2, after.n2), (after.n1.control_sent - before.n1.control_sent) / elapsed,
             megabytes(least.n1, after.n1), megabytes(least.n2, after.n2));
  std::fflush(stdout);
}

// Each process has a port of its own: one remote address has no more ports than that.
class Processes {
 public:
  Processes(Pair& pair, std::size_t count) {
    for (std::uint16_t i = 0; count > 0; ++i) {
      const auto some = std::min(count, most_per_process);
      count -= some;
      const pid_t child = fork();
      if (child < 0) throw std::runtime_error("no process for connections");
      if (child == 0) hold(pair, static_cast<std::uint16_t>(port + i), some);
      children_.push_back(child);
    }
  }
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  ~Processes() {
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }

 private:
  [[noreturn]] static void hold(Pair& pair, std::uint16_t at, std::size_t count) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      const IdleConnections connections(pair.lab.host("r1"), pair.n1.network(), address, at, count);
      pause();
    } catch (const std::exception& error) {
      fmt::print(stderr, "\n{}\n", error.what());
    }
    _exit(1);
  }

  std::vector<pid_t> children_;
};

void measure_cost(Pair& pair, std::size_t count) {
  const auto rest = std::chrono::seconds(60);
  fmt::print("\nat rest for {} s, default times\n\n{:<40}  {:>8}  {:>8}  {:>10}  {:>8}  {:>8}\n", rest.count(), "",
             "n1 %", "n2 %", "bytes/s", "n1 MB", "n2 MB");
  std::this_thread::sleep_for(10s);
  const Costs least = now(pair);
  std::this_thread::sleep_for(rest);
  print_cost("no connection", least, now(pair), least);
  const Processes connections(pair, count);
  require(pair, "n2 knows of all", 120s, [&] { return known(pair.n2) >= static_cast<double>(count); });
  const Costs telling = now(pair);
  print_cost("until n2 knows of all", least, telling, least);
  std::this_thread::sleep_for(rest);
  print_cost(fmt::format("{} connections", count), telling, now(pair), least);
  // As many as 100 a second come and go.
  const Costs quiet = now(pair);
  while (Clock::now() < quiet.n1.time + rest) {
    const IdleConnections some(pair.lab.host("r1"), pair.n1.network(), address, port + 100, 100);
    std::this_thread::sleep_for(900ms);
  }
  print_cost("the same, and 100 a second come and go", quiet, now(pair), least);
}

void measure(int rounds, std::size_t many) {
  Pair pair(Pair::Begin::stopped,
            pair_specification("",
                               "heartbeat 100ms; dead 300ms; probe 60ms; link-pulse 200ms; settle 300ms; "
                               "startup-wait 1s; retry 2s; fence 5s;"));
  start(pair.n1);
  start(pair.n2);
  require(pair, "everything at home", 20s,
          [&] { return pair.at_home() && Pair::shown(pair.n2, "n1.eth1", "flags").empty(); });
  fmt::print("{:<66}  {:>5}  {:>8}  {:>8}\n", fmt::format("{} rounds", rounds), "aim", "median", "worst");
  measure_local(pair, rounds);
  for (const std::size_t count : {std::size_t{1}, std::size_t{1000}, std::size_t{10'000}}) {
    measure_resets(pair, Loss::power, count, rounds);
    measure_resets(pair, Loss::cable, count, rounds);
    measure_peers(count, rounds);
  }
  if (many > 0) measure_cost(pair, many);
}

}  // namespace
}  // namespace cip::lab

int main(int count, char** arguments) {
  try {
    const int rounds = count > 1 ? std::max(1, std::atoi(arguments[1])) : 20;
    const int many = count > 2 ? std::atoi(arguments[2]) : 100'000;
    cip::lab::measure(rounds, static_cast<std::size_t>(std::max(0, many)));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "\n{}\n", error.what());
    return 1;
  }
}
