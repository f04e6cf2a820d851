// SIGKILL at any moment: whatever a daemon was about, the next one starts by itself, with a generation that is legal
// then, and the kernel has that generation and nothing else of ours. CIP_KILLS is how often (100).
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <random>
#include <set>
#include <sys/mman.h>
#include <sys/mount.h>

#include "state/tree.h"
#include "tests/kill_point.h"
#include "tests/lab/lab.h"
#include "tests/lab/pair.h"

using namespace cip::lab;
namespace fs = std::filesystem;

namespace {

int kills() {
  const char* chosen = std::getenv("CIP_KILLS");
  return chosen != nullptr ? std::max(1, std::atoi(chosen)) : 100;
}

LabPlan one_clim() {
  return {.lans = {"control", "blue"}, .clims = {{"n1", {{"eth0", "control"}, {"eth1", "blue"}}}}, .hosts = {}};
}

constexpr int generations = 3;

// They have nothing in common but the interface, and 0 has little.
std::string specification(int generation) {
  std::string text = fmt::format("address 10.1.{}.1/24;", generation);
  if (generation > 0) text += fmt::format("mtu {};", 1400 + generation);
  for (int i = 1; i <= 6 && generation > 0; ++i) {
    text += fmt::format(
        "address 10.1{0}.{1}.1/24; route 10.5{0}.{1}.0/24 via 10.1.{0}.254;"
        "neighbor 10.1.{0}.{1} at 02:00:00:00:0{0}:0{1};",
        generation, i);
  }
  return fmt::format(R"(edition 1;
cluster lab {{ {} }}
clim n1 {{
  control 192.168.100.1;
  maintenance eth0 {{ address 192.168.100.1/24; }}
  interface eth1 {{ {} }}
}}
)",
                     short_times, text);
}

// When to strike: at one of the system calls from now on, or after a time.
struct Strike {
  std::optional<long> call;
  std::chrono::microseconds after{0};
};

// A disk of its own in the place of a directory; in memory, so that syncing is fast.
class Disk {
 public:
  Disk(fs::path path, const char* size) : path_(std::move(path)) {
    REQUIRE(mount("tmpfs", path_.c_str(), "tmpfs", 0, size) == 0);
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk() { umount2(path_.c_str(), MNT_DETACH); }

 private:
  fs::path path_;
};

class Killed {
 public:
  explicit Killed(std::mt19937& random) : random_(random) {
    lab.install(specification(0));  // and the key
    for (int i = 0; i < generations; ++i) {
      n1.install(specification(i));
      fs::copy(n1.state_dir(), tree(i), fs::copy_options::recursive);
      names_.at(static_cast<std::size_t>(i)) = cip::read_clim_state(tree(i), cip::ClimName("n1"))->generation.str();
    }
    n1.network().ip({"link set dev eth1 up", "addr add 10.1.0.77/24 dev eth1", "addr add 10.7.0.77/24 dev eth1",
                     "route add 10.70.0.0/16 via 10.7.0.254 proto bird", "route add 10.71.0.0/16 via 10.7.0.254",
                     "neigh add 10.7.0.252 lladdr 02:00:00:00:00:fc dev eth1"});
    for (int i = generations - 1; i >= 0; --i) {
      n1.install_tree(tree(i));
      REQUIRE(n1.cipd({"--once"}).status == 0);
      expected_.at(static_cast<std::size_t>(i)) = kernel();
    }
    // Programs that are the real ones, behind the kill point.
    point_file_ = lab.dir() / "kill-point";
    std::ofstream(point_file_) << std::string(sizeof(cip::KillPoint), '\0');
    const Descriptor file(open(point_file_.c_str(), O_RDWR | O_CLOEXEC), "open");
    void* shared = mmap(nullptr, sizeof(cip::KillPoint), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    REQUIRE(shared != MAP_FAILED);
    point = new (shared) cip::KillPoint;
    fs::create_directory(lab.dir() / "traced");
    const fs::path script = lab.dir() / "traced/cipd";
    // Leaks cannot be looked for while it is traced.
    std::ofstream(script) << fmt::format("#!/bin/sh\nexport ASAN_OPTIONS=detect_leaks=0\nexec {} {} {} \"$@\"\n",
                                         LAB_KILL_POINT, point_file_.string(), (real_ / "cipd").string());
    fs::permissions(script, fs::perms::owner_all);
  }
  Killed(const Killed&) = delete;
  Killed& operator=(const Killed&) = delete;
  ~Killed() {
    end();
    use_real();
    munmap(point, sizeof *point);
  }

  fs::path tree(int generation) const { return lab.dir() / fmt::format("tree{}", generation); }
  fs::path data() const { return n1.data_dir(); }

  // All that the kernel has, in one order.
  std::string kernel() const {
    const Outcome outcome = run({"sh", "-c",
                                 "ip -4 -o addr show; ip -4 route show table all; ip neigh show nud permanent; ip -br "
                                 "link show eth1; cat /sys/class/net/eth1/mtu; ip -4 rule"},
                                {.where = &n1.network()});
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (std::size_t to = 0; (to = outcome.out.find('\n', from)) != std::string::npos; from = to + 1) {
      lines.push_back(outcome.out.substr(from, to - from));
    }
    std::sort(lines.begin(), lines.end());
    return fmt::format("{}", fmt::join(lines, "\n"));
  }
  // Which generation the kernel has, the whole of it and nothing of another; -1: none.
  int whole() const {
    const auto now = kernel();
    const auto found = std::find(expected_.begin(), expected_.end(), now);
    return found == expected_.end() ? -1 : static_cast<int>(found - expected_.begin());
  }
  bool shows_something_of(int generation) const {
    const auto list = n1.addresses("eth1");
    return std::any_of(list.begin(), list.end(), [&](const std::string& address) {
      return address == fmt::format("10.1.{}.1/24", generation) ||
             address.starts_with(fmt::format("10.1{}.", generation));
    });
  }

  int generation_in(const fs::path& dir) const {
    const auto text = cip::read_file(dir / "manifest.json");
    for (int i = 0; text && i < generations; ++i) {
      if (text->find(names_.at(static_cast<std::size_t>(i))) != std::string::npos) return i;
    }
    return -1;
  }
  // Which one the daemon says that it uses.
  int in_use(const std::string& log) const {
    const auto end = log.rfind(" is in use\n");
    if (end == std::string::npos) return -1;
    for (int i = 0; i < generations; ++i) {
      const auto& name = names_.at(static_cast<std::size_t>(i));
      if (log.compare(end - name.size(), name.size(), name) == 0) return i;
    }
    return -1;
  }

  // How far a strike by calls may go is learnt from what was seen.
  Strike any_strike(long& most_calls) {
    std::uniform_real_distribution<> one(0, 1);
    if (random_() % 2 == 0) return {.call = static_cast<long>(random_() % static_cast<unsigned long>(most_calls))};
    return {.call = {}, .after = std::chrono::microseconds(std::lround(10 * std::pow(10, one(random_) * 4)))};
  }

  void launch(const std::vector<std::string>& arguments, const Strike* strike, bool traced) {
    end();
    point->child = 0;
    point->calls = 0;
    point->kill_at = strike != nullptr && strike->call ? *strike->call : -1;
    setenv("CIP_PROGRAMS", (traced ? lab.dir() / "traced" : real_).c_str(), 1);
    n1.launch(arguments);
    use_real();
  }
  void end() {
    // What is traced goes first: it would go a little later than its tracer.
    if (const int pid = point != nullptr ? point->child.load() : 0; pid > 0 && n1.running()) {
      kill(pid, SIGKILL);
      n1.daemon().wait(20s);
    }
    n1.kill();
  }
  // Waits for its moment, or for the end of what is done meanwhile, and then kills.
  template <class Ended>
  void wait_and_kill(const Strike& strike, Ended&& ended) {
    if (strike.call) {
      wait_until(20s, [&] { return !n1.running() || ended(); });
    } else {
      std::this_thread::sleep_for(strike.after);
    }
    end();
    check_files();
  }

  // Starts it and looks at what comes up. Returns the generation.
  int start_and_check(bool watch, bool traced) {
    const auto said_before = n1.log().size();
    // Now and then the tree it was given is gone: its own copy must do.
    const bool hidden = hides && random_() % 6 == 0;
    if (hidden) {
      fs::remove_all(n1.state_dir());
      if (kept) legal = {*kept};
    }
    kept.reset();
    launch(watch ? std::vector<std::string>{} : std::vector<std::string>{"--no-watch"}, nullptr, traced);
    INFO(history);
    if (!n1.wait_ready()) FAIL("it does not start by itself: " << n1.log().substr(said_before));
    int now = -1;
    const bool came = wait_until(10s, [&] {
      now = in_use(n1.log().substr(said_before));
      return now >= 0 && whole() == now;
    });
    if (!came || legal.count(now) == 0) {
      FAIL("after" << history << "\ngeneration " << now << ", legal are " << fmt::format("{}", fmt::join(legal, " "))
                   << "; the kernel has\n"
                   << kernel() << "\n\n"
                   << lab.report());
    }
    if (hidden) n1.install_tree(tree(now));
    if (hides) CHECK(wait_until(5s, [&] { return generation_in(data() / "tree") == now; }));
    for (const auto* word : {"damaged", "not JSON", "terminate", "cut off", "half copied"}) {
      CHECK(n1.log().substr(said_before).find(word) == std::string::npos);
    }
    history += fmt::format("; started{}{}: {}", watch ? "" : " without watching", hidden ? " without a tree" : "", now);
    legal = {now};
    return now;
  }

  // Litter is bounded: the one file or tree that was being written.
  void check_files() const {
    const std::set<std::string> known{"lock",   "tree",    "unproven.json", ".tree.new", ".unproven.json.new",
                                      "filler", "records", "mirrors"};
    for (const auto& entry : fs::directory_iterator(data())) {
      INFO(history);
      CHECK(known.count(entry.path().filename()) == 1);
    }
    const std::set<std::string> running{"ledger.json", "ledger.json.new", "cipd.sock"};
    for (const auto& entry : fs::directory_iterator(n1.dir() / "run")) {
      INFO(history);
      CHECK(running.count(entry.path().filename()) == 1);
    }
  }

  int another_than(int generation) const {
    return (generation + 1 + static_cast<int>(random_() % (generations - 1))) % generations;
  }
  std::vector<std::string> ctl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {real_ / "cipctl", "--runtime-dir", n1.dir() / "run"});
    return arguments;
  }

  // A command whose daemon is killed meanwhile. Whether it was told that it is done.
  bool struck(const std::vector<std::string>& arguments, const Strike& strike) {
    const long begin = point->calls;
    point->kill_at = strike.call ? begin + *strike.call : -1;
    Process command(ctl(arguments));
    wait_and_kill(strike, [&] { return !command.running(); });
    const bool done = command.wait(20s) == 0;
    if (done) most_calls_of_command = std::max(most_calls_of_command, point->calls - begin);
    history += fmt::format("; {} {}{}", fmt::join(arguments, " "), strike_text(strike), done ? " (done)" : "");
    struck_in_the_middle += done ? 0 : 1;
    return done;
  }
  static std::string strike_text(const Strike& strike) {
    return strike.call ? fmt::format("killed at call {}", *strike.call)
                       : fmt::format("killed after {} us", strike.after.count());
  }

  void done_in_peace(const std::vector<std::string>& arguments) {
    const Outcome outcome = run(ctl(arguments));
    INFO(history);
    CAPTURE(outcome.out, outcome.err);
    REQUIRE(outcome.status == 0);
  }

  // What may come up after a kill in the middle of it, or after it was said to be done.
  void reload(int now, const Strike& strike) {
    const int next = another_than(now);
    n1.install_tree(tree(next));
    history += fmt::format("; tree {}", next);
    const bool done = struck({"reload"}, strike);
    legal = done ? std::set{next} : std::set{now, next};
  }
  void trial(int now, const Strike& strike) {
    const int next = another_than(now);
    n1.install_tree(tree(next));
    history += fmt::format("; tree {}", next);
    const bool done = struck({"reload", "--confirm-within", "60s"}, strike);
    // Before anything of it is in the kernel it is written down that it must not be used.
    legal = done || shows_something_of(next) ? std::set{now} : std::set{now, next};
  }
  void confirmation(int now, const Strike& strike) {
    const int next = another_than(now);
    n1.install_tree(tree(next));
    done_in_peace({"reload", "--confirm-within", "60s"});
    history += fmt::format("; tree {} on trial", next);
    const bool done = struck({"confirm"}, strike);
    legal = done ? std::set{next} : std::set{now, next};
  }
  void going_back(int now, const Strike& strike, bool was_on_trial) {
    const int next = another_than(now);
    n1.install_tree(tree(next));
    done_in_peace(was_on_trial ? std::vector<std::string>{"reload", "--confirm-within", "60s"}
                               : std::vector<std::string>{"reload"});
    history += fmt::format("; tree {}{}", next, was_on_trial ? " on trial" : "");
    const bool done = struck({"rollback"}, strike);
    legal = done || was_on_trial ? std::set{now} : std::set{now, next};
  }
  void once(int now, const Strike& strike) {
    const int next = another_than(now);
    end();
    n1.install_tree(tree(next));
    launch({"--once"}, &strike, strike.call.has_value());
    wait_and_kill(strike, [] { return false; });
    history += fmt::format("; tree {}; --once {}", next, strike_text(strike));
    legal = {next};
    kept = now;
    // It knows of no trials: what may not stay comes back with the daemon.
    if (fs::exists(data() / "unproven.json")) legal.insert(now);
  }
  void start(const Strike& strike) {
    end();
    launch({}, &strike, strike.call.has_value());
    wait_and_kill(strike, [this] { return n1.wait_ready(20s); });
    history += "; start " + strike_text(strike);
  }

  // What led to the last kill stays.
  void forget_history() {
    const auto last = history.rfind("; started");
    if (last != std::string::npos) history.erase(0, last);
  }

  // At the end: nothing of ours is left over, nowhere.
  void finish() {
    end();
    start_and_check(false, false);
    for (const int last : {2, 0, 1, 0}) {
      n1.install_tree(tree(last));
      done_in_peace({"reload"});
      CHECK(whole() == last);
    }
    CHECK(n1.stop() == 0);
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(data())) names.insert(entry.path().filename());
    CHECK(names == std::set<std::string>{"lock", "tree"});
  }

  Lab lab{one_clim()};
  Clim& n1 = lab.clim("n1");
  cip::KillPoint* point = nullptr;
  std::set<int> legal{0};
  std::string history;
  std::optional<int> kept;  // what comes back without a tree, if it is none of these
  bool hides = false;       // trees; with a disk that has room for the copy
  long most_calls_of_command = 40;
  int struck_in_the_middle = 0;

 private:
  void use_real() { setenv("CIP_PROGRAMS", real_.c_str(), 1); }

  std::mt19937& random_;
  fs::path real_ = programs();
  fs::path point_file_;
  std::array<std::string, generations> expected_;
  std::array<std::string, generations> names_;  // their digests
};

}  // namespace

TEST_CASE("a daemon that is killed at any time comes back with a generation that is legal, whole", "[lab][kill]") {
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device()();  // again: --rng-seed
  CAPTURE(seed);
  std::mt19937 random(seed);
  Killed killed(random);
  const Disk disk(killed.data(), "size=16m");
  killed.start_and_check(false, false);  // from here on it has a copy of its own
  killed.hides = true;
  long calls_of_start = 80;
  for (int round = 0; round < kills(); ++round) {
    CAPTURE(round);
    killed.forget_history();
    const Strike strike = killed.any_strike(killed.most_calls_of_command);
    const int now = killed.start_and_check(random() % 2 == 0, strike.call.has_value());
    switch (random() % 8) {
      case 0:
        killed.start(killed.any_strike(calls_of_start));
        calls_of_start = std::max(calls_of_start, killed.point->calls.load());
        break;
      case 1:
        killed.once(now, killed.any_strike(calls_of_start));
        break;
      case 2:
      case 3:
        killed.reload(now, strike);
        break;
      case 4:
        killed.trial(now, strike);
        break;
      case 5:
        killed.confirmation(now, strike);
        break;
      default:
        killed.going_back(now, strike, random() % 2 == 0);
    }
  }
  CHECK(killed.struck_in_the_middle > 0);
  killed.finish();
}

TEST_CASE("a daemon that is killed while its disk is full comes back, too", "[lab][kill]") {
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Killed killed(random);
  const Disk disk(killed.data(), "size=64k");
  for (int round = 0; round < std::max(10, kills() / 5); ++round) {
    CAPTURE(round);
    killed.forget_history();
    const Strike strike = killed.any_strike(killed.most_calls_of_command);
    const int now = killed.start_and_check(random() % 2 == 0, strike.call.has_value());
    // From a page that is left to all that is needed.
    const auto filler = killed.data() / "filler";
    fs::remove(filler);
    {
      std::ofstream file(filler);
      while (file << std::string(4096, 'x') << std::flush) {
      }
    }
    const auto size = fs::file_size(filler);
    fs::resize_file(filler, size - std::min<std::uintmax_t>(size, static_cast<std::uintmax_t>(round % 10) * 4096U));
    if (random() % 3 == 0) {
      killed.trial(now, strike);
    } else {
      killed.reload(now, strike);
    }
  }
  fs::remove(killed.data() / "filler");
  killed.finish();
}
