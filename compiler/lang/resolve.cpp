#include "compiler/lang/resolve.h"

#include <algorithm>
#include <string>
#include <string_view>
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

// Whether the model would have the interface if the specification did.
bool is_knowable(const Cluster& cluster, const InterfaceRef& interface) {
  const Clim* clim = cluster.find(interface.clim);
  const bool hidden =
      clim != nullptr && (clim->interfaces_unknown || clim->unknown_names.count(interface.interface) != 0);
  return !cluster.clims_unknown && !hidden;
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
    std::vector<std::string> names;
    names.reserve(clim->interfaces.size());
    for (const auto& interface : clim->interfaces) {
      names.push_back(interface.name.str());
    }
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    if (const auto meant = diagnostics::suggestion(failover.home.str(), candidates)) {
      finding.help.push_back("did you mean `" + std::string(*meant) + "`?");
    }
  }
  findings.add(std::move(finding));
}

// Whether there is an interface that the statement is about.
bool has_home(const FailoverStatement& failover, const Cluster& cluster, diagnostics::Findings& findings) {
  if (cluster.find(failover.home) != nullptr) {
    return true;
  }
  // Of `A <-> B`, the other direction reports it as a failover interface that does not exist.
  const bool reported_as_target = failover.both_ways && cluster.find(failover.target) != nullptr;
  if (is_knowable(cluster, failover.home) && !reported_as_target) {
    report_home(failover, cluster, findings);
  }
  return false;
}

}  // namespace

void resolve(Cluster& cluster, diagnostics::Findings& findings) {
  for (Clim& clim : cluster.clims) {
    for (Interface& interface : clim.interfaces) {
      resolve_provider(interface, cluster, findings);
      resolve_lan(interface, cluster, findings);
    }
  }
  std::erase_if(cluster.failovers, [&](const auto& failover) { return !has_home(failover, cluster, findings); });
}

}  // namespace cip::lang
