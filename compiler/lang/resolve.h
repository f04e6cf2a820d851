// Names, once all declarations are known.
#pragma once

#include "compiler/diagnostics/finding.h"
#include "compiler/lang/model.h"

namespace cip::lang {

// Reports names that nothing has (E0003), and a `lan` without its `provider` (E0011), and takes them out of the model.
// A failover interface that does not exist stays: it is a rule of its own (E0202).
void resolve(Cluster& cluster, diagnostics::Findings& findings);

}  // namespace cip::lang
