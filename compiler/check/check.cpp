#include "compiler/check/check.h"

namespace cip::check {

void check(const lang::Cluster& cluster, diagnostics::Findings& findings) {
  check_bonds(cluster, findings);
  check_vlans(cluster, findings);
  check_mtus(cluster, findings);
  check_addresses(cluster, findings);
  check_neighbors(cluster, findings);
  check_routes(cluster, findings);
  check_tunnels(cluster, findings);
  check_failover(cluster, findings);
}

}  // namespace cip::check
