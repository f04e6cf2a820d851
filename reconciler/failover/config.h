// What the engine has to know of the configuration.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "state/digest.h"
#include "state/names.h"
#include "state/objects.h"

namespace cip::failover {

// One home interface that this CLIM has a part in: its own, or one whose failover interface is ours.
// Not for loopback and maintenance interfaces: they never fail over (K4) and the daemon keeps them without asking.
struct HomeConfig {
  InterfaceRef home;
  // None: its resources stay (P1). The engine still says when they are applied, stopped and started.
  std::optional<InterfaceRef> failover;
  // On the home side: digest of the home configuration, announced to the failover side before it is applied.
  Digest digest;
  // On the failover side: digests of the mirrors that are on disk now. More may come: event MirrorAvailable.
  std::set<Digest> mirrors;
  // It has LAN addresses (up to three of them are probed); false: routes only, so every probe passes.
  bool has_lan_addresses = true;

  bool operator==(const HomeConfig&) const = default;
};

struct Configuration {
  Times times;
  // Every home interface that this CLIM is the home or the failover side of. An interface of ours that is not the home
  // of any entry has no home resources (F5 then asks nothing of it).
  std::vector<HomeConfig> homes;

  bool operator==(const Configuration&) const = default;
};

}  // namespace cip::failover
