#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "reconciler/daemon/event_log.h"

using namespace cip::daemon;

TEST_CASE("the log keeps the last events, numbered without gaps", "[daemon][events]") {
  EventLog log(3);
  for (int i = 1; i <= 5; ++i) log.add(Level::info, What::problem, "n1.eth1", "event " + std::to_string(i), "because");
  REQUIRE(log.events().size() == 3);
  CHECK(log.events().front().number == 3);
  CHECK(log.events().back().number == 5);
  CHECK(log.events().back().text == "event 5");
  CHECK(log.events().back().evidence == "because");
}

TEST_CASE("an alarm that lasts does not push out what led to it", "[daemon][events]") {
  EventLog log;
  for (int i = 0; i < 100; ++i) {
    log.add(Level::alarm, What::problem, "n1.eth1", "no witness");
    log.add(Level::alarm, What::problem, "n1.eth2", "no witness");
  }
  CHECK(log.events().size() == 2);
  log.add(Level::alarm, What::problem, "n1.eth1", "another");
  log.add(Level::info, What::problem, "n1.eth1", "no witness");
  log.add(Level::info, What::problem, "n1.eth1", "no witness");
  CHECK(log.events().size() == 5);
}

TEST_CASE("subscribers hear later events, and may leave while they are told", "[daemon][events]") {
  EventLog log;
  std::vector<std::string> heard;
  std::uint64_t once = 0;
  once = log.subscribe([&](const Event& event) {
    heard.push_back("once " + event.text);
    log.unsubscribe(once);
  });
  const auto always = log.subscribe([&](const Event& event) { heard.push_back("always " + event.text); });
  log.add(Level::info, What::problem, "", "a");
  log.add(Level::info, What::problem, "", "b");
  log.unsubscribe(always);
  log.add(Level::info, What::problem, "", "c");
  CHECK(heard == std::vector<std::string>{"once a", "always a", "always b"});
}

TEST_CASE("times are shown in UTC with milliseconds", "[daemon][events]") {
  using std::chrono::milliseconds;
  CHECK(time_text(std::chrono::system_clock::time_point(milliseconds(1700000000042))) == "2023-11-14T22:13:20.042Z");
}

TEST_CASE("every event has a name of its own, and is counted by it", "[daemon][events]") {
  const auto names = event_names();
  CHECK(names.size() == whats.size() + cip::failover::happenings.size());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  for (const auto& [what, text] : whats) CHECK(EventName(what).str() == text);
  for (const auto& [happening, text] : cip::failover::happenings) CHECK(EventName(happening).str() == text);

  EventLog log(1);
  log.add(Level::notice, What::drift_repaired, "", "a");
  log.add(Level::notice, What::drift_repaired, "", "b");
  log.add(Level::alarm, cip::failover::Happening::disk_late, "n1.eth1", "c");
  log.add(Level::alarm, cip::failover::Happening::disk_late, "n1.eth1", "c");
  CHECK(log.events().back().name.str() == "disk-late");
  CHECK(log.by_name().size() == names.size());
  CHECK(log.by_name().at("drift-repaired") == 2);
  CHECK(log.by_name().at("disk-late") == 1);  // as recorded
  CHECK(log.by_name().at("took") == 0);
  CHECK(log.by_level() == std::array<std::uint64_t, 3>{0, 2, 1});
}

namespace {

// The lines below that title of the page on operations.
std::vector<std::string> section(const std::string& title) {
  std::ifstream page("docs/operations.md");
  REQUIRE(page);
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string text; std::getline(page, text);) {
    if (text.starts_with("## ")) inside = text == title;
    if (inside) lines.push_back(text);
  }
  return lines;
}

}  // namespace

// Tools of users wait for them: a name that is not on the page any more is a promise broken.
TEST_CASE("the page on operations has the names of all events, in order", "[daemon][events]") {
  std::vector<std::string> documented;
  for (const auto& text : section("## Events")) {
    std::smatch row;
    if (std::regex_match(text, row, std::regex(R"(\| `([a-z-]+)` \| [^|]+ \| [^|]+ \|)"))) {
      documented.push_back(row[1]);
    }
  }
  const auto names = event_names();
  CHECK(documented == std::vector<std::string>(names.begin(), names.end()));
}

TEST_CASE("the page on operations has a runbook for every alarm", "[daemon][events]") {
  std::set<std::string> titles;
  for (const auto& text : section("## Runbook")) {
    if (!text.starts_with("### ")) continue;
    for (std::size_t from = 4, to = 0; to != std::string::npos; from = to + 2) {
      to = text.find(", ", from);
      titles.insert(text.substr(from, to - from));
    }
  }
  // Alarms are raised by these calls, and by nothing else.
  std::set<std::string> alarms;
  for (const auto* room : {"reconciler/failover", "reconciler/daemon"}) {
    for (const auto& file : std::filesystem::directory_iterator(room)) {
      std::ifstream source(file.path());
      const std::string text{std::istreambuf_iterator<char>(source), {}};
      static const std::regex call(R"(alarm\(What::(\w+)|Severity::alarm,\s+Happening::(\w+))");
      for (std::sregex_iterator found(text.begin(), text.end(), call), end; found != end; ++found) {
        auto name = (*found)[1].matched ? (*found)[1].str() : (*found)[2].str();
        std::replace(name.begin(), name.end(), '_', '-');
        alarms.insert(name);
      }
    }
  }
  CHECK(alarms.size() > 20);
  const auto names = event_names();
  for (const auto& alarm : alarms) {
    INFO(alarm);
    CHECK(std::find(names.begin(), names.end(), alarm) != names.end());
    CHECK(titles.count(alarm) == 1);
  }
  for (const auto& title : titles) {
    INFO(title);
    CHECK(std::find(names.begin(), names.end(), title) != names.end());
  }
}
