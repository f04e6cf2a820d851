#include <algorithm>
#include <set>

#include "reconciler/plan/plan.h"

namespace cip::plan {

namespace {

// A route as the kernel tells one from another: types other than unicast have no device.
using Placed = std::pair<int, Route>;
Placed placed(const Route& route, int link) {
  return {route.type == RouteType::unicast ? link : 0, route};
}

bool holds_route(const Observed& observed, const HomeInterface& home, int link, const Desired& others) {
  std::set<Placed> only_here;
  for (const auto& route : home.routes) only_here.insert(placed(route, link));
  for (const auto& other : others.routes) {
    const ObservedLink* device = observed.find_link(other.link);
    if (!only_here.empty()) only_here.erase(placed(other.route, device == nullptr ? 0 : device->id.index));
  }
  if (only_here.empty()) return false;
  return std::any_of(observed.routes.begin(), observed.routes.end(), [&](const ObservedRoute& route) {
    return route.protocol == our_protocol && only_here.contains(placed(route.route, route.link.index));
  });
}

bool holds_neighbor(const Observed& observed, const Ledger& ledger, const HomeInterface& home,
                    const InterfaceName& here, int link, const Desired& others) {
  std::set<Neighbor> only_here(home.neighbors.begin(), home.neighbors.end());
  for (const auto& other : others.neighbors) {
    if (other.link == here) only_here.erase(other.neighbor);
  }
  const auto is_ours = [&](const ObservedNeighbor& neighbor) {
    return neighbor.protocol == our_protocol ||
           std::any_of(ledger.neighbors.begin(), ledger.neighbors.end(), [&](const OwnedNeighbor& owned) {
             return owned.link.index == link && owned.address == neighbor.neighbor.address;
           });
  };
  return std::any_of(observed.neighbors.begin(), observed.neighbors.end(), [&](const ObservedNeighbor& neighbor) {
    return neighbor.link.index == link && neighbor.permanent && only_here.contains(neighbor.neighbor) &&
           is_ours(neighbor);
  });
}

bool holds_rule(const Observed& observed, const HomeInterface& home, const Desired& others) {
  std::set<Rule> only_here(home.rules.begin(), home.rules.end());
  for (const auto& other : others.rules) only_here.erase(other.rule);
  return std::any_of(observed.rules.begin(), observed.rules.end(), [&](const ObservedRule& rule) {
    return rule.protocol == our_protocol && only_here.contains(rule.rule);
  });
}

}  // namespace

bool holds(const Observed& observed, const Ledger& ledger, const HomeInterface& home, const InterfaceName& here,
           const Desired& others) {
  const ObservedLink* device = observed.find_link(here);
  const int link = device == nullptr ? -1 : device->id.index;
  const std::set<InterfaceAddress> addresses(home.addresses.begin(), home.addresses.end());
  const bool address_there =
      std::any_of(observed.addresses.begin(), observed.addresses.end(), [&](const ObservedAddress& address) {
        return address.link.index == link && !address.has_peer && addresses.contains(address.address);
      });
  // Only its addresses count, if it has any: the fence takes them and leaves its neighbours and IPv6 routes behind, and
  // a daemon that thaws then must not believe that it still serves, and add what the other side has taken over.
  if (!home.addresses.empty()) return address_there;
  return holds_route(observed, home, link, others) || holds_rule(observed, home, others) ||
         holds_neighbor(observed, ledger, home, here, link, others);
}

}  // namespace cip::plan
