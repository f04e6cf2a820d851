#include "reconciler/daemon/desired_state.h"

#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>

#include "reconciler/plan/desired.h"

namespace cip::daemon {

namespace {

void want_placements(plan::Desired& desired, const Wanted& wanted, bool at_home, plan::Extent extent) {
  const auto& own = wanted.configuration->clim.name;
  for (const auto& [home, placement] : wanted.placements) {
    if ((home.clim == own) != at_home || !placement.content) {
      continue;
    }
    plan::want_resources(desired, *placement.content, placement.here, placement.lifetime, extent);
  }
}

// Whether it is about a link itself, which is there whether resources are on it or not (F8). Tunnels are resources.
bool is_bare_link(const plan::Action& action, const std::set<InterfaceName>& tunnels) {
  return std::visit(
      [&](const auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, plan::RemoveLink>) {
          return what.kind != plan::kind_of(plan::TunnelOptions{});
        } else if constexpr (std::is_same_v<What, plan::AddLink> || std::is_same_v<What, plan::SetName> ||
                             std::is_same_v<What, plan::SetMaster> || std::is_same_v<What, plan::SetBond> ||
                             std::is_same_v<What, plan::SetMtu> || std::is_same_v<What, plan::SetUp> ||
                             std::is_same_v<What, plan::SetSetting>) {
          return tunnels.count(what.link.name) == 0;
        } else {
          return false;
        }
      },
      action);
}

}  // namespace

bool never_fails_over(InterfaceKind kind) {
  return kind == InterfaceKind::loopback || kind == InterfaceKind::maintenance || kind == InterfaceKind::tunnel;
}

plan::Desired desired_state(const Wanted& wanted, plan::Extent extent) {
  plan::Desired desired;
  for (const auto& [name, file] : wanted.configuration->home) {
    plan::want_link(desired, *file.interface, wanted.stopped.count(name) == 0);
  }
  for (const auto& [name, file] : wanted.configuration->home) {
    if (never_fails_over(file.interface->kind)) {
      plan::want_resources(desired, *file.interface, name, std::nullopt, extent);
    }
  }
  want_placements(desired, wanted, true, extent);
  want_placements(desired, wanted, false, extent);
  return desired;
}

std::vector<plan::Operation> decided(const Wanted& wanted, std::vector<plan::Operation> operations) {
  std::set<InterfaceName> tunnels;
  for (const auto& [home, placement] : wanted.placements) {
    if (!placement.content) continue;
    for (const auto& tunnel : placement.content->tunnels) tunnels.insert(tunnel.name);
  }
  const auto held_back = [&](const plan::Operation& operation) {
    if (operation.homes.empty() || is_bare_link(operation.action, tunnels)) {
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
  return !home.addresses.empty() || !home.routes.empty() || !home.rules.empty() || !home.neighbors.empty() ||
         !home.tunnels.empty();
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
