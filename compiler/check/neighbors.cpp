// Static neighbours (E0110), and E0004 for what an interface has twice of them.
#include <string>
#include <unordered_map>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/check/interfaces.h"
#include "compiler/check/networks.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Finding;
using diagnostics::Findings;
using lang::Clim;
using lang::Cluster;
using lang::Interface;
using lang::NeighborStatement;
using lang::Origin;

void report_off_link(const Interface& interface, const NeighborStatement& neighbor, Findings& findings) {
  const IpAddress& address = neighbor.value.address;
  Finding finding{Code::e0110,
                  "neighbour " + address.str() + " is not on a network of " + interface.name.str(),
                  {neighbor.origin, "not on the link"}};
  for (const auto& own : interface.addresses) {
    if (own.value.family() == address.family() && finding.secondary.size() < 3) {
      finding.secondary.push_back({own.origin, "this network is " + own.value.network().str()});
    }
  }
  if (finding.secondary.empty()) {
    finding.notes.push_back(interface.name.str() + " has no " + std::string(name(address.family())) + " address");
  }
  finding.help.push_back("if it is on the link all the same, write a route to it: `route " + address.str() + "/" +
                         std::to_string(address_bits(address.family())) + ";`");
  findings.add(std::move(finding));
}

void check_interface(const Interface& interface, Findings& findings) {
  const OnLink on_link(interface);
  const bool unsure = interface.addresses_unknown || interface.routes_unknown;
  std::unordered_map<IpAddress, Origin> first;
  for (const auto& neighbor : interface.neighbors) {
    const IpAddress& address = neighbor.value.address;
    const auto [entry, fresh] = first.emplace(address, neighbor.origin);
    if (!fresh) {
      findings.add({Code::e0004,
                    "neighbour " + address.str() + " is set twice on " + interface.name.str(),
                    {neighbor.origin, "set again here"},
                    {{entry->second, "first set here"}}});
      continue;
    }
    const bool link_local = address.family() == Family::ipv6 && address.is_link_local();
    if (!unsure && !link_local && !on_link.neighbor(address)) {
      report_off_link(interface, neighbor, findings);
    }
  }
}

}  // namespace

void check_neighbors(const Cluster& cluster, Findings& findings) {
  for (const Clim& clim : cluster.clims) {
    for (const Interface& interface : clim.interfaces) {
      if (!interface.neighbors.empty() && !is_slave(clim, interface)) {
        check_interface(interface, findings);
      }
    }
  }
}

}  // namespace cip::check
