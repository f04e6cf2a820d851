// The rules: what the network would make of a specification (docs/domain.md, docs/language.md "Diagnostics"). Each
// family is a plain function over the model that only adds findings; together they take time linear in the
// specification.
//
// The model may have holes where the text was wrong (model.h): a rule says nothing that a hole might explain.
#pragma once

#include <unordered_set>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/lang/model.h"

namespace cip::check {

// All of the below.
void check(const lang::Cluster& cluster, diagnostics::Findings& findings);

// E0102-E0105, and E0004 for a slave that is named twice (bonds.cpp).
void check_bonds(const lang::Cluster& cluster, diagnostics::Findings& findings);
// E0112 (vlans.cpp).
void check_vlans(const lang::Cluster& cluster, diagnostics::Findings& findings);
// E0111 (mtus.cpp).
void check_mtus(const lang::Cluster& cluster, diagnostics::Findings& findings);
// E0106, and E0004 for what an interface or a CLIM has twice (addresses.cpp).
void check_addresses(const lang::Cluster& cluster, diagnostics::Findings& findings);
// E0110, and E0004 for a neighbour that is set twice (neighbors.cpp).
void check_neighbors(const lang::Cluster& cluster, diagnostics::Findings& findings);
using RouteSet = std::unordered_set<const lang::RouteStatement*>;
// E0107 (routes.cpp). The routes that have it: they take no part in further rules.
RouteSet check_routes(const lang::Cluster& cluster, diagnostics::Findings& findings);
// E0301, E0302, W0303 (tunnels.cpp).
void check_tunnels(const lang::Cluster& cluster, diagnostics::Findings& findings);
// The `failover` statements that further rules may build on, in text order.
struct Failovers {
  std::vector<const lang::FailoverStatement*> possible;   // E0205 or E0206 may stand at them, but no other error
  std::vector<const lang::FailoverStatement*> faultless;  // no error
};
// E0011 (no control path), E0201-E0209, W0211, W0212 (failover.cpp).
Failovers check_failover(const lang::Cluster& cluster, diagnostics::Findings& findings);
// E0109 and E0210 are in contradictions.h.
// E0401, E0403 (ipsec_pairs.cpp). `faultless` as above.
void check_ipsec_pairs(const lang::Cluster& cluster, const std::vector<const lang::FailoverStatement*>& faultless,
                       diagnostics::Findings& findings);

}  // namespace cip::check
