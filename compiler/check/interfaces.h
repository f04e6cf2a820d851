// What several families of rules ask of an interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "compiler/lang/model.h"

namespace cip::check {

// For messages: "maintenance", "VLAN".
std::string_view kind_name(InterfaceKind kind);

// Whether interfaces of this kind serve a data LAN, and may use failover (P1, K8), unless they are slaves.
bool is_data_kind(InterfaceKind kind);

// K5. The interface need not be declared. What a slave has of its own is an error (E0102), and takes no part in other
// rules.
bool is_slave(const lang::Cluster& cluster, const InterfaceRef& interface);
bool is_slave(const lang::Clim& clim, const lang::Interface& interface);

// How many slaves of the bond must work for it to have a carrier: in mode 802.3ad its min-links, if more than one
// (bond_3ad_set_carrier of the kernel); in the other modes, which do not look at that, one.
std::size_t slaves_needed(const lang::Interface& bond);

// The MTU of an interface that sets none (docs/language.md, "Declarations").
inline constexpr std::uint32_t usual_mtu = 1500;
std::uint32_t mtu_of(const lang::Interface& interface);

}  // namespace cip::check
