// What this CLIM's kernel is to hold, put together from the configuration and from what the failover engine decided.
// Pure functions.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "reconciler/plan/objects.h"
#include "state/tree.h"

namespace cip::daemon {

// A home interface whose resources the engine wants in this kernel.
struct Placement {
  std::shared_ptr<const HomeInterface> content;  // of the digest that the engine named
  InterfaceName here;
  plan::Lifetime lifetime;
  // The daemon has just started and the engine has not decided yet: what is there stays, nothing is added.
  bool undecided = false;
};

struct Wanted {
  std::shared_ptr<const ClimState> configuration;
  std::map<InterfaceRef, Placement> placements;
  std::set<InterfaceName> stopped;  // links that are down by `ifstop`
};

// Links of all interfaces of this CLIM, up (but for stopped ones) and bare (F8); the resources of interfaces that never
// fail over and are asked nobody about (loopback, maintenance: K4; tunnels without a local address: R4); and of all
// placements. Home resources come before visiting ones, so that of two that contradict each other the home's is taken.
plan::Desired desired_state(const Wanted& wanted, plan::Extent extent = plan::Extent::all);

// The operations without those that would add or change something of a home interface that is undecided.
std::vector<plan::Operation> decided(const Wanted& wanted, std::vector<plan::Operation> operations);

// Whether the daemon decides about it alone, without the engine.
bool never_fails_over(InterfaceKind kind);

// Anything that moves or stays.
bool has_resources(const HomeInterface& home);

// Its addresses on its LAN, in the order of the configuration.
std::vector<IpAddress> addresses_of(const HomeInterface& home);

// Hosts of its LAN that are asked as witnesses: gateways and neighbours, without its own addresses.
std::vector<IpAddress> witnesses_of(const HomeInterface& home);

}  // namespace cip::daemon
