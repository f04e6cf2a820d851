// The plan in the making; of this room only.
#pragma once

#include <deque>
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

  // The links as they will be once `links_out` and `links_in` are carried out: with those that are made, by the name
  // that they will have.
  std::deque<ObservedLink> links;
  std::unordered_map<InterfaceName, ObservedLink*> link_by_name;
  std::unordered_map<int, ObservedLink*> link_by_index;
  std::unordered_set<InterfaceName> wanted_down;
  std::unordered_map<InterfaceName, std::string>
      unusable;  // why it is not in link_by_name, if not because it is absent

  // Left by the addresses for the routes that use them as source: not usable before an event, and removed and added
  // again.
  std::unordered_set<IpAddress> unready;
  std::unordered_set<IpAddress> rotated;

  // In the order in which they are executed.
  std::vector<Operation> settings, neighbors_out, rules_out, routes_out, addresses_out, links_out, links_in, mtus, ups,
      addresses_in, addresses_out_late, routes_in, rules_in, neighbors_in, downs;
  std::vector<Problem> problems;
  Ledger before;

  // The link to put a desired object on, or nothing and a problem, for which `subject` is asked what it is about.
  const ObservedLink* place(const InterfaceName& link, const Homes& homes, const std::function<Subject()>& subject);
  void report(Problem::Kind kind, const Homes& homes, Subject subject, std::string text);
};

void plan_links(Planner& planner);      // before all others, which ask where their links are
void plan_addresses(Planner& planner);  // before the routes
void plan_routes(Planner& planner);
void plan_neighbors(Planner& planner);
void plan_rules(Planner& planner);

}  // namespace cip::plan
