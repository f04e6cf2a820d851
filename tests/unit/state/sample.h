// A tree of two CLIMs that back each other, with every attribute in use.
#pragma once

#include "state/json.h"
#include "state/tree.h"

namespace cip::sample {

inline HomeInterface home(const std::string& clim, const std::string& other) {
  HomeInterface interface;
  interface.name = {ClimName(clim), InterfaceName("eth1")};
  interface.provider = ProviderName("blue");
  interface.lan = LanName("upper");
  interface.mtu = 9000;
  interface.description = "to the core, \"left\" \xc3\xa4";
  interface.addresses = {*InterfaceAddress::parse(clim == "n1" ? "10.1.0.1/24" : "10.1.0.2/24"),
                         *InterfaceAddress::parse("2001:db8:1::1/64")};
  Route plain;
  plain.gateway = IpAddress::parse("10.1.0.254");
  Route full;
  full.destination = *Prefix::parse("2001:db8:9::/48");
  full.gateway = IpAddress::parse("fe80::1");
  full.source = IpAddress::parse("2001:db8:1::1");
  full.metric = 1024;
  full.table = 100;
  full.mtu = 1400;
  full.onlink = true;
  Route hole;
  hole.destination = *Prefix::parse("198.51.100.0/24");
  hole.type = RouteType::blackhole;
  interface.routes = {plain, full, hole};
  interface.neighbors = {{*IpAddress::parse("10.1.0.253"), *MacAddress::parse("02:00:00:00:00:fd")}};
  interface.match_mac = MacAddress::parse("02:00:00:00:00:01");
  interface.rules = {{Prefix::parse("10.1.0.0/24"), std::nullopt, 1000, 100},
                     {Prefix::parse("2001:db8:1::/64"), Prefix::parse("2001:db8:9::/48"), 900, 254}};
  Tunnel tunnel;
  tunnel.name = InterfaceName("tun1");
  tunnel.local = interface.addresses[0].address;
  tunnel.remote = *IpAddress::parse("192.0.2.9");
  tunnel.mtu = 1400;
  tunnel.addresses = {*InterfaceAddress::parse("2001:db8:ff::1/64")};
  tunnel.routes.emplace_back();
  tunnel.routes[0].destination = *Prefix::parse("2001:db8:aa::/48");
  tunnel.routes[0].metric = 1024;
  Tunnel bare;
  bare.name = InterfaceName("tun2");
  bare.local = tunnel.local;
  bare.remote = *IpAddress::parse("192.0.2.10");
  bare.ttl = 255;
  interface.tunnels = {tunnel, bare};
  interface.failover = InterfaceRef{ClimName(other), InterfaceName("eth1")};
  return interface;
}

inline HomeInterface bond(const std::string& clim, const std::string& other) {
  HomeInterface interface;
  interface.name = {ClimName(clim), InterfaceName("bond0")};
  interface.kind = InterfaceKind::bond;
  Bond& bond = interface.bond.emplace();
  bond.slaves = {{InterfaceName("eth2"), MacAddress::parse("02:00:00:00:00:02"), "left"},
                 {InterfaceName("eth3"), {}, {}}};
  bond.mode = BondMode::active_backup;
  bond.primary = InterfaceName("eth3");
  bond.primary_reselect = PrimaryReselect::better;
  bond.miimon = std::chrono::milliseconds(50);
  bond.min_links = 1;
  bond.lacp_rate = LacpRate::fast;
  bond.hash_policy = HashPolicy::vlan_srcmac;
  bond.up_delay = std::chrono::milliseconds(200);
  bond.down_delay = std::chrono::milliseconds(100);
  interface.provider = ProviderName("blue");
  interface.failover = InterfaceRef{ClimName(other), InterfaceName("bond0")};
  return interface;
}

inline HomeInterface vlan(const std::string& clim, const std::string& other) {
  HomeInterface interface;
  interface.name = {ClimName(clim), InterfaceName("bond0.100")};
  interface.kind = InterfaceKind::vlan;
  interface.vlan = Vlan{InterfaceName("bond0"), 100};
  interface.provider = ProviderName("blue");
  interface.failover = InterfaceRef{ClimName(other), InterfaceName("bond0.100")};
  return interface;
}

// A tunnel without a local address.
inline HomeInterface lone_tunnel(const std::string& clim) {
  HomeInterface interface;
  interface.name = {ClimName(clim), InterfaceName("tun9")};
  interface.kind = InterfaceKind::tunnel;
  Tunnel tunnel;
  tunnel.name = interface.name.interface;
  tunnel.remote = *IpAddress::parse("192.0.2.11");
  interface.tunnels = {tunnel};
  return interface;
}

inline const std::string swanctl = "connections {\n}\nsecrets {\n}\n";

inline TreeFiles tree() {
  TreeFiles files;
  Manifest manifest;
  manifest.compiler = "0.1.0";
  for (const auto& [name, other] : {std::pair<std::string, std::string>{"n1", "n2"}, {"n2", "n1"}}) {
    Clim clim;
    clim.cluster = ClusterName("lab");
    clim.name = ClimName(name);
    clim.control = {*IpAddress::parse("192.168.100.1")};
    clim.peers = {{ClimName(other), {*IpAddress::parse("192.168.100.2")}}};
    for (const auto& interface : {bond(name, other), vlan(name, other), home(name, other), lone_tunnel(name)}) {
      const auto bytes = to_json(interface);
      files[name + "/home/" + interface.name.interface.str() + ".json"] = bytes;
      clim.interfaces.push_back({interface.name.interface, Digest::of(bytes)});
    }
    for (const auto& interface : {bond(other, name), vlan(other, name), home(other, name)}) {
      const auto bytes = to_json(interface);
      files[name + "/mirror/" + other + "/" + interface.name.interface.str() + ".json"] = bytes;
      clim.mirrors.push_back({interface.name, interface.name.interface, Digest::of(bytes)});
    }
    clim.ipsec = Digest::of(swanctl);
    files[name + "/ipsec/swanctl.conf"] = swanctl;
    clim.etcd = {"http://192.168.100.9:2379", "https://etcd.example:2379"};
    files[name + "/clim.json"] = to_json(clim);
    manifest.clims.push_back({ClimName(name), Digest::of(files[name + "/clim.json"])});
  }
  manifest.generation = generation_digest(manifest.clims);
  files["manifest.json"] = to_json(manifest);
  return files;
}

// The tree with one home interface of n1 replaced, all digests right.
inline TreeFiles tree_with(const HomeInterface& interface) {
  auto files = tree();
  const auto bytes = to_json(interface);
  files["n1/home/" + interface.name.interface.str() + ".json"] = bytes;
  auto clim = *clim_from_json(files["n1/clim.json"], "");
  for (auto& entry : clim.interfaces) {
    if (entry.name == interface.name.interface) {
      entry.digest = Digest::of(bytes);
    }
  }
  files["n1/clim.json"] = to_json(clim);
  auto manifest = *manifest_from_json(files["manifest.json"], "");
  manifest.clims[0].digest = Digest::of(files["n1/clim.json"]);
  manifest.generation = generation_digest(manifest.clims);
  files["manifest.json"] = to_json(manifest);
  return files;
}

}  // namespace cip::sample
