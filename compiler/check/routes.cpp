// Gateways and source addresses of routes (E0107): what the kernel would refuse, or what could never work.
#include <bitset>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "compiler/check/check.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Finding;
using diagnostics::Findings;
using lang::Clim;
using lang::Cluster;
using lang::Interface;
using lang::Origin;
using lang::RouteStatement;

constexpr std::uint32_t main_table = 254;

// Networks, asked for one that has an address: one look per length in use.
class Networks {
 public:
  void add(const Prefix& network) {
    networks_.insert(network);
    lengths(network.family()).set(static_cast<std::size_t>(network.length()));
  }
  bool contain(const IpAddress& address) const {
    const auto& used = lengths(address.family());
    for (int length = 0; length <= address_bits(address.family()); ++length) {
      if (used.test(static_cast<std::size_t>(length)) && networks_.count(Prefix(address, length)) != 0) {
        return true;
      }
    }
    return false;
  }

 private:
  using Lengths = std::bitset<129>;
  Lengths& lengths(Family family) { return family == Family::ipv4 ? ipv4_ : ipv6_; }
  const Lengths& lengths(Family family) const { return family == Family::ipv4 ? ipv4_ : ipv6_; }

  std::unordered_set<Prefix> networks_;
  Lengths ipv4_;
  Lengths ipv6_;
};

// The addresses of a CLIM, each with one interface that has it.
struct Own {
  const Interface* interface;
  Origin origin;
};
using OwnAddresses = std::unordered_map<IpAddress, Own>;

OwnAddresses addresses_of(const Clim& clim) {
  OwnAddresses own;
  for (const Interface& interface : clim.interfaces) {
    for (const auto& address : interface.addresses) {
      own.emplace(address.value.address, Own{&interface, address.origin});
    }
  }
  return own;
}

// What an interface reaches without a gateway: in any table, and by routes of one table only.
struct OnLink {
  Networks everywhere;
  std::unordered_map<std::uint32_t, Networks> by_table;

  explicit OnLink(const Interface& interface) {
    for (const auto& address : interface.addresses) {
      everywhere.add(address.value.network());
    }
    for (const auto& route : interface.routes) {
      if (!route.value.gateway && route.value.type == RouteType::unicast) {
        (route.value.table == main_table ? everywhere : by_table[route.value.table]).add(route.value.destination);
      }
    }
  }
  // The kernel looks for a gateway in the table of the route, then by the rules of the CLIM (fib_check_nh).
  bool reach(const RouteStatement& route) const {
    const auto table = by_table.find(route.value.table);
    return everywhere.contain(*route.value.gateway) ||
           (table != by_table.end() && table->second.contain(*route.value.gateway));
  }
};

void report_own_gateway(const RouteStatement& route, const Own& own, Findings& findings) {
  findings.add({Code::e0107,
                "gateway " + route.value.gateway->str() + " is an address of the CLIM itself",
                {route.gateway->span, "a gateway is another host"},
                {{own.origin, own.interface->name.str() + " has it"}},
                {},
                {"leave `via` out if " + route.value.destination.str() + " is on the link"},
                {}});
}

void report_off_link(const Interface& interface, const RouteStatement& route, Findings& findings) {
  const auto gateway = route.value.gateway->str();
  Finding finding{Code::e0107,
                  "gateway " + gateway + " is not on a network of " + interface.name.str(),
                  {route.gateway->span, "cannot be reached without another gateway"},
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

void check_gateway(const Interface& interface, const RouteStatement& route, const OnLink& on_link,
                   const OwnAddresses& own, Findings& findings) {
  const IpAddress& gateway = *route.value.gateway;
  const bool link_local = gateway.family() == Family::ipv6 && gateway.is_link_local();
  if (const auto found = own.find(gateway);
      found != own.end() && (!link_local || found->second.interface == &interface)) {
    report_own_gateway(route, found->second, findings);
    return;
  }
  const bool unsure = interface.addresses_unknown || interface.routes_unknown;
  if (!link_local && !route.value.onlink && !unsure && !on_link.reach(route)) {
    report_off_link(interface, route, findings);
  }
}

void check_source(const Clim& clim, const RouteStatement& route, const OwnAddresses& own, Findings& findings) {
  const IpAddress& source = *route.value.source;
  if (clim.addresses_unknown || clim.interfaces_unknown || own.count(source) != 0) {
    return;
  }
  findings.add({Code::e0107,
                "source " + source.str() + " is on no interface of CLIM " + clim.name.str(),
                {route.source->span, "not an address of " + clim.name.str()},
                {},
                {},
                {"name an address that an interface of " + clim.name.str() + " has, its loopback interface included"},
                {}});
}

}  // namespace

void check_routes(const Cluster& cluster, Findings& findings) {
  for (const Clim& clim : cluster.clims) {
    const OwnAddresses own = addresses_of(clim);
    for (const Interface& interface : clim.interfaces) {
      const OnLink on_link(interface);
      for (const auto& route : interface.routes) {
        if (route.value.gateway) {
          check_gateway(interface, route, on_link, own, findings);
        }
        if (route.value.source && !cluster.clims_unknown) {
          check_source(clim, route, own, findings);
        }
      }
    }
  }
}

}  // namespace cip::check
