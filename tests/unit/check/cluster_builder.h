// Cluster models made by hand: what lang makes of text, without the text. Each statement gets a place of its own, one
// after the other, so that a finding says which statement it is about.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/lang/model.h"

namespace cip::check {

class ClusterBuilder {
 public:
  lang::Cluster cluster;

  lang::Clim& clim(const std::string& name) {
    const ClimName key(name);
    const auto [entry, fresh] = cluster.clim_by_name.emplace(key, cluster.clims.size());
    if (fresh) {
      cluster.clims.emplace_back();
      cluster.clims.back().name = key;
      cluster.clims.back().origin = next();
    }
    return cluster.clims[entry->second];
  }

  // References to interfaces of a CLIM end with the next interface of it.
  lang::Interface& interface(const std::string& clim_name, const std::string& name,
                             InterfaceKind kind = InterfaceKind::physical) {
    lang::Clim& of = clim(clim_name);
    of.by_name.emplace(InterfaceName(name), of.interfaces.size());
    lang::Interface& added = of.interfaces.emplace_back();
    added.name = {of.name, InterfaceName(name)};
    added.origin = next();
    added.kind = kind;
    return added;
  }

  void address(lang::Interface& of, const std::string& text) {
    of.addresses.push_back({InterfaceAddress::parse(text).value(), next()});
  }
  void route(lang::Interface& of, const Route& route) { of.routes.push_back({route, next(), {}, {}}); }
  void rule(lang::Interface& of, const Rule& rule) { of.rules.push_back({rule, next()}); }
  void neighbor(lang::Interface& of, const std::string& ip, const std::string& mac) {
    of.neighbors.push_back({{IpAddress::parse(ip).value(), MacAddress::parse(mac).value()}, next()});
  }

  lang::Interface& tunnel(const std::string& clim_name, const std::string& name, const std::string& local,
                          const std::string& remote = "192.0.2.9") {
    lang::Interface& added = interface(clim_name, name, InterfaceKind::tunnel);
    if (!local.empty()) {
      added.tunnel.local = {IpAddress::parse(local).value(), next()};
    }
    added.tunnel.remote = {IpAddress::parse(remote).value(), next()};
    return added;
  }

  lang::Interface& bond(const std::string& clim_name, const std::string& name, const std::vector<std::string>& slaves) {
    lang::Interface& added = interface(clim_name, name, InterfaceKind::bond);
    for (const auto& slave : slaves) {
      added.bond.slaves.push_back({InterfaceName(slave), next()});
      clim(clim_name).bond_by_slave.emplace(InterfaceName(slave), clim(clim_name).interfaces.size() - 1);
    }
    return added;
  }

  lang::Interface& vlan(const std::string& clim_name, const std::string& name, const std::string& link) {
    lang::Interface& added = interface(clim_name, name, InterfaceKind::vlan);
    added.vlan.link = {InterfaceName(link), next()};
    return added;
  }

  void failover(const InterfaceRef& home, const InterfaceRef& target) {
    const auto origin = next();
    cluster.failovers.push_back({home, target, origin, origin, false});
  }
  void failover_both_ways(const InterfaceRef& a, const InterfaceRef& b) {
    const auto origin = next();
    cluster.failovers.push_back({a, b, origin, origin, true});
    cluster.failovers.push_back({b, a, origin, origin, true});
  }

  lang::Origin next() {
    const std::uint32_t at = places_++;
    return {{syntax::SourceId{}, 2 * at, 2 * at + 1}, at, nullptr};
  }

 private:
  std::uint32_t places_ = 0;
};

// "n1.eth1".
inline InterfaceRef ref(const std::string& text) {
  const auto dot = text.find('.');
  return {ClimName(text.substr(0, dot)), InterfaceName(text.substr(dot + 1))};
}

}  // namespace cip::check
