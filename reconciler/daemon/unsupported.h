// What the state tree can say and this version of cipd cannot configure. Silently leaving it out would leave a CLIM
// that looks as it should and is not, so such a generation, or mirror, is refused as a whole. Pure functions; what cipd
// learns is deleted here.
#pragma once

#include <optional>
#include <string_view>

#include "state/tree.h"

namespace cip::daemon {

// The state as it is, or an error that has a sentence for each kind of thing that cannot be configured, with the first
// file that has one: "n1/home/bond0.json: this version of cipd does not configure bonds".
Result<ClimState> supported(Result<ClimState> state);

// The same of one home interface, which `where` names: a file, or "mirror of n2.bond0".
std::optional<Error> unsupported(const HomeInterface& interface, std::string_view where);

}  // namespace cip::daemon
