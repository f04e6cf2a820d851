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
  interface.failover = InterfaceRef{ClimName(other), InterfaceName("eth1")};
  return interface;
}

inline TreeFiles tree() {
  TreeFiles files;
  Manifest manifest;
  manifest.compiler = "0.1.0";
  for (const auto& [name, other] : {std::pair<std::string, std::string>{"n1", "n2"}, {"n2", "n1"}}) {
    const auto own = to_json(home(name, other));
    const auto mirror = to_json(home(other, name));
    files[name + "/home/eth1.json"] = own;
    files[name + "/mirror/" + other + "/eth1.json"] = mirror;
    Clim clim;
    clim.cluster = ClusterName("lab");
    clim.name = ClimName(name);
    clim.control = {*IpAddress::parse("192.168.100.1")};
    clim.peers = {{ClimName(other), {*IpAddress::parse("192.168.100.2")}}};
    clim.interfaces = {{InterfaceName("eth1"), Digest::of(own)}};
    clim.mirrors = {{{ClimName(other), InterfaceName("eth1")}, InterfaceName("eth1"), Digest::of(mirror)}};
    files[name + "/clim.json"] = to_json(clim);
    manifest.clims.push_back({ClimName(name), Digest::of(files[name + "/clim.json"])});
  }
  manifest.generation = generation_digest(manifest.clims);
  files["manifest.json"] = to_json(manifest);
  return files;
}

}  // namespace cip::sample
