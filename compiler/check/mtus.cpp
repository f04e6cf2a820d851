// MTUs that cannot be (E0111): too small for IPv6, or too large for what carries the interface.
#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/check/interfaces.h"
#include "compiler/check/networks.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Findings;
using diagnostics::Label;
using lang::Clim;
using lang::Cluster;
using lang::Interface;
using lang::Origin;

// RFC 8200, 5. Below it the kernel drops all IPv6 addresses and routes of an interface.
constexpr std::uint32_t least_for_ipv6 = 1280;
// What a tunnel's packets grow by: an IPv4 header without options (RFC 4213, 3.2).
constexpr std::uint32_t tunnel_overhead = 20;

std::string set_or_usual(const Interface& interface) {
  return interface.mtu ? interface.name.str() + " has " + std::to_string(interface.mtu->value)
                       : interface.name.str() + " sets none, which is taken as " + std::to_string(usual_mtu);
}

Label mtu_label(const Interface& interface) {
  return {interface.mtu ? interface.mtu->origin : interface.origin, set_or_usual(interface)};
}

// Something of the interface that is IPv6.
std::optional<Origin> ipv6_of(const Interface& interface) {
  for (const auto& address : interface.addresses) {
    if (address.value.family() == Family::ipv6) {
      return address.origin;
    }
  }
  for (const auto& route : interface.routes) {
    if (route.value.family() == Family::ipv6) {
      return route.origin;
    }
  }
  return std::nullopt;
}

class CheckClim {
 public:
  CheckClim(const Clim& clim, Findings& findings) : clim_(clim), own_(addresses_of(clim)), findings_(findings) {}

  void run() {
    for (const Interface& interface : clim_.interfaces) {
      if (!is_slave(clim_, interface)) {
        check(interface);
      }
    }
  }

 private:
  void check(const Interface& interface) {
    if (interface.kind == InterfaceKind::vlan) {
      check_vlan(interface);
    }
    if (!interface.mtu || check_carrier(interface) || interface.mtu->value >= least_for_ipv6) {
      return;
    }
    if (interface.kind == InterfaceKind::tunnel) {
      report_small(interface, interface, interface.origin, "a tunnel carries IPv6");
    } else if (const auto ipv6 = ipv6_of(interface)) {
      report_small(interface, interface, *ipv6, "this is IPv6");
    }
  }

  // A VLAN that sets no MTU has its link's, at most.
  void check_vlan(const Interface& vlan) {
    const Interface* link = link_of(vlan);
    if (link == nullptr || vlan.mtu || vlan.mtu_unknown || !link->mtu || link->mtu->value >= least_for_ipv6 ||
        ipv6_of(*link)) {
      return;
    }
    if (const auto ipv6 = ipv6_of(vlan); ipv6 && reported_.insert(link).second) {
      report_small(*link, vlan, *ipv6, "this is IPv6, on a VLAN on it");
    }
  }

  // What the packets of the interface go through, if it is known, and how much less than its MTU they may have.
  bool check_carrier(const Interface& interface) {
    const Interface* carrier = nullptr;
    std::uint32_t overhead = 0;
    if (interface.kind == InterfaceKind::vlan) {
      carrier = link_of(interface);
    } else if (interface.kind == InterfaceKind::tunnel) {
      carrier = carrier_of(interface);
      overhead = tunnel_overhead;
    }
    if (carrier == nullptr || carrier->mtu_unknown || interface.mtu->value + overhead <= mtu_of(*carrier)) {
      return false;
    }
    report_large(interface, *carrier, overhead);
    return true;
  }

  const Interface* link_of(const Interface& vlan) const {
    const auto& link = vlan.vlan.link;
    const Interface* found = link ? clim_.find(link->value) : nullptr;
    const bool carries = found != nullptr && !is_slave(clim_, *found) &&
                         (found->kind == InterfaceKind::physical || found->kind == InterfaceKind::bond);
    return carries ? found : nullptr;
  }

  // The interface that has the tunnel's local address. From a loopback's, packets leave through any other.
  const Interface* carrier_of(const Interface& tunnel) const {
    const auto& local = tunnel.tunnel.local;
    const auto found = local ? own_.find(local->value) : own_.end();
    const bool carries = found != own_.end() && found->second.interface->kind != InterfaceKind::loopback &&
                         !is_slave(clim_, *found->second.interface);
    return carries ? found->second.interface : nullptr;
  }

  void report_small(const Interface& interface, const Interface& user, const Origin& why, std::string label) {
    findings_.add({Code::e0111,
                   "the MTU of " + interface.name.str() + " is too small for " +
                       (&user == &interface ? std::string("IPv6") : "the IPv6 of " + user.name.str()),
                   {interface.mtu->origin, "IPv6 needs " + std::to_string(least_for_ipv6)},
                   {{why, std::move(label)}},
                   {"the kernel takes all IPv6 from an interface whose MTU is less"}});
  }

  void report_large(const Interface& interface, const Interface& carrier, std::uint32_t overhead) {
    const std::string most = std::to_string(mtu_of(carrier) - std::min(overhead, mtu_of(carrier)));
    const bool tunnel = interface.kind == InterfaceKind::tunnel;
    findings_.add({Code::e0111,
                   "the MTU of " + interface.name.str() + " is larger than " + carrier.name.str() + " can carry",
                   {interface.mtu->origin, "may be " + most + " at most"},
                   {mtu_label(carrier)},
                   {tunnel ? "its packets get an IPv4 header of " + std::to_string(overhead) + " bytes"
                           : "the packets of a VLAN go through its link"}});
  }

  const Clim& clim_;
  OwnAddresses own_;
  Findings& findings_;
  std::unordered_set<const Interface*> reported_;  // links, because of one of their VLANs
};

}  // namespace

void check_mtus(const Cluster& cluster, Findings& findings) {
  for (const Clim& clim : cluster.clims) {
    CheckClim(clim, findings).run();
  }
}

}  // namespace cip::check
