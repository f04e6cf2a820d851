#include "compiler/lang/resolve.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "compiler/diagnostics/suggest.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using diagnostics::Finding;

// Adds "did you mean" if one of the declared names is near.
template <class List>
void suggest(Finding& finding, std::string_view name, const List& declared) {
  std::vector<std::string_view> candidates;
  candidates.reserve(declared.size());
  for (const auto& entry : declared) {
    candidates.push_back(entry.name.str());
  }
  if (const auto meant = diagnostics::suggestion(name, candidates)) {
    finding.help.push_back("did you mean `" + std::string(*meant) + "`?");
  }
}

void resolve_provider(Interface& interface, const Cluster& cluster, diagnostics::Findings& findings) {
  if (!interface.provider || cluster.find(interface.provider->value) != nullptr) {
    return;
  }
  if (!cluster.providers_unknown) {
    const auto& name = interface.provider->value.str();
    Finding finding{Code::e0003,
                    "provider " + name + " is not declared",
                    {interface.provider->origin, "unknown provider"},
                    {},
                    {},
                    {},
                    {}};
    suggest(finding, name, cluster.providers);
    if (finding.help.empty()) {
      finding.help.push_back("declare it at the top level: `provider " + name + ";`");
    }
    findings.add(std::move(finding));
  }
  interface.provider.reset();
  interface.provider_unknown = true;
}

void resolve_lan(Interface& interface, const Cluster& cluster, diagnostics::Findings& findings) {
  if (!interface.lan) {
    return;
  }
  if (!interface.provider) {
    if (!interface.provider_unknown) {
      findings.add({Code::e0011,
                    interface.name.str() + " is on a LAN of no provider",
                    {interface.lan->origin, "a LAN is named within its provider"},
                    {},
                    {},
                    {"write `provider NAME;` beside it"},
                    {}});
    }
    return;
  }
  const Provider& provider = *cluster.find(interface.provider->value);
  if (provider.lans.empty() || provider.lan_by_name.count(interface.lan->value) != 0) {
    return;
  }
  if (!provider.lans_unknown) {
    const auto& name = interface.lan->value.str();
    Finding finding{Code::e0003,
                    "provider " + provider.name.str() + " has no LAN " + name,
                    {interface.lan->origin, "unknown LAN"},
                    {{provider.origin, "its LANs are listed here"}},
                    {},
                    {},
                    {}};
    suggest(finding, name, provider.lans);
    findings.add(std::move(finding));
  }
  interface.lan.reset();
  interface.lan_unknown = true;
}

// The slaves of the CLIM's bonds. What cannot be one is no slave, but an error (E0104).
void find_slaves(Clim& clim) {
  for (std::size_t i = 0; i < clim.interfaces.size(); ++i) {
    for (const auto& slave : clim.interfaces[i].bond.slaves) {
      const Interface* declared = clim.find(slave.value);
      if (declared == nullptr || declared->kind == InterfaceKind::physical) {
        clim.bond_by_slave.emplace(slave.value, i);
      }
    }
  }
}

// Whether the model would have the interface if the specification did.
bool is_knowable(const Cluster& cluster, const Clim* clim) {
  return !cluster.clims_unknown && (clim == nullptr || (!clim->interfaces_unknown && !clim->slaves_unknown));
}

// Adds "did you mean" if an interface of the CLIM has a similar name; `stem` is what the text has before the name.
void suggest_interface(Finding& finding, const std::string& name, const Clim& clim, const std::string& stem) {
  std::vector<std::string_view> candidates;
  candidates.reserve(clim.interfaces.size());
  for (const auto& interface : clim.interfaces) {
    candidates.push_back(interface.name.interface.str());
  }
  if (const auto meant = diagnostics::suggestion(name, candidates)) {
    finding.help.push_back("did you mean `" + stem + std::string(*meant) + "`?");
  }
}

// A slave is an interface that is there, and no link (E0112).
void resolve_link(Interface& interface, const Clim& clim, const Cluster& cluster, diagnostics::Findings& findings) {
  auto& link = interface.vlan.link;
  if (!link || clim.find(link->value) != nullptr || clim.bond_of(link->value) != nullptr) {
    return;
  }
  if (is_knowable(cluster, &clim)) {
    const auto& name = link->value.str();
    Finding finding{Code::e0003,
                    clim.name.str() + " has no interface " + name,
                    {link->origin, "unknown interface"},
                    {{clim.origin, "CLIM " + clim.name.str() + " is declared here"}}};
    suggest_interface(finding, name, clim, "");
    if (finding.help.empty()) {
      finding.help.push_back("declare it in the CLIM: `interface " + name + " { }`");
    }
    findings.add(std::move(finding));
  }
  link.reset();
  interface.vlan.link_unknown = true;
}

void report_home(const FailoverStatement& failover, const Cluster& cluster, diagnostics::Findings& findings) {
  const Clim* clim = cluster.find(failover.home.clim);
  Finding finding{Code::e0003,
                  failover.home.str() + " does not exist",
                  {failover.home_origin, clim == nullptr ? "unknown CLIM" : "unknown interface"},
                  {},
                  {},
                  {},
                  {}};
  if (clim == nullptr) {
    suggest(finding, failover.home.clim.str(), cluster.clims);
  } else {
    finding.secondary.push_back({clim->origin, "CLIM " + clim->name.str() + " is declared here"});
    suggest_interface(finding, failover.home.interface.str(), *clim, clim->name.str() + ".");
  }
  findings.add(std::move(finding));
}

// The bond of a slave that has no block of its own, or null.
const Interface* bond_of_undeclared(const InterfaceRef& interface, const Cluster& cluster) {
  const Clim* clim = cluster.find(interface.clim);
  return clim == nullptr || clim->find(interface.interface) != nullptr ? nullptr : clim->bond_of(interface.interface);
}

// A slave may not have a `failover` (K5). That of an interface with a block is found with all else it has
// (compiler/check/bonds.cpp); the others are reported here, each once, and taken out: all failovers have a home.
class UndeclaredSlaves {
 public:
  UndeclaredSlaves(Cluster& cluster, diagnostics::Findings& findings) : cluster_(cluster), findings_(findings) {}

  // Whether the statement is one of a slave's, or the other direction of one.
  bool drop(const FailoverStatement& failover) {
    if (const Interface* bond = bond_of_undeclared(failover.home, cluster_)) {
      report(failover, *bond);
      return true;
    }
    if (!failover.both_ways || bond_of_undeclared(failover.target, cluster_) == nullptr) {
      return false;
    }
    // Its own direction is the one to tell; the interface is not without `failover` all the same.
    if (const Clim* clim = cluster_.find(failover.home.clim)) {
      if (const auto home = clim->by_name.find(failover.home.interface); home != clim->by_name.end()) {
        cluster_.clims[cluster_.clim_by_name.at(clim->name)].interfaces[home->second].failover_unknown = true;
      }
    }
    return true;
  }

 private:
  void report(const FailoverStatement& failover, const Interface& bond) {
    if (!reported_.insert(failover.home).second) {
      return;
    }
    Finding finding{Code::e0102,
                    "slave " + failover.home.str() + " carries configuration of its own",
                    {failover.origin, "a slave has no `failover`"}};
    for (const auto& slave : bond.bond.slaves) {
      if (slave.value == failover.home.interface && finding.secondary.empty()) {
        finding.secondary.push_back({slave.origin, "it is a slave of " + bond.name.str()});
      }
    }
    finding.help.push_back("write `failover` in " + bond.name.str() + " instead");
    findings_.add(std::move(finding));
  }

  Cluster& cluster_;
  diagnostics::Findings& findings_;
  std::unordered_set<InterfaceRef> reported_;
};

// Whether there is an interface that the statement is about.
bool has_home(const FailoverStatement& failover, const Cluster& cluster, diagnostics::Findings& findings) {
  if (cluster.find(failover.home) != nullptr) {
    return true;
  }
  // Of `A <-> B`, the other direction reports it as a failover interface that does not exist.
  const bool reported_as_target = failover.both_ways && cluster.find(failover.target) != nullptr;
  if (is_knowable(cluster, cluster.find(failover.home.clim)) && !reported_as_target) {
    report_home(failover, cluster, findings);
  }
  return false;
}

// The CLIMs that connections are on.
class ConnectionClims {
 public:
  ConnectionClims(const Cluster& cluster, diagnostics::Findings& findings) : cluster_(cluster), findings_(findings) {}

  void resolve(Ipsec& connection) {
    std::erase_if(connection.clims, [&](const auto& clim) {
      const bool known = is_known(clim);
      connection.clims_unknown |= !known;
      return !known || !is_first(connection, clim);
    });
  }

 private:
  bool is_known(const Sourced<ClimName>& clim) {
    if (cluster_.find(clim.value) != nullptr) {
      return true;
    }
    if (!cluster_.clims_unknown) {
      Finding finding{Code::e0003, "CLIM " + clim.value.str() + " is not declared", {clim.origin, "unknown CLIM"}};
      suggest(finding, clim.value.str(), cluster_.clims);
      findings_.add(std::move(finding));
    }
    return false;
  }

  bool is_first(Ipsec& connection, const Sourced<ClimName>& clim) {
    const auto [entry, fresh] = first_[clim.value].emplace(connection.name, clim.origin);
    if (!fresh) {
      connection.unknown = true;
      findings_.add({Code::e0004,
                     "connection " + connection.name + " is twice on CLIM " + clim.value.str(),
                     {clim.origin, "declared again here"},
                     {{entry->second, "first declared here"}}});
    }
    return fresh;
  }

  const Cluster& cluster_;
  diagnostics::Findings& findings_;
  std::unordered_map<ClimName, std::unordered_map<std::string, Origin>> first_;
};

}  // namespace

void resolve(Cluster& cluster, diagnostics::Findings& findings) {
  for (Clim& clim : cluster.clims) {
    find_slaves(clim);
    for (Interface& interface : clim.interfaces) {
      resolve_provider(interface, cluster, findings);
      resolve_lan(interface, cluster, findings);
      resolve_link(interface, clim, cluster, findings);
    }
  }
  UndeclaredSlaves slaves(cluster, findings);
  std::erase_if(cluster.failovers,
                [&](const auto& failover) { return slaves.drop(failover) || !has_home(failover, cluster, findings); });
  ConnectionClims connections(cluster, findings);
  for (Ipsec& connection : cluster.ipsec) {
    connections.resolve(connection);
  }
}

}  // namespace cip::lang
