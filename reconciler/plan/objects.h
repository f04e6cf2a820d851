// What the plan works on: objects as they are wanted (Desired), as the kernel has them (Observed), which of those are
// ours (Ledger), and the steps from one to the other (Operation). Plain values; made and read by reconciler/kernel, the
// daemon and tests.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/plan/links.h"
#include "state/address.h"
#include "state/names.h"
#include "state/objects.h"
#include "state/result.h"

namespace cip::plan {

// The protocol number that marks what is ours: rtm_protocol of routes, FRA_PROTOCOL of rules, IFA_PROTO of addresses (a
// hint only, docs/testing.md), NDA_PROTOCOL of neighbours. iproute2 shows it as "cip" with
// packaging/rt_protos.d/cip.conf.
inline constexpr std::uint8_t our_protocol = 153;

// Nothing: for ever. Else whole seconds, at least 1 (the kernel knows no finer).
using Lifetime = std::optional<std::chrono::seconds>;

// ---------------------------------------------------------------------------------------------------------------------
// Desired

struct DesiredAddress {
  InterfaceName link;
  InterfaceAddress address;
  Lifetime lifetime;
  // It can fail over: its IPv6 form comes without duplicate address detection (docs/protocol.md, Announcing), and one
  // that somebody else has put there already is a conflict, as nobody would remove it when it must go.
  bool movable = false;
  Homes homes;
};

struct DesiredRoute {
  InterfaceName link;  // ignored for types other than unicast: these have no device in the kernel
  Route route;
  Homes homes;
};

struct DesiredNeighbor {
  InterfaceName link;
  Neighbor neighbor;
  Homes homes;
};

struct DesiredRule {
  Rule rule;
  Homes homes;
};

// How much of Desired or Observed is there. Routes may be 100,000: what else is to be done need not wait for them. A
// plan without any, on both sides, is one of all the rest.
enum class Extent : std::uint8_t { all, without_routes };

// Order counts within addresses (the first IPv4 address of a network is its primary); a route may stand before the one
// that its gateway needs. Objects on a link that is not in `links` are fine if the link exists.
struct Desired {
  std::vector<DesiredLink> links;
  std::vector<DesiredAddress> addresses;
  std::vector<DesiredRoute> routes;
  std::vector<DesiredNeighbor> neighbors;
  std::vector<DesiredRule> rules;
};

// ---------------------------------------------------------------------------------------------------------------------
// Observed

struct ObservedAddress {
  LinkId link;
  InterfaceAddress address;
  bool has_peer = false;    // point-to-point: never one of ours
  bool secondary = false;   // IPv4
  bool tentative = false;   // IPv6: duplicate address detection has not ended, so it cannot be used yet
  bool dad_failed = false;  // IPv6: another host has it
  bool deprecated = false;
  Lifetime lifetime;  // valid_lft: what is left of it
  std::optional<std::uint8_t> protocol;
};

struct ObservedRoute {
  LinkId link;  // index 0: none, or more than one
  Route route;
  std::uint8_t protocol = 0;
  std::uint8_t scope = 0;  // IPv4
  // No more than Route can say: one next hop, type of service 0, no next hop object, no encapsulation. Others are never
  // equal to one of ours.
  bool plain = true;
};

struct ObservedNeighbor {
  LinkId link;
  Neighbor neighbor;
  bool permanent = false;
  std::optional<std::uint8_t> protocol;
};

struct ObservedRule {
  Family family = Family::ipv4;
  Rule rule;  // without `from` and `to` that match everything
  std::uint8_t protocol = 0;
  // No more than Rule can say. Others are never equal to one of ours.
  bool plain = true;
};

struct Observed {
  // Which kernel and network namespace this is: never the same again after a boot. See Ledger.
  std::string instance;
  std::vector<ObservedLink> links;
  std::vector<ObservedAddress> addresses;
  std::vector<ObservedRoute> routes;  // of all tables and protocols, but only of the types of RouteType
  std::vector<ObservedNeighbor> neighbors;
  std::vector<ObservedRule> rules;

  const ObservedLink* find_link(const InterfaceName& name) const;
  const ObservedLink* find_link(int index) const;
};

// ---------------------------------------------------------------------------------------------------------------------
// Ledger

struct OwnedAddress {
  LinkId link;
  InterfaceAddress address;
  bool movable = false;
  Homes homes;

  bool operator==(const OwnedAddress&) const = default;
};

struct OwnedNeighbor {
  LinkId link;
  IpAddress address;
  Homes homes;

  bool operator==(const OwnedNeighbor&) const = default;
};

// Which links, addresses and neighbours are ours; routes and rules say it themselves by their protocol. It is written
// to disk before the kernel is changed (Plan::before), so that a death in the middle leaves nothing behind that nobody
// owns. It is worth something only to the kernel and namespace that it is about: one with another `instance` counts as
// empty.
struct Ledger {
  std::string instance;
  std::vector<OwnedAddress> addresses;
  std::vector<OwnedNeighbor> neighbors;
  std::vector<OwnedLink> links{};

  bool operator==(const Ledger&) const = default;
};

// Canonical JSON with final newline, and back. The reader refuses what it does not know and says what and where.
std::string to_json(const Ledger& ledger);
Result<Ledger> ledger_from_json(std::string_view text, std::string_view where);

// ---------------------------------------------------------------------------------------------------------------------
// Operations: each one netlink message. Those of links are in links.h.

struct AddAddress {  // fails with EEXIST if it is there
  LinkId link;
  InterfaceAddress address;
  Lifetime lifetime;
  bool skip_dad = false;  // IPv6
};
struct RefreshAddress {  // lifetime of an address that is there; fails with EADDRNOTAVAIL if it is not
  LinkId link;
  InterfaceAddress address;
  Lifetime lifetime;
};
struct RemoveAddress {
  LinkId link;
  InterfaceAddress address;
};
struct AddRoute {  // fails with EEXIST if there is one of the same table, destination and metric
  LinkId link;     // index 0 for types other than unicast
  Route route;
};
struct ReplaceRoute {  // the one of the same table, destination and metric, which must be the only one
  LinkId link;
  Route route;
};
struct RemoveRoute {
  ObservedRoute route;
};
struct AddNeighbor {  // fails with EEXIST if there is one for the address
  LinkId link;
  Neighbor neighbor;
};
struct ReplaceNeighbor {  // one that is ours, or that the kernel has learnt
  LinkId link;
  Neighbor neighbor;
};
struct RemoveNeighbor {
  LinkId link;
  IpAddress address;
};

struct AddRule {  // fails with EEXIST if there is the same
  Rule rule;
};
struct RemoveRule {
  Rule rule;
  Family family = Family::ipv4;
};

using Action = std::variant<AddLink, RemoveLink, SetName, SetMaster, SetBond, SetTunnel, SetMtu, SetUp, SetSetting,
                            AddAddress, RefreshAddress, RemoveAddress, AddRoute, ReplaceRoute, RemoveRoute, AddNeighbor,
                            ReplaceNeighbor, RemoveNeighbor, AddRule, RemoveRule>;

struct Operation {
  Action action;
  Homes homes;  // whose failure it is if it fails; empty: nobody's any more (a leftover)
};

// What an operation or a problem is about: something on a link; nothing: the link itself.
struct Subject {
  InterfaceName link;  // empty: routes and rules that have none
  std::variant<std::monostate, InterfaceAddress, Route, Neighbor, Rule> what{};
};

Subject subject_of(const Action& action);

// What the kernel said to one operation.
struct OperationResult {
  int error = 0;     // errno; 0: done, acknowledged by the kernel
  std::string text;  // the kernel's words (errno's, and its extended text if it gave one); empty if done

  bool ok() const { return error == 0; }
};

// "+ address 10.1.0.1/24 on eth1 (n1.eth1)"; `+` adds, `-` removes, `~` changes.
std::string describe(const Operation& operation);

}  // namespace cip::plan
