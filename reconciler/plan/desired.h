// From home interfaces to desired objects.
#pragma once

#include "reconciler/plan/objects.h"
#include "state/objects.h"

namespace cip::plan {

// The settings of a link that we manage (docs/protocol.md: only the CLIM that carries an address answers for it;
// docs/testing.md: promote_secondaries). None for a loopback interface.
Settings settings_for(InterfaceKind kind);

// Adds the link of a home interface of this CLIM: up or down, with its MTU and settings, but bare (F8).
void want_link(Desired& desired, const HomeInterface& home, bool up);

// Adds the resources of `home` (its own CLIM's or a visitor's) on local link `here`. `lifetime` is for its addresses if
// it has a failover interface; else they stay for ever.
void want_resources(Desired& desired, const HomeInterface& home, const InterfaceName& here, Lifetime lifetime);

}  // namespace cip::plan
