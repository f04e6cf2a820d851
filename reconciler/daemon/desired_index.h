// What is desired, and what links were, to look an event of the kernel up: whether it may be drift. Built once for each
// run, so that an event costs the same however much is desired.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "reconciler/kernel/events.h"
#include "reconciler/plan/objects.h"

namespace cip::daemon {

class DesiredIndex {
 public:
  DesiredIndex() = default;
  // `links` as they were when the kernel was read last.
  DesiredIndex(const plan::Desired& desired, std::vector<plan::ObservedLink> links);

  // Whether the kernel must be read again. `waiting`: something could not be done yet, so that less is enough. May say
  // yes to what turns out to be nothing; never no to drift.
  bool concerns_us(const kernel::Event& event, bool waiting) const;

 private:
  bool concerns(const kernel::LinkChanged& event, bool waiting) const;
  bool concerns(const kernel::AddressChanged& event, bool waiting) const;
  bool concerns(const kernel::RouteChanged& event, bool waiting) const;
  bool concerns(const kernel::NeighborChanged& event, bool waiting) const;
  bool concerns(const kernel::RuleChanged& event, bool waiting) const;

  std::set<InterfaceName> wanted_links_;
  std::map<int, plan::ObservedLink> links_;  // seen last, by index
  std::map<IpAddress, bool> addresses_;      // and whether with a lifetime
  std::vector<Prefix> routes_;               // in order
  std::map<IpAddress, MacAddress> neighbors_;
  std::set<Rule> rules_;
};

}  // namespace cip::daemon
