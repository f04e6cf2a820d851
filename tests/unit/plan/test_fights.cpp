#include <catch2/catch.hpp>

#include "reconciler/plan/fights.h"
#include "tests/unit/plan/build.h"

using namespace cip;
using namespace cip::test;
using namespace std::chrono_literals;

namespace {

plan::Operation adding(std::string_view address) {
  return {plan::AddAddress{{1, eth1}, ifaddr(address), {}}, {home1}};
}

}  // namespace

TEST_CASE("what is undone five times within a second each is left, and tried once a minute") {
  plan::Fights fights;
  const auto ours = adding("10.1.0.1/24");
  const auto other = adding("10.1.0.2/24");
  plan::Fights::Time now{};
  for (unsigned i = 0; i < plan::Fights::most; ++i) {
    CHECK_FALSE(fights.left(ours, now));
    fights.repaired(ours, now);
    now += 900ms;
  }
  CHECK(fights.left(ours, now));
  CHECK_FALSE(fights.left(other, now));
  std::vector<plan::Operation> operations{other, ours, other};
  CHECK(fights.take_left(operations, now).size() == 1);
  CHECK(operations.size() == 2);

  now += 60s;
  CHECK_FALSE(fights.left(ours, now));
  fights.repaired(ours, now);  // and undone once more
  CHECK(fights.left(ours, now + 1ms));
  fights.forget();
  CHECK_FALSE(fights.left(ours, now + 1ms));
}

TEST_CASE("what is undone now and then is repaired for ever") {
  plan::Fights fights;
  const auto ours = adding("10.1.0.1/24");
  plan::Fights::Time now{};
  for (int i = 0; i < 100; ++i) {
    fights.repaired(ours, now);
    CHECK_FALSE(fights.left(ours, now));
    now += 1100ms;
  }
}
