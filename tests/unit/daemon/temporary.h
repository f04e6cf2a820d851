// Things that the tests of this room share.
#pragma once

#include <string>

#include "state/digest.h"
#include "state/json.h"
#include "state/tree.h"
#include "tests/unit/state/temporary_directory.h"

namespace cip::daemon {

inline InterfaceRef ref(const std::string& clim, const std::string& interface) {
  return {ClimName(clim), InterfaceName(interface)};
}

inline HomeInterface home_interface(const std::string& clim, const std::string& interface, const std::string& address) {
  HomeInterface home;
  home.name = ref(clim, interface);
  home.provider = ProviderName("blue");
  if (!address.empty()) home.addresses = {*InterfaceAddress::parse(address)};
  return home;
}

inline HomeFile home_file(const HomeInterface& home) {
  return {std::make_shared<const HomeInterface>(home), Digest::of(to_json(home))};
}

// n1 with a loopback, a maintenance interface, eth1 that fails over to n2.eth1,
// eth2 that does not; and the mirror of n2.eth1, whose failover interface is
// n1.eth1.
inline ClimState example_state() {
  ClimState state;
  state.clim.cluster = ClusterName("lab");
  state.clim.name = ClimName("n1");
  state.clim.control = {*IpAddress::parse("192.168.100.1")};
  state.clim.peers = {{ClimName("n2"), {*IpAddress::parse("192.168.100.2")}}};
  const auto add = [&](HomeInterface home) {
    const auto file = home_file(home);
    state.clim.interfaces.push_back({home.name.interface, file.digest});
    state.home.emplace(home.name.interface, file);
  };
  auto eth0 = home_interface("n1", "eth0", "192.168.100.1/24");
  eth0.kind = InterfaceKind::maintenance;
  add(eth0);
  auto eth1 = home_interface("n1", "eth1", "10.1.0.1/24");
  eth1.failover = ref("n2", "eth1");
  Route route;
  route.destination = *Prefix::parse("10.9.0.0/16");
  route.gateway = *IpAddress::parse("10.1.0.254");
  eth1.routes = {route};
  eth1.neighbors = {{*IpAddress::parse("10.1.0.253"), *MacAddress::parse("02:00:00:00:00:fd")}};
  add(eth1);
  add(home_interface("n1", "eth2", "10.2.0.1/24"));
  auto lo = home_interface("n1", "lo", "10.255.0.1/32");
  lo.kind = InterfaceKind::loopback;
  add(lo);
  auto theirs = home_interface("n2", "eth1", "10.1.0.2/24");
  theirs.failover = ref("n1", "eth1");
  theirs.routes = {route};
  const auto mirror = home_file(theirs);
  state.clim.mirrors = {{theirs.name, InterfaceName("eth1"), mirror.digest}};
  state.mirrors.emplace(theirs.name, mirror);
  return state;
}

}  // namespace cip::daemon
