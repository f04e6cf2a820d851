#include "compiler/check/networks.h"

namespace cip::check {

OwnAddresses addresses_of(const lang::Clim& clim) {
  OwnAddresses own;
  for (const lang::Interface& interface : clim.interfaces) {
    for (const auto& address : interface.addresses) {
      own.emplace(address.value.address, Own{&interface, address.origin});
    }
  }
  return own;
}

void Networks::add(const Prefix& network) {
  networks_.insert(network);
  lengths(network.family()).set(static_cast<std::size_t>(network.length()));
}

bool Networks::contain(const IpAddress& address) const {
  const auto& used = lengths(address.family());
  for (int length = 0; length <= address_bits(address.family()); ++length) {
    if (used.test(static_cast<std::size_t>(length)) && networks_.count(Prefix(address, length)) != 0) {
      return true;
    }
  }
  return false;
}

OnLink::OnLink(const lang::Interface& interface) {
  for (const auto& address : interface.addresses) {
    everywhere_.add(address.value.network());
    neighbors_.add(address.value.network());
  }
  for (const auto& [route, origin, gateway, source] : interface.routes) {
    if (route.onlink && route.gateway) {
      neighbors_.add(Prefix(*route.gateway, address_bits(route.family())));
    } else if (!route.gateway && route.type == RouteType::unicast) {
      (route.table == main_table ? everywhere_ : by_table_[route.table]).add(route.destination);
      neighbors_.add(route.destination);
    }
  }
}

bool OnLink::reach(const IpAddress& gateway, std::uint32_t table) const {
  const auto routes = by_table_.find(table);
  return everywhere_.contain(gateway) || (routes != by_table_.end() && routes->second.contain(gateway));
}

bool OnLink::neighbor(const IpAddress& address) const {
  return neighbors_.contain(address);
}

}  // namespace cip::check
