// The two ends of a tunnel (K7, R4): E0301, E0302, W0303.
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/check/networks.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Finding;
using diagnostics::Findings;
using lang::Clim;
using lang::Cluster;
using lang::Interface;

struct Ends {
  std::optional<IpAddress> local;
  IpAddress remote;
  bool operator==(const Ends&) const = default;
};
struct EndsHash {
  std::size_t operator()(const Ends& ends) const noexcept {
    const std::hash<IpAddress> hash;
    return hash(ends.remote) * 31 + (ends.local ? hash(*ends.local) : 0);
  }
};
using ByEnds = std::unordered_map<Ends, const Interface*, EndsHash>;

class CheckClim {
 public:
  CheckClim(const Cluster& cluster, const Clim& clim, Findings& findings)
      : clim_(clim),
        own_(addresses_of(clim)),
        all_known_(!cluster.clims_unknown && !clim.addresses_unknown && !clim.interfaces_unknown),
        findings_(findings) {}

  void run() {
    for (const Interface& interface : clim_.interfaces) {
      if (interface.kind == InterfaceKind::tunnel) {
        check(interface);
      }
    }
  }

 private:
  void check(const Interface& tunnel) {
    const auto& [local, remote, ttl, local_unknown, remote_unknown] = tunnel.tunnel;
    if (local && remote && local->value == remote->value) {
      report_equal(tunnel);
      return;
    }
    if (local) {
      check_local(tunnel);
    } else if (!local_unknown) {
      report_stays(tunnel);
    }
    if (remote && !local_unknown) {
      check_other(tunnel);
    }
  }

  // K7: E0301.
  void check_local(const Interface& tunnel) {
    const auto& local = *tunnel.tunnel.local;
    const std::string address = local.value.str();
    if (local.value.family() == Family::ipv6) {
      Finding finding{
          Code::e0301, "the local address of tunnel " + tunnel.name.str() + " is IPv6", {local.origin, "this is IPv6"}};
      if (const auto found = own_.find(local.value); found != own_.end()) {
        finding.secondary.push_back({found->second.origin, found->second.interface->name.str() + " has it"});
      }
      finding.notes.push_back("a tunnel carries IPv6 over IPv4: both its ends are IPv4");
      findings_.add(std::move(finding));
      return;
    }
    if (!all_known_ || own_.count(local.value) != 0) {
      return;
    }
    findings_.add(
        {Code::e0301,
         "the local address of tunnel " + tunnel.name.str() + " is on no interface of CLIM " + clim_.name.str(),
         {local.origin, clim_.name.str() + " does not have " + address},
         {},
         {"a tunnel follows the interface that has its local address"},
         {"write the address of an interface of " + clim_.name.str() +
          ", or leave `local` out if the tunnel is to stay here"}});
  }

  void report_equal(const Interface& tunnel) {
    const auto* earlier = &*tunnel.tunnel.local;
    const auto* later = &*tunnel.tunnel.remote;
    if (later->origin.rank < earlier->origin.rank) {
      std::swap(earlier, later);
    }
    findings_.add({Code::e0302,
                   "tunnel " + tunnel.name.str() + " leads to where it begins",
                   {later->origin, "the same address ..."},
                   {{earlier->origin, "... at both ends"}}});
  }

  // The kernel could not tell whose a packet is, and refuses the second (ipip6_tunnel_create).
  void check_other(const Interface& tunnel) {
    const auto& local = tunnel.tunnel.local;
    const Ends ends{local ? std::optional(local->value) : std::nullopt, tunnel.tunnel.remote->value};
    const auto [entry, fresh] = by_ends_.emplace(ends, &tunnel);
    if (fresh) {
      return;
    }
    const Interface& earlier = *entry->second;
    findings_.add(
        {Code::e0302,
         "two tunnels of CLIM " + clim_.name.str() + " have the same end points",
         {tunnel.origin, tunnel.name.str() + " ..."},
         {{earlier.origin, "... and " + earlier.name.str()}},
         {(local ? "from " + local->value.str() : std::string("from any address")) + " to " + ends.remote.str()}});
  }

  // R4: W0303.
  void report_stays(const Interface& tunnel) {
    findings_.add({Code::w0303,
                   "tunnel " + tunnel.name.str() + " has no local address, and will not move",
                   {tunnel.origin, "it stays on " + clim_.name.str() + " whatever fails"},
                   {},
                   {},
                   {"write `local ADDRESS;` in it: it follows the interface that has the address"}});
  }

  const Clim& clim_;
  OwnAddresses own_;
  bool all_known_;
  Findings& findings_;
  ByEnds by_ends_;
};

}  // namespace

void check_tunnels(const Cluster& cluster, Findings& findings) {
  for (const Clim& clim : cluster.clims) {
    CheckClim(cluster, clim, findings).run();
  }
}

}  // namespace cip::check
