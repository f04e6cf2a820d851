#include "compiler/output/state_tree.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "compiler/output/home.h"
#include "compiler/output/source_map.h"
#include "compiler/output/swanctl.h"
#include "state/json.h"

namespace cip::output {
namespace {

using lang::Cluster;
using lang::FailoverStatement;

// A home interface as its file will have it.
struct HomeBytes {
  Home home;
  std::string bytes;
  Digest digest;
};

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
    for (const auto& ipsec : cluster.ipsec) {
      for (const auto& clim : ipsec.clims) {
        ipsec_[clim.value].push_back(&ipsec);
      }
    }
  }

  TreeFiles build() {
    std::vector<const lang::Clim*> clims;
    for (const auto& clim : cluster_.clims) {
      clims.push_back(&clim);
      for (auto& home : homes_of(clim, failovers_)) {
        add_home(clim.name, std::move(home));
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
  void add_home(const ClimName& clim, Home home) {
    auto bytes = to_json(home_object(home));
    const auto digest = Digest::of(bytes);
    const auto& name = home.interface->name;
    const auto added = homes_.emplace(name, HomeBytes{std::move(home), std::move(bytes), digest});
    homes_of_clim_[clim].push_back(&added.first->second);
  }

  void put(const std::string& clim_dir, const std::string& file, const HomeBytes& home) {
    files_.emplace(clim_dir + file, home.bytes);
    source_map_.add(file, home.home);
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
    for (const auto* home : homes_of_clim_[source.name]) {
      const auto& name = home->home.interface->name.interface;
      put(dir, "home/" + name.str() + ".json", *home);
      clim.interfaces.push_back({name, home->digest});
      if (home->home.failover != nullptr) {
        peers.insert(home->home.failover->target.clim);
      }
    }
    for (const auto* statement : visitors_[source.name]) {
      const HomeBytes& home = homes_.at(statement->home);
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
    for (const auto& url : cluster_.etcd) {
      clim.etcd.push_back(url.value);
    }
    clim.ipsec = add_ipsec(source.name);
    source_map_.add_clim(source, cluster_);
    files_.emplace(dir + "source-map.json", source_map_.take());
    auto bytes = to_json(clim);
    auto digest = Digest::of(bytes);
    files_.emplace(dir + "clim.json", std::move(bytes));
    return digest;
  }

  // Adds ipsec/swanctl.conf of the CLIM; its digest, or nothing if there is no IPsec.
  std::optional<Digest> add_ipsec(const ClimName& clim) {
    const auto found = ipsec_.find(clim);
    if (found == ipsec_.end()) {
      return std::nullopt;
    }
    for (const auto* ipsec : found->second) {
      source_map_.add_ipsec(*ipsec);
    }
    auto text = swanctl_conf(found->second);
    auto digest = Digest::of(text);
    files_.emplace(clim.str() + "/ipsec/swanctl.conf", std::move(text));
    return digest;
  }

  const Cluster& cluster_;
  SourceMap source_map_;
  Failovers failovers_;
  std::unordered_map<ClimName, std::vector<const FailoverStatement*>> visitors_;  // by the CLIM they may visit
  std::unordered_map<ClimName, std::vector<const lang::Ipsec*>> ipsec_;           // by the CLIM that has it
  std::unordered_map<InterfaceRef, HomeBytes> homes_;
  std::unordered_map<ClimName, std::vector<const HomeBytes*>> homes_of_clim_;  // in the order of the specification
  TreeFiles files_;
};

}  // namespace

TreeFiles state_tree(const Cluster& cluster, const syntax::Sources& sources) {
  return TreeBuilder(cluster, sources).build();
}

}  // namespace cip::output
