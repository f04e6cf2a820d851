// Names, once all declarations are known.
#pragma once

#include "compiler/diagnostics/finding.h"
#include "compiler/lang/model.h"

namespace cip::lang {

// Finds the slaves of all bonds. Reports names that nothing has (E0003), a `lan` without its `provider` (E0011), what a
// CLIM has twice of its connections (E0004), and the `failover` of a slave that has no block of its own (E0102), and
// takes them out of the model. A failover interface that does not exist stays: it is a rule of its own (E0202).
void resolve(Cluster& cluster, diagnostics::Findings& findings);

}  // namespace cip::lang
