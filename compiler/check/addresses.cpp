// The same address in two places that can see each other (E0106), or twice in one place (E0004).
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/check/check.h"
#include "compiler/check/interfaces.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Findings;
using lang::Clim;
using lang::Cluster;
using lang::Interface;
using lang::Origin;

// One address of one interface.
struct Use {
  const Interface* interface;
  IpAddress address;
  Origin origin;
  std::size_t clim;  // index
  std::size_t lan;   // 0: none that is known
};

// A number for each broadcast domain: the LANs of the providers, and the one LAN of all maintenance interfaces.
class Lans {
 public:
  std::size_t of(const Interface& interface) {
    if (interface.kind == InterfaceKind::maintenance) {
      return 1;
    }
    if (!interface.provider || interface.lan_unknown) {
      return 0;
    }
    // A name cannot be empty, so the provider's own LAN has none of another's.
    const std::string lan = interface.lan ? interface.lan->value.str() : "";
    return numbers_[interface.provider->value].emplace(lan, ++last_).first->second;
  }

 private:
  std::unordered_map<ProviderName, std::unordered_map<std::string, std::size_t>> numbers_;
  std::size_t last_ = 1;
};

struct Key {
  std::size_t scope;  // a CLIM or a LAN
  IpAddress address;
  bool operator==(const Key&) const = default;
};
struct UseKeyHash {
  std::size_t operator()(const Key& key) const noexcept { return std::hash<IpAddress>{}(key.address) * 31 + key.scope; }
};
using FirstUse = std::unordered_map<Key, const Use*, UseKeyHash>;

std::vector<Use> all_uses(const Cluster& cluster) {
  std::vector<Use> uses;
  Lans lans;
  for (std::size_t clim = 0; clim < cluster.clims.size(); ++clim) {
    for (const Interface& interface : cluster.clims[clim].interfaces) {
      if (is_slave(cluster.clims[clim], interface)) {
        continue;
      }
      const std::size_t lan = lans.of(interface);
      for (const auto& address : interface.addresses) {
        uses.push_back({&interface, address.value.address, address.origin, clim, lan});
      }
    }
  }
  std::sort(uses.begin(), uses.end(), [](const Use& a, const Use& b) { return a.origin.rank < b.origin.rank; });
  return uses;
}

std::string shown(const Use& use) {
  return use.interface->name.str();
}

void report_conflict(const Use& use, const Use& earlier, Findings& findings) {
  const bool same_interface = use.interface == earlier.interface;
  const bool same_clim = use.clim == earlier.clim;
  std::string message = use.address.str();
  if (same_interface) {
    message += " is set twice on " + shown(use);
  } else if (same_clim) {
    message += " is on two interfaces of CLIM " + use.interface->name.clim.str();
  } else if (use.interface->kind == InterfaceKind::maintenance) {
    message += " is on two interfaces of the maintenance LAN";
  } else {
    message += " is on two interfaces of one LAN";
  }
  diagnostics::Finding finding{same_interface ? Code::e0004 : Code::e0106,
                               std::move(message),
                               {use.origin, shown(use) + " has it ..."},
                               {{earlier.origin, "... and so has " + shown(earlier)}},
                               {},
                               {},
                               {}};
  if (same_interface) {
    finding.primary.text = "set again here";
    finding.secondary.front().text = "first set here";
  } else if (!same_clim && use.interface->provider) {
    const auto& interface = *use.interface;
    finding.notes.push_back("both are in provider " + interface.provider->value.str() +
                            (interface.lan ? ", LAN " + interface.lan->value.str() : ", on the provider's own LAN"));
    finding.help.push_back("give one of them another address; the failover interface gets it only while it is needed");
  }
  findings.add(std::move(finding));
}

// The first use of the address in the scope, if it is another one; otherwise remembers this one.
const Use* earlier_use(FirstUse& first, std::size_t scope, const Use& use) {
  const auto [entry, fresh] = first.emplace(Key{scope, use.address}, &use);
  return fresh ? nullptr : entry->second;
}

void check_interfaces(const Cluster& cluster, Findings& findings) {
  const auto uses = all_uses(cluster);
  FirstUse on_interface;
  FirstUse on_clim;
  FirstUse on_lan;
  for (const Use& use : uses) {
    // All three remember the use; of several conflicts the nearest is the one to tell.
    const Use* const same_lan = use.lan == 0 ? nullptr : earlier_use(on_lan, use.lan, use);
    // A link-local IPv6 address is one of its link, not of the CLIM (RFC 4291, 2.5.6).
    const bool link_local = use.address.family() == Family::ipv6 && use.address.is_link_local();
    const Use* const same_clim = link_local ? nullptr : earlier_use(on_clim, use.clim, use);
    const Use* const same_interface = earlier_use(on_interface, reinterpret_cast<std::size_t>(use.interface), use);
    const Use* const earlier = same_interface != nullptr ? same_interface : same_clim != nullptr ? same_clim : same_lan;
    if (earlier != nullptr) {
      report_conflict(use, *earlier, findings);
    }
  }
}

struct Control {
  const Clim* clim;
  const lang::Sourced<IpAddress>* address;
};

void check_control(const Cluster& cluster, Findings& findings) {
  std::vector<Control> all;
  for (const Clim& clim : cluster.clims) {
    for (const auto& address : clim.control) {
      all.push_back({&clim, &address});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Control& a, const Control& b) { return a.address->origin.rank < b.address->origin.rank; });
  std::unordered_map<IpAddress, Control> first;
  for (const Control& control : all) {
    const auto [entry, fresh] = first.emplace(control.address->value, control);
    if (fresh) {
      continue;
    }
    const Control& earlier = entry->second;
    const bool same = earlier.clim == control.clim;
    const auto text = control.address->value.str();
    findings.add({same ? Code::e0004 : Code::e0106,
                  same ? text + " is set twice as control address of CLIM " + control.clim->name.str()
                       : text + " is the control address of two CLIMs",
                  {control.address->origin, same ? "set again here" : "of " + control.clim->name.str() + " ..."},
                  {{earlier.address->origin, same ? "first set here" : "... and of " + earlier.clim->name.str()}},
                  {},
                  {},
                  {}});
  }
}

// One physical interface cannot be two of a CLIM.
void check_macs(const Cluster& cluster, Findings& findings) {
  for (const Clim& clim : cluster.clims) {
    std::map<MacAddress, const Interface*> first;
    for (const Interface& interface : clim.interfaces) {
      if (!interface.match_mac) {
        continue;
      }
      const auto [entry, fresh] = first.emplace(interface.match_mac->value, &interface);
      if (!fresh) {
        const Interface& earlier = *entry->second;
        findings.add({Code::e0004,
                      interface.match_mac->value.str() + " is to be two interfaces of CLIM " + clim.name.str(),
                      {interface.match_mac->origin, interface.name.str() + " here ..."},
                      {{earlier.match_mac->origin, "... and " + earlier.name.str() + " here"}}});
      }
    }
  }
}

}  // namespace

void check_addresses(const Cluster& cluster, Findings& findings) {
  check_macs(cluster, findings);
  check_interfaces(cluster, findings);
  check_control(cluster, findings);
}

}  // namespace cip::check
