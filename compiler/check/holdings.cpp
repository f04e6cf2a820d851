#include "compiler/check/holdings.h"

#include "compiler/check/interfaces.h"

namespace cip::check {
namespace {

using lang::Clim;
using lang::Interface;

std::size_t mix(std::size_t seed, std::size_t value) {
  return (seed ^ value) * 0x9e3779b97f4a7c15U + (seed >> 29U);
}

std::size_t hash(const std::optional<Prefix>& prefix) {
  return prefix ? std::hash<Prefix>{}(*prefix) : 0;
}

std::optional<Prefix> selector(const std::optional<Prefix>& prefix) {
  return prefix && !prefix->is_default() ? prefix : std::nullopt;
}

// The entry of the key; it was there before if that has another statement.
template <class Map, class Key, class Statement>
auto& enter(Map& map, const Key& key, const Held<Statement>& held) {
  return map.try_emplace(key, Entry<Statement>{held}).first->second;
}

}  // namespace

RouteKey::RouteKey(const Route& route) : destination(route.destination), table(route.table), metric(route.metric) {}

RuleKey::RuleKey(const Rule& rule)
    : family(rule.family()), priority(rule.priority), from(selector(rule.from)), to(selector(rule.to)) {}

AddressKey address_key(const Interface& interface, const IpAddress& address) {
  const bool of_link = address.family() == Family::ipv6 && address.is_link_local();
  return {of_link ? &interface : nullptr, address};
}

std::size_t KeyHash::operator()(const RouteKey& key) const noexcept {
  return mix(mix(std::hash<Prefix>{}(key.destination), key.table), key.metric);
}

std::size_t KeyHash::operator()(const RuleKey& key) const noexcept {
  return mix(mix(mix(hash(key.from), hash(key.to)), key.priority), static_cast<std::size_t>(key.family));
}

std::size_t KeyHash::operator()(const AddressKey& key) const noexcept {
  return mix(std::hash<IpAddress>{}(key.address), std::hash<const Interface*>{}(key.interface));
}

bool same(const HeldRoute& a, const HeldRoute& b) {
  const Route& route = a.statement->value;
  return route == b.statement->value && (route.type != RouteType::unicast || a.interface == b.interface);
}

bool same(const HeldRule& a, const HeldRule& b) {
  return a.statement->value.table == b.statement->value.table;
}

bool same(const HeldNeighbor& a, const HeldNeighbor& b) {
  return a.statement->value.mac == b.statement->value.mac;
}

Holdings::Holdings(const Clim& clim, const RouteSet& wrong) {
  names.reserve(clim.interfaces.size());
  for (const Interface& interface : clim.interfaces) {
    names.emplace(interface.name.interface, interface.origin);
    if (!is_slave(clim, interface)) {
      add(interface, wrong);
    }
  }
  for (const Interface& interface : clim.interfaces) {
    for (const auto& slave : interface.bond.slaves) {
      names.emplace(slave.value, slave.origin);
    }
  }
}

void Holdings::add(const Interface& interface, const RouteSet& wrong) {
  for (const auto& address : interface.addresses) {
    auto& entry = enter(addresses, address_key(interface, address.value.address), HeldAddress{&interface, &address});
    entry.contradicts |= entry.first.statement != &address;
  }
  for (const auto& route : interface.routes) {
    if (wrong.count(&route) == 0) {
      add_route({&interface, &route});
    }
  }
  for (const auto& rule : interface.rules) {
    const HeldRule held{&interface, &rule};
    auto& entry = enter(rules, RuleKey(rule.value), held);
    if (entry.first.statement != &rule) {
      entry.contradicts |= !same(entry.first, held);
      repeated_rules.emplace_back(entry.first, held);
    }
  }
  for (const auto& neighbor : interface.neighbors) {
    const HeldNeighbor held{&interface, &neighbor};
    auto& entry = enter(neighbors, AddressKey{&interface, neighbor.value.address}, held);
    entry.contradicts |= !same(entry.first, held);
  }
}

void Holdings::add_route(const HeldRoute& route) {
  auto& entry = enter(routes, RouteKey(route.statement->value), route);
  if (entry.first.statement != route.statement) {
    entry.contradicts |= !same(entry.first, route);
    repeated_routes.emplace_back(entry.first, route);
  }
  if (const auto& gateway = route.statement->value.gateway) {
    gateways.emplace(address_key(*route.interface, *gateway), route);
  }
}

}  // namespace cip::check
