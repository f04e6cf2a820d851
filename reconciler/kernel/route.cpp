#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "reconciler/kernel/objects.h"

namespace cip::kernel {

namespace {

std::uint8_t kernel_type(RouteType type) {
  switch (type) {
    case RouteType::unicast:
      return RTN_UNICAST;
    case RouteType::blackhole:
      return RTN_BLACKHOLE;
    case RouteType::unreachable:
      return RTN_UNREACHABLE;
    case RouteType::prohibit:
      return RTN_PROHIBIT;
    case RouteType::throw_:
      return RTN_THROW;
  }
  return RTN_UNSPEC;
}

// Nothing for those that are the kernel's own affair: local, broadcast, multicast, anycast.
std::optional<RouteType> type_of(std::uint8_t kernel_type) {
  switch (kernel_type) {
    case RTN_UNICAST:
      return RouteType::unicast;
    case RTN_BLACKHOLE:
      return RouteType::blackhole;
    case RTN_UNREACHABLE:
      return RouteType::unreachable;
    case RTN_PROHIBIT:
      return RouteType::prohibit;
    case RTN_THROW:
      return RouteType::throw_;
    default:
      return std::nullopt;
  }
}

Message request_for(int type, int flags, const plan::LinkId& link, const Route& route, std::uint8_t scope) {
  rtmsg header{};
  header.rtm_family = static_cast<std::uint8_t>(af(route.family()));
  header.rtm_dst_len = static_cast<std::uint8_t>(route.destination.length());
  header.rtm_table = route.table < 256 ? static_cast<std::uint8_t>(route.table) : std::uint8_t{RT_TABLE_UNSPEC};
  header.rtm_protocol = plan::our_protocol;
  header.rtm_scope = scope;
  header.rtm_type = kernel_type(route.type);
  header.rtm_flags = route.onlink ? RTNH_F_ONLINK : 0;
  Message message(type, flags, header);
  message.put(RTA_DST, route.destination.network());
  message.put_u32(RTA_TABLE, route.table);
  message.put_u32(RTA_PRIORITY, route.metric);
  if (link.index != 0) message.put_u32(RTA_OIF, static_cast<std::uint32_t>(link.index));
  if (route.gateway) message.put(RTA_GATEWAY, *route.gateway);
  return message;
}

Message addition(int flags, const plan::LinkId& link, const Route& route) {
  // A gateway must be reached by a route of link scope (IPv4).
  const bool on_link = route.type == RouteType::unicast && !route.gateway;
  Message message = request_for(RTM_NEWROUTE, flags, link, route, on_link ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
  if (route.source) message.put(RTA_PREFSRC, *route.source);
  if (route.mtu) {
    nlattr* metrics = message.begin_nested(RTA_METRICS);
    message.put_u32(RTAX_MTU, *route.mtu);
    message.end_nested(metrics);
  }
  return message;
}

IpAddress any(Family family) {
  static const IpAddress ipv4 = *IpAddress::parse("0.0.0.0");
  static const IpAddress ipv6 = *IpAddress::parse("::");
  return family == Family::ipv4 ? ipv4 : ipv6;
}

// The MTU of the metrics; false if there are metrics that Route cannot say.
bool read_metrics(const nlattr* attribute, Route& route) {
  if (attribute == nullptr) return true;
  Attributes<RTAX_MAX> metrics;
  if (!metrics.parse(attribute)) return false;
  route.mtu = u32(metrics[RTAX_MTU]);
  for (int metric = 1; metric <= RTAX_MAX; ++metric) {
    if (metric != RTAX_MTU && metrics[metric] != nullptr) return false;
  }
  return true;
}

}  // namespace

Message dump_routes(Family family) {
  rtmsg header{};
  header.rtm_family = static_cast<std::uint8_t>(af(family));
  return {RTM_GETROUTE, NLM_F_DUMP, header};
}

std::optional<plan::ObservedRoute> read_route(const nlmsghdr* message) {
  const auto* header = header_of<rtmsg>(message);
  if (header == nullptr || (header->rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
  const auto family = family_of(header->rtm_family);
  const auto type = type_of(header->rtm_type);
  Attributes<RTA_MAX> attributes;
  if (!family || !type || header->rtm_dst_len > address_bits(*family) || !attributes.parse(message, sizeof *header)) {
    return std::nullopt;
  }

  plan::ObservedRoute observed;
  Route& route = observed.route;
  const auto destination = ip(attributes[RTA_DST], *family);
  route.destination = Prefix(destination ? *destination : any(*family), header->rtm_dst_len);
  route.type = *type;
  route.gateway = ip(attributes[RTA_GATEWAY], *family);
  route.source = ip(attributes[RTA_PREFSRC], *family);
  route.metric = u32(attributes[RTA_PRIORITY]).value_or(0);
  route.table = u32(attributes[RTA_TABLE]).value_or(header->rtm_table);
  route.onlink = (header->rtm_flags & RTNH_F_ONLINK) != 0;
  const bool usual_metrics = read_metrics(attributes[RTA_METRICS], route);
  observed.protocol = header->rtm_protocol;
  observed.scope = header->rtm_scope;
  // IPv6 gives lo as the device of a route that has none.
  if (*type == RouteType::unicast) observed.link.index = static_cast<int>(u32(attributes[RTA_OIF]).value_or(0));
  observed.plain = usual_metrics && header->rtm_tos == 0 && header->rtm_src_len == 0 &&
                   attributes[RTA_MULTIPATH] == nullptr && attributes[RTA_NH_ID] == nullptr &&
                   attributes[RTA_ENCAP] == nullptr && attributes[RTA_VIA] == nullptr;
  return observed;
}

Message request(const plan::AddRoute& action) {
  return addition(NLM_F_CREATE | NLM_F_EXCL, action.link, action.route);
}

Message request(const plan::ReplaceRoute& action) {
  return addition(NLM_F_CREATE | NLM_F_REPLACE, action.link, action.route);
}

Message request(const plan::RemoveRoute& action) {
  // Scope NOWHERE is any.
  Message message = request_for(RTM_DELROUTE, 0, action.route.link, action.route.route, RT_SCOPE_NOWHERE);
  return message;
}

}  // namespace cip::kernel
