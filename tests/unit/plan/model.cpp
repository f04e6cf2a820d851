#include "tests/unit/plan/model.h"

#include <algorithm>
#include <cerrno>

namespace cip::test {

namespace {

bool same_slot(const plan::ObservedAddress& a, int link, const InterfaceAddress& b) {
  return a.link.index == link && a.address.address == b.address &&
         (b.family() == Family::ipv6 || a.address.length == b.length);
}

bool same_place(const Route& a, const Route& b) {
  return a.destination == b.destination && a.table == b.table && a.metric == b.metric;
}

bool same_subnet(const plan::ObservedAddress& a, const plan::ObservedAddress& b) {
  return a.link.index == b.link.index && a.address.family() == Family::ipv4 && a.address.length == b.address.length &&
         a.address.network() == b.address.network();
}

}  // namespace

struct Apply {
  Model& model;

  int operator()(const plan::SetMtu& a) const {
    auto* link = model.link(a.link.index);
    if (link == nullptr) return ENODEV;
    link->mtu = a.mtu;
    if (a.mtu < 1280) model.lose_ipv6(a.link.index);
    return 0;
  }
  int operator()(const plan::SetUp& a) const {
    auto* link = model.link(a.link.index);
    if (link == nullptr) return ENODEV;
    link->up = a.up;
    if (a.up) return 0;
    model.lose_ipv6(a.link.index);
    std::erase_if(model.state.routes, [&](const auto& route) { return route.link.index == a.link.index; });
    std::erase_if(model.state.neighbors, [&](const auto& entry) { return entry.link.index == a.link.index; });
    return 0;
  }
  int operator()(const plan::SetSetting& a) const {
    auto* link = model.link(a.link.index);
    if (link == nullptr) return ENODEV;
    link->settings[a.setting] = a.value;
    return 0;
  }
  int operator()(const plan::AddAddress& a) const {
    const auto* link = model.link(a.link.index);
    if (link == nullptr) return ENODEV;
    const bool ipv6 = a.address.family() == Family::ipv6;
    if (ipv6 && (link->mtu < 1280 || !link->up)) return EINVAL;
    auto& addresses = model.state.addresses;
    for (const auto& there : addresses) {
      if (same_slot(there, a.link.index, a.address)) return EEXIST;
    }
    plan::ObservedAddress added;
    added.link = link->id;
    added.address = a.address;
    added.lifetime = a.lifetime;
    added.tentative = ipv6 && !a.skip_dad;
    added.secondary =
        std::any_of(addresses.begin(), addresses.end(), [&](const auto& b) { return same_subnet(added, b); });
    addresses.push_back(added);
    return 0;
  }
  int operator()(const plan::RefreshAddress& a) const {
    for (auto& there : model.state.addresses) {
      if (!same_slot(there, a.link.index, a.address)) continue;
      there.lifetime = a.lifetime;
      there.deprecated = false;
      return 0;
    }
    return EADDRNOTAVAIL;
  }
  int operator()(const plan::RemoveAddress& a) const {
    auto& addresses = model.state.addresses;
    const auto found = std::find_if(addresses.begin(), addresses.end(), [&](const auto& there) {
      return there.link.index == a.link.index && there.address == a.address;
    });
    if (found == addresses.end()) return EADDRNOTAVAIL;
    const auto gone = *found;
    addresses.erase(found);
    model.address_gone(gone);
    return 0;
  }
  int operator()(const plan::AddRoute& a) const { return model.add_route(a.link, a.route, false); }
  int operator()(const plan::ReplaceRoute& a) const { return model.add_route(a.link, a.route, true); }
  int operator()(const plan::RemoveRoute& a) const {
    auto& routes = model.state.routes;
    const auto found = std::find_if(routes.begin(), routes.end(), [&](const auto& there) {
      return there.route == a.route.route && there.link.index == a.route.link.index &&
             there.protocol == plan::our_protocol;
    });
    if (found == routes.end()) return ESRCH;
    routes.erase(found);
    return 0;
  }
  int operator()(const plan::AddNeighbor& a) const {
    for (const auto& there : model.state.neighbors) {
      if (there.link.index == a.link.index && there.neighbor.address == a.neighbor.address) return EEXIST;
    }
    return set_neighbor(a.link, a.neighbor);
  }
  int operator()(const plan::ReplaceNeighbor& a) const {
    (*this)(plan::RemoveNeighbor{a.link, a.neighbor.address});
    return set_neighbor(a.link, a.neighbor);
  }
  int operator()(const plan::RemoveNeighbor& a) const {
    const auto count = std::erase_if(model.state.neighbors, [&](const auto& there) {
      return there.link.index == a.link.index && there.neighbor.address == a.address;
    });
    return count == 0 ? ENOENT : 0;
  }

  int set_neighbor(const plan::LinkId& id, const Neighbor& neighbor) const {
    const auto* link = model.link(id.index);
    if (link == nullptr) return ENODEV;
    if (!link->up) return ENETDOWN;
    model.state.neighbors.push_back({link->id, neighbor, true, plan::our_protocol});
    return 0;
  }
};

int Model::execute(const plan::Action& action) {
  return std::visit(Apply{*this}, action);
}

plan::ObservedLink* Model::link(int index) {
  const auto found =
      std::find_if(state.links.begin(), state.links.end(), [&](const auto& each) { return each.id.index == index; });
  return found == state.links.end() ? nullptr : &*found;
}

bool Model::reachable(int index, const IpAddress& gateway) const {
  const auto connected = [&](const auto& address) {
    return address.link.index == index && address.address.network().contains(gateway);
  };
  const auto on_link = [&](const auto& route) {
    return route.link.index == index && !route.route.gateway && route.route.table == 254 &&
           route.route.destination.contains(gateway);
  };
  return std::any_of(state.addresses.begin(), state.addresses.end(), connected) ||
         std::any_of(state.routes.begin(), state.routes.end(), on_link);
}

int Model::add_route(const plan::LinkId& id, const Route& route, bool replace) {
  if (route.type == RouteType::unicast) {
    const auto* device = link(id.index);
    if (device == nullptr) return ENODEV;
    if (!device->up) return ENETDOWN;
    if (route.family() == Family::ipv6 && device->mtu < 1280) return EINVAL;
    if (route.gateway && !route.onlink && !reachable(id.index, *route.gateway)) return ENETUNREACH;
  }
  const auto has_source = [&](const auto& address) {
    return address.address.address == *route.source && !address.tentative;
  };
  if (route.source && std::none_of(state.addresses.begin(), state.addresses.end(), has_source)) return EINVAL;
  plan::ObservedRoute added;
  if (route.type == RouteType::unicast) added.link = id;
  added.route = route;
  added.protocol = plan::our_protocol;
  const auto there = std::find_if(state.routes.begin(), state.routes.end(),
                                  [&](const auto& each) { return same_place(each.route, route); });
  if (there == state.routes.end()) {
    state.routes.push_back(added);
  } else if (replace) {
    *there = added;  // whosever it is, as the kernel does
  } else {
    return EEXIST;
  }
  return 0;
}

void Model::address_gone(const plan::ObservedAddress& gone) {
  std::erase_if(state.routes, [&](const auto& route) { return route.route.source == gone.address.address; });
  if (gone.address.family() != Family::ipv4) return;
  const auto subnet = [&](const auto& address) { return same_subnet(address, gone); };
  if (!gone.secondary) {
    const auto* device = link(gone.link.index);
    const auto promote = device->settings.find(plan::Setting::promote_secondaries);
    if (promote != device->settings.end() && promote->second != 0) {
      const auto next = std::find_if(state.addresses.begin(), state.addresses.end(), subnet);
      if (next != state.addresses.end()) next->secondary = false;
    } else {
      std::erase_if(state.addresses, subnet);
    }
  }
  const bool last = std::none_of(state.addresses.begin(), state.addresses.end(), [&](const auto& address) {
    return address.link.index == gone.link.index && address.address.family() == Family::ipv4;
  });
  if (!last) return;
  flushed.insert(gone.link.index);
  std::erase_if(state.routes, [&](const auto& route) {
    return route.link.index == gone.link.index && route.route.family() == Family::ipv4;
  });
}

void Model::lose_ipv6(int index) {
  std::erase_if(state.addresses, [&](const auto& address) {
    return address.link.index == index && address.address.family() == Family::ipv6;
  });
  std::erase_if(state.routes,
                [&](const auto& route) { return route.link.index == index && route.route.family() == Family::ipv6; });
}

}  // namespace cip::test
