// The cluster model: what a specification says, as values of the field's own types, each with its origin. lang builds
// it, check looks at it, output writes it.
//
// A statement that is wrong has been reported by lang and is not in the model. What it might have said is marked as
// unknown, so that no rule draws conclusions from its absence: one mistake is one error.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/syntax/origin.h"
#include "state/objects.h"

namespace cip::lang {

using syntax::Origin;

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

struct RuleStatement {
  Rule value;
  Origin origin;
};

// What a bond has beside what all interfaces have. What is not set has the defaults of cip::Bond.
struct BondStatement {
  std::vector<Sourced<InterfaceName>> slaves;  // in text order
  std::optional<Sourced<BondMode>> mode;
  std::optional<Sourced<InterfaceName>> primary;
  std::optional<Sourced<PrimaryReselect>> primary_reselect;
  std::optional<Sourced<std::chrono::milliseconds>> miimon;
  std::optional<Sourced<std::uint32_t>> min_links;
  std::optional<Sourced<LacpRate>> lacp_rate;
  std::optional<Sourced<HashPolicy>> hash_policy;
  std::optional<Sourced<std::chrono::milliseconds>> up_delay;
  std::optional<Sourced<std::chrono::milliseconds>> down_delay;

  bool slaves_unknown = false;
  bool mode_unknown = false;
};

struct VlanStatement {
  std::optional<Sourced<InterfaceName>> link;
  std::optional<Sourced<std::uint16_t>> id;

  bool link_unknown = false;
  bool id_unknown = false;
};

struct TunnelStatement {
  std::optional<Sourced<IpAddress>> local;
  std::optional<Sourced<IpAddress>> remote;
  std::optional<Sourced<std::uint8_t>> ttl;

  bool local_unknown = false;
  bool remote_unknown = false;
};

// One direction: `home` fails over to `target`. `A <-> B` makes two, with one origin.
struct FailoverStatement {
  InterfaceRef home;
  InterfaceRef target;
  Origin origin;
  Origin home_origin;  // the home interface in `A -> B`, else the name of the interface whose block it stands in
  bool both_ways = false;
};

struct Interface {
  InterfaceRef name;
  Origin origin;  // its name where it is declared
  InterfaceKind kind = InterfaceKind::physical;
  std::optional<Sourced<MacAddress>> match_mac;
  BondStatement bond;      // of kind bond
  VlanStatement vlan;      // of kind vlan
  TunnelStatement tunnel;  // of kind tunnel; its addresses and routes are below, as everybody's
  std::optional<Sourced<ProviderName>> provider;
  std::optional<Sourced<LanName>> lan;
  std::optional<Sourced<std::uint32_t>> mtu;
  std::optional<Sourced<std::string>> description;
  std::vector<Sourced<InterfaceAddress>> addresses;  // in text order, as routes and neighbors are
  std::vector<RouteStatement> routes;
  std::vector<RuleStatement> rules;
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
  // The physical interfaces that are slaves, declared or not, and the bond of each (index into interfaces); of several,
  // the first in the text.
  std::unordered_map<InterfaceName, std::size_t> bond_by_slave;

  bool control_unknown = false;
  bool addresses_unknown = false;   // of any of its interfaces
  bool interfaces_unknown = false;  // there may be interfaces that are not in the list
  bool slaves_unknown = false;      // its bonds may have slaves that are not in their lists

  const Interface* find(const InterfaceName& interface) const;
  // The bond that the interface is a slave of (K5), or null. The interface need not be declared.
  const Interface* bond_of(const InterfaceName& interface) const;
};

enum class IpsecAuth : std::uint8_t { psk, cert };
enum class IpsecMode : std::uint8_t { tunnel, transport };
enum class StartAction : std::uint8_t { trap, start, none };

struct IpsecSecrets {
  IpsecAuth kind = IpsecAuth::psk;
  std::string file;      // of the key or the certificate; an absolute path on the CLIM
  std::string key_file;  // of kind cert
};

struct Protection {
  Prefix local;
  Prefix remote;

  auto operator<=>(const Protection&) const = default;
  bool operator==(const Protection&) const = default;
};

// An IPsec connection. It is on several CLIMs with one text, or in a CLIM's block.
struct Ipsec {
  std::string name;
  Origin origin;  // its name
  std::vector<Sourced<ClimName>> clims;
  std::optional<Sourced<IpAddress>> local;
  std::optional<Sourced<IpAddress>> remote;
  std::optional<Sourced<std::string>> local_id;
  std::optional<Sourced<std::string>> remote_id;
  std::vector<Sourced<std::string>> ike;  // proposals, as swanctl.conf writes them
  std::vector<Sourced<std::string>> esp;
  std::optional<Sourced<IpsecSecrets>> auth;
  std::optional<Sourced<IpsecMode>> mode;
  std::optional<Sourced<StartAction>> start_action;
  std::vector<Sourced<Protection>> protections;

  bool clims_unknown = false;  // it may be on more CLIMs than these
  bool unknown = false;        // something of it was wrong: it takes no part in rules that compare
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
  std::vector<Ipsec> ipsec;                  // in text order
  std::vector<Sourced<std::string>> etcd;    // client URLs of the lease engine
  // What the expansions of all origins live in; nobody else needs it.
  std::shared_ptr<void> expansions;

  // There may be more than what is here: of providers; of CLIMs, and of what each of them has; of `failover` statements
  // at the top level.
  bool providers_unknown = false;
  bool clims_unknown = false;
  bool failovers_unknown = false;
  bool ipsec_unknown = false;

  const Provider* find(const ProviderName& provider) const;
  const Clim* find(const ClimName& clim) const;
  const Interface* find(const InterfaceRef& interface) const;
};

}  // namespace cip::lang
