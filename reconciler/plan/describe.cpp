#include "reconciler/plan/describe.h"

#include <fmt/format.h>
#include <type_traits>

#include "state/words.h"

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

struct DescribeShape {
  std::string operator()(const std::monostate&) const { return {}; }
  std::string operator()(const BondOptions& bond) const {
    std::string text = "bond";
    const auto say = [&](std::string_view name, const auto& value) { text += fmt::format(" {} {}", name, value); };
    if (bond.mode) say("mode", word(*bond.mode));
    if (bond.primary) text += bond.primary->index == 0 ? " no primary" : " primary " + bond.primary->name.str();
    if (bond.primary_reselect) say("primary-reselect", word(*bond.primary_reselect));
    if (bond.miimon) say("miimon", fmt::format("{}ms", *bond.miimon));
    if (bond.up_delay) say("up-delay", fmt::format("{}ms", *bond.up_delay));
    if (bond.down_delay) say("down-delay", fmt::format("{}ms", *bond.down_delay));
    if (bond.min_links) say("min-links", *bond.min_links);
    if (bond.lacp_rate) say("lacp-rate", word(*bond.lacp_rate));
    if (bond.hash_policy) say("hash-policy", word(*bond.hash_policy));
    return text;
  }
  std::string operator()(const VlanOptions& vlan) const {
    return fmt::format("vlan id {} on {}", vlan.id, vlan.link.name.str());
  }
  std::string operator()(const TunnelOptions& tunnel) const {
    const std::string local = tunnel.local ? " local " + tunnel.local->str() : std::string();
    return fmt::format("tunnel{} remote {} ttl {}", local, tunnel.remote.str(), tunnel.ttl);
  }
};

struct Describe {
  std::string operator()(const AddLink& a) const {
    return fmt::format("+ interface {}: {}", a.link.name.str(), describe(a.shape));
  }
  std::string operator()(const RemoveLink& a) const {
    return fmt::format("- interface {} ({})", a.link.name.str(), a.kind);
  }
  std::string operator()(const SetName& a) const {
    return fmt::format("~ interface {} is named {}", a.link.name.str(), a.name.str());
  }
  std::string operator()(const SetMaster& a) const {
    return a.master.index == 0 ? fmt::format("~ interface {} leaves its bond", a.link.name.str())
                               : fmt::format("~ interface {} into {}", a.link.name.str(), a.master.name.str());
  }
  std::string operator()(const SetBond& a) const {
    return fmt::format("~ interface {}: {}", a.link.name.str(), describe(Shape(a.options)));
  }
  std::string operator()(const SetTunnel& a) const {
    return fmt::format("~ interface {}: {}", a.link.name.str(), describe(Shape(a.options)));
  }
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
  std::string operator()(const AddRule& a) const { return "+ " + describe(a.rule); }
  std::string operator()(const RemoveRule& a) const { return "- " + describe(a.rule); }
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

std::string describe(const Rule& rule) {
  std::string text = "rule";
  if (rule.from) text += " from " + rule.from->str();
  if (rule.to) text += " to " + rule.to->str();
  return text + fmt::format(" priority {} table {}", rule.priority, rule.table);
}

std::string describe(const Shape& shape) {
  return std::visit(DescribeShape{}, shape);
}

std::string describe(const Subject& subject) {
  return std::visit(
      [&](const auto& what) -> std::string {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, std::monostate>) {
          return "interface " + subject.link.str();
        } else if constexpr (std::is_same_v<What, Rule>) {
          return describe(what);
        } else {
          return describe(what, subject.link);
        }
      },
      subject.what);
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
