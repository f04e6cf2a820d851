#include "compiler/check/check.h"

namespace cip::check {

void check(const lang::Cluster& cluster, diagnostics::Findings& findings) {
  check_addresses(cluster, findings);
  check_routes(cluster, findings);
  check_failover(cluster, findings);
}

}  // namespace cip::check
