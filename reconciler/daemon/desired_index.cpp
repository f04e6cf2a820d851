#include "reconciler/daemon/desired_index.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace cip::daemon {

namespace {

// Carrier comes and goes, and nothing in the kernel with it; the engine hears of it elsewhere.
bool same_but_carrier(const plan::ObservedLink& a, const plan::ObservedLink& b) {
  return a.id == b.id && a.mtu == b.mtu && a.up == b.up && a.permanent_mac == b.permanent_mac && a.master == b.master &&
         a.kind == b.kind && a.shape == b.shape && (b.settings.empty() || a.settings == b.settings);
}

}  // namespace

DesiredIndex::DesiredIndex(const plan::Desired& desired, std::vector<plan::ObservedLink> links) {
  for (const auto& link : desired.links) {
    wanted_links_.insert(link.name);
  }
  for (auto& link : links) {
    links_.emplace(link.id.index, std::move(link));
  }
  for (const auto& rule : desired.rules) {
    rules_.insert(rule.rule);
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

bool DesiredIndex::concerns(const kernel::LinkChanged& event, bool waiting) const {
  const auto seen = links_.find(event.link.id.index);
  if (seen == links_.end()) {
    return waiting || wanted_links_.count(event.link.id.name) != 0;
  }
  return event.gone || !same_but_carrier(seen->second, event.link);
}

bool DesiredIndex::concerns(const kernel::RuleChanged& event, bool waiting) const {
  const bool wanted = rules_.count(event.rule.rule) != 0;
  const bool ours = event.rule.protocol == plan::our_protocol;
  return event.gone ? wanted && (ours || waiting) : ours && !wanted;
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
