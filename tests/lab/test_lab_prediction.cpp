// What `cipc whatif` says is what the kernels hold: for each specification and each single failure, the real programs
// run, the failure happens, and all that the CLIMs which are left hold is compared with the prediction, object by
// object and in both directions.
//
// What this machine's kernel lacks runs in User-Mode Linux (tests/uml), as the same program. There is no cipc there:
// $CIP_TREES is a directory in which `test_lab_prediction [.prepare]` has put trees and predictions before.
//
// CIP_PREDICTION=NAME runs only that specification (`site`); what a failure prints has the name of what failed.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <list>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <sys/file.h>
#include <thread>
#include <vector>

#include "state/file.h"
#include "tests/lab/compiled.h"
#include "tests/lab/holdings.h"
#include "tests/lab/lab.h"
#include "tests/unit/state/temporary_directory.h"

using namespace cip::lab;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Specification {
  std::string file;
  std::set<std::string> clims{};  // that are in the lab; none: all
  std::string name() const { return fs::path(file).stem(); }
};

// Every example, and what they do not show. Of the site's 32 pairs, which have one template, the lab has one.
const std::vector<Specification> specifications{
    {"examples/pair/pair.cip"},
    {"examples/edge/edge.cip"},
    {"examples/migration/migration.cip"},
    {"examples/site/site.cip", {"c63", "c64"}},
    {"tests/lab/specifications/spread.cip"},
    {"tests/lab/specifications/made.cip"},
};

// Times of a lab are shorter than those of the specification, or longer: User-Mode Linux has one slow processor.
struct Pace {
  std::string times;
  Duration notice;       // a link that has failed has been given up, and a failure that moves anything has begun to
  Duration notice_peer;  // the same of a failure that silences a CLIM
  Duration quiet;        // and then nothing happens any more
  Duration look;         // how often is asked
  Duration patience;
  unsigned at_a_time;
  unsigned failures_of_a_lab;
};
const Pace usual{
    .times =
        "heartbeat 50ms; dead 300ms; probe 60ms; link-pulse 100ms; settle 150ms; startup-wait 500ms; retry 1s; "
        "fence 5s;",
    .notice = 300ms,
    .notice_peer = 700ms,
    .quiet = 200ms,
    .look = 50ms,
    .patience = 30s,
    .at_a_time = 8,
    .failures_of_a_lab = 4};
const Pace slow{
    .times =
        "heartbeat 500ms; dead 4s; probe 500ms; link-pulse 500ms; settle 300ms; startup-wait 20s; retry 3s; "
        "fence 15s;",
    .notice = 1200ms,
    .notice_peer = 5s,
    .quiet = 500ms,
    .look = 500ms,
    .patience = 60s,
    .at_a_time = 4,
    .failures_of_a_lab = 12};

bool in_user_mode_linux() {
  return std::getenv("CIP_TREES") != nullptr;
}
const Pace& pace() {
  return in_user_mode_linux() ? slow : usual;
}

// ---------------------------------------------------------------------------------------------------------------------
// Trees and predictions

std::string read(const fs::path& path) {
  auto text = cip::read_file(path);
  if (!text) throw std::runtime_error(text.error().message);
  return std::move(*text);
}

// The specification with the times of the lab, and without IPsec, which needs an IKE daemon (test_lab_ipsec.cpp). All
// else stays.
std::string adapted(std::string text) {
  text = std::regex_replace(text, std::regex("\nipsec [^{]*\\{[^}]*\\}"), "");
  text = std::regex_replace(text, std::regex("use times\\.standard\\(\"(\\w+)\"\\);"), "cluster $1 { }");
  if (!std::regex_search(text, std::regex("\ncluster \\w+ \\{"))) text += "cluster lab { }\n";
  return std::regex_replace(text, std::regex("\n(cluster \\w+ \\{)[^}]*"), "\n$1 " + pace().times + " ");
}

class Answers {
 public:
  // Below `dir`, which may have the answers already.
  Answers(const fs::path& dir, Specification specification)
      : dir_(dir / specification.name()), specification_(std::move(specification)) {}

  void prepare() const {
    fs::create_directories(dir_ / "source");
    for (const auto& entry : fs::directory_iterator(fs::path(specification_.file).parent_path())) {
      if (entry.path().extension() == ".cip") fs::copy_file(entry.path(), dir_ / "source" / entry.path().filename());
    }
    std::ofstream(source()) << adapted(read(specification_.file));
    ask({"build", source(), "-o", tree()});
  }
  fs::path tree() const { return dir_ / "tree"; }
  Compiled compiled() const { return Compiled(tree(), specification_.clims); }

  json whatif(const std::string& failure) const {
    const auto path = dir_ / (failure + ".json");
    if (!fs::exists(path)) {
      const auto answer = ask({"whatif", source(), "--fail", failure, "--format", "json"});
      std::ofstream(path) << answer;
    }
    return json::parse(read(path));
  }

 private:
  fs::path source() const { return dir_ / "source" / fs::path(specification_.file).filename(); }
  static std::string ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), programs() / "cipc");
    const Outcome outcome = run(arguments);
    if (outcome.status != 0) throw std::runtime_error(outcome.err);
    return outcome.out;
  }

  fs::path dir_;
  Specification specification_;
};

// Whether the kernel of this machine lacks something of it.
bool needs_user_mode_linux(const Compiled& compiled) {
  for (const auto& clim : compiled.clims()) {
    for (const auto& [unused, file] : clim.home) {
      if (file.interface->bond || file.interface->vlan || !file.interface->tunnels.empty()) return true;
    }
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// A lab in which failures happen, one after the other

class Stage {
 public:
  explicit Stage(const Answers& answers) : answers_(answers), compiled_(answers.compiled()), lab_(compiled_.plan()) {
    // Daemons that start ask all LANs all the time: where there is one slow processor, those of one lab at a time.
    std::optional<Descriptor> lock;
    if (in_user_mode_linux()) {
      lock.emplace(open("/tmp/cip-prediction.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "lock");
      flock(lock->get(), LOCK_EX);
    }
    lab_.install_tree(answers.tree());
    lab_.start();
    for (const auto& question : compiled_.questions()) {
      const std::vector<std::string> command{"ping", "-q", "-n", question.address};
      talk_.emplace_back(command, Surroundings{.where = &lab_.host(question.host)});
    }
    std::string different = why_not_home();
    for (const Time limit = Clock::now() + pace().patience; different.empty() && !is_at_home();) {
      if (Clock::now() > limit) different = "not everything can fail over\n" + report();
      std::this_thread::sleep_for(pace().look);
    }
    if (!different.empty()) throw std::runtime_error("not at home at the start:\n" + different);
  }

  // What is not at home, or left over; empty: nothing.
  std::string why_not_home() {
    const auto different = wait_for(at_home(compiled_));
    return different.empty() ? "" : different + report();
  }

  // What was not as predicted; empty: nothing.
  std::string rehearse(const std::string& failure) {
    const auto whatif = answers_.whatif(failure);
    fail(failure);
    std::this_thread::sleep_for(silences(failure) ? pace().notice_peer : pace().notice);
    if (const auto different = wait_for(predicted(compiled_, whatif)); !different.empty()) {
      return fmt::format("{} fails:\n{}{}", failure, different, report());
    }
    repair(failure);
    come_home(failure);
    return "";
  }

 private:
  bool is_clim(const std::string& name) const { return name.find('.') == std::string::npos; }
  bool silences(const std::string& name) const {
    const auto* home = compiled_.find(name);
    return is_clim(name) || (home != nullptr && home->kind == cip::InterfaceKind::maintenance);
  }
  Clim& clim_of(const std::string& name) { return lab_.clim(name.substr(0, name.find('.'))); }

  // What fails of an interface is its link. A VLAN alone fails when somebody takes it down, and takes it down again;
  // loopbacks and tunnels have no link that could fail without their CLIM: they are taken down once, and come back.
  void fail(const std::string& name) {
    if (is_clim(name)) return lab_.crash(name);
    const auto* home = compiled_.find(name);
    const auto ports = compiled_.ports(name);
    if (ports.empty() || (home != nullptr && home->vlan)) {
      const std::string take_down = "ip link set dev " + name.substr(name.find('.') + 1) + " down";
      const auto& network = clim_of(name).network();
      if (ports.empty()) {
        run({"sh", "-c", take_down}, {.where = &network});
      } else {
        enemy_.emplace(std::vector<std::string>{"sh", "-c", "while " + take_down + "; do sleep 0.1; done"},
                       Surroundings{.where = &network});
      }
      return;
    }
    for (const auto& port : ports) lab_.set_cable(port, Cable::unplugged);
  }
  void repair(const std::string& name) {
    if (is_clim(name)) {
      lab_.boot(name);
      return lab_.clim(name).start();
    }
    if (enemy_) {
      enemy_.reset();
      clim_of(name).ctl({"resume"});
      return;
    }
    for (const auto& port : compiled_.ports(name)) lab_.set_cable(port, Cable::connected);
  }

  Holdings now() {
    Holdings result;
    for (const auto& state : compiled_.clims()) {
      Clim& clim = lab_.clim(state.clim.name.str());
      if (clim.powered()) result[clim.name()] = held(compiled_, clim);
    }
    return result;
  }
  // Until nothing moves any more and all is as wanted; else what is different.
  std::string wait_for(const Holdings& wanted) {
    std::string different;
    const Time limit = Clock::now() + pace().patience;
    do {
      if (!different.empty()) std::this_thread::sleep_for(pace().look);
      while (!has_addresses(wanted) && Clock::now() < limit) std::this_thread::sleep_for(pace().look);
      const Time since = Clock::now();
      std::this_thread::sleep_for(pace().quiet);
      different = difference(wanted, now());
      if (lab_.owners().changes(since) != 0) different += "addresses still move\n";
    } while (!different.empty() && Clock::now() < limit);
    return different;
  }
  // The first thing to look at, as it costs nothing. Of loopbacks and link-local addresses the watcher knows nothing.
  bool has_addresses(const Holdings& wanted) {
    for (const auto& [clim, lines] : wanted) {
      for (const auto& line : lines) {
        static const std::regex shape("(.*): address (.*)/[0-9]+");
        std::smatch part;
        if (!std::regex_match(line, part, shape) || part[1] == "lo" || part[2].str().starts_with("fe80:")) continue;
        const auto holders = lab_.owners().holders(part[2]);
        if (std::find(holders.begin(), holders.end(), clim + "." + part[1].str()) == holders.end()) return false;
      }
    }
    return true;
  }

  // With the operator's help, as nothing goes home by itself (F4). What is left over is seen when the prediction of the
  // next failure is compared, or at the end.
  void come_home(const std::string& after) {
    Clim& clim = clim_of(after);
    const auto home = at_home(compiled_);
    for (const Time limit = Clock::now() + pace().patience; !has_addresses(home) || !is_at_home();) {
      if (Clock::now() > limit) throw std::runtime_error("not at home after " + after + ":\n" + report());
      clim.ctl({"switch", "restore", clim.name(), "--yes"});
      std::this_thread::sleep_for(pace().look);
    }
  }
  // Each home interface is at home and served, and nothing stands in the way of its next failover.
  bool is_at_home() {
    for (const auto& state : compiled_.clims()) {
      const auto outcome = lab_.clim(state.clim.name.str()).ctl({"status", "--format", "json"});
      if (outcome.status != 0) return false;
      const auto answer = json::parse(outcome.out);
      for (const auto& row : answer.at("interfaces")) {
        const auto shown = row.value("state", "");
        if (row.value("location", "") != row.value("home", "") || (shown != "UP" && shown != "RDY") ||
            row.value("flags", "").find('X') != std::string::npos) {
          return false;
        }
      }
    }
    return true;
  }
  std::string report() {
    std::string text;
    for (const auto& state : compiled_.clims()) {
      Clim& clim = lab_.clim(state.clim.name.str());
      if (clim.powered()) text += clim.name() + ":\n" + clim.ctl({"status"}).out + clim.ctl({"plan"}).out;
    }
    return text + lab_.report();
  }

  const Answers& answers_;
  Compiled compiled_;
  Lab lab_;
  std::list<Process> talk_;
  std::optional<Process> enemy_;
};

const char* chosen(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

}  // namespace

TEST_CASE("the trees and predictions for User-Mode Linux", "[.prepare]") {
  REQUIRE(in_user_mode_linux());
  const fs::path dir = chosen("CIP_TREES");
  fs::remove_all(dir);
  for (const auto& specification : specifications) {
    const Answers answers(dir, specification);
    answers.prepare();
    if (!needs_user_mode_linux(answers.compiled())) continue;
    for (const auto& failure : answers.compiled().failures()) answers.whatif(failure);
  }
}

TEST_CASE("what is missing, different or left over in a kernel is seen", "[lab][prediction]") {
  if (in_user_mode_linux()) return;
  const cip::TemporaryDirectory scratch;
  const Answers answers(scratch.path(), {"examples/pair/pair.cip"});
  answers.prepare();
  const auto compiled = answers.compiled();
  Lab lab(compiled.plan());
  const Clim& n2 = lab.clim("n2");
  const auto wanted = predicted(compiled, answers.whatif("n1"));
  CHECK_FALSE(wanted.contains("n1"));
  const auto different = [&] { return difference(wanted, {{"n2", held(compiled, n2)}}); };
  // As cipd would, but for the second address.
  n2.network().ip({"link set eth0 up", "link set eth1 up", "link set eth2 up", "addr add 192.168.100.2/24 dev eth0",
                   "addr add 10.1.0.1/24 dev eth1", "addr add 2001:db8:1::1/64 dev eth1 nodad",
                   "addr add 2001:db8:1::2/64 dev eth1 nodad", "addr add 10.2.0.1/24 dev eth2",
                   "addr add 2001:db8:2::1/64 dev eth2 nodad", "route add default via 10.1.0.254 dev eth1 proto 153",
                   "route add 2001:db8:9::/48 via 2001:db8:1::fe dev eth1 proto 153",
                   "route add 10.20.0.0/16 via 10.2.0.254 dev eth2 metric 20 proto 153",
                   "neigh add 10.1.0.253 lladdr 02:00:00:00:00:fd dev eth1 nud permanent"});
  CHECK(different() == "n2 lacks: eth1: address 10.1.0.2/24\n");
  n2.network().ip({"addr add 10.1.0.2/24 dev eth1"});
  CHECK(different().empty());
  for (const auto& [change, seen, undo] : std::vector<std::array<std::string, 3>>{
           {"addr add 10.9.0.1/24 dev eth2", "n2 still has: eth2: address 10.9.0.1/24\n",
            "addr del 10.9.0.1/24 dev eth2"},
           {"addr add 2001:db8:1::2/64 dev eth2 nodad", "n2 still has: eth2: address 2001:db8:1::2/64\n",
            "addr del 2001:db8:1::2/64 dev eth2"},
           {"route add 10.20.0.0/16 dev eth2 metric 21",
            R"(n2 still has: eth2: route {"destination":"10.20.0.0/16","metric":21})"
            "\n",
            "route del 10.20.0.0/16 metric 21"},
           {"route replace 10.20.0.0/16 via 10.2.0.254 dev eth2 metric 20 mtu 1400",
            R"(n2 lacks: eth2: route {"destination":"10.20.0.0/16","gateway":"10.2.0.254","metric":20})"
            "\n"
            R"(n2 still has: eth2: route {"destination":"10.20.0.0/16","gateway":"10.2.0.254","metric":20,"mtu":1400})"
            "\n",
            "route replace 10.20.0.0/16 via 10.2.0.254 dev eth2 metric 20"},
           {"route add prohibit 2001:db8:7::/48 table 100",
            R"(n2 still has: route {"destination":"2001:db8:7::/48","metric":1024,"table":100,"type":"prohibit"})"
            "\n",
            "route del prohibit 2001:db8:7::/48 table 100"},
           {"rule add from 10.1.0.0/24 priority 7 table 100",
            R"(n2 still has: IPv4 rule {"from":"10.1.0.0/24","priority":7,"table":100})"
            "\n",
            "rule del from 10.1.0.0/24 priority 7 table 100"},
           {"neigh change 10.1.0.253 lladdr 02:00:00:00:00:fe dev eth1 nud permanent",
            R"(n2 lacks: eth1: neighbor {"address":"10.1.0.253","mac":"02:00:00:00:00:fd"})"
            "\n"
            R"(n2 still has: eth1: neighbor {"address":"10.1.0.253","mac":"02:00:00:00:00:fe"})"
            "\n",
            "neigh change 10.1.0.253 lladdr 02:00:00:00:00:fd dev eth1 nud permanent"}}) {
    n2.network().ip({change});
    CHECK(different() == seen);
    n2.network().ip({undo});
    CHECK(different().empty());
  }
}

// For the test below, which runs several of them at once.
TEST_CASE("some failures of a specification", "[.share]") {
  std::istringstream text(chosen("CIP_PREDICTION_SHARE"));
  fs::path dir;
  std::string name;
  std::size_t number = 0;
  std::size_t of = 0;
  text >> dir >> name >> number >> of;
  REQUIRE(of > 0);
  const auto specification = std::find_if(specifications.begin(), specifications.end(),
                                          [&](const Specification& each) { return each.name() == name; });
  const Answers answers(dir, *specification);
  const auto failures = answers.compiled().failures();
  Stage stage(answers);
  for (std::size_t i = number; i < failures.size(); i += of) {
    const auto different = stage.rehearse(failures[i]);
    INFO(name << ": " << different);
    REQUIRE(different.empty());
  }
  CHECK(stage.why_not_home() == "");
}

TEST_CASE("what whatif says is what the kernels hold", "[lab][prediction]") {
  const cip::TemporaryDirectory scratch;
  const fs::path dir = in_user_mode_linux() ? fs::path(chosen("CIP_TREES")) : scratch.path();
  for (const auto& example : fs::directory_iterator("examples")) {
    INFO(example.path());
    CHECK(std::any_of(specifications.begin(), specifications.end(),
                      [&](const Specification& each) { return fs::path(each.file).parent_path() == example.path(); }));
  }
  std::vector<Share> shares;
  for (const auto& specification : specifications) {
    const std::string names = chosen("CIP_PREDICTION");
    if (!names.empty() && names.find(specification.name()) == std::string::npos) continue;
    const Answers answers(dir, specification);
    if (!in_user_mode_linux()) answers.prepare();
    const auto compiled = answers.compiled();
    if (needs_user_mode_linux(compiled) != in_user_mode_linux()) continue;
    const auto labs =
        static_cast<unsigned>((compiled.failures().size() + pace().failures_of_a_lab - 1) / pace().failures_of_a_lab);
    for (unsigned i = 0; i < labs; ++i) {
      shares.push_back({{"[.share]"},
                        {fmt::format("CIP_PREDICTION_SHARE={} {} {} {}", dir.string(), specification.name(), i, labs)},
                        std::chrono::minutes(5)});
    }
  }
  REQUIRE_FALSE(shares.empty());
  const auto outcomes = run_shares(shares, pace().at_a_time);
  for (const auto& outcome : outcomes) {
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 0);
  }
}
