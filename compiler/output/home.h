// What goes into the home file of an interface: it, and what the model has elsewhere but belongs to it.
#pragma once

#include <unordered_map>
#include <vector>

#include "compiler/lang/model.h"
#include "state/objects.h"

namespace cip::output {

struct Home {
  const lang::Interface* interface;
  const lang::FailoverStatement* failover = nullptr;  // null: none
  // The blocks of a bond's slaves, in the order of its `slaves`; null: that one has none.
  std::vector<const lang::Interface*> slaves{};
  // The tunnels that follow it (K7), in the order of the specification; of a tunnel without a local address (R4):
  // itself.
  std::vector<const lang::Interface*> tunnels{};
};

using Failovers = std::unordered_map<InterfaceRef, const lang::FailoverStatement*>;  // by home interface

// The home interfaces of a CLIM, in the order of the specification: all but slaves and tunnels that follow another
// interface. Of a model without errors: every tunnel's local address is on one interface of its CLIM, no interface is a
// slave of two bonds.
std::vector<Home> homes_of(const lang::Clim& clim, const Failovers& failovers);

// As its file has it, with the defaults of state/objects.h for what the specification leaves out.
HomeInterface home_object(const Home& home);

}  // namespace cip::output
