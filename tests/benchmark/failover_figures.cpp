// How long a remote host is without service, in milliseconds, for each way in which resources move, and how many
// machines had an address at once: CIP, and keepalived beside it in the same run. Median and worst of some rounds (20,
// or the first argument); the second argument is a part of the name of those settings that are measured. Prints a
// table; never a pass or fail on a time, but it fails if something does not move at all. Build it with the release
// preset. keepalived is Debian's package of that name; without it its columns say so.
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

#include "tests/benchmark/keepalived.h"
#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"

namespace cip::lab {
namespace {

struct Setting {
  std::string name;
  std::string cip;         // times of a specification
  std::string keepalived;  // statements of a vrrp_instance
  bool thousands = false;  // 1,000 addresses and routes more than those of the pair

  std::vector<std::string> addresses() const {
    std::vector<std::string> result;
    for (int i = 0; thousands && i < 1000; ++i)
      result.push_back(fmt::format("10.1.{}.{}/24", 16 + i / 200, 1 + i % 200));
    return result;
  }
  std::vector<std::string> routes() const {
    std::vector<std::string> result;
    for (int i = 0; thousands && i < 1000; ++i) {
      result.push_back(fmt::format("172.{}.{}.0/24 via 10.1.0.254", 16 + i / 250, i % 250));
    }
    return result;
  }
  // Those that are pinged: with thousands the first and the last of them, whatever the order in which they arrive.
  std::vector<std::string> pinged() const {
    std::vector<std::string> result{"10.1.0.1"};
    for (const auto& each : addresses()) result.push_back(each.substr(0, each.find('/')));
    if (result.size() > 3) result.erase(result.begin() + 2, result.end() - 1);
    return result;
  }
};

// What is measured, in a lab of its own. Everything is on n1 in the beginning.
class Software {
 public:
  Software() = default;
  Software(const Software&) = delete;
  Software& operator=(const Software&) = delete;
  virtual ~Software() = default;

  virtual Lab& lab() = 0;
  virtual void leave() = 0;  // a person moves what n1.eth1 has to the other machine
  virtual void kill() = 0;   // SIGKILL of the daemon of n1
  virtual void start() = 0;  // the daemon of n1
  virtual void go_home() = 0;

  void require(const std::string& what, const std::function<bool()>& condition) {
    if (!wait_until(20s, condition)) throw std::runtime_error("did not happen: " + what + "\n" + lab().report());
  }
  bool serves(const std::string& port) {
    const auto holders = lab().owners().holders("10.1.0.1");
    return std::find(holders.begin(), holders.end(), port) != holders.end();
  }
};

class Cip : public Software {
 public:
  explicit Cip(const Setting& setting) : pair_(Pair::Begin::serving, specification(setting)) {}

  Lab& lab() override { return pair_.lab; }
  void leave() override {
    require("switch failover", [&] { return pair_.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0; });
  }
  void kill() override { pair_.n1.kill(); }
  void start() override { pair_.n1.start(); }
  void go_home() override {
    require("n1 ready", [&] {
      const auto state = Pair::shown(pair_.n1, "n1.eth1", "state");
      return (state == "RDY" || state == "UP") && Pair::shown(pair_.n1, "n1.eth2", "state") != "DOWN";
    });
    require("switch restore", [&] { return pair_.n1.ctl({"switch", "restore", "n1", "--yes"}).status == 0; });
    require("everything at home", [&] {
      return pair_.at_home() && Pair::shown(pair_.n2, "n1.eth1", "flags").empty() &&
             Pair::shown(pair_.n1, "n1.eth1", "flags").empty();
    });
  }

 private:
  static std::string specification(const Setting& setting) {
    std::string more;
    for (const auto& each : setting.addresses()) more += "address " + each + ";";
    for (const auto& each : setting.routes()) more += "route " + each + ";";
    // The times between the rounds are short.
    return pair_specification(more, setting.cip + " settle 300ms; startup-wait 1s; retry 2s; fence 5s;");
  }

  Pair pair_;
};

// With the addresses and routes that n1 has in pair_specification.
class WithKeepalived : public Software {
 public:
  // Of two such priorities neither adds a noticeable part of the advert's interval to its time (RFC 5798, Skew_Time).
  explicit WithKeepalived(const Setting& setting)
      : n1_(lab_.clim("n1"), 254, instances(setting, 11), setting.keepalived),
        n2_(lab_.clim("n2"), 253, instances(setting, 12), setting.keepalived) {
    n1_.start();
    require("n1 serving", [&] { return at_home(); });
    n2_.start();
  }

  Lab& lab() override { return lab_; }
  void leave() override { n1_.stop(); }
  void kill() override { n1_.kill(); }
  void start() override { n1_.start(); }
  // It has no command for that: n2 is stopped, and then started again.
  void go_home() override {
    n1_.start();
    n2_.stop();
    require("everything at home", [&] { return at_home(); });
    n2_.start();
  }

 private:
  static std::vector<KeepalivedInstance> instances(const Setting& setting, int host) {
    std::vector<KeepalivedInstance> result{{"eth1",
                                            fmt::format("10.1.0.{}/24", host),
                                            {"10.1.0.1/24", "2001:db8:1::1/64"},
                                            {"10.91.0.0/16 via 10.1.0.254"}},
                                           {"eth2",
                                            fmt::format("10.2.0.{}/24", host),
                                            {"10.2.0.1/24", "2001:db8:2::1/64"},
                                            {"10.94.0.0/16 via 10.2.0.254"}}};
    for (auto& each : setting.addresses()) result[0].addresses.push_back(std::move(each));
    for (auto& each : setting.routes()) result[0].routes.push_back(std::move(each));
    return result;
  }
  bool at_home() const { return lab_.holder("10.1.0.1") == "n1.eth1" && lab_.holder("10.2.0.1") == "n1.eth2"; }

  Lab lab_;
  Keepalived n1_;
  Keepalived n2_;
};

// The rounds of one event.
struct Series {
  std::vector<long> gaps;
  std::vector<long> back;  // after the event, when they had ended
  Duration overlap{0};     // two machines had an address, at most for this time

  // How long the slowest of the addresses did not answer after `event`, until `done` and they answer again.
  void measure(Software& software, const Setting& setting, const std::function<void()>& event,
               const std::function<bool()>& done) {
    std::vector<std::unique_ptr<Pinger>> pingers;
    for (const auto& each : setting.pinged()) {
      pingers.push_back(std::make_unique<Pinger>(software.lab().host("r1"), each, 1ms));
    }
    const auto all_answer = [&] {
      return std::all_of(pingers.begin(), pingers.end(), [](const auto& pinger) { return pinger->answered(100ms); });
    };
    software.require("answers before", all_answer);
    // When the first advert of the new owner has been heard, and each round at another time after it.
    std::this_thread::sleep_for(Duration(1000 + gaps.size() * 382 % 1000));
    const Time begin = Clock::now();
    event();
    software.require("the move", done);
    software.require("answers after", all_answer);
    PingReport slowest;
    for (const auto& pinger : pingers) {
      const auto report = pinger->report(begin);
      if (report.longest_gap > slowest.longest_gap) slowest = report;
    }
    gaps.push_back(slowest.longest_gap.count());
    back.push_back(milliseconds_between(begin, slowest.gap_from).count() + gaps.back());
    if (const auto found = software.lab().owners().worst_overlap(begin)) overlap = std::max(overlap, found->length);
  }

  std::string text() {
    std::sort(gaps.begin(), gaps.end());
    return fmt::format("{:>6}  {:>6}  {:<14}", gaps[gaps.size() / 2], gaps.back(),
                       overlap == 0ms ? "1" : fmt::format("2 for {}", overlap.count()));
  }
};

using Rows = std::array<Series, 3>;

Rows moved(Software& software, const Setting& setting, int rounds) {
  auto& lab = software.lab();
  lab.host("r1").ip({"route add 10.1.16.0/20 dev eth0"});
  const auto away = [&] { return software.serves("n2.eth1"); };
  Rows rows;
  for (int round = 0; round < rounds; ++round) {
    rows[0].measure(
        software, setting, [&] { lab.set_cable("n1.eth1", Cable::unplugged); }, away);
    lab.set_cable("n1.eth1", Cable::connected);
    software.go_home();
    rows[1].measure(
        software, setting,
        [&] {
          lab.crash("n1");
          software.kill();
        },
        away);
    lab.boot("n1");
    software.start();
    software.go_home();
    rows[2].measure(
        software, setting, [&] { software.leave(); }, away);
    software.go_home();
  }
  return rows;
}

// SIGKILL of the daemon alone: the kernel still has the addresses. CIP's fence is 5 s.
Rows killed(Software& software, const Setting& setting, int rounds) {
  Rows rows;
  for (int round = 0; round < rounds; ++round) {
    rows[0].measure(
        software, setting,
        [&] {
          software.kill();
          std::this_thread::sleep_for(2500ms);
          software.start();
        },
        [&] { return software.serves("n1.eth1") != software.serves("n2.eth1"); });
    software.go_home();
    rows[1].measure(
        software, setting, [&] { software.kill(); },
        [&] {
          const bool taken = software.serves("n2.eth1");
          if (taken) std::this_thread::sleep_for(3s);  // whether the other one ends by itself
          return taken;
        });
    software.start();
    software.go_home();
  }
  rows[2] = {rows[1].back, {}, rows[1].overlap};
  return rows;
}

class Table {
 public:
  Table(int rounds, std::string only) : rounds_(rounds), only_(std::move(only)), keepalived_(Keepalived::installed()) {
    fmt::print(
        "milliseconds without service, as a remote host sees it (a ping each ms), {} rounds; owners: of an address at\n"
        "once, and the longest time of two\n\n",
        rounds);
    line("", "", "CIP", "keepalived");
    const auto columns = fmt::format("{:>6}  {:>6}  {:<14}", "median", "worst", "owners");
    line("what happens", "aim", columns, columns);
  }

  struct Row {
    std::string what;
    std::string aim;
  };
  void add(const std::vector<Row>& names, const Setting& setting, Rows (*rounds)(Software&, const Setting&, int)) {
    if (setting.name.find(only_) == std::string::npos) return;
    fmt::print(stderr, "{}: CIP\n", setting.name);
    Rows ours = [&] {
      Cip cip(setting);
      return rounds(cip, setting, rounds_);
    }();
    Rows theirs;
    if (keepalived_) {
      fmt::print(stderr, "{}: keepalived\n", setting.name);
      WithKeepalived keepalived(setting);
      theirs = rounds(keepalived, setting, rounds_);
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      line(names[i].what + ", " + setting.name, names[i].aim, ours[i].text(),
           keepalived_ ? theirs[i].text() : "not installed: apt-get install keepalived");
    }
  }

 private:
  static void line(const std::string& what, const std::string& aim, const std::string& ours,
                   const std::string& theirs) {
    fmt::print("{:<74}  {:>4}  | {:<30}  | {}\n", what, aim, ours, theirs);
    std::fflush(stdout);
  }

  int rounds_;
  std::string only_;
  bool keepalived_;
};

void measure(int rounds, const std::string& only) {
  // keepalived's defaults are adverts each second, and a master is dead after three. Its shortest are 10 ms (VRRP has
  // no smaller unit) and, against the RFC, one that is missing.
  const std::string usual = "heartbeat 100ms; dead 300ms; probe 60ms; link-pulse 200ms;";
  const std::string shortest = "heartbeat 10ms; dead 30ms; probe 10ms; link-pulse 0ms;";
  const std::string slow = "advert_int 1";
  const std::string fast = "advert_int 0.01\n  down_timer_adverts 1";
  Table table(rounds, only);
  const auto moves = [](const char* cut, const char* gone, const char* leave) {
    return std::vector<Table::Row>{
        {"a cable is cut", cut}, {"a machine is gone", gone}, {"an operator moves it (orderly stop)", leave}};
  };
  table.add(moves("210", "320", "8"), {"default times", usual, slow}, moved);
  table.add(moves("250", "360", "48"), {"default times, 1,000 of each", usual, slow, true}, moved);
  table.add(moves("12", "40", "8"), {"shortest times", shortest, fast}, moved);
  // The addresses answer until their lifetime ends; the aim is for all of it, from the kill on.
  const std::vector<Table::Row> kills{{"the daemon is killed, and is back after 2.5 s", "0"},
                                      {"the daemon is killed, and stays away", "-"},
                                      {"the same, from the kill until it answers again", "5500"}};
  table.add(kills, {"fence 5 s", usual, slow}, killed);
  table.add(kills, {"fence 5 s, shortest times", shortest, fast}, killed);
}

}  // namespace
}  // namespace cip::lab

int main(int count, char** arguments) {
  try {
    cip::lab::measure(count > 1 ? std::max(1, std::atoi(arguments[1])) : 20, count > 2 ? arguments[2] : "");
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "\n{}\n", error.what());
    return 1;
  }
}
