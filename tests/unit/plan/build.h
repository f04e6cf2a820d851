// Short ways to write objects in tests, and a world of two links to start from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reconciler/plan/plan.h"

namespace cip::test {

inline const InterfaceName eth1{"eth1"};
inline const InterfaceName eth2{"eth2"};
inline const InterfaceRef home1{ClimName("n1"), eth1};
inline const InterfaceRef visitor{ClimName("n2"), eth1};

InterfaceAddress ifaddr(std::string_view text);
IpAddress ip(std::string_view text);
MacAddress mac(std::string_view text);
Route route(std::string_view destination, std::string_view gateway = {});

plan::DesiredAddress want(std::string_view address, const InterfaceName& link = eth1);
plan::DesiredRoute want(const Route& route, const InterfaceName& link = eth1, const InterfaceRef& home = home1);

// eth1 (index 1) and eth2 (index 2), up, with carrier, MTU 1500.
plan::Observed two_links();
plan::ObservedAddress seen(std::string_view address, int link = 1);
plan::ObservedRoute seen(const Route& route, int protocol = plan::our_protocol, int link = 1);
plan::Ledger owning(const std::vector<plan::ObservedAddress>& addresses);

// The ledger when all of it has been done.
plan::Ledger after(const plan::Plan& plan);

// describe() of each operation.
std::vector<std::string> lines(const plan::Plan& plan);
using Lines = std::vector<std::string>;

}  // namespace cip::test
