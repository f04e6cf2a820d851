// Home interfaces to compare, and all ways to change one attribute of them.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "state/diff.h"

namespace cip::sample {

inline InterfaceAddress address(const std::string& text) {
  return *InterfaceAddress::parse(text);
}
inline IpAddress ip(const std::string& text) {
  return *IpAddress::parse(text);
}
inline Prefix prefix(const std::string& text) {
  return *Prefix::parse(text);
}
inline MacAddress mac(const std::string& text) {
  return *MacAddress::parse(text);
}
inline InterfaceRef ref(const std::string& clim, const std::string& interface) {
  return {ClimName(clim), InterfaceName(interface)};
}
inline Route route(const std::string& destination, const std::string& gateway, std::uint32_t metric = 0) {
  Route result;
  result.destination = prefix(destination);
  if (!gateway.empty()) result.gateway = ip(gateway);
  result.metric = metric;
  return result;
}

// A bond with everything that an interface can have.
inline HomeInterface bond() {
  HomeInterface home;
  home.name = ref("n1", "bond0");
  home.kind = InterfaceKind::bond;
  Bond bond;
  bond.slaves = {{InterfaceName("eth2"), mac("02:00:00:00:00:02"), "left"}, {InterfaceName("eth3"), {}, ""}};
  bond.mode = BondMode::active_backup;
  bond.primary = InterfaceName("eth2");
  home.bond = bond;
  home.provider = ProviderName("blue");
  home.lan = LanName("upper");
  home.mtu = 9000;
  home.description = "to the core";
  home.addresses = {address("10.1.0.1/24"), address("10.1.0.2/24"), address("2001:db8:1::1/64")};
  home.routes = {route("0.0.0.0/0", "10.1.0.254"), route("10.9.0.0/16", "10.1.0.253", 20)};
  Route hole = route("198.51.100.0/24", "");
  hole.type = RouteType::blackhole;
  home.routes.push_back(hole);
  Rule rule;
  rule.from = prefix("10.1.0.0/24");
  rule.table = 100;
  home.rules = {rule};
  home.neighbors = {{ip("10.1.0.253"), mac("02:00:00:00:00:fd")}};
  Tunnel tunnel;
  tunnel.name = InterfaceName("tun1");
  tunnel.local = ip("10.1.0.1");
  tunnel.remote = ip("192.0.2.9");
  tunnel.mtu = 1400;
  tunnel.addresses = {address("2001:db8:ff::1/64")};
  tunnel.routes = {route("2001:db8:aa::/48", "", 1024)};
  home.tunnels = {tunnel};
  home.failover = ref("n2", "eth4");
  return home;
}

inline HomeInterface vlan() {
  HomeInterface home;
  home.name = ref("n1", "eth1.100");
  home.kind = InterfaceKind::vlan;
  home.vlan = Vlan{InterfaceName("eth1"), 100};
  home.addresses = {address("10.3.0.1/24")};
  return home;
}

inline HomeInterface physical() {
  HomeInterface home;
  home.name = ref("n1", "eth1");
  home.match_mac = mac("02:00:00:00:00:01");
  home.addresses = {address("10.1.0.1/24")};
  return home;
}

// One change of one attribute.
struct Mutation {
  const char* what;
  HomeInterface (*base)();
  std::function<void(HomeInterface&)> apply;
  const char* part;
  const char* attribute;
  ChangeKind kind;
  Impact impact;       // of applying it
  Impact impact_back;  // of undoing it
};
const std::vector<Mutation>& mutations();

}  // namespace cip::sample
