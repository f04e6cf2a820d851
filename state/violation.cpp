#include "state/violation.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "state/words.h"

namespace cip {
namespace {

using Found = std::optional<Violation>;

std::string at(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

// The first violation in a list of objects.
template <class T, class Check>
Found first_of(std::string_view path, const std::vector<T>& list, Check check) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (auto found = check(at(path, i), list[i])) {
      return found;
    }
  }
  return {};
}

// That no two objects of a list have one name.
template <class T>
Found same_names(std::string_view path, const std::vector<T>& list) {
  std::set<decltype(T::name)> names;
  return first_of(path, list, [&](const std::string& place, const T& each) -> Found {
    if (!names.insert(each.name).second) {
      return Violation{place + ".name", "is there twice"};
    }
    return {};
  });
}

Found in_route(const std::string& path, const Route& route) {
  if (route.gateway && route.gateway->family() != route.family()) {
    return Violation{path + ".gateway", "must be of the family of the destination"};
  }
  if (route.source && route.source->family() != route.family()) {
    return Violation{path + ".source", "must be of the family of the destination"};
  }
  if (route.metric == 0 && route.family() == Family::ipv6) {
    return Violation{path + ".metric", "must not be 0 in IPv6"};
  }
  return {};
}

Found in_rule(const std::string& path, const Rule& rule) {
  if (!rule.from && !rule.to) {
    return Violation{path, "must have `from` or `to`"};
  }
  if (rule.from && rule.to && rule.from->family() != rule.to->family()) {
    return Violation{path + ".to", "must be of the family of `from`"};
  }
  return {};
}

Found in_bond(const HomeInterface& interface, const Bond& bond) {
  if (bond.slaves.empty()) {
    return Violation{"bond.slaves", "must have at least one slave"};
  }
  if (auto found = same_names("bond.slaves", bond.slaves)) {
    return found;
  }
  const auto is_named = [](const InterfaceName& name) {
    return [&name](const BondSlave& slave) { return slave.name == name; };
  };
  if (std::any_of(bond.slaves.begin(), bond.slaves.end(), is_named(interface.name.interface))) {
    return Violation{"bond.slaves", "must not have the bond itself"};
  }
  if (bond.primary.empty()) {
    return {};
  }
  if (!has_primary(bond.mode)) {
    return Violation{"bond.primary", "there is none in mode " + std::string(word(bond.mode))};
  }
  if (std::none_of(bond.slaves.begin(), bond.slaves.end(), is_named(bond.primary))) {
    return Violation{"bond.primary", "must be one of the slaves"};
  }
  return {};
}

Found in_vlan(const HomeInterface& interface, const Vlan& vlan) {
  constexpr std::uint16_t most_id = 4094;
  if (vlan.id < 1 || vlan.id > most_id) {
    return Violation{"vlan.id", "must be a whole number from 1 to 4094"};
  }
  if (vlan.link == interface.name.interface) {
    return Violation{"vlan.link", "must not be the VLAN itself"};
  }
  return {};
}

Found in_tunnel(const std::string& path, const Tunnel& tunnel) {
  if (tunnel.local && tunnel.local->family() != Family::ipv4) {
    return Violation{path + ".local", "must be an IPv4 address"};
  }
  if (tunnel.remote.family() != Family::ipv4) {
    return Violation{path + ".remote", "must be an IPv4 address"};
  }
  if (tunnel.ttl == 0) {
    return Violation{path + ".ttl", "must be a whole number from 1 to 255"};
  }
  return first_of(path + ".routes", tunnel.routes, in_route);
}

// A tunnel that does not move (R4): itself, alone, and nothing else.
Found alone(const HomeInterface& interface) {
  if (interface.tunnels.size() != 1) {
    return Violation{"tunnels", "must be the tunnel alone"};
  }
  if (interface.tunnels[0].name != interface.name.interface) {
    return Violation{"tunnels[0].name", "must be " + interface.name.interface.str()};
  }
  if (interface.tunnels[0].local) {
    return Violation{"tunnels[0].local", "a tunnel with a local address is a resource of the interface that has it"};
  }
  HomeInterface bare;
  bare.name = interface.name;
  bare.kind = InterfaceKind::tunnel;
  bare.tunnels = interface.tunnels;
  if (interface != bare) {
    return Violation{"kind", "a tunnel has nothing beside itself here"};
  }
  return {};
}

Found carried(const HomeInterface& interface) {
  const auto has = [&](const IpAddress& address) {
    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [&](const InterfaceAddress& each) { return each.address == address; });
  };
  return first_of("tunnels", interface.tunnels, [&](const std::string& path, const Tunnel& tunnel) -> Found {
    if (!tunnel.local) {
      return Violation{path, "`local` is missing"};
    }
    if (!has(*tunnel.local)) {
      return Violation{path + ".local", "must be one of the addresses of the interface"};
    }
    return {};
  });
}

// That the parts are those of the kind.
Found in_kind(const HomeInterface& interface) {
  const auto kind = interface.kind;
  const auto only_of = [&](const char* part, bool there, InterfaceKind owner, bool needed) -> Found {
    if (there && kind != owner) {
      return Violation{part, "an interface of kind " + std::string(word(kind)) + " has none"};
    }
    if (!there && kind == owner && needed) {
      return Violation{"kind", "`" + std::string(part) + "` is missing"};
    }
    return {};
  };
  if (auto found = only_of("match-mac", interface.match_mac.has_value(), InterfaceKind::physical, false)) {
    return found;
  }
  if (auto found = only_of("bond", interface.bond.has_value(), InterfaceKind::bond, true)) {
    return found;
  }
  if (auto found = only_of("vlan", interface.vlan.has_value(), InterfaceKind::vlan, true)) {
    return found;
  }
  const bool stays =
      kind == InterfaceKind::loopback || kind == InterfaceKind::maintenance || kind == InterfaceKind::tunnel;
  if (interface.failover && stays) {
    return Violation{"failover", "an interface of kind " + std::string(word(kind)) + " has none"};
  }
  return {};
}

}  // namespace

Found violation(const HomeInterface& interface) {
  if (auto found = in_kind(interface)) {
    return found;
  }
  if (interface.bond) {
    if (auto found = in_bond(interface, *interface.bond)) {
      return found;
    }
  }
  if (interface.vlan) {
    if (auto found = in_vlan(interface, *interface.vlan)) {
      return found;
    }
  }
  if (interface.failover && interface.failover->clim == interface.name.clim) {
    return Violation{"failover", "must be on another CLIM"};
  }
  if (auto found = first_of("routes", interface.routes, in_route)) {
    return found;
  }
  if (auto found = first_of("rules", interface.rules, in_rule)) {
    return found;
  }
  if (auto found = first_of("tunnels", interface.tunnels, in_tunnel)) {
    return found;
  }
  if (auto found = same_names("tunnels", interface.tunnels)) {
    return found;
  }
  return interface.kind == InterfaceKind::tunnel ? alone(interface) : carried(interface);
}

Found violation(const Clim& clim) {
  const auto peers_with_us = [&](const std::string& path, const Peer& peer) -> Found {
    return peer.name == clim.name ? Violation{path + ".name", "must be another CLIM"} : Found{};
  };
  if (auto found = first_of("peers", clim.peers, peers_with_us)) {
    return found;
  }
  if (auto found = same_names("peers", clim.peers)) {
    return found;
  }
  if (auto found = same_names("interfaces", clim.interfaces)) {
    return found;
  }
  std::set<InterfaceRef> homes;
  std::set<InterfaceName> here;
  return first_of("mirrors", clim.mirrors, [&](const std::string& path, const MirrorEntry& mirror) -> Found {
    if (!homes.insert(mirror.home).second) {
      return Violation{path + ".home", "is there twice"};
    }
    // P5
    return here.insert(mirror.here).second ? Found{} : Violation{path + ".here", "is there twice"};
  });
}

Found violation(const Manifest& manifest) {
  std::set<ClimName> names;
  return first_of("clims", manifest.clims, [&](const std::string& path, const Manifest::Entry& entry) -> Found {
    return names.insert(entry.clim).second ? Found{} : Violation{path + ".name", "is there twice"};
  });
}

}  // namespace cip
