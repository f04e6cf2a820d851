// What a move of resources takes along: addresses and routes (docs/domain.md, R1, R2).
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "state/diff_list.h"
#include "state/statement.h"

namespace cip {
namespace {

// ---- routes

// What the kernel has once (reconciler/plan: it replaces such a route in one step, if both are plain ones).
auto route_slot(const Route& route) {
  return std::tuple(route.destination, route.table, route.metric);
}

// A route that drops what it matches. `throw` only ends the lookup in its table.
bool drops(const Route& route) {
  return route.type == RouteType::blackhole || route.type == RouteType::unreachable ||
         route.type == RouteType::prohibit;
}

class RouteEffects {
 public:
  explicit RouteEffects(const std::vector<Route>& after) {
    for (const auto& route : after) {
      if (!drops(route)) destinations_.insert({route.destination, route.table});
    }
  }

  Effect operator()(const Route* before, const Route* after) const {
    if (before == nullptr) return added(*after);
    if (after == nullptr) return removed(*before);
    if (drops(*after) && !drops(*before)) return dropped(*after);
    if (drops(*before)) return hitless("nothing was forwarded by it");
    const bool plain = before->type == RouteType::unicast && after->type == RouteType::unicast;
    if (plain && route_slot(*before) == route_slot(*after)) return hitless("replaced in one step");
    return interrupts("the old route is removed before the new one is added: packets in between are lost");
  }

 private:
  static Effect dropped(const Route& route) {
    return interrupts("what is sent to " + route.destination.str() + " is dropped");
  }
  static Effect added(const Route& route) {
    if (drops(route)) return dropped(route);
    return hitless("what is sent to " + route.destination.str() + " may take another way, nothing is dropped");
  }
  Effect removed(const Route& route) const {
    if (drops(route)) return hitless("nothing was forwarded by it");
    if (destinations_.contains({route.destination, route.table})) {
      return hitless("another route to " + route.destination.str() + " stays");
    }
    return interrupts("what is sent to " + route.destination.str() + " takes a less specific route, or none");
  }

  std::set<std::pair<Prefix, std::uint32_t>> destinations_;  // and tables that have a route afterwards
};

// ---- addresses

// The first IPv4 address of each network, of those that are in `members`.
std::map<Prefix, InterfaceAddress> primaries(const std::vector<InterfaceAddress>& addresses,
                                             const std::set<InterfaceAddress>& members) {
  std::map<Prefix, InterfaceAddress> first;
  for (const auto& address : addresses) {
    if (address.family() == Family::ipv4 && members.contains(address)) first.emplace(address.network(), address);
  }
  return first;
}

std::size_t index_of(const std::vector<InterfaceAddress>& addresses, const InterfaceAddress& address) {
  return static_cast<std::size_t>(std::find(addresses.begin(), addresses.end(), address) - addresses.begin());
}

constexpr auto put_behind =
    "are removed and added again behind it, packets in between are lost, and new connections "
    "have another source address";

Effect address_effect(const InterfaceAddress* before, const InterfaceAddress* after) {
  if (before == nullptr) return hitless("added beside what is there");
  if (after == nullptr) return interrupts("connections of " + before->address.str() + " end");
  return interrupts("removed and added again with the other length: packets in between are lost");
}

}  // namespace

void compare_routes(ChangeList& changes, const ChangeList::Part& part, const std::vector<Route>& before,
                    const std::vector<Route>& after) {
  const auto pairing = pair(
      before, after, route_slot, [](const Route& route) { return std::pair(route.destination, route.table); },
      [](const Route& route) { return route.destination; });
  changes.elements(
      part, "route", "/routes", before, after, pairing, [](const Route& r) { return statement(r); },
      RouteEffects(after));
}

void compare_addresses(ChangeList& changes, const ChangeList::Part& part, const std::vector<InterfaceAddress>& before,
                       const std::vector<InterfaceAddress>& after) {
  const auto pairing = pair(before, after, [](const InterfaceAddress& address) { return address.address; });
  const std::set<InterfaceAddress> old_set(before.begin(), before.end());
  const std::set<InterfaceAddress> new_set(after.begin(), after.end());
  std::set<InterfaceAddress> staying;
  std::set_intersection(old_set.begin(), old_set.end(), new_set.begin(), new_set.end(),
                        std::inserter(staying, staying.end()));
  const auto old_first = primaries(before, staying);
  const auto new_first = primaries(after, staying);
  const auto first = primaries(after, new_set);

  changes.elements(
      part, "address", "/addresses", before, after, pairing,
      [](const InterfaceAddress& address) { return address.str(); },
      [&](const InterfaceAddress* old, const InterfaceAddress* now) {
        const bool leads = old == nullptr && now->family() == Family::ipv4 && first.at(now->network()) == *now &&
                           new_first.contains(now->network());
        return leads ? interrupts("becomes the primary of " + now->network().str() + ": the others of the network " +
                                  put_behind)
                     : address_effect(old, now);
      });
  // The kernel promotes the next secondary when a primary goes; what remains is an order of those that stay.
  for (const auto& [network, address] : new_first) {
    const auto& was = old_first.at(network);
    if (was == address) continue;
    const auto place = [](const auto& list, const auto& value) {
      return "/addresses/" + std::to_string(index_of(list, value));
    };
    changes.all().push_back({part.name,
                             "primary of " + network.str(),
                             was.str(),
                             address.str(),
                             part.old_place + place(before, was),
                             part.new_place + place(after, address),
                             {interrupts("the others of the network " + std::string(put_behind))}});
  }
}

}  // namespace cip
