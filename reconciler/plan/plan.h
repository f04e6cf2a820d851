// The plan: desired - observed = ordered operations. A pure function: no I/O, no clock.
//
// Rules (docs/testing.md has the kernel's reasons):
// - Only what is ours is changed or removed: routes with our protocol, addresses and neighbours of the ledger. What the
//   kernel learnt itself (a neighbour that is not permanent) may be replaced.
// - Ours and not desired: removed, whoever wanted it once. Desired and there: nothing to do, so a second plan is empty.
// - Order: settings; neighbours, routes, addresses out (of routes, those through a gateway first); MTU, up; addresses,
//   routes (on the link first, then those whose gateway they reach), neighbours in; links down last. The last IPv4
//   address of a link goes only after its successor has come, as the kernel drops all routes with it.
// - A route that differs only in attributes is replaced in place if nobody else has one with its table, destination and
//   metric; else removed and added.
// - The kernel may drop more than it was asked to (routes with a source address that went). So after carrying out a
// plan
//   read again and plan again: done when the plan is empty, which takes at most 3 rounds unless operations fail or
//   others interfere.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reconciler/plan/objects.h"

namespace cip::plan {

// Why something desired is not in `operations` although the kernel does not have it, or why it is not ours.
struct Problem {
  enum class Kind {
    absent,         // its link does not exist
    down,           // its link is wanted down: nothing can be added
    conflict,       // something that is not ours is in its place
    foreign,        // an identical object that is not ours is there: satisfied, and never changed or removed by us
    waiting,        // needs an address whose duplicate address detection has not ended: plan again on an address event
    duplicate,      // duplicate address detection has found another host with this address
    contradiction,  // another desired object excludes it; the first is taken
  };
  Kind kind = Kind::absent;
  Homes homes;
  Subject subject;
  std::string text;  // "interface eth1 does not exist"
};

struct Plan {
  std::vector<Operation> operations;
  std::vector<Problem> problems;
  Ledger before;  // to be on disk before `operations` are executed; then settle()

  bool empty() const { return operations.empty(); }
};

Plan make_plan(const Desired& desired, const Observed& observed, const Ledger& ledger);

// The ledger after `plan.operations` ended with `results` (same length): what failed to go is still ours, what failed
// to come is not.
Ledger settle(const Plan& plan, std::span<const OperationResult> results);

// The addresses of the ledger that can fail over and that the kernel holds: what a daemon that starts has to refresh or
// to remove before it has read any configuration (docs/protocol.md, Transitions).
std::vector<OwnedAddress> held_addresses(const Observed& observed, const Ledger& ledger);

// Operations that give those addresses `lifetime` again; and that remove them.
std::vector<Operation> refresh(std::span<const OwnedAddress> addresses, Lifetime lifetime);
std::vector<Operation> remove(std::span<const OwnedAddress> addresses);

// Whether some of `home` is in the kernel on link `here` ("holds", docs/protocol.md): one of its addresses, whoever put
// it there; of one that has no addresses, a route, rule or neighbour of ours that `others`, what is desired without it,
// does not want.
bool holds(const Observed& observed, const Ledger& ledger, const HomeInterface& home, const InterfaceName& here,
           const Desired& others);

}  // namespace cip::plan
