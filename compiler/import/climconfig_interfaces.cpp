// The objects of climconfig that have an equivalent, each as its man page has it (Cluster I/O Protocols (CIP)
// Configuration and Management Manual, "Climconfig (Man Pages)"). Option names of which public material gives more than
// one are all taken.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "compiler/import/address_words.h"
#include "compiler/import/climconfig.h"
#include "compiler/import/text.h"

namespace cip::importing {
namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string first_of(const Command& command) {
  return command.subject.empty() ? "" : command.subject.front();
}

InterfaceKind kind_of(const ClimconfigReading& reading, std::string_view name) {
  if (name == "lo") {
    return InterfaceKind::loopback;
  }
  if (name == reading.options.maintenance) {
    return InterfaceKind::maintenance;
  }
  const bool bond = name.size() > 4 && name.substr(0, 4) == "bond" &&
                    std::all_of(name.begin() + 4, name.end(), [](char c) { return c >= '0' && c <= '9'; });
  return bond ? InterfaceKind::bond : InterfaceKind::physical;
}

// What is wrong with the name of an interface; empty if nothing.
std::string name_fault(const std::string& name) {
  if (name.empty()) {
    return "no interface is named";
  }
  if (const auto colon = name.find(':'); colon != std::string::npos && is_interface_name(name.substr(0, colon))) {
    return "logical interfaces cannot be configured";
  }
  return is_interface_name(name) && name_literal(name) ? "" : "`" + name + "` is no interface's name";
}

Interface& interface_of(ClimconfigReading& reading, Clim& clim, const Command& command, const std::string& name) {
  return clim.interface(InterfaceName(name), kind_of(reading, name), command.place);
}

std::string read_mtu(Interface& interface, const Command& command, const std::string& mtu) {
  if (mtu.empty()) {
    return "";
  }
  const auto value = number(mtu);
  if (!value || *value < 68 || *value > 65535) {
    return "wrong MTU `" + mtu + "`";
  }
  interface.add(Topic::mtu, "mtu " + std::to_string(*value), command.place);
  return "";
}

std::string read_interface(ClimconfigReading& reading, Clim& clim, Command& command) {
  if (auto fault = name_fault(first_of(command)); !fault.empty()) {
    return fault;
  }
  Interface& interface = interface_of(reading, clim, command, first_of(command));
  if (const auto provider = command.value({"provider", "prov"}); !provider.empty()) {
    const auto literal = name_literal(provider);
    if (!literal) {
      return "`" + provider + "` is no provider's name";
    }
    if (reading.providers.insert(ProviderName(provider)).second) {
      reading.specification.statements.push_back({Topic::provider, "provider " + *literal, command.place});
    }
    if (const auto* earlier = interface.find(Topic::provider); earlier == nullptr) {
      interface.add(Topic::provider, "provider " + *literal, command.place);
    } else if (earlier->text != "provider " + *literal) {
      return "the interface has another provider already";
    }
  }
  const auto jumbo = lower_case(command.value({"jumbo"}));
  if (jumbo == "on") {
    interface.add(Topic::mtu, "mtu 9000", command.place, "jumbo frames");
  } else if (!jumbo.empty() && jumbo != "off") {
    return "`-jumbo` is on or off, not `" + jumbo + "`";
  }
  return read_mtu(interface, command, command.value({"mtu"}));
}

// An address with its mask, which may stand behind a `/` instead. What is wrong, or empty.
std::string read_network(const std::string& text, const std::string& mask, InterfaceAddress& result) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return text.empty() ? "no address is given" : "wrong address `" + text + "`";
  }
  const std::string length_text = slash != std::string::npos ? text.substr(slash + 1) : mask;
  result.address = *address;
  if (length_text.empty()) {
    return "no netmask is given";
  }
  const auto length = mask_length(length_text, address->family());
  if (!length) {
    return "wrong netmask `" + length_text + "`";
  }
  result.length = static_cast<std::uint8_t>(*length);
  return "";
}

std::string read_ip(ClimconfigReading& reading, Clim& clim, Command& command) {
  if (auto fault = name_fault(first_of(command)); !fault.empty()) {
    return fault;
  }
  InterfaceAddress address;
  const auto text = command.value({"ipaddress", "ip", "address", "ipaddr"});
  const auto mask = command.value({"netmask", "mask", "prefix", "prefixlen", "prefixlength"});
  if (auto fault = read_network(text, mask, address); !fault.empty()) {
    return fault;
  }
  Interface& interface = interface_of(reading, clim, command, first_of(command));
  interface.add(Topic::address, "address " + address.str(), command.place);
  if (interface.kind == InterfaceKind::maintenance) {
    reading.maintenance_addresses.emplace(clim.name, address.address);
  }
  return "";
}

std::string read_destination(Command& command, const std::optional<IpAddress>& gateway, Prefix& destination) {
  if (command.take({"default"}) != nullptr) {
    const bool ipv6 = gateway && gateway->family() == Family::ipv6;
    destination = *Prefix::parse(ipv6 ? "::/0" : "0.0.0.0/0");
    return "";
  }
  const auto text = command.value({"target", "destination", "dest", "net", "host"});
  auto mask = command.value({"netmask", "mask", "prefix", "prefixlen", "prefixlength"});
  if (const auto host = IpAddress::parse(text); host && mask.empty()) {
    mask = std::to_string(address_bits(host->family()));
  }
  InterfaceAddress network;
  if (auto fault = read_network(text, mask, network); !fault.empty()) {
    return text.empty() ? "neither `-default` nor a `-target` is given" : fault;
  }
  if (network.network().network() != network.address) {
    return "`" + network.str() + "` has host bits";
  }
  destination = network.network();
  return "";
}

// The manual has `-default gateway ADDRESS`, too.
std::string gateway_of(Command& command) {
  auto text = command.value({"gateway", "gw", "via"});
  for (const CommandOption& option : command.options) {
    if (text.empty() && option.name == "default" && option.values.size() == 2 &&
        lower_case(option.values[0]) == "gateway") {
      text = option.values[1];
    }
  }
  return text;
}

std::string read_route(ClimconfigReading& reading, Clim& clim, Command& command) {
  if (auto fault = name_fault(first_of(command)); !fault.empty()) {
    return fault;
  }
  Route route;
  const auto gateway = gateway_of(command);
  const auto source = command.value({"src", "source", "srcip"});
  const auto metric = command.value({"metric"});
  route.gateway = IpAddress::parse(gateway);
  route.source = IpAddress::parse(source);
  if (!gateway.empty() && !route.gateway) {
    return "wrong gateway `" + gateway + "`";
  }
  if (!source.empty() && !route.source) {
    return "wrong source address `" + source + "`";
  }
  if (auto fault = read_destination(command, route.gateway ? route.gateway : route.source, route.destination);
      !fault.empty()) {
    return fault;
  }
  const auto value = metric.empty() ? std::optional<std::uint32_t>(0) : number(metric);
  if (!value) {
    return "wrong metric `" + metric + "`";
  }
  route.metric = *value == 0 && route.family() == Family::ipv6 ? 1024 : *value;
  interface_of(reading, clim, command, first_of(command)).add(Topic::route, route_statement(route), command.place);
  return "";
}

std::string read_arp(ClimconfigReading& reading, Clim& clim, Command& command) {
  if (auto fault = name_fault(first_of(command)); !fault.empty()) {
    return fault;
  }
  const auto address_text = command.value({"ipaddress", "ip", "address", "ipaddr", "host"});
  const auto mac_text = command.value({"mac", "macaddress", "hwaddress", "hwaddr", "lladdr", "ether"});
  const auto address = IpAddress::parse(address_text);
  const auto mac = mac_address(mac_text);
  if (!address) {
    return address_text.empty() ? "no address is given" : "wrong address `" + address_text + "`";
  }
  if (!mac) {
    return mac_text.empty() ? "no MAC address is given" : "wrong MAC address `" + mac_text + "`";
  }
  interface_of(reading, clim, command, first_of(command))
      .add(Topic::neighbor, "neighbor " + address->str() + " at " + mac->str(), command.place);
  return "";
}

std::string read_tunnel(ClimconfigReading& reading, Clim& clim, Command& command) {
  if (auto fault = name_fault(first_of(command)); !fault.empty()) {
    return fault;
  }
  const auto local_text = command.value({"local", "localip", "source", "src"});
  const auto remote_text = command.value({"remote", "remoteip", "endpoint", "destination", "dest"});
  const auto ttl_text = command.value({"ttl"});
  const auto local = IpAddress::parse(local_text);
  const auto remote = IpAddress::parse(remote_text);
  const auto ttl = number(ttl_text);
  if (!remote || remote->family() != Family::ipv4) {
    return remote_text.empty() ? "no remote address is given" : "wrong remote address `" + remote_text + "`";
  }
  if (!local_text.empty() && (!local || local->family() != Family::ipv4)) {
    return "wrong local address `" + local_text + "`";
  }
  if (!ttl_text.empty() && (!ttl || *ttl < 1 || *ttl > 255)) {
    return "wrong TTL `" + ttl_text + "`";
  }
  Interface& tunnel = interface_of(reading, clim, command, first_of(command));
  tunnel.become(InterfaceKind::tunnel);
  if (local) {
    tunnel.add(Topic::kind, "local " + local->str(), command.place);
  }
  tunnel.add(Topic::kind, "remote " + remote->str(), command.place);
  if (ttl) {
    tunnel.add(Topic::kind, "ttl " + std::to_string(*ttl), command.place);
  }
  return read_mtu(tunnel, command, command.value({"mtu"}));
}

// The kernel's numbers and words (Documentation/networking/bonding.rst).
std::string bond_mode(const std::string& text) {
  constexpr std::array<std::string_view, 7> modes{"balance-rr", "active-backup", "balance-xor", "broadcast",
                                                  "802.3ad",    "balance-tlb",   "balance-alb"};
  const auto lower = lower_case(text);
  if (const auto index = number(lower); index && *index < modes.size()) {
    return std::string(modes[*index]);
  }
  return std::find(modes.begin(), modes.end(), lower) == modes.end() ? "" : lower;
}

std::string read_times(Command& command, std::vector<std::string>& statements) {
  struct Time {
    std::string_view option;
    std::string_view word;
  };
  for (const Time time : {Time{"miimon", "miimon"}, Time{"updelay", "up-delay"}, Time{"downdelay", "down-delay"}}) {
    if (const auto text = command.value({time.option}); !text.empty()) {
      if (!number(text)) {
        return "wrong time `" + text + "`";
      }
      statements.push_back(std::string(time.word) + " " + text + "ms");
    }
  }
  return "";
}

std::string read_bondmode(ClimconfigReading& reading, Clim& clim, Command& command) {
  auto mode = command.value({"mode", "bondmode"});
  auto name = first_of(command);
  if (mode.empty() && !bond_mode(name).empty()) {
    std::swap(mode, name);  // the mode of all bonds
  } else if (mode.empty() && command.subject.size() > 1) {
    mode = command.subject[1];
  }
  std::vector<std::string> statements;
  if (mode.empty() || bond_mode(mode).empty()) {
    return mode.empty() ? "no mode is given" : "unknown mode `" + mode + "`";
  }
  statements.push_back("mode " + bond_mode(mode));
  const auto primary = command.value({"primary"});
  if (!primary.empty() && !name_fault(primary).empty()) {
    return name_fault(primary);
  }
  if (!primary.empty()) {
    statements.push_back("primary " + *name_literal(primary));
  }
  if (auto fault = read_times(command, statements); !fault.empty()) {
    return fault;
  }
  if (name.empty()) {
    reading.modes.push_back({clim.name, statements, command.place});
    return "";
  }
  if (auto fault = name_fault(name); !fault.empty()) {
    return fault;
  }
  Interface& bond = interface_of(reading, clim, command, name);
  bond.become(InterfaceKind::bond);
  for (const auto& statement : statements) {
    bond.add(Topic::kind, statement, command.place);
  }
  return "";
}

void split_list(const std::vector<std::string>& values, std::size_t from, std::vector<std::string>& names) {
  for (std::size_t i = from; i < values.size(); ++i) {
    for (std::size_t begin = 0; begin <= values[i].size();) {
      const auto end = std::min(values[i].find(',', begin), values[i].size());
      if (end > begin) {
        names.push_back(values[i].substr(begin, end - begin));
      }
      begin = end + 1;
    }
  }
}

std::string read_slaves(ClimconfigReading& reading, Clim& clim, Command& command) {
  if (auto fault = name_fault(first_of(command)); !fault.empty()) {
    return fault;
  }
  std::vector<std::string> names;
  split_list(command.subject, 1, names);
  if (const auto* option = command.take({"interface", "interfaces", "slave", "slaves", "slaveinterface", "add"});
      option != nullptr) {
    split_list(option->values, 0, names);
  }
  const auto* primary = command.take({"primary"});
  const auto primary_name = primary == nullptr         ? ""
                            : !primary->values.empty() ? primary->values[0]
                            : names.empty()            ? ""
                                                       : names[0];
  if (names.empty() && !primary_name.empty()) {
    names.push_back(primary_name);
  }
  if (names.empty()) {
    return "no slave is named";
  }
  std::string text = "slaves";
  for (const auto& name : names) {
    if (auto fault = name_fault(name); !fault.empty()) {
      return fault;
    }
    text += (text == "slaves" ? " " : ", ") + *name_literal(name);
  }
  if (!primary_name.empty() && !name_fault(primary_name).empty()) {
    return name_fault(primary_name);
  }
  Interface& bond = interface_of(reading, clim, command, first_of(command));
  bond.become(InterfaceKind::bond);
  bond.add(Topic::kind, text, command.place);
  for (const auto& name : names) {
    reading.slaves.push_back({{clim.name, InterfaceName(name)}, bond.name});
  }
  if (!primary_name.empty()) {
    bond.add(Topic::kind, "primary " + *name_literal(primary_name), command.place);
  }
  return "";
}

std::string read_failover(ClimconfigReading& reading, Clim& clim, Command& command) {
  if (auto fault = name_fault(first_of(command)); !fault.empty()) {
    return fault;
  }
  const auto* destination = command.take({"dest", "destination", "failover", "target"});
  auto target_clim = command.value({"destclim", "dest-clim", "clim"});
  auto target = command.value({"destif", "destinterface", "dest-interface", "destintf", "intf"});
  if (destination != nullptr && destination->values.size() == 2) {
    target_clim = destination->values[0];
    target = destination->values[1];
  } else if (destination != nullptr && destination->values.size() == 1) {
    const auto& text = destination->values[0];
    const auto dot = std::min(text.find('.'), text.size());
    target_clim = text.substr(0, dot);
    target = text.substr(std::min(dot + 1, text.size()));
  }
  if (!is_clim_name(target_clim)) {
    return "no failover interface is named as CLIM.INTERFACE";
  }
  if (auto fault = name_fault(target); !fault.empty()) {
    return fault;
  }
  const auto& home = interface_of(reading, clim, command, first_of(command)).name;
  reading.failovers.push_back({{clim.name, home}, {ClimName(target_clim), InterfaceName(target)}, command.place});
  return "";
}

std::string read_provider(ClimconfigReading& reading, Clim& /*clim*/, Command& command) {
  const auto literal = name_literal(first_of(command));
  if (first_of(command).empty() || !literal) {
    return "no provider is named";
  }
  if (reading.providers.insert(ProviderName(first_of(command))).second) {
    reading.specification.statements.push_back({Topic::provider, "provider " + *literal, command.place});
  }
  return "";
}

}  // namespace

const ClimconfigObject* find_object(std::string_view name) {
  static const std::array objects{ClimconfigObject{"interface", Topic::other, read_interface},
                                  ClimconfigObject{"ip", Topic::address, read_ip},
                                  ClimconfigObject{"route", Topic::route, read_route},
                                  ClimconfigObject{"arp", Topic::neighbor, read_arp},
                                  ClimconfigObject{"tunnel", Topic::kind, read_tunnel},
                                  ClimconfigObject{"bondmode", Topic::kind, read_bondmode},
                                  ClimconfigObject{"slaveinterface", Topic::kind, read_slaves},
                                  ClimconfigObject{"failover", Topic::failover, read_failover},
                                  ClimconfigObject{"provider", Topic::provider, read_provider}};
  const auto* const found =
      std::find_if(objects.begin(), objects.end(), [&](const auto& object) { return object.name == name; });
  return found == objects.end() ? nullptr : found;
}

}  // namespace cip::importing
