// What an operator and other software see of real daemons: the question of a switch on a terminal, events as they come,
// and JSON as the manual says.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "tests/lab/pair.h"
#include "tests/lab/tcp.h"

using namespace cip::lab;

namespace {

using nlohmann::json;

// The words in backquotes in the first column of the table below a heading of the manual.
std::set<std::string> documented(const std::string& heading) {
  std::ifstream manual("docs/commands.md");
  std::set<std::string> words;
  bool inside = false;
  for (std::string line; std::getline(manual, line);) {
    if (line.starts_with("#")) inside = line.ends_with(heading);
    const bool row = inside && line.starts_with("| `");
    if (row) words.insert(line.substr(3, line.find('`', 3) - 3));
  }
  return words;
}

void add_keys(std::set<std::string>& keys, const json& object, const std::string& prefix = "") {
  for (const auto& [key, value] : object.items()) {
    keys.insert(prefix + key);
    const auto below = prefix + key + ".";
    if (value.is_object()) add_keys(keys, value, below);
    if (!value.is_array()) continue;
    for (const auto& each : value) {
      if (each.is_object()) add_keys(keys, each, below);
    }
  }
}

}  // namespace

TEST_CASE("a switch asks on a terminal what it would end, and does nothing without a yes", "[lab][operator]") {
  Pair pair;
  TcpListener listener(pair.n1.network(), 5000);
  TcpConnection remote(pair.lab.host("r1"), "10.1.0.1", 5000);
  TcpConnection local = listener.accept();
  const auto asked = [&](const std::string& target, const std::string& typed) {
    const Outcome outcome = pair.n1.ctl_on_terminal({"switch", "failover", target}, typed);
    CAPTURE(target, typed, outcome.out);
    CHECK(outcome.out.find("n1.eth1 (provider blue)") != std::string::npos);
    CHECK(outcome.out.find("1 open TCP connection will end. Go on? [y/N]") != std::string::npos);
    CHECK((outcome.out.find("n1.eth2 (provider green)") != std::string::npos) == (target == "n1"));
    return outcome.status;
  };
  const Time begin = Clock::now();
  for (const std::string no : {"n\n", "\n", "yess\n", ""}) {
    CHECK(asked("n1.eth1", no) == 1);
    CHECK(asked("n1", no) == 1);
  }
  CHECK(pair.lab.owners().changes(begin) == 0);
  CHECK(remote.error() == 0);
  CHECK(local.error() == 0);
  CHECK(asked("n1.eth1", "y\n") == 0);
  CHECK_EVENTUALLY(pair.lab, 3s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK(pair.all_at(n1_eth2, "n1.eth2"));
}

TEST_CASE("events are told as they happen, and the JSON is what the manual says", "[lab][operator]") {
  // There is no charon here: the connection is shown all the same.
  Pair pair(Pair::Begin::serving, pair_specification() + R"(
ipsec partner on n1, n2 {
  local 10.1.0.1;
  remote 10.1.0.250;
  proposal ike default;
  proposal esp default;
  auth psk file "/etc/cip/secrets/partner.psk";
  mode transport;
}
)");
  Process follower(
      {programs() / "cipctl", "--runtime-dir", pair.n2.dir() / "run", "events", "--follow", "--format", "json"},
      {.where = &pair.n2.network()});
  REQUIRE_EVENTUALLY(pair.lab, 5s, follower.out().ends_with("\n"));
  const auto before = follower.out().size();
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK_EVENTUALLY(pair.lab, 1s, follower.out().find("\"resources-here\"", before) != std::string::npos);

  std::istringstream lines(follower.out());
  std::set<std::string> of_events;
  std::uint64_t last = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto event = json::parse(line);
    add_keys(of_events, event);
    CHECK(event.at("number").get<std::uint64_t>() == ++last);
  }
  CHECK(of_events == documented("JSON of `cipctl events`"));

  std::set<std::string> of_status;
  for (const Clim* clim : {&pair.n1, &pair.n2}) {
    add_keys(of_status, json::parse(clim->ctl({"status", "--format", "json"}).out));
  }
  CHECK(of_status == documented("JSON of `cipctl status`"));

  CHECK(pair.n2.stop() == 0);
  const auto status = follower.wait(3s);
  REQUIRE(status);
  CHECK(*status == 3);
  CHECK(follower.err().find("cipd") != std::string::npos);
  std::istringstream all(follower.out());
  for (std::string line; std::getline(all, line);) CHECK_NOTHROW(json::parse(line));
}
