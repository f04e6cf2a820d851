#include "compiler/check/check.h"

#include "compiler/check/contradictions.h"

namespace cip::check {

void check(const lang::Cluster& cluster, diagnostics::Findings& findings) {
  check_bonds(cluster, findings);
  check_vlans(cluster, findings);
  check_mtus(cluster, findings);
  check_addresses(cluster, findings);
  check_neighbors(cluster, findings);
  const RouteSet wrong_routes = check_routes(cluster, findings);
  check_tunnels(cluster, findings);
  const Failovers failovers = check_failover(cluster, findings);
  check_contradictions(cluster, failovers.possible, wrong_routes, findings);
  check_ipsec_pairs(cluster, failovers.faultless, findings);
}

}  // namespace cip::check
