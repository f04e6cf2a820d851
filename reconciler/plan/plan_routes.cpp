#include <algorithm>
#include <tuple>

#include "reconciler/plan/describe.h"
#include "reconciler/plan/planner.h"

namespace cip::plan {

namespace {

// What the kernel takes for one route, and refuses to have twice (NLM_F_EXCL).
using RouteKey = std::tuple<const Prefix&, std::uint32_t, std::uint32_t>;
RouteKey key(const Route& route) {
  return {route.destination, route.table, route.metric};
}

bool less_observed(const ObservedRoute* a, const ObservedRoute* b) {
  return key(a->route) < key(b->route);
}

// A desired route that has a place, and all who want it.
struct WantedRoute {
  Route route;
  LinkId link;  // index 0 for types without a device
  Homes homes;
};

// Routes on the link come before those through a gateway, which they may make reachable; out the other way round.
bool through_gateway(const Route& route) {
  return route.gateway.has_value();
}

class Routes {
 public:
  explicit Routes(Planner& planner) : planner_(planner) {
    present_.reserve(planner.observed.routes.size());
    for (const auto& route : planner.observed.routes) present_.push_back(&route);
    std::stable_sort(present_.begin(), present_.end(), less_observed);
  }

  void plan() {
    gather();
    for (auto& wanted : wanted_) {
      if (wanted) add_or_keep(*wanted);
    }
    for (const auto& route : planner_.observed.routes) {
      if (route.protocol == our_protocol && !kept_.contains(&route))
        planner_.routes_out.push_back({RemoveRoute{route}, {}});
    }
    const auto gateway_out = [](const Operation& o) {
      return through_gateway(std::get<RemoveRoute>(o.action).route.route);
    };
    std::stable_partition(planner_.routes_out.begin(), planner_.routes_out.end(), gateway_out);
    const auto on_link = [](const Operation& o) {
      const auto* add = std::get_if<AddRoute>(&o.action);
      return !through_gateway(add != nullptr ? add->route : std::get<ReplaceRoute>(o.action).route);
    };
    std::stable_partition(planner_.routes_in.begin(), planner_.routes_in.end(), on_link);
  }

 private:
  // Each desired route once, in their order.
  void gather() {
    const auto& routes = planner_.desired.routes;
    std::vector<std::size_t> order(routes.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return key(routes[a].route) < key(routes[b].route); });
    wanted_.resize(routes.size());
    std::optional<WantedRoute>* taken = nullptr;  // of the same key as the one before
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto& want = routes[order[i]];
      if (i == 0 || key(want.route) != key(routes[order[i - 1]].route)) taken = nullptr;
      const auto link = place(want);
      if (!link) continue;
      if (taken == nullptr) {
        taken = &wanted_[order[i]];
        *taken = WantedRoute{want.route, *link, want.homes};
      } else if ((*taken)->route == want.route && (*taken)->link == *link) {
        (*taken)->homes.insert(want.homes.begin(), want.homes.end());
      } else {
        planner_.report(
            Problem::Kind::contradiction, want.homes, describe(want.route, link->name),
            "excluded by " + describe((*taken)->route, (*taken)->link.name) + " of " + describe((*taken)->homes));
      }
    }
  }

  std::optional<LinkId> place(const DesiredRoute& want) {
    if (want.route.type != RouteType::unicast) return LinkId{};
    const auto found = planner_.link_by_name.find(want.link);
    if (found != planner_.link_by_name.end() && !planner_.wanted_down.contains(want.link)) return found->second->id;
    planner_.place(want.link, want.homes, describe(want.route, want.link), false);
    return std::nullopt;
  }

  void add_or_keep(const WantedRoute& wanted) {
    std::vector<const ObservedRoute*> ours;
    std::vector<const ObservedRoute*> foreign;
    const ObservedRoute probe{{}, wanted.route};
    const auto [first, last] = std::equal_range(present_.begin(), present_.end(), &probe, less_observed);
    for (auto i = first; i != last; ++i) ((*i)->protocol == our_protocol ? ours : foreign).push_back(*i);

    const auto same = [&](const ObservedRoute* route) {
      return route->plain && route->route == wanted.route && route->link.index == wanted.link.index;
    };
    const auto there = std::find_if(ours.begin(), ours.end(), same);
    const bool waits = wanted.route.source && planner_.unready.contains(*wanted.route.source);
    if (there != ours.end()) {
      kept_.insert(*there);
      // The kernel removes it with its source address.
      const bool lost = wanted.route.source && planner_.rotated.contains(*wanted.route.source);
      if (lost) planner_.routes_in.push_back({ReplaceRoute{wanted.link, wanted.route}, wanted.homes});
    } else if (!foreign.empty()) {
      report_foreign(wanted, *foreign.front(), std::any_of(foreign.begin(), foreign.end(), same));
    } else if (waits) {
      kept_.insert(ours.begin(), ours.end());
      planner_.report(Problem::Kind::waiting, wanted.homes, describe(wanted.route, wanted.link.name),
                      "its source address is still being checked for duplicates");
    } else if (ours.size() == 1 && ours.front()->plain && ours.front()->route.type == RouteType::unicast &&
               wanted.route.type == RouteType::unicast) {
      kept_.insert(ours.front());
      planner_.routes_in.push_back({ReplaceRoute{wanted.link, wanted.route}, wanted.homes});
    } else {
      planner_.routes_in.push_back({AddRoute{wanted.link, wanted.route}, wanted.homes});
    }
  }

  void report_foreign(const WantedRoute& wanted, const ObservedRoute& there, bool same) {
    const std::string object = describe(wanted.route, wanted.link.name);
    if (same) {
      planner_.report(Problem::Kind::foreign, wanted.homes, object, "is there already and not ours");
      return;
    }
    planner_.report(Problem::Kind::conflict, wanted.homes, object,
                    describe(there.route, there.link.name) + " of routing protocol " + std::to_string(there.protocol) +
                        " is in its place; give one of them another metric");
  }

  Planner& planner_;
  std::vector<const ObservedRoute*> present_;       // by key
  std::vector<std::optional<WantedRoute>> wanted_;  // by position in Desired::routes
  std::unordered_set<const ObservedRoute*> kept_;
};

}  // namespace

void plan_routes(Planner& planner) {
  Routes(planner).plan();
}

}  // namespace cip::plan
