// What a CLIM holds while everything is at home, by what its kernel tells apart.
//
// Two statements meet if they have the same key; whether they contradict each other is in what else they say:
//   address    the address, a link-local IPv6 one with its interface (RFC 4291, 2.5.6)
//   route      family, destination, table, metric (fib_table_insert and fib6_add_rt2node: EEXIST, whatever the type)
//   rule       family, priority, selector
//   neighbour  interface, address
//   name       the name of an interface of any kind, of a slave, too (K7)
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/check/check.h"
#include "compiler/lang/model.h"

namespace cip::check {

struct RouteKey {
  Prefix destination;
  std::uint32_t table;
  std::uint32_t metric;

  explicit RouteKey(const Route& route);
  bool operator==(const RouteKey&) const = default;
};

// `from 0.0.0.0/0` selects what no `from` selects.
struct RuleKey {
  Family family;
  std::uint32_t priority;
  std::optional<Prefix> from;
  std::optional<Prefix> to;

  explicit RuleKey(const Rule& rule);
  bool operator==(const RuleKey&) const = default;
};

// An address on an interface, or on the whole CLIM if `interface` is null.
struct AddressKey {
  const lang::Interface* interface;
  IpAddress address;

  bool operator==(const AddressKey&) const = default;
};
// The key of an address of `interface`, or of a gateway that it reaches.
AddressKey address_key(const lang::Interface& interface, const IpAddress& address);

struct KeyHash {
  std::size_t operator()(const RouteKey& key) const noexcept;
  std::size_t operator()(const RuleKey& key) const noexcept;
  std::size_t operator()(const AddressKey& key) const noexcept;
};

// A statement and the interface whose resource it is, or will be.
template <class Statement>
struct Held {
  const lang::Interface* interface;
  const Statement* statement;
};
using HeldAddress = Held<lang::Sourced<InterfaceAddress>>;
using HeldRoute = Held<lang::RouteStatement>;
using HeldRule = Held<lang::RuleStatement>;
using HeldNeighbor = Held<lang::NeighborStatement>;

// Whether the kernel needs only one object for both, which have one key. A route that is not unicast has no device.
bool same(const HeldRoute& a, const HeldRoute& b);
bool same(const HeldRule& a, const HeldRule& b);
bool same(const HeldNeighbor& a, const HeldNeighbor& b);

// The first statement of a key in the text, and whether all that meet it are the same. If not, that has been reported
// (E0004, E0106, E0109), and the key takes no part in E0210.
template <class Statement>
struct Entry {
  Held<Statement> first;
  bool contradicts = false;
};

class Holdings {
 public:
  // Routes of `wrong` are left out.
  Holdings(const lang::Clim& clim, const RouteSet& wrong);

  std::unordered_map<AddressKey, Entry<lang::Sourced<InterfaceAddress>>, KeyHash> addresses;
  std::unordered_map<RouteKey, Entry<lang::RouteStatement>, KeyHash> routes;
  std::unordered_map<RuleKey, Entry<lang::RuleStatement>, KeyHash> rules;
  std::unordered_map<AddressKey, Entry<lang::NeighborStatement>, KeyHash> neighbors;  // each on its interface
  std::unordered_map<AddressKey, HeldRoute, KeyHash> gateways;                        // the first route that uses it
  // Each name in use, and where that is said. A slave need not be declared.
  std::unordered_map<InterfaceName, lang::Origin> names;

  // Statements whose key was there before: the first, and the later one.
  std::vector<std::pair<HeldRoute, HeldRoute>> repeated_routes;
  std::vector<std::pair<HeldRule, HeldRule>> repeated_rules;

 private:
  void add(const lang::Interface& interface, const RouteSet& wrong);
  void add_route(const HeldRoute& route);
};

}  // namespace cip::check
