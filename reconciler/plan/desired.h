// From home interfaces to desired objects.
#pragma once

#include "reconciler/plan/objects.h"
#include "state/objects.h"

namespace cip::plan {

// The settings of a link that we manage (docs/protocol.md: only the CLIM that carries an address answers for it;
// docs/testing.md: promote_secondaries). None for loopback and tunnels, which speak no ARP.
Settings settings_for(InterfaceKind kind);

// Adds the link of a home interface of this CLIM: up or down, with its MTU and settings, but bare (F8). For a bond also
// its slaves, which are always up; a tunnel is a resource (R4).
void want_link(Desired& desired, const HomeInterface& home, bool up);

// Adds the resources of `home` (its own CLIM's or a visitor's) on local link `here`, tunnels with what is on them among
// them. `lifetime` is for its addresses if it has a failover interface; else they stay for ever.
void want_resources(Desired& desired, const HomeInterface& home, const InterfaceName& here, Lifetime lifetime,
                    Extent extent = Extent::all);

}  // namespace cip::plan
