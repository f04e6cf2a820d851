// Real programs, started by a real event loop.
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "reconciler/daemon/hooks.h"
#include "state/file.h"
#include "tests/unit/daemon/temporary.h"

using namespace cip;
using namespace cip::daemon;
using namespace std::chrono_literals;

namespace {

struct Hooked {
  TemporaryDirectory temporary;
  boost::asio::io_context loop;
  EventLog log;
  std::vector<std::pair<std::string, std::string>> failures;
  std::filesystem::path directory = temporary.path() / "hooks";
  std::filesystem::path out = temporary.path() / "out";
  Hooks hooks{loop, directory, ClimName("n1"),
              [this](const std::string& event, const std::string& sentence) { failures.emplace_back(event, sentence); },
              300ms};

  Hooked() {
    std::filesystem::create_directory(directory);
    chmod(directory.c_str(), 0755);
    log.subscribe([this](const Event& event) { hooks.happened(event); });
  }
  std::filesystem::path hook(const std::string& name, const std::string& commands, mode_t mode = 0755) const {
    auto file = directory / name;
    REQUIRE(write_new_file(file, "#!/bin/sh\n" + commands + "\n", mode));
    REQUIRE(chmod(file.c_str(), mode) == 0);
    return file;
  }
  std::string written() const {
    const auto text = read_file(out);
    return text ? *text : "";
  }
  // Until it is so, at most that long.
  template <class Condition>
  bool until(Condition condition, std::chrono::milliseconds limit = 5s) {
    for (auto left = limit; left > 0ms; left -= 10ms) {
      loop.restart();
      loop.poll();
      if (condition()) {
        return true;
      }
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
};

}  // namespace

TEST_CASE("a hook gets its event, in its environment and as JSON", "[daemon][hooks]") {
  Hooked hooked;
  hooked.hook("took",
              "{ echo $CIP_CLIM $CIP_EVENT $CIP_LEVEL \"$CIP_SUBJECT\" \"$CIP_TEXT\" \"$CIP_EVIDENCE\"; cat; } >> " +
                  hooked.out.string());
  CHECK(hooked.hooks.complaints().empty());
  hooked.log.add(Level::notice, failover::Happening::took, "n2.eth1", "took \"n2.eth1\"", "n2 is silent\n$(id)");
  hooked.log.add(Level::notice, failover::Happening::gave, "n2.eth1", "another event");
  REQUIRE(hooked.until([&] { return hooked.written().ends_with("}\n"); }));
  const auto text = hooked.written();
  CHECK(text.starts_with("n1 took notice n2.eth1 took \"n2.eth1\" n2 is silent\n$(id)\n{"));
  const auto event = nlohmann::json::parse(text.substr(text.find('{')));
  CHECK(event == to_json(hooked.log.events().front()));
  CHECK(event["event"] == "took");
  CHECK(hooked.failures.empty());
}

TEST_CASE("hooks run one after the other, in the order of the events", "[daemon][hooks]") {
  Hooked hooked;
  hooked.hook("resources-here", "sleep 0.05; echo here $CIP_SUBJECT >> " + hooked.out.string());
  hooked.hook("resources-leave", "echo leave $CIP_SUBJECT >> " + hooked.out.string());
  std::string expected;
  for (const std::string subject : {"a", "b", "c"}) {
    hooked.log.add(Level::notice, failover::Happening::resources_here, subject, "text");
    hooked.log.add(Level::notice, failover::Happening::resources_leave, subject, "text");
    expected.append("here ").append(subject).append("\nleave ").append(subject).append("\n");
  }
  CHECK(hooked.until([&] { return hooked.written() == expected; }));
}

TEST_CASE("a hook that hangs is killed with its children, and the next one runs", "[daemon][hooks]") {
  Hooked hooked;
  hooked.hook("took", "(sleep 2; echo late >> " + hooked.out.string() + ") & sleep 60");
  hooked.hook("gave", "echo next >> " + hooked.out.string());
  const auto begin = std::chrono::steady_clock::now();
  hooked.log.add(Level::notice, failover::Happening::took, "n2.eth1", "text");
  hooked.log.add(Level::notice, failover::Happening::gave, "n2.eth1", "text");
  CHECK(hooked.until([&] { return hooked.written() == "next\n"; }));
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  REQUIRE(hooked.failures.size() == 1);
  CHECK(hooked.failures[0] ==
        std::pair<std::string, std::string>("took", "hook took took longer than 0.3 s and was killed"));
  std::this_thread::sleep_for(std::max(0ns, begin + 2200ms - std::chrono::steady_clock::now()));
  CHECK(hooked.written() == "next\n");
}

TEST_CASE("a hook that fails is told, and one that cannot be run", "[daemon][hooks]") {
  Hooked hooked;
  hooked.hook("took", "exit 3");
  hooked.hook("gave", "kill -9 $$");
  REQUIRE(write_new_file(hooked.directory / "stopped", "#!/no/such/interpreter\n", 0755));
  // Its own failure starts nothing: it would never end.
  hooked.hook("hook-failed", "echo again >> " + hooked.out.string());
  hooked.log.add(Level::notice, failover::Happening::took, "", "text");
  hooked.log.add(Level::notice, failover::Happening::gave, "", "text");
  hooked.log.add(Level::notice, failover::Happening::stopped, "", "text");
  hooked.log.add(Level::alarm, What::hook_failed, "", "text");
  REQUIRE(hooked.until([&] { return hooked.failures.size() == 3; }));
  CHECK(hooked.failures[0].second == "hook took ended with status 3");
  CHECK(hooked.failures[1].second == "hook gave was ended by signal 9");
  CHECK(hooked.failures[2].second == "hook stopped cannot be started: No such file or directory");
  CHECK(hooked.written().empty());
}

TEST_CASE("what others could have put there is not run, and a name that is no event is said", "[daemon][hooks]") {
  REQUIRE(geteuid() == 0);
  Hooked hooked;
  const auto commands = "echo $CIP_EVENT >> " + hooked.out.string();
  hooked.hook("took", commands, 0775);
  REQUIRE(chown(hooked.hook("gave", commands).c_str(), 65534, 65534) == 0);
  hooked.hook("stopped", commands, 0644);
  std::filesystem::create_directory(hooked.directory / "paused");
  hooked.hook("resource-here", commands);
  std::string all;
  for (const auto& complaint : hooked.hooks.complaints()) {
    all += complaint + "\n";
  }
  CHECK_THAT(all, Catch::Contains("took does not run: it can be written by others than its owner"));
  CHECK_THAT(all, Catch::Contains("gave does not run: it belongs to user 65534; it must belong to root or to user 0"));
  CHECK_THAT(all, Catch::Contains("paused does not run: it is not a file"));
  CHECK_THAT(all,
             Catch::Contains("resource-here never runs: there is no event of that name: did you mean resources-here?"));
  CHECK_THAT(all, Catch::Contains("stopped does not run: it cannot be executed"));
  for (const auto happening : {failover::Happening::took, failover::Happening::gave, failover::Happening::stopped,
                               failover::Happening::paused}) {
    hooked.log.add(Level::notice, happening, "", "text");
  }
  // The directory itself, too.
  hooked.hook("tree-refused", commands);
  REQUIRE(chmod(hooked.directory.c_str(), 0777) == 0);
  hooked.log.add(Level::alarm, What::tree_refused, "", "text");
  CHECK_FALSE(hooked.until([&] { return !hooked.written().empty(); }, 300ms));
  REQUIRE(hooked.hooks.complaints().size() == 1);
  CHECK_THAT(hooked.hooks.complaints().front(), Catch::Contains("no hook runs"));
  CHECK(hooked.failures.empty());
}

TEST_CASE("of very many events the newest are kept", "[daemon][hooks]") {
  Hooked hooked;
  hooked.hook("took", "echo $CIP_SUBJECT >> " + hooked.out.string());
  const auto many = Hooks::most_waiting + 20;
  for (std::size_t i = 1; i <= many; ++i) {
    hooked.log.add(Level::notice, failover::Happening::took, std::to_string(i), "text");
  }
  CHECK(hooked.until([&] { return hooked.written().ends_with("\n" + std::to_string(many) + "\n"); }));
  CHECK(hooked.written().starts_with("1\n21\n22\n"));  // the first has begun at once
  REQUIRE(hooked.failures.size() == 19);
  CHECK_THAT(hooked.failures[0].second, Catch::Contains("the oldest are left out"));
}
