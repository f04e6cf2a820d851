#include "compiler/check/followers.h"

#include "compiler/check/interfaces.h"

namespace cip::check {

using lang::Interface;

namespace {

// IPv6 there is E0301.
bool can_follow(const Interface& interface) {
  return interface.kind == InterfaceKind::tunnel && interface.tunnel.local &&
         interface.tunnel.local->value.family() == Family::ipv4;
}

}  // namespace

Followers::Followers(const lang::Clim& clim) {
  std::unordered_map<IpAddress, const Interface*> wanted;
  for (const Interface& interface : clim.interfaces) {
    if (can_follow(interface)) {
      wanted.emplace(interface.tunnel.local->value, nullptr);
    }
  }
  if (wanted.empty()) {
    return;
  }
  for (const Interface& interface : clim.interfaces) {
    if (interface.kind == InterfaceKind::tunnel || is_slave(clim, interface)) {
      continue;
    }
    for (const auto& address : interface.addresses) {
      const auto found = wanted.find(address.value.address);
      if (found != wanted.end() && found->second == nullptr) {
        found->second = &interface;
      }
    }
  }
  for (const Interface& interface : clim.interfaces) {
    if (!can_follow(interface)) {
      continue;
    }
    if (const Interface* const carrier = wanted.at(interface.tunnel.local->value)) {
      tunnels_[carrier].push_back(&interface);
      carriers_.emplace(&interface, carrier);
    }
  }
}

std::span<const Interface* const> Followers::of(const Interface& interface) const {
  const auto found = tunnels_.find(&interface);
  return found == tunnels_.end() ? std::span<const Interface* const>{} : found->second;
}

const Interface* Followers::carrier(const Interface& tunnel) const {
  const auto found = carriers_.find(&tunnel);
  return found == carriers_.end() ? nullptr : found->second;
}

}  // namespace cip::check
