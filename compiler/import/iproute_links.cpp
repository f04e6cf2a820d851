// `ip -j addr` and `ip -d -j link`: interfaces, their kinds (linkinfo of iproute2's iplink_bond.c, iplink_vlan.c and
// link_iptnl.c) and addresses.
#include <algorithm>
#include <array>
#include <set>

#include "compiler/import/iproute.h"
#include "compiler/import/text.h"

namespace cip::importing {
namespace {

using nlohmann::json;

constexpr std::uint32_t default_mtu = 1500;
constexpr std::uint32_t default_tunnel_mtu = 1480;

// An interface as all dumps together have it.
struct Link {
  std::string name;
  Place place;
  json facts = json::object();  // members of all its elements
  std::vector<Element> addresses{};
};

bool has(const std::vector<std::string>& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// Elements of one interface put together, in the order of their first ones.
std::vector<Link> merged(IprouteReading& reading, const std::vector<Element>& elements) {
  std::vector<Link> links;
  std::map<std::string, std::size_t> by_name;
  for (const Element& element : elements) {
    Fields fields(element.value);
    const auto name = fields.text("ifname");
    if (!is_interface_name(name) || !name_literal(name)) {
      reading.report("", Topic::other, "no name of an interface", element);
      continue;
    }
    const auto [entry, fresh] = by_name.emplace(name, links.size());
    if (fresh) {
      links.push_back({name, element.place});
    }
    Link& link = links[entry->second];
    for (const json& address : fields.list("addr_info")) {
      if (address.is_object() && !address.empty()) {
        link.addresses.push_back({element.place, address});
      } else if (!address.is_object()) {
        reading.report(name, Topic::address, "no address", {element.place, address});
      }
    }
    link.facts.update(element.value);
    link.facts.erase("addr_info");
  }
  return links;
}

std::string info_kind(const Link& link) {
  Fields fields(link.facts);
  Fields info(fields.object("linkinfo"));
  return info.text("info_kind");
}

const json& info_data(const Link& link) {
  Fields fields(link.facts);
  Fields info(fields.object("linkinfo"));
  return info.object("info_data");
}

// What the language calls it; nothing if it has no equivalent.
std::optional<InterfaceKind> kind_of(const IprouteReading& reading, const Link& link) {
  Fields fields(link.facts);
  const auto type = fields.text("link_type");
  const auto info = info_kind(link);
  if (type == "loopback") {
    return InterfaceKind::loopback;
  }
  const bool is_bond = info == "bond" || (info.empty() && has(fields.texts("flags"), "MASTER"));
  const bool physical = (info.empty() || info == "veth") && (type.empty() || type == "ether");
  if (link.name == reading.options.maintenance && (physical || is_bond)) {
    return is_bond ? InterfaceKind::bond : InterfaceKind::maintenance;
  }
  if (is_bond) {
    return InterfaceKind::bond;
  }
  if (info == "vlan") {
    return InterfaceKind::vlan;
  }
  if (info == "sit" || (info.empty() && type == "sit")) {
    return InterfaceKind::tunnel;
  }
  return physical ? std::optional(InterfaceKind::physical) : std::nullopt;
}

struct BondOption {
  const char* key;
  std::string_view word;       // empty: no equivalent
  std::string_view otherwise;  // what need not be said
};
// Keys in the order of the statements; "otherwise" is the kernel's default, which is the language's.
constexpr std::array bond_options{BondOption{"primary_reselect", "primary-reselect", "always"},
                                  BondOption{"min_links", "min-links", "0"},
                                  BondOption{"ad_lacp_rate", "lacp-rate", "slow"},
                                  BondOption{"xmit_hash_policy", "hash-policy", "layer2"},
                                  BondOption{"arp_interval", "", "0"},
                                  BondOption{"fail_over_mac", "", "none"},
                                  BondOption{"ad_select", "", "stable"},
                                  BondOption{"all_slaves_active", "", "0"},
                                  BondOption{"resend_igmp", "", "1"},
                                  BondOption{"num_peer_notif", "", "1"},
                                  BondOption{"tlb_dynamic_lb", "", "1"},
                                  BondOption{"ad_lacp_active", "", "on"}};

// A word of the kernel, some of which are no names, or a number.
std::string keyword(const std::string& value) {
  const bool number = value.find_first_not_of("0123456789") == std::string::npos;
  return number || value == "802.3ad" || value == "layer3+4" ? value : name_literal(value).value_or("\"\"");
}

void write_bond_times(Interface& bond, Fields& data, Place place) {
  if (const auto miimon = data.number("miimon"); miimon != 0) {
    bond.add(Topic::kind, "miimon " + std::to_string(miimon) + "ms", place);
  } else {
    bond.comment(Topic::kind, "the original does not watch its slaves (miimon 0); the default here is 100ms", place);
  }
  for (const auto& [key, word] : {std::pair("updelay", "up-delay "), std::pair("downdelay", "down-delay ")}) {
    if (const auto delay = data.number(key); delay != 0) {
      bond.add(Topic::kind, word + std::to_string(delay) + "ms", place);
    }
  }
}

void write_bond(IprouteReading& reading, Interface& bond, const Link& link, const std::vector<std::string>& slaves) {
  std::string text;
  for (const auto& slave : slaves) {
    text += (text.empty() ? "slaves " : ", ") + *name_literal(slave);
  }
  if (!text.empty()) {
    bond.add(Topic::kind, text, link.place);
  }
  const json& object = info_data(link);
  if (object.empty()) {
    bond.comment(Topic::kind, "mode and options are not known: they are in `ip -d -j link`", link.place);
    reading.warnings.emplace_back(link.place, link.name + ": mode and options of the bond are in `ip -d -j link`");
    return;
  }
  Fields data(object);
  for (const char* key : {"mode", "primary"}) {
    if (const auto value = data.text(key); !value.empty()) {
      bond.add(Topic::kind, std::string(key) + " " + keyword(value), link.place);
    }
  }
  write_bond_times(bond, data, link.place);
  for (const BondOption& option : bond_options) {
    const auto value = data.text(option.key);
    if (value.empty() || value == option.otherwise) {
      continue;
    }
    if (option.word.empty()) {
      bond.comment(Topic::kind, "no equivalent: " + std::string(option.key) + " " + value, link.place);
    } else {
      bond.add(Topic::kind, std::string(option.word) + " " + keyword(value), link.place);
    }
  }
  if (!data.fault().empty()) {
    reading.report(link.name, Topic::kind, data.fault(), {link.place, object});
  }
}

void write_vlan(IprouteReading& reading, Interface& vlan, const Link& link) {
  Fields fields(link.facts);
  Fields data(info_data(link));
  if (const auto below = name_literal(fields.text("link")); below && fields.has("link")) {
    vlan.add(Topic::kind, "link " + *below, link.place);
  }
  if (data.has("id")) {
    vlan.add(Topic::kind, "id " + std::to_string(data.number("id")), link.place);
  }
  if (const auto protocol = data.text("protocol"); !protocol.empty() && protocol != "802.1Q") {
    vlan.head.refusal = "no equivalent: VLAN protocol " + protocol;  // without it the tag would be another one
    reading.warnings.emplace_back(link.place, link.name + ": VLAN protocol " + protocol + " has no equivalent");
  }
}

void write_tunnel(Interface& tunnel, const Link& link) {
  Fields fields(link.facts);
  Fields data(info_data(link));
  // Without details the end points are the tunnel's link-layer addresses.
  const auto local = IpAddress::parse(data.has("local") ? data.text("local") : fields.text("address"));
  const auto remote = IpAddress::parse(data.has("remote") ? data.text("remote") : fields.text("broadcast"));
  if (local && !local->is_unspecified()) {
    tunnel.add(Topic::kind, "local " + local->str(), link.place);
  }
  if (remote && !remote->is_unspecified()) {
    tunnel.add(Topic::kind, "remote " + remote->str(), link.place);
  }
  if (const auto ttl = data.text("ttl"); ttl == "inherit" || ttl == "0") {
    tunnel.comment(Topic::kind, "no equivalent: ttl inherit; the default here is 64", link.place);
  } else if (!ttl.empty()) {
    tunnel.add(Topic::kind, "ttl " + std::to_string(data.number("ttl")), link.place);
  }
}

void write_common(IprouteReading& reading, Interface& interface, const Link& link) {
  Fields fields(link.facts);
  const auto usual = interface.kind == InterfaceKind::tunnel ? default_tunnel_mtu : default_mtu;
  if (const auto mtu = fields.number("mtu", usual); mtu != usual && interface.kind != InterfaceKind::loopback) {
    interface.add(Topic::mtu, "mtu " + std::to_string(mtu), link.place);
  }
  if (const auto alias = fields.text("ifalias"); !alias.empty()) {
    if (const auto text = string_literal(alias); text && interface.kind != InterfaceKind::loopback) {
      interface.add(Topic::description, "description " + *text, link.place);
    } else {
      interface.comment(Topic::description, "description: " + alias, link.place);
    }
  }
  if (const auto master = fields.text("master"); !master.empty()) {
    interface.comment(Topic::other, "no equivalent: it is a port of " + master, link.place);
  }
  if (fields.has("flags") && !has(fields.texts("flags"), "UP")) {
    interface.comment(Topic::other, "it is administratively down in the original", link.place);
  }
  if (!fields.fault().empty()) {
    reading.report(link.name, Topic::other, fields.fault(), {link.place, link.facts});
  }
}

// Why an address is none of the configuration; empty if it is.
std::string left_out(Fields& fields, const InterfaceAddress& address) {
  for (const char* mark : {"dynamic", "temporary", "mngtmpaddr"}) {
    if (fields.is_set(mark)) {
      return mark;
    }
  }
  const auto scope = fields.text("scope");
  if (scope == "link" && address.address.is_link_local()) {
    return "link-local";
  }
  if (!scope.empty() && scope != "global") {
    return "scope " + scope;
  }
  return fields.has("address") ? "point-to-point, peer " + fields.text("address") : "";
}

void write_address(IprouteReading& reading, const std::string& name, const Element& element) {
  Fields fields(element.value);
  const auto local = IpAddress::parse(fields.text("local"));
  const auto length = fields.number("prefixlen", 255);
  if (!local || length > static_cast<std::uint32_t>(address_bits(local->family())) || !fields.fault().empty()) {
    reading.report(name, Topic::address, fields.fault().empty() ? "no address" : fields.fault(), element);
    return;
  }
  const InterfaceAddress address{*local, static_cast<std::uint8_t>(length)};
  if (local->is_loopback() && fields.text("scope") == "host") {
    return;  // the kernel's own
  }
  Interface* interface = reading.interface(name, element.place);
  if (const auto why = left_out(fields, address); !why.empty() || interface == nullptr) {
    reading.comment(name, Topic::address, (why.empty() ? "" : "left out, " + why + ": ") + "address " + address.str(),
                    element.place);
    return;
  }
  const auto label = fields.text("label");
  interface->add(Topic::address, "address " + address.str(), element.place,
                 label.empty() || label == name ? "" : "label " + label + " in the original");
  reading.addresses.emplace_back(interface, address);
}

void write_addresses(IprouteReading& reading, const Link& link) {
  std::set<std::string> seen;  // the same address may be in several dumps
  for (const Element& element : link.addresses) {
    Fields fields(element.value);
    if (seen.insert(fields.text("local") + "/" + std::to_string(fields.number("prefixlen"))).second) {
      write_address(reading, link.name, element);
    }
  }
}

std::string article(const std::string& kind) {
  return (kind.find_first_of("aeiou") == 0 ? "an " : "a ") + kind;
}

void write_link(IprouteReading& reading, const Link& link, const std::vector<std::string>& slaves) {
  const auto kind = kind_of(reading, link);
  Fields fields(link.facts);
  if (!kind || (*kind == InterfaceKind::tunnel && link.name == "sit0")) {
    const auto what = kind                      ? std::string("the kernel's own")
                      : info_kind(link).empty() ? fields.text("link_type")
                                                : info_kind(link);
    reading.without_equivalent.insert(link.name);
    reading.clim.statements.push_back({Topic::other,
                                       "no equivalent: " + link.name + " is " + (kind ? what : article(what)),
                                       link.place, /*comment=*/true});
  } else {
    Interface& interface = reading.clim.interface(InterfaceName(link.name), *kind, link.place);
    switch (*kind) {
      case InterfaceKind::bond:
        write_bond(reading, interface, link, slaves);
        break;
      case InterfaceKind::vlan:
        write_vlan(reading, interface, link);
        break;
      case InterfaceKind::tunnel:
        write_tunnel(interface, link);
        break;
      default:
        break;
    }
    write_common(reading, interface, link);
  }
  write_addresses(reading, link);
}

}  // namespace

void read_links(IprouteReading& reading, const std::vector<Element>& elements) {
  const auto links = merged(reading, elements);
  std::set<std::string> bonds;
  for (const Link& link : links) {
    if (kind_of(reading, link) == InterfaceKind::bond) {
      bonds.insert(link.name);
    }
  }
  std::map<std::string, std::vector<std::string>> slaves;
  for (const Link& link : links) {
    const auto master = Fields(link.facts).text("master");
    if (bonds.count(master) != 0 && bonds.count(link.name) == 0) {
      slaves[master].push_back(link.name);
      reading.slaves[link.name] = master;
    }
  }
  for (const Link& link : links) {
    if (reading.slaves.count(link.name) == 0) {
      write_link(reading, link, slaves[link.name]);
    }
  }
  for (const Link& link : links) {
    if (reading.slaves.count(link.name) != 0) {
      write_addresses(reading, link);
    }
  }
}

}  // namespace cip::importing
