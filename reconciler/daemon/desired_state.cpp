#include "reconciler/daemon/desired_state.h"

#include <algorithm>
#include <utility>

#include "reconciler/plan/desired.h"

namespace cip::daemon {

namespace {

void want_placements(plan::Desired& desired, const Wanted& wanted, bool at_home) {
  const auto& own = wanted.configuration->clim.name;
  for (const auto& [home, placement] : wanted.placements) {
    if ((home.clim == own) != at_home || !placement.content) {
      continue;
    }
    plan::want_resources(desired, *placement.content, placement.here, placement.lifetime);
  }
}

}  // namespace

bool never_fails_over(InterfaceKind kind) {
  return kind == InterfaceKind::loopback || kind == InterfaceKind::maintenance;
}

plan::Desired desired_state(const Wanted& wanted) {
  plan::Desired desired;
  for (const auto& [name, file] : wanted.configuration->home) {
    plan::want_link(desired, file.interface, wanted.stopped.count(name) == 0);
  }
  for (const auto& [name, file] : wanted.configuration->home) {
    if (never_fails_over(file.interface.kind)) {
      plan::want_resources(desired, file.interface, name, std::nullopt);
    }
  }
  want_placements(desired, wanted, true);
  want_placements(desired, wanted, false);
  return desired;
}

std::vector<plan::Operation> decided(const Wanted& wanted, std::vector<plan::Operation> operations) {
  const auto held_back = [&](const plan::Operation& operation) {
    if (operation.homes.empty()) {
      return false;
    }
    const bool changes_link = std::holds_alternative<plan::SetUp>(operation.action) ||
                              std::holds_alternative<plan::SetMtu>(operation.action) ||
                              std::holds_alternative<plan::SetSetting>(operation.action);
    if (changes_link) {
      return false;
    }
    return std::all_of(operation.homes.begin(), operation.homes.end(), [&](const InterfaceRef& home) {
      const auto placement = wanted.placements.find(home);
      return placement != wanted.placements.end() && placement->second.undecided;
    });
  };
  operations.erase(std::remove_if(operations.begin(), operations.end(), held_back), operations.end());
  return operations;
}

bool has_resources(const HomeInterface& home) {
  return !home.addresses.empty() || !home.routes.empty() || !home.neighbors.empty();
}

std::vector<IpAddress> addresses_of(const HomeInterface& home) {
  std::vector<IpAddress> addresses;
  addresses.reserve(home.addresses.size());
  for (const auto& each : home.addresses) {
    addresses.push_back(each.address);
  }
  return addresses;
}

std::vector<IpAddress> witnesses_of(const HomeInterface& home) {
  std::set<IpAddress> own;
  for (const auto& each : home.addresses) {
    own.insert(each.address);
  }
  std::vector<IpAddress> witnesses;
  const auto add = [&](const IpAddress& address) {
    const bool known = std::find(witnesses.begin(), witnesses.end(), address) != witnesses.end();
    if (!known && own.count(address) == 0) {
      witnesses.push_back(address);
    }
  };
  for (const auto& route : home.routes) {
    if (route.gateway) {
      add(*route.gateway);
    }
  }
  for (const auto& neighbor : home.neighbors) {
    add(neighbor.address);
  }
  return witnesses;
}

}  // namespace cip::daemon
