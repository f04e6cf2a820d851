#include "compiler/check/contradictions.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/check/followers.h"
#include "compiler/check/say.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Finding;
using diagnostics::Findings;
using diagnostics::Label;
using lang::Cluster;
using lang::FailoverStatement;
using lang::Interface;

// More of what one failover brings about are counted.
constexpr std::size_t most_shown = 3;

// A visiting and a home resource that contradict each other.
struct Contradiction {
  std::string message;
  Label visiting;
  Label home;
  std::string help;
};

// P7: both are known to be on one LAN, or may be. What E0106 has reported, or would.
bool may_share_lan(const Interface& a, const Interface& b) {
  if (a.kind == InterfaceKind::maintenance || b.kind == InterfaceKind::maintenance) {
    return a.kind == b.kind;
  }
  if (a.provider_unknown || b.provider_unknown || a.lan_unknown || b.lan_unknown) {
    return true;
  }
  const auto lan = [](const Interface& of) { return of.lan ? of.lan->value : LanName(); };
  return a.provider && b.provider && a.provider->value == b.provider->value && lan(a) == lan(b);
}

// What one home interface meets on the CLIM that it visits.
class Visit {
 public:
  Visit(const Interface& home, const Interface& target, const Holdings& leaves, const Holdings& meets,
        const RouteSet& wrong)
      : home_(home), target_(target), leaves_(leaves), meets_(meets), wrong_(wrong) {}

  // Adds what it finds to `found`.
  void look(const Followers& followers, std::vector<Contradiction>& found) const {
    look_at(home_, target_, found);
    for (const auto& rule : home_.rules) {
      look_at_rule(rule, found);
    }
    for (const auto& neighbor : home_.neighbors) {
      look_at_neighbor(neighbor, found);
    }
    for (const Interface* tunnel : followers.of(home_)) {
      look_at_name(*tunnel, found);
      look_at(*tunnel, *tunnel, found);
    }
  }

 private:
  // Addresses and routes of the home interface or a tunnel; `on` is the interface that will have them.
  void look_at(const Interface& of, const Interface& on, std::vector<Contradiction>& found) const {
    for (const auto& address : of.addresses) {
      look_at_address(of, on, address, found);
    }
    for (const auto& route : of.routes) {
      if (wrong_.count(&route) == 0) {
        look_at_route({&on, &route}, found);
      }
    }
  }

  // What has the key on the CLIM to visit; null if nothing has, or the key is contradicted at home on either side.
  template <class Map, class Key>
  static auto met(const Map& left, const Map& here, const Key& key_left, const Key& key)
      -> decltype(&here.begin()->second) {
    const auto found = here.find(key);
    if (found == here.end() || found->second.contradicts) {
      return nullptr;
    }
    const auto own = left.find(key_left);
    return own != left.end() && own->second.contradicts ? nullptr : &found->second;
  }

  void look_at_address(const Interface& of, const Interface& on, const lang::Sourced<InterfaceAddress>& address,
                       std::vector<Contradiction>& found) const {
    const std::string text = address.value.address.str();
    const auto key = address_key(on, address.value.address);
    const auto* entry = met(leaves_.addresses, meets_.addresses, address_key(of, key.address), key);
    if (entry != nullptr && !may_share_lan(of, *entry->first.interface)) {
      found.push_back(
          {text + " is on two interfaces of CLIM " + target_.name.clim.str(),
           {address.origin, "visiting: " + of.name.str() + " has it ..."},
           {entry->first.statement->origin, "... at home: and so has " + entry->first.interface->name.str()},
           "give one of them another address"});
    }
    if (const auto route = meets_.gateways.find(key); route != meets_.gateways.end()) {
      found.push_back({own_gateway(text),
                       {address.origin, "visiting: an address of " + of.name.str() + " ..."},
                       {route->second.statement->origin, "... at home: that this route needs as another host"},
                       "lead the route over a gateway that is on neither CLIM"});
    }
  }

  std::string own_gateway(const std::string& gateway) const {
    return "gateway " + gateway + " is an address of CLIM " + target_.name.clim.str() + " itself";
  }

  void look_at_gateway(const HeldRoute& route, std::vector<Contradiction>& found) const {
    const IpAddress& gateway = *route.statement->value.gateway;
    const auto own = meets_.addresses.find(address_key(*route.interface, gateway));
    if (own != meets_.addresses.end()) {
      found.push_back({own_gateway(gateway.str()),
                       {route.statement->origin, "visiting: this route needs another host as gateway ..."},
                       {own->second.first.statement->origin,
                        "... at home: but " + own->second.first.interface->name.str() + " has the address"},
                       "lead the route over a gateway that is on neither CLIM"});
    }
  }

  void look_at_route(const HeldRoute& route, std::vector<Contradiction>& found) const {
    if (route.statement->value.gateway) {
      look_at_gateway(route, found);
    }
    const RouteKey key(route.statement->value);
    const auto* entry = met(leaves_.routes, meets_.routes, key, key);
    if (entry == nullptr || same(entry->first, route)) {
      return;
    }
    const auto place = [](const HeldRoute& of) {
      return say_way(of.statement->value) + " on " + of.interface->name.str();
    };
    found.push_back(
        {"two routes " + say_goal(route.statement->value) + " contradict each other on CLIM " + target_.name.clim.str(),
         {route.statement->origin, "visiting: " + place(route) + " ..."},
         {entry->first.statement->origin, "... at home: " + place(entry->first)},
         "make both the same, or give one of them another `metric` or `table`"});
  }

  void look_at_rule(const lang::RuleStatement& rule, std::vector<Contradiction>& found) const {
    const RuleKey key(rule.value);
    const auto* entry = met(leaves_.rules, meets_.rules, key, key);
    if (entry == nullptr || same(entry->first, {&target_, &rule})) {
      return;
    }
    found.push_back(
        {"two rules " + say_selector(rule.value) + " contradict each other on CLIM " + target_.name.clim.str(),
         {rule.origin, "visiting: table " + std::to_string(rule.value.table) + " ..."},
         {entry->first.statement->origin, "... at home: table " + std::to_string(entry->first.statement->value.table)},
         "make both the same, or give one of them another `priority`"});
  }

  void look_at_neighbor(const lang::NeighborStatement& neighbor, std::vector<Contradiction>& found) const {
    const IpAddress& address = neighbor.value.address;
    const auto* entry = met(leaves_.neighbors, meets_.neighbors, AddressKey{&home_, address}, {&target_, address});
    if (entry == nullptr || same(entry->first, {&target_, &neighbor})) {
      return;
    }
    found.push_back({"neighbour " + address.str() + " has two MAC addresses on " + target_.name.str(),
                     {neighbor.origin, "visiting: " + neighbor.value.mac.str() + " ..."},
                     {entry->first.statement->origin, "... at home: " + entry->first.statement->value.mac.str()},
                     "make both the same: they are one host on one LAN"});
  }

  // K7.
  void look_at_name(const Interface& tunnel, std::vector<Contradiction>& found) const {
    const auto& name = tunnel.name.interface;
    const auto in_use = meets_.names.find(name);
    if (in_use == meets_.names.end()) {
      return;
    }
    found.push_back({"the name of tunnel " + tunnel.name.str() + " is in use on CLIM " + target_.name.clim.str(),
                     {tunnel.origin, "visiting: " + tunnel.name.str() + " ..."},
                     {in_use->second, "... at home: " + target_.name.clim.str() + " has an interface " + name.str()},
                     "give one of them another name"});
  }

  const Interface& home_;
  const Interface& target_;
  const Holdings& leaves_;
  const Holdings& meets_;
  const RouteSet& wrong_;
};

void report(const FailoverStatement& statement, std::vector<Contradiction> all, Findings& findings) {
  Finding finding{Code::e0210,
                  "after a failover of " + statement.home.str() + ", " + all.front().message,
                  {statement.origin, "brings what " + statement.home.str() + " has to " + statement.target.clim.str()},
                  {},
                  {"on the CLIM that takes over, home and visiting resources live side by side"},
                  {std::move(all.front().help)},
                  {}};
  for (std::size_t at = 0; at < all.size() && at < most_shown; ++at) {
    finding.secondary.push_back(std::move(all[at].visiting));
    finding.secondary.push_back(std::move(all[at].home));
  }
  if (all.size() > most_shown) {
    finding.notes.push_back("and " + std::to_string(all.size() - most_shown) + " more contradictions of this failover");
  }
  findings.add(std::move(finding));
}

// What is not found already in the other direction, where visiting and home change places.
void add_new(std::vector<Contradiction> now, std::set<std::pair<syntax::Span, syntax::Span>>& seen,
             std::vector<Contradiction>& found) {
  for (Contradiction& one : now) {
    if (seen.emplace(std::minmax(one.visiting.span, one.home.span)).second) {
      found.push_back(std::move(one));
    }
  }
}

// The two directions of `A <-> B` are one statement.
bool one_statement(const FailoverStatement& a, const FailoverStatement& b) {
  return a.both_ways && b.both_ways && a.home == b.target && a.target == b.home;
}

}  // namespace

void check_failover_contradictions(const Cluster& cluster, std::span<const Holdings> holdings,
                                   std::span<const FailoverStatement* const> failovers, const RouteSet& wrong,
                                   Findings& findings) {
  const std::vector<Followers> followers(cluster.clims.begin(), cluster.clims.end());
  std::vector<Contradiction> found;
  const FailoverStatement* finder = nullptr;  // the direction that found the first
  std::set<std::pair<syntax::Span, syntax::Span>> seen;
  for (std::size_t at = 0; at < failovers.size(); ++at) {
    const FailoverStatement& statement = *failovers[at];
    const Interface* const home = cluster.find(statement.home);
    const Interface* const target = cluster.find(statement.target);
    if (home != nullptr && target != nullptr) {
      const auto from = cluster.clim_by_name.at(statement.home.clim);
      const auto to = cluster.clim_by_name.at(statement.target.clim);
      std::vector<Contradiction> now;
      Visit(*home, *target, holdings[from], holdings[to], wrong).look(followers[from], now);
      add_new(std::move(now), seen, found);
    }
    if (finder == nullptr && !found.empty()) {
      finder = &statement;
    }
    const bool goes_on = at + 1 < failovers.size() && one_statement(statement, *failovers[at + 1]);
    if (!goes_on && finder != nullptr) {
      report(*finder, std::exchange(found, {}), findings);
      finder = nullptr;
      seen.clear();
    }
  }
}

void check_contradictions(const Cluster& cluster, std::span<const FailoverStatement* const> failovers,
                          const RouteSet& wrong_routes, Findings& findings) {
  std::vector<Holdings> holdings;
  holdings.reserve(cluster.clims.size());
  for (const auto& clim : cluster.clims) {
    holdings.emplace_back(clim, wrong_routes);
  }
  check_home_contradictions(cluster, holdings, findings);
  check_failover_contradictions(cluster, holdings, failovers, wrong_routes, findings);
}

}  // namespace cip::check
