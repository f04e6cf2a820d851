// A route: its destination and attributes in any order, and the family that they must share (E0108).
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/diagnostics/suggest.h"
#include "compiler/lang/readers.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using syntax::Argument;
using syntax::ArgumentKind;
using syntax::Span;

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
  std::optional<Span> default_word;
  std::optional<Sourced<IpAddress>> gateway;
  std::optional<Sourced<IpAddress>> source;
  std::optional<Sourced<std::uint32_t>> metric;
  std::optional<Sourced<std::uint32_t>> table;
  std::optional<Sourced<std::uint32_t>> mtu;
  std::optional<Span> onlink;
  std::optional<std::pair<KindWord, Span>> kind;
};

template <class T>
const Span& span_of(const Sourced<T>& part) {
  return part.origin.span;
}
const Span& span_of(const Span& part) {
  return part;
}
const Span& span_of(const std::pair<KindWord, Span>& part) {
  return part.second;
}

// Puts a part in its place, unless there is one already (E0004).
template <class T>
void put(Arguments& arguments, std::optional<T>& place, std::optional<T> part, std::string_view what) {
  if (!part) {
    return;
  }
  if (place) {
    arguments.fail();
    arguments.reading().findings.add({Code::e0004,
                                      "the " + std::string(what) + " of the route is set twice",
                                      {span_of(*part), "set again here"},
                                      {{span_of(*place), "first set here"}},
                                      {},
                                      {},
                                      {}});
    return;
  }
  place = std::move(part);
}

bool read_kind(Arguments& arguments, Parts& parts, const Argument& word) {
  for (const KindWord& kind : kinds) {
    if (kind.word == word.text) {
      arguments.skip();
      put(arguments, parts.kind, std::optional(std::pair(kind, word.span)), "kind");
      return true;
    }
  }
  return false;
}

bool read_keyword(Arguments& arguments, Parts& parts, const Argument& word) {
  if (arguments.take_word("default")) {
    put(arguments, parts.default_word, std::optional(word.span), "destination");
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
    put(arguments, parts.onlink, std::optional(word.span), "`onlink`");
  } else {
    return read_kind(arguments, parts, word);
  }
  return true;
}

void report_unknown(Arguments& arguments, const Argument& word) {
  const Word& row = *find_word(Place::interface, "route");
  const auto meant = diagnostics::suggestion(word.text, row.keywords);
  arguments.error(Code::e0002, "unknown keyword " + quoted(word.text) + " in `route`", word.span, "unknown here",
                  meant ? "did you mean " + quoted(*meant) + "?" : "");
  arguments.skip_all();
}

Parts read_parts(Arguments& arguments) {
  Parts parts;
  while (const Argument* next = arguments.peek()) {
    const bool is_value = arguments.names_value(*next) && !parts.destination && !parts.default_word;
    if (next->kind == ArgumentKind::word && !is_value) {
      if (!read_keyword(arguments, parts, *next)) {
        report_unknown(arguments, *next);
      }
    } else if (parts.destination || parts.default_word) {
      arguments.end();  // a second destination, or something that is none
      arguments.skip_all();
    } else {
      put(arguments, parts.destination, arguments.prefix("the prefix of a network, or `default`"), "destination");
    }
  }
  if (parts.destination && parts.default_word) {
    put(arguments, parts.default_word, std::optional(parts.destination->origin.span), "destination");
  }
  if (!parts.destination && !parts.default_word && !arguments.failed()) {
    arguments.missing("a destination: a prefix, or `default`");
  }
  return parts;
}

void report_families(Arguments& arguments, const std::string& part, const Sourced<IpAddress>& address,
                     const std::string& other, const Span& other_span, Family other_family) {
  arguments.fail();
  arguments.reading().findings.add({Code::e0108,
                                    part + " and " + other + " of the route are of different families",
                                    {address.origin, "this is " + std::string(name(address.value.family())) + " ..."},
                                    {{other_span, "... and this is " + std::string(name(other_family))}},
                                    {},
                                    {},
                                    {}});
}

// The destination, whose family `default` takes from the other parts.
std::optional<Prefix> destination(Arguments& arguments, const Parts& parts) {
  const auto& [gateway, source] = std::pair(parts.gateway, parts.source);
  if (parts.destination) {
    const auto& own = *parts.destination;
    for (const auto& [part, what] : {std::pair(gateway, "gateway"), std::pair(source, "source")}) {
      if (part && part->value.family() != own.value.family()) {
        report_families(arguments, what, *part, "destination", own.origin.span, own.value.family());
        return std::nullopt;
      }
    }
    return own.value;
  }
  if (gateway && source && gateway->value.family() != source->value.family()) {
    report_families(arguments, "source", *source, "gateway", gateway->origin.span, gateway->value.family());
    return std::nullopt;
  }
  if (!gateway && !source) {
    arguments.error(Code::e0108, "the family of `default` cannot be told", *parts.default_word,
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
    for (const auto& [span, what] : {std::pair(parts.gateway ? std::optional(parts.gateway->origin.span) : std::nullopt,
                                               std::string_view("gateway")),
                                     std::pair(parts.onlink, std::string_view("`onlink`"))}) {
      if (span) {
        arguments.error(Code::e0002, "a " + word + " route has no " + std::string(what), *span, "not known here",
                        "remove it, or " + quoted(word));
        return;
      }
    }
  } else if (parts.onlink && !parts.gateway) {
    arguments.error(Code::e0011, "`onlink` is about a gateway, and the route has none", *parts.onlink, "",
                    "write the gateway, too: `via ADDRESS`; a route without one is on the link anyway");
  }
}

}  // namespace

void read_route(Block& block, Arguments& arguments) {
  const Parts parts = read_parts(arguments);
  if (arguments.failed()) {
    return;
  }
  const auto to = destination(arguments, parts);
  check_parts(arguments, parts);
  if (!to || arguments.failed()) {
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
