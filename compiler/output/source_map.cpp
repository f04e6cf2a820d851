#include "compiler/output/source_map.h"

#include <filesystem>
#include <utility>

#include "compiler/output/swanctl.h"
#include "state/json.h"
#include "stdlib/library.h"

namespace cip::output {

namespace {

// As it is shown: relative to the directory of the first file.
std::string shown_path(const std::string& path, const std::filesystem::path& root) {
  const std::filesystem::path original(path);
  // The standard library is a part of the program, wherever the specification lies.
  const bool library = lang::standard_library(path).has_value();
  auto shown = library ? original : original.lexically_normal().lexically_relative(root);
  if (shown.empty()) {
    shown = original.filename();  // cannot be told from the first file's directory
  }
  return shown.generic_string();
}

}  // namespace

SourceMap::SourceMap(const syntax::Sources& sources) : sources_(sources) {
  std::filesystem::path root;
  if (sources.size() != 0) {
    root = std::filesystem::path(sources[syntax::SourceId{0}].path()).parent_path().lexically_normal();
  }
  if (root.empty()) {
    root = ".";
  }
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    paths_.push_back(shown_path(sources[syntax::SourceId{i}].path(), root));
  }
}

template <class Sourced>
void SourceMap::put_part(const std::string& key, const char* part, const std::optional<Sourced>& sourced) {
  if (sourced) {
    put(key + "/" + part, sourced->origin);
  }
}

template <class T>
void SourceMap::put_list(const std::string& key, const char* part, const std::vector<T>& list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    put(key + "/" + part + "/" + std::to_string(i), list[i].origin);
  }
}

void SourceMap::add(const std::string& file, const Home& home) {
  const auto& interface = *home.interface;
  put(file, interface.origin);
  const auto key = file + "#";
  if (interface.kind == InterfaceKind::tunnel) {
    put_tunnel(key + "/tunnels/0", interface);
    return;
  }
  put_part(key, "match-mac", interface.match_mac);
  if (interface.kind == InterfaceKind::bond) {
    put_bond(key + "/bond", home);
  }
  put_part(key, "vlan/link", interface.vlan.link);
  put_part(key, "vlan/id", interface.vlan.id);
  put_part(key, "provider", interface.provider);
  put_part(key, "lan", interface.lan);
  put_part(key, "mtu", interface.mtu);
  put_part(key, "description", interface.description);
  put_list(key, "addresses", interface.addresses);
  put_list(key, "routes", interface.routes);
  put_list(key, "rules", interface.rules);
  put_list(key, "neighbors", interface.neighbors);
  for (std::size_t i = 0; i < home.tunnels.size(); ++i) {
    put_tunnel(key + "/tunnels/" + std::to_string(i), *home.tunnels[i]);
  }
  if (home.failover != nullptr) {
    put(key + "/failover", home.failover->origin);
  }
}

void SourceMap::add_clim(const lang::Clim& clim, const lang::Cluster& cluster) {
  put("clim.json", clim.origin);
  put_list("clim.json#", "control", clim.control);
  put_list("clim.json#", "etcd", cluster.etcd);
}

void SourceMap::add_ipsec(const lang::Ipsec& ipsec) {
  const auto key = "ipsec/swanctl.conf#/connections/" + section_name(ipsec.name);
  put(key, ipsec.origin);
  put_part(key, "local_addrs", ipsec.local);
  put_part(key, "remote_addrs", ipsec.remote);
  put_part(key, "local/auth", ipsec.auth);
  put_part(key, "local/id", ipsec.local_id);
  put_part(key, "remote/id", ipsec.remote_id);
  for (std::size_t i = 0; i < ipsec.protections.size(); ++i) {
    put(key + "/children/" + child_name(ipsec.name, i + 1), ipsec.protections[i].origin);
  }
}

void SourceMap::put_bond(const std::string& key, const Home& home) {
  const auto& bond = home.interface->bond;
  put_list(key, "slaves", bond.slaves);
  for (std::size_t i = 0; i < home.slaves.size(); ++i) {
    if (const auto* block = home.slaves[i]) {
      const auto slave = key + "/slaves/" + std::to_string(i);
      put_part(slave, "match-mac", block->match_mac);
      put_part(slave, "description", block->description);
    }
  }
  put_part(key, "mode", bond.mode);
  put_part(key, "primary", bond.primary);
  put_part(key, "primary-reselect", bond.primary_reselect);
  put_part(key, "miimon-ms", bond.miimon);
  put_part(key, "min-links", bond.min_links);
  put_part(key, "lacp-rate", bond.lacp_rate);
  put_part(key, "hash-policy", bond.hash_policy);
  put_part(key, "up-delay-ms", bond.up_delay);
  put_part(key, "down-delay-ms", bond.down_delay);
}

void SourceMap::put_tunnel(const std::string& key, const lang::Interface& tunnel) {
  put(key, tunnel.origin);
  put_part(key, "local", tunnel.tunnel.local);
  put_part(key, "remote", tunnel.tunnel.remote);
  put_part(key, "ttl", tunnel.tunnel.ttl);
  put_part(key, "mtu", tunnel.mtu);
  put_list(key, "addresses", tunnel.addresses);
  put_list(key, "routes", tunnel.routes);
}

std::string SourceMap::take() {
  nlohmann::json json;
  json["format"] = state_format;
  json["objects"] = std::exchange(objects_, nlohmann::json::object());
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void SourceMap::put(const std::string& key, const lang::Origin& origin) {
  objects_.emplace(key, place(origin));
}

std::string SourceMap::place(const lang::Origin& origin) const {
  const syntax::Expansion* outermost = origin.expansion;
  while (outermost != nullptr && outermost->outer() != nullptr) {
    outermost = outermost->outer();
  }
  return place(origin.span) + (outermost == nullptr ? "" : " via " + place(outermost->span()));
}

std::string SourceMap::place(const syntax::Span& span) const {
  const auto position = sources_[span.source].position(span.begin);
  return paths_[static_cast<std::size_t>(span.source)] + ":" + std::to_string(position.line) + ":" +
         std::to_string(position.column);
}

}  // namespace cip::output
