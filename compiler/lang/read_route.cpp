// A route: its destination and attributes in any order, and the family that they must share (E0108).
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/diagnostics/suggest.h"
#include "compiler/lang/parts.h"
#include "compiler/lang/readers.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using syntax::Argument;
using syntax::ArgumentKind;

// The metric that the kernel gives an IPv6 route that has none (IP6_RT_PRIO_USER).
constexpr std::uint32_t ipv6_default_metric = 1024;
// The least MTU of each family (RFC 791, RFC 8200), and the most that the kernel keeps for a route.
constexpr std::uint32_t least_route_mtu = 68;
constexpr std::uint32_t most_route_mtu = 65535;
constexpr std::uint32_t most = 0xffffffff;

struct KindWord {
  std::string_view word;
  RouteType type;
};
constexpr std::array kinds{KindWord{"blackhole", RouteType::blackhole}, KindWord{"unreachable", RouteType::unreachable},
                           KindWord{"prohibit", RouteType::prohibit}, KindWord{"throw", RouteType::throw_}};

// What has been read of a route; each part with where it stands.
struct Parts {
  std::optional<Sourced<Prefix>> destination;
  std::optional<Origin> default_word;
  std::optional<Sourced<IpAddress>> gateway;
  std::optional<Sourced<IpAddress>> source;
  std::optional<Sourced<std::uint32_t>> metric;
  std::optional<Sourced<std::uint32_t>> table;
  std::optional<Sourced<std::uint32_t>> mtu;
  std::optional<Origin> onlink;
  std::optional<std::pair<KindWord, Origin>> kind;
};

bool read_kind(Arguments& arguments, Parts& parts, const Argument& word) {
  for (const KindWord& kind : kinds) {
    if (kind.word == word.text) {
      arguments.skip();
      put(arguments, parts.kind, std::optional(std::pair(kind, arguments.origin(word.span))), "kind");
      return true;
    }
  }
  return false;
}

bool read_keyword(Arguments& arguments, Parts& parts, const Argument& word) {
  if (arguments.take_word("default")) {
    put(arguments, parts.default_word, std::optional(arguments.origin(word.span)), "destination");
  } else if (arguments.take_word("via")) {
    put(arguments, parts.gateway, arguments.ip("a gateway's address", AddressUse::gateway), "gateway");
  } else if (arguments.take_word("source")) {
    put(arguments, parts.source, arguments.ip("a source address", AddressUse::source), "source");
  } else if (arguments.take_word("metric")) {
    put(arguments, parts.metric, arguments.integer("a metric", 0, most), "metric");
  } else if (arguments.take_word("table")) {
    put(arguments, parts.table, arguments.integer("a routing table", 1, most), "table");
  } else if (arguments.take_word("mtu")) {
    put(arguments, parts.mtu, arguments.integer("an MTU", least_route_mtu, most_route_mtu), "MTU");
  } else if (arguments.take_word("onlink")) {
    put(arguments, parts.onlink, std::optional(arguments.origin(word.span)), "`onlink`");
  } else {
    return read_kind(arguments, parts, word);
  }
  return true;
}

// Whether a word that is no part's stands for the destination: a value, or a name that no keyword is near to.
bool is_destination(Block& block, const Arguments& arguments, const Parts& parts, const Argument& word) {
  return !parts.destination && !parts.default_word &&
         (arguments.names_value(word) ||
          !diagnostics::suggestion(word.text, find_word(block.place, arguments.statement().word)->keywords));
}

Parts read_parts(Block& block, Arguments& arguments) {
  Parts parts;
  while (const Argument* next = arguments.peek()) {
    const bool hidden = arguments.names_value(*next) && !parts.destination && !parts.default_word;
    if (next->kind == ArgumentKind::word && !hidden && read_keyword(arguments, parts, *next)) {
      continue;
    }
    if (next->kind == ArgumentKind::word && !is_destination(block, arguments, parts, *next)) {
      report_unknown_keyword(block, arguments, *next);
    } else if (parts.destination || parts.default_word) {
      arguments.end();  // a second destination, or something that is none
      arguments.skip_all();
    } else {
      put(arguments, parts.destination, arguments.prefix("the prefix of a network, or `default`"), "destination");
      if (arguments.peek() == next) {
        arguments.skip();  // no value begins with it
      }
    }
  }
  if (parts.destination && parts.default_word) {
    put(arguments, parts.default_word, std::optional(parts.destination->origin), "destination");
  }
  if (!parts.destination && !parts.default_word && !arguments.failed()) {
    arguments.missing("a destination: a prefix, or `default`");
  }
  return parts;
}

// The destination, whose family `default` takes from the other parts.
std::optional<Prefix> destination(Block& block, Arguments& arguments, const Parts& parts) {
  const auto& [gateway, source] = std::pair(parts.gateway, parts.source);
  if (parts.destination) {
    const auto& own = *parts.destination;
    for (const auto& [part, what] : {std::pair(gateway, "gateway"), std::pair(source, "source")}) {
      if (part && part->value.family() != own.value.family()) {
        report_families(arguments, what, part->origin, part->value.family(), "destination", own.origin,
                        own.value.family());
        return std::nullopt;
      }
    }
    return own.value;
  }
  if (gateway && source && gateway->value.family() != source->value.family()) {
    report_families(arguments, "source", source->origin, source->value.family(), "gateway", gateway->origin,
                    gateway->value.family());
    return std::nullopt;
  }
  if (!gateway && !source && block.place == Place::tunnel) {
    return Prefix(*IpAddress::parse("::"), 0);
  }
  if (!gateway && !source) {
    arguments.error(Code::e0108, "the family of `default` cannot be told", parts.default_word->span,
                    "neither a gateway nor a source address tells it", "write `0.0.0.0/0` or `::/0`");
    return std::nullopt;
  }
  const IpAddress& tells = gateway ? gateway->value : source->value;
  const auto any = IpAddress::parse(tells.family() == Family::ipv4 ? "0.0.0.0" : "::");
  return Prefix(*any, 0);
}

// Parts that exclude or need each other.
void check_parts(Arguments& arguments, const Parts& parts) {
  if (parts.kind) {
    const auto word = std::string(parts.kind->first.word);
    for (const auto& [part, what] :
         {std::pair(parts.gateway ? std::optional(parts.gateway->origin) : std::nullopt, std::string_view("gateway")),
          std::pair(parts.onlink, std::string_view("`onlink`"))}) {
      if (part) {
        arguments.error(Code::e0002, "a " + word + " route has no " + std::string(what), part->span, "not known here",
                        "remove it, or " + backticked(word));
        return;
      }
    }
  } else if (parts.onlink && !parts.gateway) {
    arguments.error(Code::e0011, "`onlink` is about a gateway, and the route has none", parts.onlink->span, "",
                    "write the gateway, too: `via ADDRESS`; a route without one is on the link anyway");
  }
}

}  // namespace

void read_route(Block& block, Arguments& arguments) {
  const Parts parts = read_parts(block, arguments);
  if (arguments.failed()) {
    return;
  }
  const auto to = destination(block, arguments, parts);
  check_parts(arguments, parts);
  if (!to || arguments.failed()) {
    return;
  }
  if (block.place == Place::tunnel && to->family() == Family::ipv4) {
    arguments.error(Code::e0108, "an IPv4 route cannot go through a tunnel", arguments.statement().head, "this is IPv4",
                    "a tunnel carries IPv6 over IPv4");
    return;
  }
  const bool ipv6 = to->family() == Family::ipv6;
  RouteStatement route;
  route.value.destination = *to;
  route.origin = arguments.origin(arguments.statement().head);
  if (parts.gateway) {
    route.value.gateway = parts.gateway->value;
    route.gateway = parts.gateway->origin;
  }
  if (parts.source) {
    route.value.source = parts.source->value;
    route.source = parts.source->origin;
  }
  const std::uint32_t metric = parts.metric ? parts.metric->value : 0;
  route.value.metric = ipv6 && metric == 0 ? ipv6_default_metric : metric;
  if (parts.table) {
    route.value.table = parts.table->value;
  }
  if (parts.mtu) {
    route.value.mtu = parts.mtu->value;
  }
  route.value.onlink = parts.onlink.has_value();
  route.value.type = parts.kind ? parts.kind->first.type : RouteType::unicast;
  block.interface->routes.push_back(route);
}

}  // namespace cip::lang
