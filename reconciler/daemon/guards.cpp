#include "reconciler/daemon/guards.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <stdexcept>

namespace cip::daemon {

using kernel::Policy;
using kernel::PolicyDirection;

std::vector<ipsec::Connection> connections_of(const ClimState& state) {
  if (!state.clim.ipsec) {
    return {};
  }
  auto connections = ipsec::read_connections(state.swanctl);
  if (!connections) {
    throw std::logic_error("a state that is not supported is in use: " + connections.error().message);
  }
  return std::move(*connections);
}

std::vector<Policy> guards_of(const std::vector<ipsec::Connection>& connections) {
  std::vector<Policy> guards;
  for (const auto& connection : connections) {
    for (const auto& [name, local, remote, start] : connection.protections) {
      guards.push_back({PolicyDirection::out, local, remote, Policy::Kind::block});
      guards.push_back({PolicyDirection::in, remote, local, Policy::Kind::block});
      guards.push_back({PolicyDirection::forward, remote, local, Policy::Kind::block});
      if (local.family() == Family::ipv4) {
        continue;
      }
      for (const auto kind : {Policy::Kind::solicitation, Policy::Kind::advertisement}) {
        guards.push_back({PolicyDirection::out, local, remote, kind});
        guards.push_back({PolicyDirection::in, remote, local, kind});
      }
    }
  }
  std::sort(guards.begin(), guards.end());
  guards.erase(std::unique(guards.begin(), guards.end()), guards.end());
  return guards;
}

void Guards::learn(const ClimState& state) {
  const auto digest = state.clim.ipsec.value_or(Digest());
  if (known_ == digest) {
    return;
  }
  connections_ = connections_of(state);
  wanted_ = guards_of(connections_);
  known_ = digest;
  bare_ = false;
}

std::vector<std::string> Guards::Difference::text() const {
  std::vector<std::string> lines;
  for (const auto& policy : add) {
    lines.push_back("+ policy " + kernel::describe(policy));
  }
  for (const auto& policy : remove) {
    lines.push_back("- policy " + kernel::describe(policy));
  }
  return lines;
}

Result<Guards::Difference> Guards::difference(const ClimState& state) {
  learn(state);
  if (bare_) {
    return Difference{};
  }
  if (!kernel_) {
    auto opened = kernel::Policies::open();
    if (!opened) {
      // A kernel without IPsec has none of ours.
      return wanted_.empty() ? Result<Difference>(Difference{}) : opened.error();
    }
    kernel_ = std::move(*opened);
  }
  const auto there = kernel_->read();
  if (!there) {
    return there.error();
  }
  bare_ = wanted_.empty() && there->empty();
  Difference difference;
  std::set_difference(wanted_.begin(), wanted_.end(), there->begin(), there->end(), std::back_inserter(difference.add));
  std::set_difference(there->begin(), there->end(), wanted_.begin(), wanted_.end(),
                      std::back_inserter(difference.remove));
  return difference;
}

Result<std::vector<std::string>> Guards::plan(const ClimState& state) {
  const auto found = difference(state);
  return found ? Result<std::vector<std::string>>(found->text()) : found.error();
}

// The kernel has one policy for a selector: in the place of ours there may be another, which is not told from ours
// there.
Result<void> Guards::add(const std::vector<Policy>& policies) {
  if (const auto added = kernel_->add(policies); !added) {
    return added.error();
  }
  const auto there = kernel_->read();
  if (!there) {
    return there.error();
  }
  for (const auto& policy : policies) {
    if (policy.kind == Policy::Kind::block && !std::binary_search(there->begin(), there->end(), policy)) {
      return Error{ErrorCode::system, fmt::format("policy {}: one of somebody else is in its place (ip xfrm policy)",
                                                  kernel::describe(policy))};
    }
  }
  return {};
}

Result<std::vector<std::string>> Guards::keep(const ClimState& state) {
  const auto found = difference(state);
  if (!found) {
    return found.error();
  }
  if (!found->add.empty()) {
    if (const auto added = add(found->add); !added) {
      return added.error();
    }
  }
  if (!found->remove.empty()) {
    if (const auto removed = kernel_->remove(found->remove); !removed) {
      return removed.error();
    }
  }
  return found->text();
}

bool Guards::protects(const IpAddress& address) const {
  return std::any_of(connections_.begin(), connections_.end(), [&](const ipsec::Connection& connection) {
    const auto& all = connection.protections;
    return connection.local == address ||
           std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.local.contains(address); });
  });
}

}  // namespace cip::daemon
