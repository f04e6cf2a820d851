// What a CLIM has and an interface reaches: its addresses, and the networks on its link.
#pragma once

#include <bitset>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "compiler/lang/model.h"

namespace cip::check {

// The addresses of a CLIM, each with one interface that has it.
struct Own {
  const lang::Interface* interface = nullptr;
  lang::Origin origin = {};
};
using OwnAddresses = std::unordered_map<IpAddress, Own>;
OwnAddresses addresses_of(const lang::Clim& clim);

// Networks, asked for one that has an address: one look per length in use.
class Networks {
 public:
  void add(const Prefix& network);
  bool contain(const IpAddress& address) const;

 private:
  using Lengths = std::bitset<129>;
  Lengths& lengths(Family family) { return family == Family::ipv4 ? ipv4_ : ipv6_; }
  const Lengths& lengths(Family family) const { return family == Family::ipv4 ? ipv4_ : ipv6_; }

  std::unordered_set<Prefix> networks_;
  Lengths ipv4_;
  Lengths ipv6_;
};

// What an interface reaches without a gateway: in any table, and by routes of one table only.
class OnLink {
 public:
  explicit OnLink(const lang::Interface& interface);
  // Whether the kernel finds the gateway on the link: it looks in the table of the route, then by the rules of the CLIM
  // (fib_check_nh).
  bool reach(const IpAddress& gateway, std::uint32_t table) const;
  // Whether the address can be a neighbour: on a network or route of any table, or a gateway that is said to be.
  bool neighbor(const IpAddress& address) const;

 private:
  Networks everywhere_;
  std::unordered_map<std::uint32_t, Networks> by_table_;
  Networks neighbors_;
};

}  // namespace cip::check
