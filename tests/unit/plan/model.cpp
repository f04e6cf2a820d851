#include "tests/unit/plan/model.h"

#include <algorithm>
#include <cerrno>

namespace cip::test {

bool same_place(const Route& a, const Route& b) {
  return a.destination == b.destination && a.table == b.table && a.metric == b.metric;
}

namespace {

bool same_slot(const plan::ObservedAddress& a, int link, const InterfaceAddress& b) {
  return a.link.index == link && a.address.address == b.address &&
         (b.family() == Family::ipv6 || a.address.length == b.length);
}

bool same_subnet(const plan::ObservedAddress& a, const plan::ObservedAddress& b) {
  return a.link.index == b.link.index && a.address.family() == Family::ipv4 && a.address.length == b.address.length &&
         a.address.network() == b.address.network();
}

}  // namespace

struct Apply {
  Model& model;

  int operator()(const plan::AddLink& a) const {
    for (const auto& there : model.state.links) {
      if (there.id.index == a.link.index || there.id.name == a.link.name) return EEXIST;
    }
    plan::ObservedLink made;
    made.id = a.link;
    made.mtu = 1500;
    made.kind = plan::kind_of(a.shape);
    made.shape = a.shape;
    if (const auto* vlan = std::get_if<plan::VlanOptions>(&a.shape)) {
      if (model.link(vlan->link.index) == nullptr) return ENODEV;
      made.mtu = model.link(vlan->link.index)->mtu;
    }
    model.state.links.push_back(made);
    return 0;
  }
  int operator()(const plan::RemoveLink& a) const {
    if (model.link(a.link.index) == nullptr) return ENODEV;
    model.remove_link(a.link.index);
    return 0;
  }
  int operator()(const plan::SetName& a) const {
    auto* link = model.link(a.link.index);
    if (link == nullptr) return ENODEV;
    if (link->up) return EBUSY;
    for (const auto& there : model.state.links) {
      if (there.id.name == a.name) return EEXIST;
    }
    link->id.name = a.name;
    return 0;
  }
  int operator()(const plan::SetMaster& a) const {
    auto* link = model.link(a.link.index);
    if (link == nullptr) return ENODEV;
    if (a.master.index == 0) {
      link->master = 0;
      return (*this)(plan::SetUp{link->id, false});  // the kernel closes it
    }
    const auto* bond = model.link(a.master.index);
    if (bond == nullptr || !std::holds_alternative<plan::BondOptions>(bond->shape)) return EOPNOTSUPP;
    if (link->master != 0) return EBUSY;
    if (link->up) return EPERM;
    link->master = a.master.index;
    link->up = true;
    link->mtu = bond->mtu;
    return 0;
  }
  int operator()(const plan::SetBond& a) const {
    auto* link = model.link(a.link.index);
    if (link == nullptr) return ENODEV;
    auto& options = std::get<plan::BondOptions>(link->shape);
    const bool has_slaves = std::any_of(model.state.links.begin(), model.state.links.end(),
                                        [&](const auto& each) { return each.master == a.link.index; });
    if (a.options.mode && has_slaves) return ENOTEMPTY;
    if ((a.options.mode || a.options.lacp_rate) && link->up) return EBUSY;
    if (a.options.mode) options.mode = a.options.mode;
    if (a.options.primary) options.primary = a.options.primary;
    if (a.options.primary_reselect) options.primary_reselect = a.options.primary_reselect;
    if (a.options.miimon) options.miimon = a.options.miimon;
    if (a.options.up_delay) options.up_delay = a.options.up_delay;
    if (a.options.down_delay) options.down_delay = a.options.down_delay;
    if (a.options.min_links) options.min_links = a.options.min_links;
    if (a.options.lacp_rate) options.lacp_rate = a.options.lacp_rate;
    if (a.options.hash_policy) options.hash_policy = a.options.hash_policy;
    return 0;
  }
  int operator()(const plan::SetTunnel& a) const {
    auto* link = model.link(a.link.index);
    if (link == nullptr) return ENODEV;
    link->shape = a.options;
    return 0;
  }
  int operator()(const plan::SetMtu& a) const {
    auto* link = model.link(a.link.index);
    if (link == nullptr) return ENODEV;
    const auto* vlan = std::get_if<plan::VlanOptions>(&link->shape);
    if (vlan != nullptr && a.mtu > model.link(vlan->link.index)->mtu) return ERANGE;
    link->mtu = a.mtu;
    for (auto& each : model.state.links) {
      const auto* upper = std::get_if<plan::VlanOptions>(&each.shape);
      if (each.master == a.link.index) each.mtu = a.mtu;
      if (upper != nullptr && upper->link.index == a.link.index && each.mtu > a.mtu) {
        each.mtu = a.mtu;
        if (a.mtu < 1280) model.lose_ipv6(each.id.index);
      }
    }
    if (a.mtu < 1280) model.lose_ipv6(a.link.index);
    return 0;
  }
  int operator()(const plan::SetUp& a) const {
    auto* link = model.link(a.link.index);
    if (link == nullptr) return ENODEV;
    const auto* vlan = std::get_if<plan::VlanOptions>(&link->shape);
    if (a.up && vlan != nullptr && !model.link(vlan->link.index)->up) return ENETDOWN;
    link->up = a.up;
    for (const auto& each : model.state.links) {  // up and down with what it is on
      const auto* upper = std::get_if<plan::VlanOptions>(&each.shape);
      if (upper != nullptr && upper->link.index == a.link.index && each.up != a.up) {
        (*this)(plan::SetUp{each.id, a.up});
      }
    }
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

  int operator()(const plan::AddRule& a) const {
    for (const auto& there : model.state.rules) {
      if (there.rule == a.rule) return EEXIST;
    }
    model.state.rules.push_back({a.rule.family(), a.rule, plan::our_protocol});
    return 0;
  }
  int operator()(const plan::RemoveRule& a) const {
    const auto count = std::erase_if(model.state.rules, [&](const auto& there) { return there.rule == a.rule; });
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

void Model::remove_link(int index) {
  std::vector<int> uppers;
  for (auto& each : state.links) {
    if (each.master == index) Apply{*this}(plan::SetMaster{each.id, {}});
    const auto* upper = std::get_if<plan::VlanOptions>(&each.shape);
    if (upper != nullptr && upper->link.index == index) uppers.push_back(each.id.index);
  }
  for (const int upper : uppers) remove_link(upper);
  const auto on_it = [&](const auto& object) { return object.link.index == index; };
  std::erase_if(state.addresses, on_it);
  std::erase_if(state.routes, on_it);
  std::erase_if(state.neighbors, on_it);
  std::erase_if(state.links, [&](const auto& link) { return link.id.index == index; });
}

void Model::lose_ipv6(int index) {
  std::erase_if(state.addresses, [&](const auto& address) {
    return address.link.index == index && address.address.family() == Family::ipv6;
  });
  std::erase_if(state.routes,
                [&](const auto& route) { return route.link.index == index && route.route.family() == Family::ipv6; });
}

}  // namespace cip::test
