// The two halves of a failover pair: what their interfaces and CLIMs must have in common (P7).
#pragma once

#include <optional>

#include "compiler/diagnostics/finding.h"
#include "compiler/lang/model.h"

namespace cip::check {

// One `failover` and what it is about. `target` is null if it does not exist, or nothing is known of it.
struct Pair {
  const lang::FailoverStatement& statement;
  const lang::Interface& home;
  const lang::Interface* target;
};

// The first of E0208, E0209 and E0011 (no control path) that applies. Both CLIMs are known.
std::optional<diagnostics::Finding> pair_fault(const lang::Cluster& cluster, const Pair& pair);

// W0211. To be called for one direction of a pair only.
void check_mtu(const Pair& pair, diagnostics::Findings& findings);

}  // namespace cip::check
