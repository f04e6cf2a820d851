// The engine under seeded random schedules; and the proof that the simulator can fail: with any one of the engine's
// rules switched off it finds a violation. Fixed seeds: a run is the same every time. CIP_SCHEDULES=N runs more.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/simulation/world.h"

using namespace cip::simulation;

TEST_CASE("no schedule violates an invariant") {
  const char* const wanted = std::getenv("CIP_SCHEDULES");
  const std::uint64_t schedules = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 5000;
  REQUIRE(schedules > 0);
  std::uint64_t transitions = 0;
  std::uint64_t moves = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
    const Outcome outcome = World({seed, false, {}}).run();
    transitions += outcome.transitions;
    moves += outcome.moves;
    INFO("replay: sim --seed " << seed << " --trace");
    CHECK(outcome.violation.value_or("none") == "none");
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cout << schedules << " schedules, " << moves << " moves, " << transitions << " transitions, "
            << static_cast<std::uint64_t>(static_cast<double>(transitions) / took.count())
            << " transitions per second\n";
  CHECK(moves > schedules);  // something happens in them
}

TEST_CASE("what an event does not concern would not have changed") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Options all;
    all.seed = seed;
    all.guards.only_concerned = false;
    const Outcome thrifty = World({seed, false, {}}).run();
    const Outcome thorough = World(all).run();
    CAPTURE(seed);
    CHECK(thrifty.transitions == thorough.transitions);
    CHECK(thrifty.steps == thorough.steps);
    CHECK(thrifty.moves == thorough.moves);
  }
}

namespace {

struct Mutation {
  const char* rule;
  bool cip::failover::Guards::*guard;
  const char* expected;  // how the violation that is found first begins
};

}  // namespace

TEST_CASE("without any one rule the simulator finds a violation") {
  using cip::failover::Guards;
  const Mutation mutation = GENERATE(values<Mutation>({
      {"epochs are compared", &Guards::epoch, "I8"},
      {"only the announced mirror is added", &Guards::mirror, "I5"},
      {"what the home CLIM does not speak of is not taken", &Guards::shared, "I5"},
      {"a visitor only beside home resources", &Guards::beside_home, "I4"},
      {"an answer stops a takeover", &Guards::probe, "I2"},
      {"a second of silence after an answer", &Guards::answered, "I2"},
      {"the data LAN is evidence", &Guards::data_lan, "I5"},  // a newer configuration was announced over it only
      {"a witness is needed", &Guards::witness, "I2"},
      {"removal before the record", &Guards::removal_first, "I2"},
      {"the record is on disk before it is said", &Guards::persist_first, "I8"},
      {"a carrier must settle", &Guards::settle, "settle"},
      {"addresses have a lifetime", &Guards::fence, "I6"},
      {"the lifetime is long while alone", &Guards::linger, "I7"},
      {"of two holders one removes", &Guards::both_hold, "I1"},
      {"the kernel is read after a pause", &Guards::reread, "I2"},
      {"old messages are no news", &Guards::newer_message, "I5"},
      {"who boots listens first", &Guards::starting, "F8"},
      {"no failback by itself", &Guards::stays, "I3"},
  }));
  constexpr std::uint64_t most = 1500;
  Options options;
  options.guards.*mutation.guard = false;
  std::optional<std::string> violation;
  for (options.seed = 1; options.seed <= most && !violation; ++options.seed) violation = World(options).run().violation;
  INFO(mutation.rule);
  REQUIRE(violation);
  CAPTURE(*violation, options.seed);
  CHECK(violation->rfind(mutation.expected, 0) == 0);
}
