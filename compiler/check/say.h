// Resources in the words of messages.
#pragma once

#include <string>

#include "state/objects.h"

namespace cip::check {

// "to 10.9.0.0/16", with the metric and the table where they are not the usual ones.
std::string say_goal(const Route& route);
// What is said of the way: "via 10.1.0.254", "on the link", "blackhole"; with the source and the MTU, if any.
std::string say_way(const Route& route);
// "from 10.1.0.0/16 with priority 1000".
std::string say_selector(const Rule& rule);

}  // namespace cip::check
