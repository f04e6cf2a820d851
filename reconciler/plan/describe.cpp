#include "reconciler/plan/describe.h"

#include <fmt/format.h>

namespace cip::plan {

namespace {

std::string_view word(RouteType type) {
  switch (type) {
    case RouteType::unicast:
      return "";
    case RouteType::blackhole:
      return " blackhole";
    case RouteType::unreachable:
      return " unreachable";
    case RouteType::prohibit:
      return " prohibit";
    case RouteType::throw_:
      return " throw";
  }
  return "";
}

std::string lifetime_text(const Lifetime& lifetime) {
  return lifetime ? fmt::format(" for {} s", lifetime->count()) : std::string();
}

struct Describe {
  std::string operator()(const SetMtu& a) const { return fmt::format("~ mtu {} on {}", a.mtu, a.link.name.str()); }
  std::string operator()(const SetUp& a) const {
    return fmt::format("~ interface {} {}", a.link.name.str(), a.up ? "up" : "down");
  }
  std::string operator()(const SetSetting& a) const {
    return fmt::format("~ {} {} on {}", name(a.setting), a.value, a.link.name.str());
  }
  std::string operator()(const AddAddress& a) const {
    return "+ " + describe(a.address, a.link.name) + lifetime_text(a.lifetime);
  }
  std::string operator()(const RefreshAddress& a) const {
    return "~ " + describe(a.address, a.link.name) + (a.lifetime ? lifetime_text(a.lifetime) : " for ever");
  }
  std::string operator()(const RemoveAddress& a) const { return "- " + describe(a.address, a.link.name); }
  std::string operator()(const AddRoute& a) const { return "+ " + describe(a.route, a.link.name); }
  std::string operator()(const ReplaceRoute& a) const { return "~ " + describe(a.route, a.link.name); }
  std::string operator()(const RemoveRoute& a) const { return "- " + describe(a.route.route, a.route.link.name); }
  std::string operator()(const AddNeighbor& a) const { return "+ " + describe(a.neighbor, a.link.name); }
  std::string operator()(const ReplaceNeighbor& a) const { return "~ " + describe(a.neighbor, a.link.name); }
  std::string operator()(const RemoveNeighbor& a) const {
    return fmt::format("- neighbor {} on {}", a.address.str(), a.link.name.str());
  }
};

}  // namespace

std::string describe(const InterfaceAddress& address, const InterfaceName& link) {
  return fmt::format("address {} on {}", address.str(), link.str());
}

std::string describe(const Route& route, const InterfaceName& link) {
  std::string text = "route " + route.destination.str();
  if (route.gateway) text += " via " + route.gateway->str();
  const std::uint32_t usual_metric = route.family() == Family::ipv6 ? 1024 : 0;
  if (route.metric != usual_metric) text += fmt::format(" metric {}", route.metric);
  if (route.source) text += " source " + route.source->str();
  if (route.table != 254) text += fmt::format(" table {}", route.table);
  if (route.mtu) text += fmt::format(" mtu {}", *route.mtu);
  if (route.onlink) text += " onlink";
  text += word(route.type);
  if (!link.empty()) text += " on " + link.str();
  return text;
}

std::string describe(const Neighbor& neighbor, const InterfaceName& link) {
  return fmt::format("neighbor {} at {} on {}", neighbor.address.str(), neighbor.mac.str(), link.str());
}

std::string describe(const Homes& homes) {
  std::string text;
  for (const auto& home : homes) text += (text.empty() ? "" : ", ") + home.str();
  return text;
}

std::string describe(const Operation& operation) {
  std::string text = std::visit(Describe{}, operation.action);
  if (!operation.homes.empty()) text += " (" + describe(operation.homes) + ")";
  return text;
}

}  // namespace cip::plan
