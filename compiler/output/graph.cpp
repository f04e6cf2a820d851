#include "compiler/output/graph.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "state/statement.h"
#include "state/words.h"

namespace cip::output::graph {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

void add_bond_facts(const lang::BondStatement& bond, Facts& facts) {
  facts.emplace_back("mode", word(bond.mode ? bond.mode->value : Bond().mode));
  if (bond.primary) facts.emplace_back("primary", bond.primary->value.str());
}

void add_facts(const lang::Interface& source, Facts& facts) {
  if (source.description) facts.emplace_back("description", source.description->value);
  if (source.match_mac) facts.emplace_back("match-mac", source.match_mac->value.str());
  if (source.mtu) facts.emplace_back("mtu", std::to_string(source.mtu->value));
  if (source.kind == InterfaceKind::bond) add_bond_facts(source.bond, facts);
  if (source.vlan.link) facts.emplace_back("link", source.vlan.link->value.str());
  if (source.vlan.id) facts.emplace_back("id", std::to_string(source.vlan.id->value));
  if (source.tunnel.local) facts.emplace_back("local", source.tunnel.local->value.str());
  if (source.tunnel.remote) facts.emplace_back("remote", source.tunnel.remote->value.str());
  for (const auto& route : source.routes) facts.emplace_back("route", statement(route.value));
  for (const auto& rule : source.rules) facts.emplace_back("rule", statement(rule.value));
  for (const auto& neighbor : source.neighbors) facts.emplace_back("neighbor", statement(neighbor.value));
}

// The interfaces of one CLIM, in the order of the picture.
class ClimInterfaces {
 public:
  ClimInterfaces(const lang::Cluster& cluster, const lang::Clim& source) : cluster_(cluster), source_(source) {
    for (const auto& interface : source.interfaces) {
      if (const auto parent = parent_of(interface)) {
        children_[*parent].push_back(&interface);
      }
    }
    for (const auto& interface : source.interfaces) {
      if (!parent_of(interface)) add(interface, {}, 0);
    }
  }

  std::vector<Interface> take() { return std::move(interfaces_); }

 private:
  // A bond's slaves are looked up from the bond, as they need not be declared.
  std::optional<InterfaceName> parent_of(const lang::Interface& interface) const {
    if (const auto* bond = source_.bond_of(interface.name.interface)) return bond->name.interface;
    if (interface.vlan.link) return interface.vlan.link->value;
    if (interface.tunnel.local) return holder_of(interface.tunnel.local->value);
    return std::nullopt;
  }

  std::optional<InterfaceName> holder_of(const IpAddress& local) const {
    for (const auto& interface : source_.interfaces) {
      const auto& addresses = interface.addresses;
      if (std::any_of(addresses.begin(), addresses.end(),
                      [&](const auto& address) { return address.value.address == local; })) {
        return interface.name.interface;
      }
    }
    return std::nullopt;
  }

  void add(const lang::Interface& source, std::optional<std::size_t> parent, std::size_t depth) {
    const std::size_t own = interfaces_.size();
    auto& interface = interfaces_.emplace_back();
    interface.name = source.name.interface.str();
    interface.kind = source.kind;
    interface.slave = source_.bond_of(source.name.interface) != nullptr;
    interface.parent = parent;
    interface.depth = depth;
    if (source.provider) interface.provider = cluster_.provider_by_name.at(source.provider->value);
    if (source.lan) interface.lan = source.lan->value.str();
    for (const auto& address : source.addresses) interface.addresses.push_back(address.value.str());
    add_facts(source, interface.facts);
    add_slaves(source, own, depth + 1);
    const auto children = children_.find(source.name.interface);
    if (children == children_.end()) return;
    for (const auto* child : children->second) {
      if (source_.bond_of(child->name.interface) == nullptr) add(*child, own, depth + 1);
    }
  }

  void add_slaves(const lang::Interface& bond, std::size_t parent, std::size_t depth) {
    for (const auto& slave : bond.bond.slaves) {
      if (const auto* declared = source_.find(slave.value)) {
        add(*declared, parent, depth);
        continue;
      }
      auto& interface = interfaces_.emplace_back();
      interface.name = slave.value.str();
      interface.slave = true;
      interface.parent = parent;
      interface.depth = depth;
    }
  }

  const lang::Cluster& cluster_;
  const lang::Clim& source_;
  std::unordered_map<InterfaceName, std::vector<const lang::Interface*>> children_;
  std::vector<Interface> interfaces_;
};

std::vector<Provider> providers_of(const lang::Cluster& cluster) {
  std::vector<Provider> providers;
  for (const auto& source : cluster.providers) {
    auto& provider = providers.emplace_back();
    provider.name = source.name.str();
    for (const auto& lan : source.lans) provider.lans.push_back(lan.name.str());
  }
  return providers;
}

// Of providers that declare none. What declares some has no others on its interfaces.
void add_used_lans(Picture& picture) {
  for (const auto& clim : picture.clims) {
    for (const auto& interface : clim.interfaces) {
      if (!interface.provider || interface.lan.empty()) continue;
      auto& lans = picture.providers[*interface.provider].lans;
      if (std::find(lans.begin(), lans.end(), interface.lan) == lans.end()) lans.push_back(interface.lan);
    }
  }
}

PairKind kind_of(const lang::Interface& target) {
  const bool bare =
      target.addresses.empty() && target.routes.empty() && target.rules.empty() && target.neighbors.empty();
  return bare ? PairKind::spare : PairKind::one_way;
}

void add_pairs(const lang::Cluster& cluster, Picture& picture) {
  std::map<InterfaceRef, InterfaceIndex> index;
  for (std::size_t i = 0; i < picture.clims.size(); ++i) {
    for (std::size_t j = 0; j < picture.clims[i].interfaces.size(); ++j) {
      index[{cluster.clims[i].name, InterfaceName(picture.clims[i].interfaces[j].name)}] = {i, j};
    }
  }
  std::map<std::pair<InterfaceRef, InterfaceRef>, std::size_t> made;
  for (const auto& failover : cluster.failovers) {
    const auto other = made.find({failover.target, failover.home});
    if (other != made.end()) {
      picture.pairs[other->second].kind = PairKind::mutual;
    } else if (made.emplace(std::pair(failover.home, failover.target), picture.pairs.size()).second) {
      picture.pairs.push_back(
          {index.at(failover.home), index.at(failover.target), kind_of(*cluster.find(failover.target))});
    }
  }
}

}  // namespace

std::string Interface::lan_name(const std::vector<Provider>& providers) const {
  if (!provider) return lan;
  return providers.at(*provider).name + (lan.empty() ? "" : "/" + lan);
}

const char* words(PairKind kind) {
  switch (kind) {
    case PairKind::mutual:
      return "each fails over to the other";
    case PairKind::one_way:
      return "one way";
    case PairKind::spare:
      return "to a spare";
  }
  return "";
}

std::string Picture::name(const InterfaceIndex& index) const {
  return clims.at(index.clim).name + "." + at(index).name;
}

std::optional<std::size_t> Picture::pair_of(const InterfaceIndex& index) const {
  const auto found = std::find_if(pairs.begin(), pairs.end(),
                                  [&](const Pair& pair) { return pair.home == index || pair.target == index; });
  if (found == pairs.end()) return std::nullopt;
  return static_cast<std::size_t>(found - pairs.begin());
}

Picture picture_of(const lang::Cluster& cluster) {
  Picture picture;
  picture.cluster = cluster.name.str();
  picture.providers = providers_of(cluster);
  for (const auto& source : cluster.clims) {
    auto& clim = picture.clims.emplace_back();
    clim.name = source.name.str();
    for (const auto& control : source.control) clim.control.push_back(control.value.str());
    clim.interfaces = ClimInterfaces(cluster, source).take();
  }
  add_used_lans(picture);
  add_pairs(cluster, picture);
  return picture;
}

}  // namespace cip::output::graph
