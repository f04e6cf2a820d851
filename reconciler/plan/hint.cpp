#include "reconciler/plan/hint.h"

#include <cerrno>

namespace cip::plan {

namespace {

template <class Wanted>
bool is(const Action& action) {
  return std::holds_alternative<Wanted>(action);
}

std::string_view hint_for_route(const Route& route, int error) {
  switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
      return "no address or route of the interface covers the gateway: give it an address of that network, a route to "
             "the gateway without `via`, or say `onlink`";
    case EINVAL:
      return route.source ? "the source must be an address that this machine has" : std::string_view();
    case EEXIST:
      return "somebody has just added another one of this table, destination and metric";
    default:
      return {};
  }
}

std::string_view hint_for_new_link(const Shape& shape, int error) {
  if (error == EOPNOTSUPP) {
    constexpr std::string_view modules[] = {
        "", "the kernel has no bonds: modprobe bonding, and see that it is loaded at boot (/etc/modules-load.d)",
        "the kernel has no VLANs: modprobe 8021q, and see that it is loaded at boot (/etc/modules-load.d)",
        "the kernel has no IPv6-over-IPv4 tunnels: modprobe sit, and see that it is loaded at boot "
        "(/etc/modules-load.d)"};
    return modules[shape.index()];
  }
  if (error == EEXIST && std::holds_alternative<VlanOptions>(shape)) {
    return "there is another VLAN of this id on the same interface, or a link of this name";
  }
  if (error == EEXIST && std::holds_alternative<TunnelOptions>(shape)) {
    return "there is another tunnel with the same two ends, or a link of this name";
  }
  return {};
}

}  // namespace

std::string_view hint(const Action& action, int error) {
  if (error == EPERM && !is<SetMaster>(action)) return "cipd needs CAP_NET_ADMIN";
  if (error == ENODEV) return "the interface has just gone";
  if (const auto* add = std::get_if<AddRoute>(&action)) return hint_for_route(add->route, error);
  if (const auto* replace = std::get_if<ReplaceRoute>(&action)) return hint_for_route(replace->route, error);
  if (const auto* link = std::get_if<AddLink>(&action)) return hint_for_new_link(link->shape, error);
  if (is<AddAddress>(action) && error == EINVAL) {
    return "IPv6 needs an MTU of at least 1280, and IPv6 that is not switched off (net.ipv6.conf.*.disable_ipv6)";
  }
  if (is<SetMtu>(action) && (error == EINVAL || error == ERANGE)) {
    return "the device, or the one that it is on, cannot do an MTU this large (ip -d link show)";
  }
  if (is<SetName>(action) && error == EEXIST) return "another interface has just taken the name";
  if (is<SetMaster>(action)) return "the device may refuse to be in a bond; the kernel's log (dmesg) may say more";
  if (is<SetUp>(action) && error == ENETDOWN) return "the interface that it is on is down";
  return {};
}

}  // namespace cip::plan
