// A namespace that is brought to what is desired as the daemon does it.
#pragma once

#include <catch2/catch.hpp>

#include "reconciler/plan/plan.h"
#include "tests/unit/kernel/namespace.h"

namespace cip::test {

struct Converging : Namespace {
  plan::Ledger ledger;
  std::size_t rounds = 0;

  // Read, plan, carry out, read again, until there is nothing left to do.
  plan::Plan converge(const plan::Desired& desired) {
    rounds = 0;
    for (;;) {
      auto plan = plan::make_plan(desired, read(), ledger);
      ledger = plan.before;
      if (plan.empty()) return plan;
      REQUIRE(rounds < 3);
      ++rounds;
      const auto results = kernel.execute(plan.operations);
      for (std::size_t i = 0; i < results.size(); ++i) {
        INFO(describe(plan.operations[i]) << ": " << results[i].text);
        CHECK(results[i].ok());
      }
      ledger = settle(plan, results);
    }
  }
};

}  // namespace cip::test
