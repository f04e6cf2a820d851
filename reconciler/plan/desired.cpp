#include "reconciler/plan/desired.h"

namespace cip::plan {

Settings settings_for(InterfaceKind kind) {
  if (kind == InterfaceKind::loopback) return {};
  return {{Setting::arp_ignore, 1}, {Setting::arp_announce, 2}, {Setting::promote_secondaries, 1}};
}

void want_link(Desired& desired, const HomeInterface& home, bool up) {
  desired.links.push_back({home.name.interface, up, home.mtu, settings_for(home.kind), {home.name}});
}

void want_resources(Desired& desired, const HomeInterface& home, const InterfaceName& here, Lifetime lifetime) {
  const bool movable = home.failover.has_value();
  const Homes homes{home.name};
  for (const auto& address : home.addresses) {
    desired.addresses.push_back({here, address, movable ? lifetime : std::nullopt, movable, homes});
  }
  auto at = desired.routes.size();
  desired.routes.resize(at + home.routes.size());
  for (const auto& route : home.routes) desired.routes[at++] = {here, route, homes};
  for (const auto& neighbor : home.neighbors) desired.neighbors.push_back({here, neighbor, homes});
}

}  // namespace cip::plan
