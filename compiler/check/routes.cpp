// Gateways and source addresses of routes (E0107): what the kernel would refuse, or what could never work.
#include <string>
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
using lang::RouteStatement;

void report_own_gateway(const RouteStatement& route, const Own& own, Findings& findings) {
  findings.add({Code::e0107,
                "gateway " + route.value.gateway->str() + " is an address of the CLIM itself",
                {*route.gateway, "a gateway is another host"},
                {{own.origin, own.interface->name.str() + " has it"}},
                {},
                {"leave `via` out if " + route.value.destination.str() + " is on the link"},
                {}});
}

void report_off_link(const Interface& interface, const RouteStatement& route, Findings& findings) {
  const auto gateway = route.value.gateway->str();
  Finding finding{Code::e0107,
                  "gateway " + gateway + " is not on a network of " + interface.name.str(),
                  {*route.gateway, "cannot be reached without another gateway"},
                  {},
                  {},
                  {},
                  {}};
  for (const auto& address : interface.addresses) {
    if (address.value.family() == route.value.family() && finding.secondary.size() < 3) {
      finding.secondary.push_back({address.origin, "this network is " + address.value.network().str()});
    }
  }
  if (finding.secondary.empty()) {
    finding.notes.push_back(interface.name.str() + " has no " + std::string(name(route.value.family())) + " address");
  }
  const int bits = address_bits(route.value.family());
  finding.help.push_back("if it is reachable all the same, write `onlink`, or a route to it first: `route " + gateway +
                         "/" + std::to_string(bits) + ";`");
  findings.add(std::move(finding));
}

// Whether it is usable.
bool check_gateway(const Interface& interface, const RouteStatement& route, const OnLink& on_link,
                   const OwnAddresses& own, Findings& findings) {
  const IpAddress& gateway = *route.value.gateway;
  const bool link_local = gateway.family() == Family::ipv6 && gateway.is_link_local();
  if (const auto found = own.find(gateway);
      found != own.end() && (!link_local || found->second.interface == &interface)) {
    report_own_gateway(route, found->second, findings);
    return false;
  }
  const bool unsure = interface.addresses_unknown || interface.routes_unknown;
  if (!link_local && !route.value.onlink && !unsure && !on_link.reach(gateway, route.value.table)) {
    report_off_link(interface, route, findings);
    return false;
  }
  return true;
}

// Whether it is usable.
bool check_source(const Clim& clim, const RouteStatement& route, const OwnAddresses& own, Findings& findings) {
  const IpAddress& source = *route.value.source;
  if (clim.addresses_unknown || clim.interfaces_unknown || own.count(source) != 0) {
    return true;
  }
  findings.add({Code::e0107,
                "source " + source.str() + " is on no interface of CLIM " + clim.name.str(),
                {*route.source, "not an address of " + clim.name.str()},
                {},
                {},
                {"name an address that an interface of " + clim.name.str() + " has, its loopback interface included"},
                {}});
  return false;
}

}  // namespace

RouteSet check_routes(const Cluster& cluster, Findings& findings) {
  RouteSet wrong;
  for (const Clim& clim : cluster.clims) {
    const OwnAddresses own = addresses_of(clim);
    for (const Interface& interface : clim.interfaces) {
      if (interface.routes.empty() || is_slave(clim, interface)) {
        continue;
      }
      const OnLink on_link(interface);
      for (const auto& route : interface.routes) {
        if (route.value.gateway && !check_gateway(interface, route, on_link, own, findings)) {
          wrong.insert(&route);
        }
        if (route.value.source && !cluster.clims_unknown && !check_source(clim, route, own, findings)) {
          wrong.insert(&route);
        }
      }
    }
  }
  return wrong;
}

}  // namespace cip::check
