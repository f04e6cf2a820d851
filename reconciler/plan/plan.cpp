#include "reconciler/plan/plan.h"

#include <algorithm>
#include <cerrno>
#include <map>

#include "reconciler/plan/describe.h"
#include "reconciler/plan/planner.h"

namespace cip::plan {

namespace {

using AddressKey = std::pair<int, InterfaceAddress>;
using NeighborKey = std::pair<int, IpAddress>;

AddressKey key(const OwnedAddress& owned) {
  return {owned.link.index, owned.address};
}
NeighborKey key(const OwnedNeighbor& owned) {
  return {owned.link.index, owned.address};
}
int key(const OwnedLink& owned) {
  return owned.link.index;
}

// Sorted, each key once.
template <class Owned>
void tidy(std::vector<Owned>& list) {
  const auto less = [](const Owned& a, const Owned& b) { return key(a) < key(b); };
  const auto same = [](const Owned& a, const Owned& b) { return key(a) == key(b); };
  std::stable_sort(list.begin(), list.end(), less);
  list.erase(std::unique(list.begin(), list.end(), same), list.end());
}

void append(std::vector<Operation>& to, std::vector<Operation>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Follows what is ours through the operations, in their order.
class Settling {
 public:
  explicit Settling(const Ledger& before) {
    for (const auto& owned : before.addresses) addresses_.insert({key(owned), {owned, true}});
    for (const auto& owned : before.neighbors) neighbors_.insert({key(owned), {owned, true}});
    for (const auto& owned : before.links) links_.insert({key(owned), {owned, true}});
  }

  void apply(const Action& action, const OperationResult& result) {
    if (const auto* add = std::get_if<AddAddress>(&action)) {
      set(addresses_, AddressKey{add->link.index, add->address}, result.ok());
    } else if (const auto* removal = std::get_if<RemoveAddress>(&action)) {
      if (gone(result)) set(addresses_, AddressKey{removal->link.index, removal->address}, false);
    } else if (const auto* added = std::get_if<AddNeighbor>(&action)) {
      set(neighbors_, NeighborKey{added->link.index, added->neighbor.address}, result.ok());
    } else if (const auto* removed = std::get_if<RemoveNeighbor>(&action)) {
      if (gone(result)) set(neighbors_, NeighborKey{removed->link.index, removed->address}, false);
    } else if (const auto* made = std::get_if<AddLink>(&action)) {
      set(links_, made->link.index, result.ok());
    } else if (const auto* unmade = std::get_if<RemoveLink>(&action)) {
      if (gone(result)) set(links_, unmade->link.index, false);
    }
  }

  Ledger result(const std::string& instance) const {
    Ledger ledger{instance, {}, {}};
    for (const auto& [unused, entry] : addresses_) {
      if (entry.second) ledger.addresses.push_back(entry.first);
    }
    for (const auto& [unused, entry] : neighbors_) {
      if (entry.second) ledger.neighbors.push_back(entry.first);
    }
    for (const auto& [unused, entry] : links_) {
      if (entry.second) ledger.links.push_back(entry.first);
    }
    return ledger;
  }

 private:
  // Whether it is surely not there any more.
  static bool gone(const OperationResult& result) {
    return result.ok() || result.error == EADDRNOTAVAIL || result.error == ENODEV || result.error == ENOENT;
  }
  template <class Map, class Key>
  static void set(Map& map, const Key& which, bool ours) {
    const auto found = map.find(which);
    if (found != map.end()) found->second.second = ours;
  }

  std::map<AddressKey, std::pair<OwnedAddress, bool>> addresses_;
  std::map<NeighborKey, std::pair<OwnedNeighbor, bool>> neighbors_;
  std::map<int, std::pair<OwnedLink, bool>> links_;
};

}  // namespace

Planner::Planner(const Desired& wanted, const Observed& seen, const Ledger& owned) : desired(wanted), observed(seen) {
  if (owned.instance == seen.instance) ledger = owned;
  before.instance = seen.instance;
  for (const auto& link : seen.links) {
    links.push_back(link);
    link_by_name.emplace(link.id.name, &links.back());
    link_by_index.emplace(link.id.index, &links.back());
  }
}

const ObservedLink* Planner::place(const InterfaceName& link, const Homes& homes,
                                   const std::function<Subject()>& subject) {
  const auto found = link_by_name.find(link);
  if (found == link_by_name.end()) {
    const auto why = unusable.find(link);
    report(Problem::Kind::absent, homes, subject(),
           "interface " + link.str() + (why == unusable.end() ? " does not exist" : " cannot be used: " + why->second));
    return nullptr;
  }
  if (wanted_down.contains(link)) {
    report(Problem::Kind::down, homes, subject(), "interface " + link.str() + " is to be down");
    return nullptr;
  }
  return found->second;
}

void Planner::report(Problem::Kind kind, const Homes& homes, Subject subject, std::string text) {
  problems.push_back({kind, homes, std::move(subject), std::move(text)});
}

void plan_neighbors(Planner& planner) {
  std::map<NeighborKey, const ObservedNeighbor*> present;
  for (const auto& neighbor : planner.observed.neighbors) {
    present.emplace(NeighborKey{neighbor.link.index, neighbor.neighbor.address}, &neighbor);
  }
  std::map<NeighborKey, const OwnedNeighbor*> owned;
  for (const auto& entry : planner.ledger.neighbors) owned.emplace(key(entry), &entry);
  const auto is_ours = [&](const NeighborKey& which, const ObservedNeighbor& neighbor) {
    return neighbor.protocol == our_protocol || (neighbor.permanent && owned.contains(which));
  };

  std::map<NeighborKey, std::pair<OwnedNeighbor, MacAddress>> wanted;  // each once, with all who want it
  for (const auto& want : planner.desired.neighbors) {
    const auto& [link_name, neighbor, homes] = want;
    const auto subject = [&want] { return Subject{want.link, want.neighbor}; };
    const ObservedLink* link = planner.place(link_name, homes, subject);
    if (link == nullptr) continue;
    const NeighborKey which{link->id.index, neighbor.address};
    const auto [entry, first] =
        wanted.insert({which, {OwnedNeighbor{link->id, neighbor.address, homes}, neighbor.mac}});
    if (first) continue;
    if (entry->second.second == neighbor.mac) {
      entry->second.first.homes.insert(homes.begin(), homes.end());
    } else {
      planner.report(Problem::Kind::contradiction, homes, subject(),
                     "the address is wanted at another MAC address, too");
    }
  }

  for (const auto& [which, neighbor] : present) {
    if (!is_ours(which, *neighbor) || wanted.contains(which)) continue;
    const auto entry = owned.find(which);
    const Homes homes = entry == owned.end() ? Homes{} : entry->second->homes;
    planner.neighbors_out.push_back({RemoveNeighbor{neighbor->link, neighbor->neighbor.address}, homes});
    planner.before.neighbors.push_back({neighbor->link, neighbor->neighbor.address, homes});
  }

  for (const auto& [which, entry] : wanted) {
    const auto& [want, mac] = entry;
    const Neighbor neighbor{want.address, mac};
    const auto found = present.find(which);
    if (found == present.end()) {
      planner.neighbors_in.push_back({AddNeighbor{want.link, neighbor}, want.homes});
    } else if (const auto& there = *found->second; there.permanent && !is_ours(which, there)) {
      const bool same = there.neighbor == neighbor;
      planner.report(same ? Problem::Kind::foreign : Problem::Kind::conflict, want.homes,
                     Subject{want.link.name, neighbor},
                     same ? "is there already and not ours"
                          : "a permanent entry at " + there.neighbor.mac.str() + " that is not ours is in its place");
      continue;
    } else if (!there.permanent || there.neighbor != neighbor) {
      planner.neighbors_in.push_back({ReplaceNeighbor{want.link, neighbor}, want.homes});
    }
    planner.before.neighbors.push_back(want);
  }
}

Plan make_plan(const Desired& desired, const Observed& observed, const Ledger& ledger) {
  Planner planner(desired, observed, ledger);
  plan_links(planner);
  plan_addresses(planner);
  plan_routes(planner);
  plan_neighbors(planner);
  plan_rules(planner);

  Plan plan;
  const auto phases = {&planner.settings,
                       &planner.neighbors_out,
                       &planner.rules_out,
                       &planner.routes_out,
                       &planner.addresses_out,
                       &planner.links_out,
                       &planner.links_in,
                       &planner.mtus,
                       &planner.ups,
                       &planner.addresses_in,
                       &planner.addresses_out_late,
                       &planner.routes_in,
                       &planner.rules_in,
                       &planner.neighbors_in,
                       &planner.downs};
  std::size_t count = 0;
  for (const auto* phase : phases) count += phase->size();
  plan.operations.reserve(count);
  for (auto* phase : phases) append(plan.operations, *phase);
  plan.problems = std::move(planner.problems);
  plan.before = std::move(planner.before);
  tidy(plan.before.addresses);
  tidy(plan.before.neighbors);
  tidy(plan.before.links);
  return plan;
}

Ledger settle(const Plan& plan, std::span<const OperationResult> results) {
  Settling settling(plan.before);
  for (std::size_t i = 0; i < plan.operations.size(); ++i) settling.apply(plan.operations[i].action, results[i]);
  return settling.result(plan.before.instance);
}

std::vector<Operation> refresh(std::span<const OwnedAddress> addresses, Lifetime lifetime) {
  std::vector<Operation> operations;
  for (const auto& owned : addresses) {
    operations.push_back({RefreshAddress{owned.link, owned.address, lifetime}, owned.homes});
  }
  return operations;
}

std::vector<Operation> remove(std::span<const OwnedAddress> addresses) {
  std::vector<Operation> operations;
  for (const auto& owned : addresses) operations.push_back({RemoveAddress{owned.link, owned.address}, owned.homes});
  return operations;
}

}  // namespace cip::plan
