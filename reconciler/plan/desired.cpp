#include "reconciler/plan/desired.h"

#include <utility>

namespace cip::plan {

Settings settings_for(InterfaceKind kind) {
  if (kind == InterfaceKind::loopback || kind == InterfaceKind::tunnel) return {};
  return {{Setting::arp_ignore, 1}, {Setting::arp_announce, 2}, {Setting::promote_secondaries, 1}};
}

void want_link(Desired& desired, const HomeInterface& home, bool up) {
  if (home.kind == InterfaceKind::tunnel) return;
  DesiredLink link{home.name.interface, up, home.mtu, settings_for(home.kind), {home.name}};
  link.match_mac = home.match_mac;
  if (home.vlan) link.made = *home.vlan;
  if (home.bond) {
    link.made = *home.bond;
    for (const auto& slave : home.bond->slaves) {
      DesiredLink device{slave.name, true, home.mtu, {}, {home.name}};
      device.match_mac = slave.match_mac;
      device.bond = home.name.interface;
      desired.links.push_back(std::move(device));
    }
  }
  desired.links.push_back(std::move(link));
}

void want_resources(Desired& desired, const HomeInterface& home, const InterfaceName& here, Lifetime lifetime,
                    Extent extent) {
  const bool movable = home.failover.has_value();
  const Homes homes{home.name};
  const auto want = [&](const std::vector<InterfaceAddress>& addresses, const std::vector<Route>& routes,
                        const InterfaceName& link) {
    for (const auto& address : addresses) {
      desired.addresses.push_back({link, address, movable ? lifetime : std::nullopt, movable, homes});
    }
    if (extent == Extent::without_routes) return;
    auto at = desired.routes.size();
    desired.routes.resize(at + routes.size());
    for (const auto& route : routes) desired.routes[at++] = {link, route, homes};
  };
  want(home.addresses, home.routes, here);
  for (const auto& neighbor : home.neighbors) desired.neighbors.push_back({here, neighbor, homes});
  for (const auto& rule : home.rules) desired.rules.push_back({rule, homes});
  for (const auto& tunnel : home.tunnels) {
    DesiredLink link{tunnel.name, true, tunnel.mtu, settings_for(InterfaceKind::tunnel), homes};
    link.made = TunnelOptions{tunnel.local, tunnel.remote, tunnel.ttl};
    desired.links.push_back(std::move(link));
    want(tunnel.addresses, tunnel.routes, tunnel.name);
  }
}

}  // namespace cip::plan
