// What CLIMs hold, object by object, as cipc says it and as their kernels do. Both are written in the same words, those
// of the state tree, so that sets of lines can be compared. What kernels hold is read by iproute2, and by nothing that
// cipd uses.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "tests/lab/compiled.h"

namespace cip::lab {

// A line is "eth1: address 10.1.0.1/24", "eth1: route {...}", "neighbor", "tunnel"; what has no device has none: rules,
// and routes that are not unicast. What several home interfaces want and the kernel has once is one line.
using Lines = std::set<std::string>;
using Holdings = std::map<std::string, Lines>;  // by CLIM

// What the CLIMs of `compiled` hold that are UP in an answer of `cipc whatif --format json`.
Holdings predicted(const Compiled& compiled, const nlohmann::json& whatif);
// While everything is at home.
Holdings at_home(const Compiled& compiled);
// What the kernel of a CLIM holds that it did not make by itself: addresses (link-local ones if they are somewhere in
// the specification), routes, rules, permanent neighbours, tunnels; whoever put it there.
Lines held(const Compiled& compiled, const Clim& clim);

// Each line that only one of the two has, "n1 lacks: ..." and "n1 still has: ..."; empty: none.
std::string difference(const Holdings& predicted, const Holdings& held);

}  // namespace cip::lab
