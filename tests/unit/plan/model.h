// A kernel of a few pages, with the side effects that docs/testing.md has measured: what it takes, what it refuses, and
// what it drops without being asked.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "reconciler/plan/plan.h"

namespace cip::test {

// Whether the kernel takes one for the other.
bool same_place(const Route& a, const Route& b);

class Model {
 public:
  explicit Model(plan::Observed start) : state(std::move(start)) {}

  // Carries out one operation; an errno or 0.
  int execute(const plan::Action& action);

  plan::Observed state;
  std::set<int> flushed;  // links that lost all IPv4 routes with their last address

 private:
  friend struct Apply;

  plan::ObservedLink* link(int index);
  bool reachable(int link, const IpAddress& gateway) const;
  int add_route(const plan::LinkId& link, const Route& route, bool replace);
  void address_gone(const plan::ObservedAddress& address);
  void lose_ipv6(int link);
  void remove_link(int link);
};

}  // namespace cip::test
