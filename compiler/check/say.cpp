#include "compiler/check/say.h"

#include <string_view>

namespace cip::check {
namespace {

// What an IPv6 route has that sets no metric (docs/language.md).
constexpr std::uint32_t usual_ipv6_metric = 1024;

std::string_view word(RouteType type) {
  switch (type) {
    case RouteType::blackhole:
      return "blackhole";
    case RouteType::unreachable:
      return "unreachable";
    case RouteType::prohibit:
      return "prohibit";
    case RouteType::throw_:
      return "throw";
    case RouteType::unicast:
      break;
  }
  return "on the link";
}

}  // namespace

std::string say_goal(const Route& route) {
  std::string text = "to " + route.destination.str();
  if (route.metric != (route.family() == Family::ipv4 ? 0 : usual_ipv6_metric)) {
    text += " with metric " + std::to_string(route.metric);
  }
  if (route.table != main_table) {
    text += " in table " + std::to_string(route.table);
  }
  return text;
}

std::string say_way(const Route& route) {
  std::string text = route.gateway ? "via " + route.gateway->str() : std::string(word(route.type));
  if (route.source) {
    text += " source " + route.source->str();
  }
  if (route.mtu) {
    text += " mtu " + std::to_string(*route.mtu);
  }
  return route.onlink ? text + " onlink" : text;
}

std::string say_selector(const Rule& rule) {
  return (rule.from ? "from " + rule.from->str() + " " : "") + (rule.to ? "to " + rule.to->str() + " " : "") +
         "with priority " + std::to_string(rule.priority);
}

}  // namespace cip::check
