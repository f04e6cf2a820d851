#include <catch2/catch.hpp>
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
