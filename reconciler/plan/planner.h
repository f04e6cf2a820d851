// The plan in the making; of this room only.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "reconciler/plan/plan.h"

namespace cip::plan {

struct Planner {
  Planner(const Desired& wanted, const Observed& seen, const Ledger& owned);

  const Desired& desired;
  const Observed& observed;
  Ledger ledger;  // empty if it is about another instance

  std::unordered_map<InterfaceName, const ObservedLink*> link_by_name;
  std::unordered_map<int, const ObservedLink*> link_by_index;
  std::unordered_set<InterfaceName> wanted_down;

  // Left by the addresses for the routes that use them as source: not usable before an event, and removed and added
  // again.
  std::unordered_set<IpAddress> unready;
  std::unordered_set<IpAddress> rotated;

  // In the order in which they are executed.
  std::vector<Operation> settings, neighbors_out, routes_out, addresses_out, mtus, ups, addresses_in,
      addresses_out_late, routes_in, neighbors_in, downs;
  std::vector<Problem> problems;
  Ledger before;

  // The link to put a desired object on, or nothing and a problem, for which `object` is asked what it is.
  const ObservedLink* place(const InterfaceName& link, const Homes& homes, bool is_address,
                            const std::function<std::string()>& object);
  void report(Problem::Kind kind, const Homes& homes, std::string object, std::string text, bool is_address = false);
};

void plan_links(Planner& planner);      // before the addresses, which ask for the settings
void plan_addresses(Planner& planner);  // before the routes
void plan_routes(Planner& planner);
void plan_neighbors(Planner& planner);

}  // namespace cip::plan
