#include "compiler/check/placement.h"

#include "compiler/check/interfaces.h"

namespace cip::check {
namespace {

using lang::Clim;
using lang::Cluster;
using lang::Interface;

}  // namespace

bool has_resources(const Interface& interface) {
  return interface.kind == InterfaceKind::tunnel || !interface.addresses.empty() || !interface.routes.empty() ||
         !interface.rules.empty() || !interface.neighbors.empty();
}

Placement::Placement(const Cluster& cluster) : cluster_(cluster) {
  for (const Clim& clim : cluster.clims) {
    add_clim(clim);
  }
  add_failovers();
}

void Placement::add_clim(const Clim& clim) {
  const Followers followers(clim);
  for (const Interface& interface : clim.interfaces) {
    if (is_slave(clim, interface)) {
      continue;
    }
    by_name_.emplace(interface.name, locations_.size());
    Location location;
    location.home = &interface;
    location.carrier = followers.carrier(interface);
    locations_.push_back(location);
  }
}

void Placement::add_failovers() {
  for (const auto& statement : cluster_.failovers) {
    const auto home = by_name_.find(statement.home);
    const Interface* const target = cluster_.find(statement.target);
    if (home == by_name_.end() || target == nullptr || locations_[home->second].failover != nullptr) {
      continue;
    }
    locations_[home->second].failover = target;
  }
  for (Location& location : locations_) {
    if (location.carrier != nullptr) {
      location.failover = find(location.carrier->name)->failover;
    }
  }
}

const Location* Placement::find(const InterfaceRef& home) const {
  const auto found = by_name_.find(home);
  return found == by_name_.end() ? nullptr : &locations_[found->second];
}

void Placement::fail(const Failure& failure) {
  if (const auto* clim = std::get_if<ClimName>(&failure)) {
    failed_clims_.insert(*clim);
  } else {
    failed_interfaces_.insert(std::get<InterfaceRef>(failure));
  }
  for (Location& location : locations_) {
    const bool moves = location.carrier == nullptr && location.side == Side::home && location.failover != nullptr &&
                       outage(location.home->name) && !outage(location.failover->name);
    if (moves) {
      location.side = Side::failover;
    }
  }
  for (Location& location : locations_) {
    update(location);
  }
}

void Placement::update(Location& location) const {
  if (location.carrier != nullptr) {
    location.side = find(location.carrier->name)->side;
  }
  const InterfaceRef& host = location.host().name;
  location.held = failed_clims_.count(host.clim) == 0;
  // A tunnel that has failed on its home CLIM is made anew on the other.
  location.served = !outage(host) && (location.side == Side::failover || !outage(location.home->name));
}

std::optional<Outage> Placement::outage(const InterfaceRef& name) const {
  if (failed_clims_.count(name.clim) != 0) {
    return Outage{Outage::Kind::clim, {}};
  }
  if (failed_interfaces_.count(name) != 0) {
    return Outage{Outage::Kind::interface, {}};
  }
  const Interface* const interface = cluster_.find(name);
  if (interface == nullptr) {
    return std::nullopt;
  }
  if (interface->kind == InterfaceKind::bond) {
    return bond_outage(*interface);
  }
  if (interface->kind == InterfaceKind::vlan && interface->vlan.link) {
    const InterfaceRef link{name.clim, interface->vlan.link->value};
    const Interface* const declared = cluster_.find(link);
    const bool can_be_one = declared == nullptr || declared->kind != InterfaceKind::vlan;  // else E0112
    if (can_be_one && outage(link)) {
      return Outage{Outage::Kind::link, link.interface};
    }
  }
  return std::nullopt;
}

std::optional<Outage> Placement::bond_outage(const Interface& bond) const {
  const std::size_t all = bond.bond.slaves.size();
  const std::size_t left = all - failed_slaves(bond).size();
  if (all == 0 || bond.bond.slaves_unknown || left == all) {
    return std::nullopt;
  }
  if (left == 0) {
    return Outage{Outage::Kind::slaves, {}};
  }
  if (left < slaves_needed(bond)) {
    return Outage{Outage::Kind::min_links, {}};
  }
  return std::nullopt;
}

std::vector<InterfaceName> Placement::failed_slaves(const Interface& bond) const {
  std::vector<InterfaceName> failed;
  for (const auto& slave : bond.bond.slaves) {
    if (failed_interfaces_.count({bond.name.clim, slave.value}) != 0) {
      failed.push_back(slave.value);
    }
  }
  return failed;
}

Placement place(const Cluster& cluster, std::span<const Failure> failures) {
  Placement placement(cluster);
  for (const Failure& failure : failures) {
    placement.fail(failure);
  }
  return placement;
}

std::vector<Failure> possible_failures(const Cluster& cluster) {
  std::vector<Failure> all;
  for (const Clim& clim : cluster.clims) {
    all.emplace_back(clim.name);
    std::unordered_set<InterfaceName> seen;
    for (const Interface& interface : clim.interfaces) {
      seen.insert(interface.name.interface);
      all.emplace_back(interface.name);
    }
    for (const Interface& interface : clim.interfaces) {
      for (const auto& slave : interface.bond.slaves) {
        if (seen.insert(slave.value).second) {
          all.emplace_back(InterfaceRef{clim.name, slave.value});
        }
      }
    }
  }
  return all;
}

}  // namespace cip::check
