// The state tree (docs/commands.md): what each CLIM is to hold, from a model that has no errors.
#pragma once

#include "compiler/lang/model.h"
#include "compiler/syntax/source.h"
#include "state/tree.h"

namespace cip::output {

// The same specification gives the same bytes wherever it lies: places in source-map.json are relative to the directory
// of the first file of `sources`.
TreeFiles state_tree(const lang::Cluster& cluster, const syntax::Sources& sources);

}  // namespace cip::output
