// Where the resources of each home interface are after failures: what the two sides of each pair agree on
// (docs/domain.md F1, F4-F7; docs/protocol.md, Transitions) once everything has settled, computed without them.
//
// Failures happen one after another, and nothing is repaired. Their order matters: after n1.eth1 and then n2.eth1 the
// resources of both are on n2, after n2.eth1 and then n1.eth1 on n1 (F4: nothing moves without a reason). What is
// taken for granted: mirrors are as new as the configuration (F10), a third host answers on each LAN, and no operator
// does anything.
//
// As nothing is repaired, who has left home has left it for good, and what cannot be served now will not be later:
// every home interface moves at most once, when its home ceases to serve and its failover interface still does. F5
// needs no look: home resources are away only from an interface that has failed, and that takes nobody in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "compiler/check/followers.h"
#include "compiler/lang/model.h"

namespace cip::check {

// What fails: a whole CLIM, or one interface of any kind, slaves included. Names that nobody has change nothing.
using Failure = std::variant<ClimName, InterfaceRef>;

// Why an interface does not serve.
struct Outage {
  enum class Kind : std::uint8_t {
    clim,       // the CLIM has failed
    interface,  // the interface has
    link,       // a VLAN's link does not serve (K8)
    slaves,     // all slaves of a bond have failed (K6)
    min_links   // an 802.3ad bond has fewer slaves left than its min-links, and then the kernel takes its carrier away
  };
  Kind kind = Kind::interface;
  InterfaceName link;  // of kind link

  bool operator==(const Outage&) const = default;
};

enum class Side : std::uint8_t { home, failover };

// Of one interface that is no slave. A tunnel that follows an interface is where that one's resources are.
struct Location {
  const lang::Interface* home = nullptr;
  const lang::Interface* failover = nullptr;  // null: none
  const lang::Interface* carrier = nullptr;   // of a tunnel that follows an interface
  Side side = Side::home;                     // whom the record names (docs/protocol.md, Shape)
  bool held = true;                           // that CLIM is up: they are in its kernel
  bool served = true;                         // and the interface serves

  // The interface that has the resources, or had them last.
  const lang::Interface& host() const {
    return side == Side::failover ? *failover : carrier != nullptr ? *carrier : *home;
  }
};

// A tunnel is one. An interface without any may be a spare for others.
bool has_resources(const lang::Interface& interface);

class Placement {
 public:
  // All at home. `cluster` must stay. Of several failover interfaces of one interface (E0207) the first counts.
  explicit Placement(const lang::Cluster& cluster);

  void fail(const Failure& failure);

  // In the order of the text. Takes time linear in the specification for each failure.
  const std::vector<Location>& locations() const { return locations_; }
  const Location* find(const InterfaceRef& home) const;
  // Why the interface does not serve; nothing if it does. A tunnel serves while itself and its CLIM do.
  std::optional<Outage> outage(const InterfaceRef& interface) const;
  std::vector<InterfaceName> failed_slaves(const lang::Interface& bond) const;  // in text order

 private:
  void add_clim(const lang::Clim& clim);
  void add_failovers();
  void update(Location& location) const;
  std::optional<Outage> bond_outage(const lang::Interface& bond) const;

  const lang::Cluster& cluster_;
  std::vector<Location> locations_;
  std::unordered_map<InterfaceRef, std::size_t> by_name_;
  std::unordered_set<ClimName> failed_clims_;
  std::unordered_set<InterfaceRef> failed_interfaces_;
};

// The same in one call.
Placement place(const lang::Cluster& cluster, std::span<const Failure> failures);

// All names that can fail: CLIMs, and interfaces with the slaves of bonds that are not declared; in the order of the
// text.
std::vector<Failure> possible_failures(const lang::Cluster& cluster);

}  // namespace cip::check
