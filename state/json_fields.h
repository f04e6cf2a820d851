// How each object looks in JSON: one function per object, used for writing and for reading alike, so that a new
// attribute is one line. `required` is always written; `optional` is left out when it is empty, false, or the given
// default.
#pragma once

#include "state/objects.h"

namespace cip {

template <class Archive>
void fields(Archive& archive, Route& route) {
  archive.required("destination", route.destination);
  archive.optional("gateway", route.gateway);
  archive.optional("source", route.source);
  archive.required("metric", route.metric);
  archive.optional("table", route.table, main_table);
  archive.optional("mtu", route.mtu);
  archive.optional("onlink", route.onlink);
  archive.optional("type", route.type);
}

template <class Archive>
void fields(Archive& archive, Neighbor& neighbor) {
  archive.required("address", neighbor.address);
  archive.required("mac", neighbor.mac);
}

template <class Archive>
void fields(Archive& archive, Rule& rule) {
  archive.optional("from", rule.from);
  archive.optional("to", rule.to);
  archive.required("priority", rule.priority);
  archive.required("table", rule.table);
}

template <class Archive>
void fields(Archive& archive, BondSlave& slave) {
  archive.required("name", slave.name);
  archive.optional("match-mac", slave.match_mac);
  archive.optional("description", slave.description);
}

template <class Archive>
void fields(Archive& archive, Bond& bond) {
  archive.required("slaves", bond.slaves);
  archive.required("mode", bond.mode);
  archive.optional("primary", bond.primary);
  archive.optional("primary-reselect", bond.primary_reselect);
  archive.required("miimon-ms", bond.miimon);
  archive.optional("min-links", bond.min_links);
  archive.optional("lacp-rate", bond.lacp_rate);
  archive.optional("hash-policy", bond.hash_policy);
  archive.optional("up-delay-ms", bond.up_delay);
  archive.optional("down-delay-ms", bond.down_delay);
}

template <class Archive>
void fields(Archive& archive, Vlan& vlan) {
  archive.required("link", vlan.link);
  archive.required("id", vlan.id);
}

template <class Archive>
void fields(Archive& archive, Tunnel& tunnel) {
  archive.required("name", tunnel.name);
  archive.optional("local", tunnel.local);
  archive.required("remote", tunnel.remote);
  archive.required("ttl", tunnel.ttl);
  archive.optional("mtu", tunnel.mtu);
  archive.optional("addresses", tunnel.addresses);
  archive.optional("routes", tunnel.routes);
}

template <class Archive>
void fields(Archive& archive, HomeInterface& interface) {
  archive.required("name", interface.name);
  archive.required("kind", interface.kind);
  archive.optional("match-mac", interface.match_mac);
  archive.optional("bond", interface.bond);
  archive.optional("vlan", interface.vlan);
  archive.optional("provider", interface.provider);
  archive.optional("lan", interface.lan);
  archive.optional("mtu", interface.mtu);
  archive.optional("description", interface.description);
  archive.optional("addresses", interface.addresses);
  archive.optional("routes", interface.routes);
  archive.optional("rules", interface.rules);
  archive.optional("neighbors", interface.neighbors);
  archive.optional("tunnels", interface.tunnels);
  archive.optional("failover", interface.failover);
}

template <class Archive>
void fields(Archive& archive, Times& times) {
  archive.required("heartbeat-ms", times.heartbeat);
  archive.required("dead-ms", times.dead);
  archive.required("probe-ms", times.probe);
  archive.required("link-pulse-ms", times.link_pulse);
  archive.required("settle-ms", times.settle);
  archive.required("fence-ms", times.fence);
  archive.required("linger-ms", times.linger);
  archive.required("startup-wait-ms", times.startup_wait);
  archive.required("retry-ms", times.retry);
}

template <class Archive>
void fields(Archive& archive, Peer& peer) {
  archive.required("name", peer.name);
  archive.required("control", peer.control);
}

template <class Archive>
void fields(Archive& archive, HomeEntry& entry) {
  archive.required("name", entry.name);
  archive.required("digest", entry.digest);
}

template <class Archive>
void fields(Archive& archive, MirrorEntry& entry) {
  archive.required("home", entry.home);
  archive.required("here", entry.here);
  archive.required("digest", entry.digest);
}

template <class Archive>
void fields(Archive& archive, Clim& clim) {
  archive.required("cluster", clim.cluster);
  archive.required("name", clim.name);
  archive.optional("control", clim.control);
  archive.optional("peers", clim.peers);
  archive.required("times", clim.times);
  archive.optional("interfaces", clim.interfaces);
  archive.optional("mirrors", clim.mirrors);
  archive.optional("ipsec", clim.ipsec);
  archive.optional("etcd", clim.etcd);
}

template <class Archive>
void fields(Archive& archive, Manifest::Entry& entry) {
  archive.required("name", entry.clim);
  archive.required("digest", entry.digest);
}

template <class Archive>
void fields(Archive& archive, Manifest& manifest) {
  archive.required("compiler", manifest.compiler);
  archive.required("generation", manifest.generation);
  archive.required("clims", manifest.clims);
}

}  // namespace cip
