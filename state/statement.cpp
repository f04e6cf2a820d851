#include "state/statement.h"

#include "state/words.h"

namespace cip {
namespace {

// What the language takes a route without a metric to have.
std::uint32_t default_metric(Family family) {
  return family == Family::ipv6 ? 1024 : 0;
}

}  // namespace

std::string statement(const Route& route) {
  const bool tells_family = route.gateway || route.source;
  std::string text = route.destination.is_default() && tells_family ? "default" : route.destination.str();
  if (route.gateway) text += " via " + route.gateway->str();
  if (route.metric != default_metric(route.family())) text += " metric " + std::to_string(route.metric);
  if (route.source) text += " source " + route.source->str();
  if (route.table != main_table) text += " table " + std::to_string(route.table);
  if (route.mtu) text += " mtu " + std::to_string(*route.mtu);
  if (route.onlink) text += " onlink";
  if (route.type != RouteType::unicast) text += " " + std::string(word(route.type));
  return text;
}

std::string statement(const Rule& rule) {
  std::string text;
  if (rule.from) text += "from " + rule.from->str() + " ";
  if (rule.to) text += "to " + rule.to->str() + " ";
  return text + "priority " + std::to_string(rule.priority) + " table " + std::to_string(rule.table);
}

std::string statement(const Neighbor& neighbor) {
  return neighbor.address.str() + " at " + neighbor.mac.str();
}

std::string statement(std::chrono::milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

std::string statement(const std::vector<IpAddress>& addresses) {
  std::string text;
  for (const auto& address : addresses) text += (text.empty() ? "" : ", ") + address.str();
  return text;
}

std::string string_literal(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '{' || c == '}') literal += '\\';
    literal += c;
  }
  return literal + '"';
}

}  // namespace cip
