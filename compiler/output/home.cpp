#include "compiler/output/home.h"

#include <algorithm>
#include <functional>
#include <unordered_set>
#include <utility>

namespace cip::output {
namespace {

using lang::Interface;
using lang::Sourced;

// What the specification sets; the rest stays as it is.
template <class Value, class T>
void set(Value& value, const std::optional<Sourced<T>>& sourced) {
  if (sourced) {
    value = sourced->value;
  }
}

template <class T, class Sourced>
void append(std::vector<T>& values, const std::vector<Sourced>& list) {
  values.reserve(list.size());
  for (const auto& each : list) {
    values.push_back(each.value);
  }
}

Bond bond_object(const Home& home) {
  const auto& source = home.interface->bond;
  Bond bond;
  for (std::size_t i = 0; i < source.slaves.size(); ++i) {
    BondSlave slave{source.slaves[i].value, {}, {}};
    if (const Interface* block = home.slaves[i]) {
      set(slave.match_mac, block->match_mac);
      set(slave.description, block->description);
    }
    bond.slaves.push_back(std::move(slave));
  }
  set(bond.mode, source.mode);
  set(bond.primary, source.primary);
  set(bond.primary_reselect, source.primary_reselect);
  set(bond.miimon, source.miimon);
  set(bond.min_links, source.min_links);
  set(bond.lacp_rate, source.lacp_rate);
  set(bond.hash_policy, source.hash_policy);
  set(bond.up_delay, source.up_delay);
  set(bond.down_delay, source.down_delay);
  return bond;
}

Tunnel tunnel_object(const Interface& source) {
  Tunnel tunnel;
  tunnel.name = source.name.interface;
  set(tunnel.local, source.tunnel.local);
  set(tunnel.remote, source.tunnel.remote);
  set(tunnel.ttl, source.tunnel.ttl);
  set(tunnel.mtu, source.mtu);
  append(tunnel.addresses, source.addresses);
  append(tunnel.routes, source.routes);
  return tunnel;
}

// What an interface that is no tunnel has beside its kind's own.
void add_resources(HomeInterface& home, const Interface& interface) {
  set(home.match_mac, interface.match_mac);
  set(home.provider, interface.provider);
  set(home.lan, interface.lan);
  set(home.mtu, interface.mtu);
  set(home.description, interface.description);
  append(home.addresses, interface.addresses);
  append(home.routes, interface.routes);
  append(home.rules, interface.rules);
  append(home.neighbors, interface.neighbors);
}

bool is_carried(const Interface& interface) {
  return interface.kind == InterfaceKind::tunnel && interface.tunnel.local;
}

// The tunnels of the CLIM that follow an interface, by the address that they follow.
using Carried = std::unordered_map<IpAddress, std::vector<const Interface*>>;

void add_tunnels(Home& home, const Carried& carried) {
  if (home.interface->kind == InterfaceKind::tunnel) {
    home.tunnels = {home.interface};
    return;
  }
  std::vector<const Interface*> tunnels;
  if (!carried.empty()) {
    for (const auto& address : home.interface->addresses) {
      if (const auto found = carried.find(address.value.address); found != carried.end()) {
        tunnels.insert(tunnels.end(), found->second.begin(), found->second.end());
      }
    }
  }
  // The interfaces of a CLIM are in one vector, in the order of the specification.
  std::sort(tunnels.begin(), tunnels.end(), std::less<>());
  home.tunnels = std::move(tunnels);
}

}  // namespace

std::vector<Home> homes_of(const lang::Clim& clim, const Failovers& failovers) {
  std::unordered_set<InterfaceName> slaves;
  Carried carried;
  for (const auto& interface : clim.interfaces) {
    for (const auto& slave : interface.bond.slaves) {
      slaves.insert(slave.value);
    }
    if (is_carried(interface)) {
      carried[interface.tunnel.local->value].push_back(&interface);
    }
  }
  std::vector<Home> homes;
  for (const auto& interface : clim.interfaces) {
    if (is_carried(interface) || slaves.count(interface.name.interface) != 0) {
      continue;
    }
    Home home{&interface};
    if (const auto found = failovers.find(interface.name); found != failovers.end()) {
      home.failover = found->second;
    }
    for (const auto& slave : interface.bond.slaves) {
      home.slaves.push_back(clim.find(slave.value));
    }
    add_tunnels(home, carried);
    homes.push_back(std::move(home));
  }
  return homes;
}

HomeInterface home_object(const Home& home) {
  const Interface& interface = *home.interface;
  HomeInterface object;
  object.name = interface.name;
  object.kind = interface.kind;
  if (interface.kind != InterfaceKind::tunnel) {
    add_resources(object, interface);
  }
  if (interface.kind == InterfaceKind::bond) {
    object.bond = bond_object(home);
  }
  if (interface.kind == InterfaceKind::vlan) {
    Vlan vlan;
    set(vlan.link, interface.vlan.link);
    set(vlan.id, interface.vlan.id);
    object.vlan = vlan;
  }
  for (const Interface* tunnel : home.tunnels) {
    object.tunnels.push_back(tunnel_object(*tunnel));
  }
  if (home.failover != nullptr) {
    object.failover = home.failover->target;
  }
  return object;
}

}  // namespace cip::output
