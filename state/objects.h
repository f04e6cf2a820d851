// The objects that compiler and reconciler share: what a CLIM is to hold. Plain values; how they are written to files
// is in json.h and tree.h. Terms are those of docs/domain.md.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "state/address.h"
#include "state/digest.h"
#include "state/names.h"

namespace cip {

enum class RouteType : std::uint8_t { unicast, blackhole, unreachable, prohibit, throw_ };

inline constexpr std::uint32_t main_table = 254;  // RT_TABLE_MAIN

// A static route (R2). Its interface is the one that it is a resource of.
struct Route {
  Prefix destination;
  std::optional<IpAddress> gateway;  // same family as destination; none: on the link
  std::optional<IpAddress> source;   // preferred source address
  std::uint32_t metric = 0;          // as the kernel reads it back: IPv6 without a metric is 1024, never 0
  std::uint32_t table = main_table;
  std::optional<std::uint32_t> mtu;
  bool onlink = false;  // the gateway is reachable although no address of the interface covers it
  RouteType type = RouteType::unicast;

  Family family() const { return destination.family(); }
  auto operator<=>(const Route&) const = default;
  bool operator==(const Route&) const = default;
};

// A static ARP or neighbour entry (R5).
struct Neighbor {
  IpAddress address;
  MacAddress mac;

  auto operator<=>(const Neighbor&) const = default;
  bool operator==(const Neighbor&) const = default;
};

// A policy rule (R2). It moves with its interface. At least one of `from` and `to` is there; they are of one family.
struct Rule {
  std::optional<Prefix> from;
  std::optional<Prefix> to;
  std::uint32_t priority = 1000;
  std::uint32_t table = main_table;

  Family family() const { return from ? from->family() : to ? to->family() : Family::ipv4; }
  auto operator<=>(const Rule&) const = default;
  bool operator==(const Rule&) const = default;
};

// The words are the kernel's (Documentation/networking/bonding.rst); how they are written is in words.h.
enum class BondMode : std::uint8_t {
  balance_rr,
  active_backup,
  balance_xor,
  broadcast,
  ieee_802_3ad,
  balance_tlb,
  balance_alb
};
enum class PrimaryReselect : std::uint8_t { always, better, failure };
enum class LacpRate : std::uint8_t { slow, fast };
enum class HashPolicy : std::uint8_t { layer2, layer2_3, layer3_4, encap2_3, encap3_4, vlan_srcmac };

// A slave has no configuration of its own (K5).
struct BondSlave {
  InterfaceName name;
  std::optional<MacAddress> match_mac;
  std::string description;

  bool operator==(const BondSlave&) const = default;
};

struct Bond {
  std::vector<BondSlave> slaves;  // in the order of the specification, at least one (K6)
  BondMode mode = BondMode::balance_rr;
  InterfaceName primary;  // empty: none; else one of the slaves, in a mode that has one (K6)
  PrimaryReselect primary_reselect = PrimaryReselect::always;
  // Not the kernel's default, which is not to look at the slaves' carrier at all: then K6 could not hold.
  std::chrono::milliseconds miimon{100};
  std::uint32_t min_links = 0;
  LacpRate lacp_rate = LacpRate::slow;
  HashPolicy hash_policy = HashPolicy::layer2;
  std::chrono::milliseconds up_delay{0};
  std::chrono::milliseconds down_delay{0};

  bool operator==(const Bond&) const = default;
};

// K8.
struct Vlan {
  InterfaceName link;    // a physical interface or bond of the same CLIM
  std::uint16_t id = 1;  // 1-4094 (IEEE 802.1Q)

  bool operator==(const Vlan&) const = default;
};

// A static IPv6-over-IPv4 tunnel, `sit` (K7, R4).
struct Tunnel {
  InterfaceName name;              // the same on whichever CLIM it is
  std::optional<IpAddress> local;  // IPv4; an address of the interface that it is a resource of
  IpAddress remote;                // IPv4
  std::uint8_t ttl = 64;           // 1-255
  std::optional<std::uint32_t> mtu;
  std::vector<InterfaceAddress> addresses;
  std::vector<Route> routes;

  bool operator==(const Tunnel&) const = default;
};

enum class InterfaceKind : std::uint8_t { loopback, maintenance, physical, bond, vlan, tunnel };

// A home interface with its resources (docs/domain.md, Words): all that moves or stays with it.
// Written to home/NAME.json of its CLIM and mirror/CLIM/NAME.json of its failover CLIM (F9).
struct HomeInterface {
  InterfaceRef name;
  InterfaceKind kind = InterfaceKind::physical;
  std::optional<MacAddress> match_mac;  // finds a physical interface, whatever the kernel calls it; it gets our name
  std::optional<Bond> bond;             // of kind bond
  std::optional<Vlan> vlan;             // of kind vlan
  ProviderName provider;                // empty: none
  LanName lan;                          // empty: the provider's own
  std::optional<std::uint32_t> mtu;
  std::string description;
  std::vector<InterfaceAddress> addresses;  // in the order of the specification: the first of a network is its primary
  std::vector<Route> routes;                // in the order of the specification
  std::vector<Rule> rules;
  std::vector<Neighbor> neighbors;
  // Those whose local address is one of `addresses`. A tunnel without a local address does not move (R4): it is a home
  // interface of kind tunnel that has itself here, alone, and nothing else.
  std::vector<Tunnel> tunnels;
  std::optional<InterfaceRef> failover;  // on another CLIM (P2)

  bool operator==(const HomeInterface&) const = default;
};

// The times of docs/protocol.md. JSON keys carry the unit: "heartbeat-ms".
struct Times {
  std::chrono::milliseconds heartbeat{100};
  std::chrono::milliseconds dead{300};  // at least 3 heartbeats
  std::chrono::milliseconds probe{60};  // at most dead - heartbeat
  std::chrono::milliseconds link_pulse{200};
  std::chrono::milliseconds settle{1000};
  std::chrono::milliseconds fence{10000};  // whole seconds, at least 5 s; 0: off
  std::chrono::milliseconds linger{300000};
  std::chrono::milliseconds startup_wait{3000};
  std::chrono::milliseconds retry{10000};

  bool operator==(const Times&) const = default;
};

// Another CLIM that shares a failover pair with this one. Its n-th control address and our n-th make a path.
struct Peer {
  ClimName name;
  std::vector<IpAddress> control;

  bool operator==(const Peer&) const = default;
};

// One interface of this CLIM and the digest of home/NAME.json.
struct HomeEntry {
  InterfaceName name;
  Digest digest;

  bool operator==(const HomeEntry&) const = default;
};

// A home interface of another CLIM whose failover interface is `here`, and the digest of mirror/CLIM/NAME.json.
struct MirrorEntry {
  InterfaceRef home;
  InterfaceName here;
  Digest digest;

  bool operator==(const MirrorEntry&) const = default;
};

// clim.json. Lists are sorted by name.
struct Clim {
  ClusterName cluster;
  ClimName name;
  std::vector<IpAddress> control;
  std::vector<Peer> peers;
  Times times;
  std::vector<HomeEntry> interfaces;
  std::vector<MirrorEntry> mirrors;
  std::optional<Digest> ipsec;    // of ipsec/swanctl.conf; none: no IPsec here
  std::vector<std::string> etcd;  // client URLs of the lease engine, in the order of the specification

  bool operator==(const Clim&) const = default;
};

// manifest.json: what belongs together.
struct Manifest {
  std::string compiler;  // version of cipc
  Digest generation;     // over the CLIMs' digests
  struct Entry {
    ClimName clim;
    Digest digest;  // of clim.json, which has the digests of the rest
    bool operator==(const Entry&) const = default;
  };
  std::vector<Entry> clims;

  bool operator==(const Manifest&) const = default;
};

}  // namespace cip
