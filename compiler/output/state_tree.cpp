#include "compiler/output/state_tree.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "compiler/output/source_map.h"
#include "state/json.h"

namespace cip::output {
namespace {

using lang::Cluster;
using lang::FailoverStatement;
using lang::Interface;

// A home interface as its file will have it.
struct Home {
  const Interface* interface;
  const FailoverStatement* failover;  // null: none
  std::string bytes;
  Digest digest;
};

HomeInterface home_object(const Interface& interface, const FailoverStatement* failover) {
  HomeInterface home;
  home.name = interface.name;
  home.kind = interface.kind;
  if (interface.provider) {
    home.provider = interface.provider->value;
  }
  if (interface.lan) {
    home.lan = interface.lan->value;
  }
  if (interface.mtu) {
    home.mtu = interface.mtu->value;
  }
  if (interface.description) {
    home.description = interface.description->value;
  }
  for (const auto& address : interface.addresses) {
    home.addresses.push_back(address.value);
  }
  for (const auto& route : interface.routes) {
    home.routes.push_back(route.value);
  }
  for (const auto& neighbor : interface.neighbors) {
    home.neighbors.push_back(neighbor.value);
  }
  if (failover != nullptr) {
    home.failover = failover->target;
  }
  return home;
}

std::vector<IpAddress> control_addresses(const lang::Clim& clim) {
  std::vector<IpAddress> addresses;
  for (const auto& address : clim.control) {
    addresses.push_back(address.value);
  }
  return addresses;
}

class TreeBuilder {
 public:
  TreeBuilder(const Cluster& cluster, const syntax::Sources& sources) : cluster_(cluster), source_map_(sources) {
    for (const auto& statement : cluster.failovers) {
      failovers_.emplace(statement.home, &statement);
      visitors_[statement.target.clim].push_back(&statement);
    }
  }

  TreeFiles build() {
    std::vector<const lang::Clim*> clims;
    for (const auto& clim : cluster_.clims) {
      clims.push_back(&clim);
      for (const auto& interface : clim.interfaces) {
        add_home(interface);
      }
    }
    std::sort(clims.begin(), clims.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    Manifest manifest;
    manifest.compiler = CIP_VERSION;
    for (const auto* clim : clims) {
      manifest.clims.push_back({clim->name, add_clim(*clim)});
    }
    manifest.generation = generation_digest(manifest.clims);
    files_.emplace("manifest.json", to_json(manifest));
    return std::move(files_);
  }

 private:
  void add_home(const Interface& interface) {
    const auto failover = failovers_.find(interface.name);
    Home home{&interface, failover == failovers_.end() ? nullptr : failover->second, {}, {}};
    home.bytes = to_json(home_object(interface, home.failover));
    home.digest = Digest::of(home.bytes);
    homes_.emplace(interface.name, std::move(home));
  }

  void put(const std::string& clim_dir, const std::string& file, const Home& home) {
    files_.emplace(clim_dir + file, home.bytes);
    source_map_.add(file, *home.interface, home.failover);
  }

  // Adds all files of the CLIM; the digest of its clim.json.
  Digest add_clim(const lang::Clim& source) {
    const std::string dir = source.name.str() + "/";
    Clim clim;
    clim.cluster = cluster_.name;
    clim.name = source.name;
    clim.control = control_addresses(source);
    clim.times = cluster_.times;
    std::set<ClimName> peers;
    for (const auto& interface : source.interfaces) {
      const Home& home = homes_.at(interface.name);
      put(dir, "home/" + interface.name.interface.str() + ".json", home);
      clim.interfaces.push_back({interface.name.interface, home.digest});
      if (home.failover != nullptr) {
        peers.insert(home.failover->target.clim);
      }
    }
    for (const auto* statement : visitors_[source.name]) {
      const Home& home = homes_.at(statement->home);
      put(dir, "mirror/" + statement->home.clim.str() + "/" + statement->home.interface.str() + ".json", home);
      clim.mirrors.push_back({statement->home, statement->target.interface, home.digest});
      peers.insert(statement->home.clim);
    }
    for (const auto& name : peers) {
      clim.peers.push_back({name, control_addresses(*cluster_.find(name))});
    }
    std::sort(clim.interfaces.begin(), clim.interfaces.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    std::sort(clim.mirrors.begin(), clim.mirrors.end(), [](const auto& a, const auto& b) { return a.home < b.home; });
    source_map_.add_clim(source);
    files_.emplace(dir + "source-map.json", source_map_.take());
    auto bytes = to_json(clim);
    auto digest = Digest::of(bytes);
    files_.emplace(dir + "clim.json", std::move(bytes));
    return digest;
  }

  const Cluster& cluster_;
  SourceMap source_map_;
  std::unordered_map<InterfaceRef, const FailoverStatement*> failovers_;
  std::unordered_map<ClimName, std::vector<const FailoverStatement*>> visitors_;  // by the CLIM they may visit
  std::unordered_map<InterfaceRef, Home> homes_;
  TreeFiles files_;
};

}  // namespace

TreeFiles state_tree(const Cluster& cluster, const syntax::Sources& sources) {
  return TreeBuilder(cluster, sources).build();
}

}  // namespace cip::output
