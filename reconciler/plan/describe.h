// Objects in the words of docs/language.md, for operations and problems.
#pragma once

#include <string>

#include "reconciler/plan/objects.h"

namespace cip::plan {

std::string describe(const InterfaceAddress& address, const InterfaceName& link);  // "address 10.1.0.1/24 on eth1"
std::string describe(const Route& route, const InterfaceName& link);  // "route 10.9.0.0/16 via 10.1.0.253 on eth1"
std::string describe(const Neighbor& neighbor, const InterfaceName& link);  // "neighbor 10.1.0.9 at 02:... on eth1"
std::string describe(const Rule& rule);                                     // "rule from 10.1.0.0/24 table 7"
std::string describe(const Shape& shape);                                   // "vlan id 5 on eth1"; empty for nothing
std::string describe(const Subject& subject);                               // as above; "interface eth1"
std::string describe(const Homes& homes);                                   // "n1.eth1, n2.eth1"

}  // namespace cip::plan
