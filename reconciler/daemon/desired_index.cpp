#include "reconciler/daemon/desired_index.h"

#include <algorithm>
#include <variant>

namespace cip::daemon {

DesiredIndex::DesiredIndex(const plan::Desired& desired) {
  for (const auto& link : desired.links) {
    links_.insert(link.name);
  }
  for (const auto& address : desired.addresses) {
    addresses_[address.address.address] = address.lifetime.has_value();
  }
  routes_.reserve(desired.routes.size());
  for (const auto& route : desired.routes) {
    routes_.push_back(route.route.destination);
  }
  std::sort(routes_.begin(), routes_.end());
  for (const auto& neighbor : desired.neighbors) {
    neighbors_[neighbor.neighbor.address] = neighbor.neighbor.mac;
  }
}

bool DesiredIndex::concerns_us(const kernel::Event& event, bool waiting) const {
  return std::visit(
      [&](const auto& what) {
        if constexpr (std::is_same_v<std::decay_t<decltype(what)>, kernel::Overrun>) {
          return true;
        } else {
          return concerns(what, waiting);
        }
      },
      event);
}

bool DesiredIndex::concerns(const kernel::LinkChanged& event, bool /*waiting*/) const {
  return links_.count(event.link.name) != 0;
}

// Any address that goes may take IPv4 routes with it, without a message (docs/peers.md, keepalived #1719).
bool DesiredIndex::concerns(const kernel::AddressChanged& event, bool waiting) const {
  if (event.gone) {
    return true;
  }
  const auto wanted = addresses_.find(event.address.address.address);
  if (wanted == addresses_.end()) {
    return event.address.protocol == plan::our_protocol;
  }
  return waiting || event.address.dad_failed || wanted->second != event.address.lifetime.has_value();
}

bool DesiredIndex::concerns(const kernel::RouteChanged& event, bool waiting) const {
  const bool wanted = std::binary_search(routes_.begin(), routes_.end(), event.route.route.destination);
  const bool ours = event.route.protocol == plan::our_protocol;
  if (event.gone) {
    return wanted && (ours || waiting);
  }
  return ours && (!wanted || !event.route.plain);
}

bool DesiredIndex::concerns(const kernel::NeighborChanged& event, bool waiting) const {
  const auto& neighbor = event.neighbor;
  const auto wanted = neighbors_.find(neighbor.neighbor.address);
  if (wanted == neighbors_.end()) {
    return !event.gone && neighbor.protocol == plan::our_protocol;
  }
  return event.gone || waiting || !neighbor.permanent || neighbor.neighbor.mac != wanted->second;
}

}  // namespace cip::daemon
