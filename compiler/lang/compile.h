// From source files to the cluster model. All that is wrong with the text itself is reported here: words (E0002), names
// (E0003), repetitions (E0004), types (E0005), imports (E0006), values (E0007), missing parts (E0011), families of
// routes (E0108), logical interfaces (E0101). What the network would make of it is compiler/check's business.
#pragma once

#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/lang/index.h"
#include "compiler/lang/model.h"
#include "compiler/syntax/source.h"

namespace cip::lang {

// `files` are in `sources` already and form one specification, together with what they import; imported files are
// loaded into `sources`. The model is whole only if `findings` has no errors afterwards.
Cluster compile(const std::vector<syntax::SourceId>& files, syntax::Sources& sources, diagnostics::Findings& findings);
// The same, and fills an index, which must not outlive `sources`.
Cluster compile(const std::vector<syntax::SourceId>& files, syntax::Sources& sources, diagnostics::Findings& findings,
                Index& index);

}  // namespace cip::lang
