// The cluster model: what a specification says, as values of the field's own types, each with its origin. lang builds
// it, check looks at it, output writes it.
//
// A statement that is wrong has been reported by lang and is not in the model. What it might have said is marked as
// unknown, so that no rule draws conclusions from its absence: one mistake is one error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/syntax/source.h"
#include "state/objects.h"

namespace cip::lang {

// Where a value comes from. `rank` is the place in the text as a whole: an imported file stands where its import does,
// and of two contradicting statements the one with the higher rank is the later.
struct Origin {
  syntax::Span span;
  std::uint32_t rank = 0;
};

template <class T>
struct Sourced {
  T value;
  Origin origin;
};

struct Lan {
  LanName name;
  Origin origin;
};

struct Provider {
  ProviderName name;
  Origin origin;
  std::vector<Lan> lans;  // empty: an interface may name any LAN
  std::unordered_map<LanName, std::size_t> lan_by_name;
  bool lans_unknown = false;
};

// A route and where its parts stand; `value` is complete, with the family's defaults.
struct RouteStatement {
  Route value;
  Origin origin;  // the statement
  std::optional<Origin> gateway;
  std::optional<Origin> source;
};

struct NeighborStatement {
  Neighbor value;
  Origin origin;
};

// One direction: `home` fails over to `target`. `A <-> B` makes two, with one origin.
struct FailoverStatement {
  InterfaceRef home;
  InterfaceRef target;
  Origin origin;
  syntax::Span home_span;  // the home interface in `A -> B`, else the name of the interface whose block it stands in
  bool both_ways = false;
};

struct Interface {
  InterfaceRef name;
  Origin origin;  // its name where it is declared
  InterfaceKind kind = InterfaceKind::physical;
  std::optional<Sourced<ProviderName>> provider;
  std::optional<Sourced<LanName>> lan;
  std::optional<Sourced<std::uint32_t>> mtu;
  std::optional<Sourced<std::string>> description;
  std::vector<Sourced<InterfaceAddress>> addresses;  // in text order, as routes and neighbors are
  std::vector<RouteStatement> routes;
  std::vector<NeighborStatement> neighbors;

  bool provider_unknown = false;
  bool lan_unknown = false;
  bool mtu_unknown = false;
  bool addresses_unknown = false;
  bool routes_unknown = false;
  bool failover_unknown = false;
};

struct Clim {
  ClimName name;
  Origin origin;                                           // its name in its first block
  std::vector<Sourced<IpAddress>> control;                 // in text order, over all blocks
  std::vector<Interface> interfaces;                       // the same
  std::unordered_map<InterfaceName, std::size_t> by_name;  // index into interfaces

  bool control_unknown = false;
  bool addresses_unknown = false;                   // of any of its interfaces
  bool interfaces_unknown = false;                  // there may be interfaces that are not in the list
  std::unordered_set<InterfaceName> unknown_names;  // declared, but nothing is known of them

  const Interface* find(const InterfaceName& interface) const;
};

// The whole of a specification.
struct Cluster {
  ClusterName name;
  Times times;
  std::vector<Provider> providers;  // in text order
  std::unordered_map<ProviderName, std::size_t> provider_by_name;
  std::vector<Clim> clims;  // in the order of their first blocks
  std::unordered_map<ClimName, std::size_t> clim_by_name;
  std::vector<FailoverStatement> failovers;  // in text order

  // There may be more than what is here: of providers; of CLIMs, and of what each of them has; of `failover` statements
  // at the top level.
  bool providers_unknown = false;
  bool clims_unknown = false;
  bool failovers_unknown = false;

  const Provider* find(const ProviderName& provider) const;
  const Clim* find(const ClimName& clim) const;
  const Interface* find(const InterfaceRef& interface) const;
};

}  // namespace cip::lang
