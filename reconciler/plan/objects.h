// What the plan works on: objects as they are wanted (Desired), as the kernel has them (Observed), which of those are
// ours (Ledger), and the steps from one to the other (Operation). Plain values; made and read by reconciler/kernel, the
// daemon and tests.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "state/address.h"
#include "state/names.h"
#include "state/objects.h"
#include "state/result.h"

namespace cip::plan {

// The protocol number that marks what is ours: rtm_protocol of routes, IFA_PROTO of addresses (a hint only,
// docs/testing.md), NDA_PROTOCOL of neighbours. iproute2 shows it as "cip" with packaging/rt_protos.d/cip.conf.
inline constexpr std::uint8_t our_protocol = 153;

// The home interfaces that an object belongs to. More than one if home and visiting resources want the same route. The
// set is shared by its copies, as 100,000 routes have the same: 40 MB and a third of the plan's time less.
class Homes {
 public:
  Homes() = default;
  Homes(std::initializer_list<InterfaceRef> homes) { insert(homes.begin(), homes.end()); }

  auto begin() const { return set().begin(); }
  auto end() const { return set().end(); }
  bool empty() const { return set().empty(); }
  std::size_t count(const InterfaceRef& home) const { return set().count(home); }
  bool operator==(const Homes& other) const { return set() == other.set(); }

  void insert(const InterfaceRef& home) { insert(&home, &home + 1); }
  template <class Iterator>
  void insert(Iterator first, Iterator last) {
    auto more = set();
    more.insert(first, last);
    set_ = std::make_shared<const Set>(std::move(more));
  }

 private:
  using Set = std::set<InterfaceRef>;
  const Set& set() const {
    static const Set none;
    return set_ ? *set_ : none;
  }
  std::shared_ptr<const Set> set_;  // nothing: empty
};

// Nothing: for ever. Else whole seconds, at least 1 (the kernel knows no finer).
using Lifetime = std::optional<std::chrono::seconds>;

// A network device. The index is what the kernel means by it until the device is gone; the name may change meanwhile.
struct LinkId {
  int index = 0;  // 0: none (a route without a device)
  InterfaceName name;

  auto operator<=>(const LinkId&) const = default;
  bool operator==(const LinkId&) const = default;
};

// Files of /proc/sys/net/ipv4/conf/LINK that we set on each link that we manage.
enum class Setting : std::uint8_t { arp_ignore, arp_announce, promote_secondaries };
using Settings = std::map<Setting, int>;
inline constexpr Setting all_settings[] = {Setting::arp_ignore, Setting::arp_announce, Setting::promote_secondaries};

std::string_view name(Setting setting);  // of the file

// ---------------------------------------------------------------------------------------------------------------------
// Desired

struct DesiredLink {
  InterfaceName name;
  bool up = true;
  std::optional<std::uint32_t> mtu;  // nothing: as it is
  Settings settings;                 // those not named: as they are
  Homes homes;
};

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

// Order counts within addresses (the first IPv4 address of a network is its primary); a route may stand before the one
// that its gateway needs. Objects on a link that is not in `links` are fine if the link exists.
struct Desired {
  std::vector<DesiredLink> links;
  std::vector<DesiredAddress> addresses;
  std::vector<DesiredRoute> routes;
  std::vector<DesiredNeighbor> neighbors;
};

// ---------------------------------------------------------------------------------------------------------------------
// Observed

struct ObservedLink {
  LinkId id;
  std::uint32_t mtu = 0;
  bool up = false;       // administratively (IFF_UP)
  bool carrier = false;  // link pulse; false while it is not up
  bool loopback = false;
  MacAddress mac;    // of devices that have none: zero
  std::string kind;  // "veth", "bridge", "bond", ...; empty for hardware
  Settings settings;
};

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

struct Observed {
  // Which kernel and network namespace this is: never the same again after a boot. See Ledger.
  std::string instance;
  std::vector<ObservedLink> links;
  std::vector<ObservedAddress> addresses;
  std::vector<ObservedRoute> routes;  // of all tables and protocols, but only of the types of RouteType
  std::vector<ObservedNeighbor> neighbors;

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

// Which addresses and neighbours are ours; routes say it themselves by their protocol. It is written to disk before the
// kernel is changed (Plan::before), so that a death in the middle leaves nothing behind that nobody owns. It is worth
// something only to the kernel and namespace that it is about: one with another `instance` counts as empty.
struct Ledger {
  std::string instance;
  std::vector<OwnedAddress> addresses;
  std::vector<OwnedNeighbor> neighbors;

  bool operator==(const Ledger&) const = default;
};

// Canonical JSON with final newline, and back. The reader refuses what it does not know and says what and where.
std::string to_json(const Ledger& ledger);
Result<Ledger> ledger_from_json(std::string_view text, std::string_view where);

// ---------------------------------------------------------------------------------------------------------------------
// Operations: each one netlink message, or one file of /proc/sys.

struct SetMtu {
  LinkId link;
  std::uint32_t mtu = 0;
};
struct SetUp {
  LinkId link;
  bool up = true;
};
struct SetSetting {
  LinkId link;
  Setting setting = Setting::arp_ignore;
  int value = 0;
};
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

using Action = std::variant<SetMtu, SetUp, SetSetting, AddAddress, RefreshAddress, RemoveAddress, AddRoute,
                            ReplaceRoute, RemoveRoute, AddNeighbor, ReplaceNeighbor, RemoveNeighbor>;

struct Operation {
  Action action;
  Homes homes;  // whose failure it is if it fails; empty: nobody's any more (a leftover)
};

// What the kernel said to one operation.
struct OperationResult {
  int error = 0;     // errno; 0: done, acknowledged by the kernel
  std::string text;  // the kernel's words (errno's, and its extended text if it gave one); empty if done

  bool ok() const { return error == 0; }
};

// "+ address 10.1.0.1/24 on eth1 (n1.eth1)"; `+` adds, `-` removes, `~` changes.
std::string describe(const Operation& operation);

}  // namespace cip::plan
