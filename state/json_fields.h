// How each object looks in JSON: one function per object, used for writing and for reading alike, so that a new
// attribute is one line, at its place in the order of the keys' bytes, which is that of the text: it is written and
// read from front to back. `required` is always written; `optional` is left out when it is empty, false, or the given
// default. `format` is the format's number, of a whole file.
#pragma once

#include "state/objects.h"

namespace cip {

template <class Archive>
void fields(Archive& archive, Route& route) {
  archive.required("destination", route.destination);
  archive.optional("gateway", route.gateway);
  archive.required("metric", route.metric);
  archive.optional("mtu", route.mtu);
  archive.optional("onlink", route.onlink);
  archive.optional("source", route.source);
  archive.optional("table", route.table, main_table);
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
  archive.required("priority", rule.priority);
  archive.required("table", rule.table);
  archive.optional("to", rule.to);
}

template <class Archive>
void fields(Archive& archive, BondSlave& slave) {
  archive.optional("description", slave.description);
  archive.optional("match-mac", slave.match_mac);
  archive.required("name", slave.name);
}

template <class Archive>
void fields(Archive& archive, Bond& bond) {
  archive.optional("down-delay-ms", bond.down_delay);
  archive.optional("hash-policy", bond.hash_policy);
  archive.optional("lacp-rate", bond.lacp_rate);
  archive.required("miimon-ms", bond.miimon);
  archive.optional("min-links", bond.min_links);
  archive.required("mode", bond.mode);
  archive.optional("primary", bond.primary);
  archive.optional("primary-reselect", bond.primary_reselect);
  archive.required("slaves", bond.slaves);
  archive.optional("up-delay-ms", bond.up_delay);
}

template <class Archive>
void fields(Archive& archive, Vlan& vlan) {
  archive.required("id", vlan.id);
  archive.required("link", vlan.link);
}

template <class Archive>
void fields(Archive& archive, Tunnel& tunnel) {
  archive.optional("addresses", tunnel.addresses);
  archive.optional("local", tunnel.local);
  archive.optional("mtu", tunnel.mtu);
  archive.required("name", tunnel.name);
  archive.required("remote", tunnel.remote);
  archive.optional("routes", tunnel.routes);
  archive.required("ttl", tunnel.ttl);
}

template <class Archive>
void fields(Archive& archive, HomeInterface& interface) {
  archive.optional("addresses", interface.addresses);
  archive.optional("bond", interface.bond);
  archive.optional("description", interface.description);
  archive.optional("failover", interface.failover);
  archive.format();
  archive.required("kind", interface.kind);
  archive.optional("lan", interface.lan);
  archive.optional("match-mac", interface.match_mac);
  archive.optional("mtu", interface.mtu);
  archive.required("name", interface.name);
  archive.optional("neighbors", interface.neighbors);
  archive.optional("provider", interface.provider);
  archive.optional("routes", interface.routes);
  archive.optional("rules", interface.rules);
  archive.optional("tunnels", interface.tunnels);
  archive.optional("vlan", interface.vlan);
}

template <class Archive>
void fields(Archive& archive, Times& times) {
  archive.required("dead-ms", times.dead);
  archive.required("fence-ms", times.fence);
  archive.required("heartbeat-ms", times.heartbeat);
  archive.required("linger-ms", times.linger);
  archive.required("link-pulse-ms", times.link_pulse);
  archive.required("probe-ms", times.probe);
  archive.required("retry-ms", times.retry);
  archive.required("settle-ms", times.settle);
  archive.required("startup-wait-ms", times.startup_wait);
}

template <class Archive>
void fields(Archive& archive, Peer& peer) {
  archive.required("control", peer.control);
  archive.required("name", peer.name);
}

template <class Archive>
void fields(Archive& archive, HomeEntry& entry) {
  archive.required("digest", entry.digest);
  archive.required("name", entry.name);
}

template <class Archive>
void fields(Archive& archive, MirrorEntry& entry) {
  archive.required("digest", entry.digest);
  archive.required("here", entry.here);
  archive.required("home", entry.home);
}

template <class Archive>
void fields(Archive& archive, Clim& clim) {
  archive.required("cluster", clim.cluster);
  archive.optional("control", clim.control);
  archive.optional("etcd", clim.etcd);
  archive.format();
  archive.optional("interfaces", clim.interfaces);
  archive.optional("ipsec", clim.ipsec);
  archive.optional("mirrors", clim.mirrors);
  archive.required("name", clim.name);
  archive.optional("peers", clim.peers);
  archive.required("times", clim.times);
}

template <class Archive>
void fields(Archive& archive, Manifest::Entry& entry) {
  archive.required("digest", entry.digest);
  archive.required("name", entry.clim);
}

template <class Archive>
void fields(Archive& archive, Manifest& manifest) {
  archive.required("clims", manifest.clims);
  archive.required("compiler", manifest.compiler);
  archive.format();
  archive.required("generation", manifest.generation);
}

}  // namespace cip
