#include "compiler/check/interfaces.h"

#include <algorithm>

namespace cip::check {

std::string_view kind_name(InterfaceKind kind) {
  switch (kind) {
    case InterfaceKind::loopback:
      return "loopback";
    case InterfaceKind::maintenance:
      return "maintenance";
    case InterfaceKind::bond:
      return "bond";
    case InterfaceKind::vlan:
      return "VLAN";
    case InterfaceKind::tunnel:
      return "tunnel";
    case InterfaceKind::physical:
      break;
  }
  return "physical";
}

bool is_data_kind(InterfaceKind kind) {
  return kind == InterfaceKind::physical || kind == InterfaceKind::bond || kind == InterfaceKind::vlan;
}

bool is_slave(const lang::Cluster& cluster, const InterfaceRef& interface) {
  const lang::Clim* clim = cluster.find(interface.clim);
  return clim != nullptr && clim->bond_of(interface.interface) != nullptr;
}

bool is_slave(const lang::Clim& clim, const lang::Interface& interface) {
  return interface.kind == InterfaceKind::physical && clim.bond_of(interface.name.interface) != nullptr;
}

std::size_t slaves_needed(const lang::Interface& bond) {
  const bool counts = bond.bond.mode && bond.bond.mode->value == BondMode::ieee_802_3ad && bond.bond.min_links;
  return counts ? std::max<std::size_t>(bond.bond.min_links->value, 1) : 1;
}

std::uint32_t mtu_of(const lang::Interface& interface) {
  return interface.mtu ? interface.mtu->value : usual_mtu;
}

}  // namespace cip::check
