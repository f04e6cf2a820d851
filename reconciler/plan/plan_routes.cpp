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

// Pointers to the objects in the order of their keys. The kernel and the compiler have them in that order mostly.
template <class Object>
std::vector<const Object*> by_key(const std::vector<Object>& objects) {
  std::vector<const Object*> sorted;
  sorted.reserve(objects.size());
  for (const auto& object : objects) sorted.push_back(&object);
  const auto less = [](const Object* a, const Object* b) { return key(a->route) < key(b->route); };
  if (!std::is_sorted(sorted.begin(), sorted.end(), less)) std::stable_sort(sorted.begin(), sorted.end(), less);
  return sorted;
}

using Present = std::vector<const ObservedRoute*>;

// A desired route that has a place, and all who want it.
struct WantedRoute {
  const Route* route = nullptr;  // nothing: it has no place, or another is taken for it
  const LinkId* link = nullptr;
  Homes homes;
  Present::const_iterator present;  // the first of its key or behind it
};

// Routes on the link come before those through a gateway, which they may make reachable; out the other way round.
bool through_gateway(const Route& route) {
  return route.gateway.has_value();
}

void first(std::vector<Operation>& operations, bool (*comes_first)(const Operation&)) {
  if (!std::is_partitioned(operations.begin(), operations.end(), comes_first)) {
    std::stable_partition(operations.begin(), operations.end(), comes_first);
  }
}

class Routes {
 public:
  explicit Routes(Planner& planner)
      : planner_(planner), present_(by_key(planner.observed.routes)), kept_(planner.observed.routes.size()) {}

  void plan() {
    gather();
    planner_.routes_in.reserve(wanted_.size());
    for (const auto& wanted : wanted_) {
      if (wanted.route != nullptr) add_or_keep(wanted);
    }
    for (const auto& route : planner_.observed.routes) {
      if (route.protocol == our_protocol && !kept_[position(route)])
        planner_.routes_out.push_back({RemoveRoute{route}, {}});
    }
    first(planner_.routes_out,
          [](const Operation& o) { return through_gateway(std::get<RemoveRoute>(o.action).route.route); });
    first(planner_.routes_in, [](const Operation& o) {
      const auto* add = std::get_if<AddRoute>(&o.action);
      return !through_gateway(add != nullptr ? add->route : std::get<ReplaceRoute>(o.action).route);
    });
  }

 private:
  // Each desired route once, in their order.
  void gather() {
    const auto& routes = planner_.desired.routes;
    wanted_.resize(routes.size());
    const DesiredRoute* before = nullptr;
    WantedRoute* taken = nullptr;  // of the same key as the one before
    auto present = present_.cbegin();
    for (const auto* want : by_key(routes)) {
      if (before == nullptr || key(want->route) != key(before->route)) taken = nullptr;
      before = want;
      while (present != present_.cend() && key((*present)->route) < key(want->route)) ++present;
      const LinkId* link = place(*want);
      if (link == nullptr) continue;
      if (taken == nullptr) {
        taken = &wanted_[static_cast<std::size_t>(want - routes.data())];
        *taken = {&want->route, link, want->homes, present};
      } else if (*taken->route == want->route && *taken->link == *link) {
        taken->homes.insert(want->homes.begin(), want->homes.end());
      } else {
        planner_.report(Problem::Kind::contradiction, want->homes, Subject{link->name, want->route},
                        "excluded by " + describe(*taken->route, taken->link->name) + " of " + describe(taken->homes));
      }
    }
  }

  const LinkId* place(const DesiredRoute& want) {
    static const LinkId none;
    if (want.route.type != RouteType::unicast) return &none;
    const auto* link = planner_.place(want.link, want.homes, [&] { return Subject{want.link, want.route}; });
    return link == nullptr ? nullptr : &link->id;
  }

  void add_or_keep(const WantedRoute& wanted) {
    const Route& route = *wanted.route;
    const auto last = std::find_if(wanted.present, present_.cend(),
                                   [&](const ObservedRoute* there) { return key(there->route) != key(route); });
    const auto is_ours = [](const ObservedRoute* there) { return there->protocol == our_protocol; };
    const auto is_same = [&](const ObservedRoute* there) {
      return there->plain && there->route == route && there->link.index == wanted.link->index;
    };
    const auto same = std::find_if(wanted.present, last, [&](auto* there) { return is_ours(there) && is_same(there); });
    const auto foreign = std::find_if_not(wanted.present, last, is_ours);
    if (same != last) {
      kept_[position(**same)] = true;
      // The kernel removes it with its source address.
      const bool lost = route.source && planner_.rotated.contains(*route.source);
      if (lost) planner_.routes_in.push_back({ReplaceRoute{*wanted.link, route}, wanted.homes});
    } else if (foreign != last) {
      report_foreign(wanted, **foreign,
                     std::any_of(foreign, last, [&](auto* there) { return !is_ours(there) && is_same(there); }));
    } else if (route.source && planner_.unready.contains(*route.source)) {
      for (auto there = wanted.present; there != last; ++there) kept_[position(**there)] = true;
      planner_.report(Problem::Kind::waiting, wanted.homes, Subject{wanted.link->name, route},
                      "its source address is still being checked for duplicates");
    } else if (last - wanted.present == 1 && can_replace(**wanted.present, route)) {
      kept_[position(**wanted.present)] = true;
      planner_.routes_in.push_back({ReplaceRoute{*wanted.link, route}, wanted.homes});
    } else {
      planner_.routes_in.push_back({AddRoute{*wanted.link, route}, wanted.homes});
    }
  }

  static bool can_replace(const ObservedRoute& there, const Route& route) {
    return there.plain && there.route.type == RouteType::unicast && route.type == RouteType::unicast;
  }

  std::size_t position(const ObservedRoute& route) const {
    return static_cast<std::size_t>(&route - planner_.observed.routes.data());
  }

  void report_foreign(const WantedRoute& wanted, const ObservedRoute& there, bool same) {
    const Subject subject{wanted.link->name, *wanted.route};
    if (same) {
      planner_.report(Problem::Kind::foreign, wanted.homes, subject, "is there already and not ours");
      return;
    }
    planner_.report(Problem::Kind::conflict, wanted.homes, subject,
                    describe(there.route, there.link.name) + " of routing protocol " + std::to_string(there.protocol) +
                        " is in its place; give one of them another metric");
  }

  Planner& planner_;
  Present present_;                  // by key
  std::vector<WantedRoute> wanted_;  // by position in Desired::routes
  std::vector<bool> kept_;           // by position in Observed::routes
};

}  // namespace

void plan_routes(Planner& planner) {
  Routes(planner).plan();
}

}  // namespace cip::plan
