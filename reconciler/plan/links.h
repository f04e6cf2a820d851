// Links in the words of the plan: as they are wanted, seen, owned, and changed. See objects.h.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "state/address.h"
#include "state/names.h"
#include "state/objects.h"

namespace cip::plan {

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

// A link that another is made of, or stands on: the same if it has the same index.
struct LinkRef : LinkId {
  bool operator==(const LinkRef& other) const { return index == other.index; }
};

// What the kernel is told about a bond, or tells. Absent: not changed; when read: the kernel does not say.
struct BondOptions {
  std::optional<BondMode> mode;
  std::optional<LinkRef> primary;  // a slave; index 0: none
  std::optional<PrimaryReselect> primary_reselect;
  std::optional<std::uint32_t> miimon;      // ms
  std::optional<std::uint32_t> up_delay;    // ms, a multiple of miimon (the kernel rounds down)
  std::optional<std::uint32_t> down_delay;  // likewise
  std::optional<std::uint32_t> min_links;
  std::optional<LacpRate> lacp_rate;  // 802.3ad only
  std::optional<HashPolicy> hash_policy;

  bool operator==(const BondOptions&) const = default;
};

struct VlanOptions {
  LinkRef link;  // that it is on
  std::uint16_t id = 1;

  bool operator==(const VlanOptions&) const = default;
};

// IPv6 over IPv4 (sit).
struct TunnelOptions {
  std::optional<IpAddress> local;
  IpAddress remote;
  std::uint8_t ttl = 64;

  bool operator==(const TunnelOptions&) const = default;
};

// What we make links of. Nothing: a device that is there by itself, or one of another kind.
using Shape = std::variant<std::monostate, BondOptions, VlanOptions, TunnelOptions>;

// The kernel's word (IFLA_INFO_KIND): "bond", "vlan", "sit"; empty for the rest.
std::string_view kind_of(const Shape& shape);

// ---------------------------------------------------------------------------------------------------------------------

struct DesiredLink {
  InterfaceName name;
  bool up = true;                    // one on a link that is to be down is to be down, too
  std::optional<std::uint32_t> mtu;  // nothing: as it is
  Settings settings;                 // those not named: as they are
  Homes homes;
  // What it is made of; nothing: it is there by itself. Links that it is made of are desired links, too.
  std::variant<std::monostate, Bond, Vlan, TunnelOptions> made{};
  std::optional<MacAddress> match_mac{};  // found by its permanent address, and given `name`
  InterfaceName bond{};                   // that it is a slave of; empty: of none of ours
};

struct ObservedLink {
  LinkId id;
  std::uint32_t mtu = 0;
  bool up = false;       // administratively (IFF_UP)
  bool carrier = false;  // link pulse; false while it is not up
  bool loopback = false;
  MacAddress mac;              // of devices that have none: zero
  std::string kind;            // "veth", "bridge", "bond", ...; empty for hardware
  Settings settings;           // those that the kernel tells
  MacAddress permanent_mac{};  // as the hardware has it, whatever a bond made of it
  int master = 0;              // index of the bond, bridge, ... that it is in; 0: none
  Shape shape{};
};

// One that we have made, and may change and remove.
struct OwnedLink {
  LinkId link;
  std::string kind;
  Homes homes;

  bool operator==(const OwnedLink&) const = default;
};

// ---------------------------------------------------------------------------------------------------------------------
// Operations

// Makes a link, down, with the index of `link`, which nobody has; fails with EEXIST if there is one of its name. A new
// index is chosen by the plan so that one plan can also say what is put on the link.
struct AddLink {
  LinkId link;
  Shape shape;
};
struct RemoveLink {  // with everything on it
  LinkId link;
  std::string kind;
};
struct SetName {  // of a link that is down
  LinkId link;
  InterfaceName name;
};
struct SetMaster {  // of a link that is down; one that leaves a bond is down afterwards, one that enters is up
  LinkId link;
  LinkId master;  // index 0: none
};
struct SetBond {  // mode: of one without slaves that is down; lacp_rate: of one that is down
  LinkId link;
  BondOptions options;
};
struct SetTunnel {
  LinkId link;
  TunnelOptions options;
};
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

}  // namespace cip::plan
