// `ip -j route`, `ip -j rule` and `ip -j neigh`.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "compiler/import/address_words.h"
#include "compiler/import/iproute.h"
#include "compiler/import/text.h"

namespace cip::importing {
namespace {

using nlohmann::json;

// The names that every box has (/etc/iproute2/rt_tables), and numbers.
std::optional<std::uint32_t> table_number(const std::string& text) {
  if (text.empty() || text == "main") {
    return main_table;
  }
  if (text == "default" || text == "local") {
    return text == "default" ? 253U : 255U;
  }
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc{} && end == text.data() + text.size() && value != 0;
  return good ? std::optional(value) : std::nullopt;
}

// A network that iproute2 prints without its length if that is a host's. Host bits are cleared: the kernel ignores
// them.
std::optional<Prefix> network(const std::string& text, std::optional<std::uint32_t> length = std::nullopt) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  const auto bits = slash != std::string::npos ? mask_length(text.substr(slash + 1), address->family())
                    : length                   ? mask_length(std::to_string(*length), address->family())
                                               : address_bits(address->family());
  return bits ? std::optional(Prefix(*address, *bits)) : std::nullopt;
}

std::optional<RouteType> route_type(const std::string& text) {
  constexpr std::array<std::string_view, 5> types{"unicast", "blackhole", "unreachable", "prohibit", "throw"};
  const auto* const found = std::find(types.begin(), types.end(), text.empty() ? "unicast" : text);
  return found == types.end() ? std::nullopt : std::optional(static_cast<RouteType>(found - types.begin()));
}

// A member that makes the route another one than the language can say; null if there is none.
const char* foreign_member(const Fields& fields) {
  for (const char* key : {"nexthops", "via", "encap", "from", "src", "tos", "dsfield", "realm", "iif", "nhid"}) {
    if (fields.has(key)) {
      return key;
    }
  }
  return nullptr;
}

void read_metrics(Fields& fields, Route& route, std::string& others) {
  for (const json& entry : fields.list("metrics")) {
    if (!entry.is_object()) {
      others += " " + entry.dump(-1, ' ', false, json::error_handler_t::replace);
      continue;
    }
    for (const auto& item : entry.items()) {
      if (item.key() == "mtu" && item.value().is_number_unsigned() && item.value() <= 65535) {
        route.mtu = item.value().get<std::uint32_t>();
      } else {
        others += " " + item.key() + " " + item.value().dump(-1, ' ', false, json::error_handler_t::replace);
      }
    }
  }
}

// The route; what is wrong with it in `fault`. `others` is what is said of it and has no equivalent.
Route to_route(Fields& fields, std::string& fault, std::string& others) {
  Route route;
  const auto gateway = fields.text("gateway");
  const auto source = fields.text("prefsrc");
  const auto table = table_number(fields.text("table"));
  const auto type = route_type(fields.text("type"));
  route.gateway = IpAddress::parse(gateway);
  route.source = IpAddress::parse(source);
  const bool ipv6 = fields.has("pref") || (route.gateway && route.gateway->family() == Family::ipv6) ||
                    (route.source && route.source->family() == Family::ipv6);
  const auto to = fields.text("dst");
  const auto destination = to == "default" ? Prefix::parse(ipv6 ? "::/0" : "0.0.0.0/0") : network(to);
  route.metric = fields.number("metric", 0);
  if (const char* key = foreign_member(fields); key != nullptr) {
    fault = key == std::string_view("nexthops") ? "multipath has no equivalent"
                                                : "`" + std::string(key) + "` has no equivalent";
  } else if (!destination) {
    fault = "wrong destination `" + to + "`";
  } else if ((!gateway.empty() && !route.gateway) || (!source.empty() && !route.source)) {
    fault = "wrong address `" + (route.gateway || gateway.empty() ? source : gateway) + "`";
  } else if (!table) {
    fault = "routing table `" + fields.text("table") + "` has a name of its box; here tables have numbers";
  } else if (!type) {
    fault = "no equivalent: type " + fields.text("type");
  }
  if (!fault.empty()) {
    return route;
  }
  route.destination = *destination;
  route.table = *table;
  route.type = *type;
  route.metric = ipv6 && route.metric == 0 ? 1024 : route.metric;
  const auto flags = fields.texts("flags");
  route.onlink = route.gateway && std::find(flags.begin(), flags.end(), "onlink") != flags.end();
  read_metrics(fields, route, others);
  fault = fields.fault();
  return route;
}

// Whoever has put the route there, if it is no person: R3.
std::string maker(Fields& fields) {
  const auto protocol = fields.text("protocol");
  const bool ours = protocol.empty() || protocol == "boot" || protocol == "static" || protocol == "3" ||
                    protocol == "4" || !fields.fault().empty();
  return ours ? "" : protocol;
}

void read_route(IprouteReading& reading, const Element& element) {
  Fields fields(element.value);
  fields.text("protocol");  // for its fault
  std::string fault;
  std::string others;
  const Route route = to_route(fields, fault, others);
  auto device = fields.text("dev");
  if (device.empty() && route.type != RouteType::unicast) {
    device = "lo";  // it is on no link, and never moves
  }
  if (fault.empty() && device.empty()) {
    fault = "it names no interface";
  }
  Interface* interface = fault.empty() ? reading.interface(device, element.place) : nullptr;
  if (!fault.empty()) {
    reading.report(device, Topic::route, fault, element);
  } else if (interface == nullptr) {
    reading.comment(device, Topic::route, route_statement(route), element.place);
  } else {
    interface->add(Topic::route, route_statement(route), element.place,
                   others.empty() ? "" : "no equivalent:" + others);
    reading.tables.emplace_back(interface, route.table);
  }
}

bool is_default_rule(Fields& fields) {
  const auto priority = fields.number("priority");
  const auto table = fields.text("table");
  const bool all = fields.text("src") == "all" && !fields.has("dst") && !fields.has("fwmark");
  return all && ((priority == 0 && table == "local") || (priority == 32766 && table == "main") ||
                 (priority == 32767 && table == "default"));
}

Rule to_rule(Fields& fields, std::string& fault) {
  Rule rule;
  for (const auto& [key, length, part] :
       {std::tuple("src", "srclen", &rule.from), std::tuple("dst", "dstlen", &rule.to)}) {
    const auto text = fields.text(key);
    if (!text.empty() && text != "all") {
      *part = network(text, fields.has(length) ? std::optional(fields.number(length)) : std::nullopt);
      fault = *part || !fault.empty() ? fault : "wrong network `" + text + "/" + fields.text(length) + "`";
    }
  }
  const auto table = table_number(fields.text("table"));
  const auto action = fields.text("action");
  for (const char* key : {"not", "fwmark", "iif", "oif", "ipproto", "sport", "dport", "tos", "uid_start", "tun_id",
                          "suppress_prefixlen", "suppress_ifgroup", "goto", "nat_gateway", "l3mdev", "fwmask"}) {
    if (fault.empty() && fields.has(key)) {
      fault = "`" + std::string(key) + "` has no equivalent";
    }
  }
  if (!fault.empty()) {
    return rule;
  }
  if (!action.empty() && action != "to_tbl" && action != "lookup") {
    fault = "no equivalent: action " + action;
  } else if (!table || !fields.has("table")) {
    fault = "routing table `" + fields.text("table") + "` has a name of its box; here tables have numbers";
  } else if (!rule.from && !rule.to) {
    fault = "a rule for all traffic has no equivalent";
  }
  rule.table = table.value_or(main_table);
  rule.priority = fields.number("priority");
  fault = fault.empty() ? fields.fault() : fault;
  return rule;
}

bool can_have_rules(const Interface& interface) {
  return interface.kind != InterfaceKind::loopback && interface.kind != InterfaceKind::tunnel;
}

// The interface whose addresses or routes the rule is about. Without one the first, those with addresses before those
// without and data interfaces before that on the control LAN, and `sure` is false.
Interface* interface_of(IprouteReading& reading, const Rule& rule, bool& sure) {
  sure = true;
  for (const auto& [interface, address] : reading.addresses) {
    const bool about = rule.from && (rule.from->contains(address.address) || address.network().contains(*rule.from));
    if (about && can_have_rules(*interface)) {
      return interface;
    }
  }
  for (const auto& [interface, table] : reading.tables) {
    if (table == rule.table && table != main_table && can_have_rules(*interface)) {
      return interface;
    }
  }
  sure = false;
  for (const auto& [interface, address] : reading.addresses) {
    if (can_have_rules(*interface) && interface->kind != InterfaceKind::maintenance) {
      return interface;
    }
  }
  for (const bool data : {true, false}) {
    for (Interface& interface : reading.clim.interfaces) {
      if (can_have_rules(interface) && (!data || interface.kind != InterfaceKind::maintenance)) {
        return &interface;
      }
    }
  }
  return nullptr;
}

void read_neighbor(IprouteReading& reading, const Element& element) {
  Fields fields(element.value);
  const auto states = fields.texts("state");
  if (std::find(states.begin(), states.end(), "PERMANENT") == states.end()) {
    return;  // learnt
  }
  const auto device = fields.text("dev");
  const auto address = IpAddress::parse(fields.text("dst"));
  const auto mac = mac_address(fields.text("lladdr"));
  if (!address || !mac || device.empty() || fields.is_set("proxy")) {
    reading.report(device, Topic::neighbor, fields.is_set("proxy") ? "no equivalent" : "no neighbour of an interface",
                   element);
    return;
  }
  const auto text = "neighbor " + address->str() + " at " + mac->str();
  if (Interface* interface = reading.interface(device, element.place); interface != nullptr) {
    interface->add(Topic::neighbor, text, element.place);
  } else {
    reading.comment(device, Topic::neighbor, text, element.place);
  }
}

}  // namespace

void read_routes(IprouteReading& reading, const std::vector<Element>& elements) {
  std::map<std::string, std::pair<std::size_t, Place>> made;  // by whom, and how many
  for (const Element& element : elements) {
    Fields fields(element.value);
    const auto by = maker(fields);
    if (by.empty()) {
      read_route(reading, element);
    } else {
      ++made.emplace(by, std::pair(0, element.place)).first->second.first;
    }
  }
  for (const auto& [by, count] : made) {
    reading.comment("", Topic::route,
                    "left out, not static: " + std::to_string(count.first) + (count.first == 1 ? " route" : " routes") +
                        " of protocol " + by,
                    count.second);
  }
}

void read_rules(IprouteReading& reading, const std::vector<Element>& elements) {
  for (const Element& element : elements) {
    Fields fields(element.value);
    if (is_default_rule(fields)) {
      continue;
    }
    std::string fault;
    const Rule rule = to_rule(fields, fault);
    bool sure = false;
    Interface* interface = fault.empty() ? interface_of(reading, rule, sure) : nullptr;
    if (!fault.empty()) {
      reading.report("", Topic::rule, fault, element);
    } else if (interface == nullptr) {
      reading.report("", Topic::rule, "there is no interface that it could move with", element);
    } else {
      interface->add(Topic::rule, rule_statement(rule), element.place,
                     sure ? "" : "made up: nothing tells which interface it belongs to");
    }
  }
}

void read_neighbors(IprouteReading& reading, const std::vector<Element>& elements) {
  for (const Element& element : elements) {
    read_neighbor(reading, element);
  }
}

}  // namespace cip::importing
