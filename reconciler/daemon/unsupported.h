// What the state tree can say and this version of cipd cannot configure. Silently leaving it out would leave a CLIM
// that looks as it should and is not, so such a generation is refused as a whole. Pure functions; what cipd
// learns is deleted here.
#pragma once

#include "state/tree.h"

namespace cip::daemon {

// The state as it is, or an error that has a sentence for each kind of thing that cannot be configured, with the first
// file that has one: "n1/clim.json: this version of cipd does not configure leases in etcd".
Result<ClimState> supported(Result<ClimState> state);

}  // namespace cip::daemon
