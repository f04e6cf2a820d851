#include "tests/lab/compiled.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <stdexcept>

#include "state/file.h"
#include "state/json.h"

namespace cip::lab {

// Who hears each other: the interfaces of one LAN, or one that is in none.
struct Compiled::Domain {
  std::string name;
  std::vector<const HomeInterface*> homes;
  std::set<std::string> ports;
  int tag = 0;  // of the VLAN; 0: none
};

struct Compiled::HostPlan {
  std::vector<InterfaceAddress> addresses;
  std::vector<IpAddress> questions;
};

namespace {

constexpr const char* control_lan = "control";

template <class Value>
Value value_of(Result<Value> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

// The name that a device has before cipd gives it ours.
std::string device_of(const InterfaceName& name, const std::optional<MacAddress>& match_mac) {
  if (!match_mac) return name.str();
  const auto& bytes = match_mac->bytes();
  return fmt::format("m{:02x}{:02x}{:02x}", bytes[3], bytes[4], bytes[5]);
}

std::string domain_of(const HomeInterface& home) {
  if (home.kind == InterfaceKind::maintenance) return control_lan;
  if (home.provider.empty()) return home.name.str();
  return home.provider.str() + (home.lan.empty() ? "" : "/" + home.lan.str());
}

bool is_on_a_lan(const HomeInterface& home) {
  return home.kind != InterfaceKind::loopback && home.kind != InterfaceKind::tunnel;
}

// The highest addresses of a network that nobody has, without that of the IPv4 broadcast.
std::vector<IpAddress> free_addresses(const Prefix& network, const std::set<IpAddress>& used, std::size_t count) {
  std::vector<IpAddress> found;
  const auto first = network.network().bytes();
  for (int below = 1; below < 250 && found.size() < count; ++below) {
    std::vector<std::uint8_t> bytes(first.begin(), first.end());
    for (int bit = network.length(); bit < address_bits(network.family()); ++bit) {
      bytes[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
    }
    bytes.back() = static_cast<std::uint8_t>(bytes.back() - below);
    const auto address = IpAddress::from_bytes(bytes);
    if (network.contains(*address) && *address != network.network() && !used.contains(*address)) {
      found.push_back(*address);
    }
  }
  return found;
}

}  // namespace

Compiled::Compiled(const std::filesystem::path& tree, const std::set<std::string>& only) {
  const auto path = tree / "manifest.json";
  const auto text = value_of(read_file(path));
  for (const auto& entry : value_of(manifest_from_json(text, path.string())).clims) {
    if (!only.empty() && !only.contains(entry.clim.str())) continue;
    clims_.push_back(value_of(read_clim_state(tree, entry.clim)));
  }
}

const HomeInterface* Compiled::find(const std::string& name) const {
  for (const auto& clim : clims_) {
    for (const auto& [unused, file] : clim.home) {
      if (file.interface->name.str() == name) return file.interface.get();
    }
  }
  return nullptr;
}

std::vector<std::string> Compiled::failures() const {
  std::vector<std::string> all;
  for (const auto& clim : clims_) {
    const std::string& name = clim.clim.name.str();
    std::set<std::string> interfaces;
    for (const auto& [interface, file] : clim.home) {
      interfaces.insert(interface.str());
      for (const auto& tunnel : file.interface->tunnels) interfaces.insert(tunnel.name.str());
      if (!file.interface->bond) continue;
      for (const auto& slave : file.interface->bond->slaves) interfaces.insert(slave.name.str());
    }
    all.push_back(name);
    for (const auto& interface : interfaces) all.push_back(name + "." + interface);
  }
  return all;
}

std::vector<std::string> Compiled::ports(const std::string& name) const {
  const auto dot = name.find('.');
  const std::string clim = name.substr(0, dot);
  const HomeInterface* home = find(name);
  if (home == nullptr) {  // a slave
    for (const auto& state : clims_) {
      for (const auto& [unused, file] : state.home) {
        if (state.clim.name.str() != clim || !file.interface->bond) continue;
        for (const auto& slave : file.interface->bond->slaves) {
          if (clim + "." + slave.name.str() == name) return {clim + "." + device_of(slave.name, slave.match_mac)};
        }
      }
    }
    return {};
  }
  if (home->vlan) return ports(clim + "." + home->vlan->link.str());
  if (!home->bond) {
    if (!is_on_a_lan(*home)) return {};
    return {clim + "." + device_of(home->name.interface, home->match_mac)};
  }
  std::vector<std::string> result;
  for (const auto& slave : home->bond->slaves) result.push_back(clim + "." + device_of(slave.name, slave.match_mac));
  return result;
}

bool Compiled::has_address(const std::string& address) const {
  const auto is_in = [&](const std::vector<InterfaceAddress>& addresses) {
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](const InterfaceAddress& each) { return each.address.str() == address; });
  };
  for (const auto& clim : clims_) {
    for (const auto& [unused, file] : clim.home) {
      const auto& tunnels = file.interface->tunnels;
      if (is_in(file.interface->addresses)) return true;
      if (std::any_of(tunnels.begin(), tunnels.end(), [&](const Tunnel& each) { return is_in(each.addresses); })) {
        return true;
      }
    }
  }
  return false;
}

bool Compiled::sets_mtu(const std::string& tunnel) const {
  for (const auto& clim : clims_) {
    for (const auto& [unused, file] : clim.home) {
      for (const auto& each : file.interface->tunnels) {
        if (each.name.str() == tunnel && each.mtu) return true;
      }
    }
  }
  return false;
}

std::vector<Compiled::Domain> Compiled::domains() const {
  std::map<std::string, Domain> by_name;
  for (const auto& clim : clims_) {
    for (const auto& [unused, file] : clim.home) {
      const HomeInterface& home = *file.interface;
      if (!is_on_a_lan(home)) continue;
      auto& domain = by_name[domain_of(home)];
      domain.name = domain_of(home);
      domain.homes.push_back(&home);
      for (const auto& port : ports(home.name.str())) domain.ports.insert(port);
      if (home.vlan) domain.tag = home.vlan->id;
    }
  }
  std::vector<Domain> result;
  result.reserve(by_name.size());
  for (auto& [unused, domain] : by_name) result.push_back(std::move(domain));
  return result;
}

// Domains that share a cable share a LAN: VLANs, with or without what is not tagged.
std::map<std::string, std::string> Compiled::lans() const {
  std::map<std::string, std::string> lan_of;
  for (const auto& domain : domains()) {
    for (const auto& port : domain.ports) {
      const auto [entry, first] = lan_of.emplace(port, domain.name);
      if (first) continue;
      const std::string joined = entry->second;
      for (auto& [unused, lan] : lan_of) {
        if (lan == joined) lan = domain.name;
      }
    }
  }
  return lan_of;
}

std::map<std::string, std::string> Compiled::hosts() const {
  std::map<std::string, std::string> host_of;
  for (const auto& [unused, lan] : lans()) host_of.emplace(lan, fmt::format("r{}", host_of.size() + 1));
  return host_of;
}

Compiled::HostPlan Compiled::host_on(const Domain& domain) const {
  HostPlan host;
  std::set<IpAddress> used;
  std::set<Prefix> networks;
  std::set<IpAddress> gateways;
  for (const auto* home : domain.homes) {
    for (const auto& address : home->addresses) {
      used.insert(address.address);
      if (address.length < address_bits(address.family())) networks.insert(address.network());
    }
    for (const auto& route : home->routes) {
      if (route.gateway) gateways.insert(*route.gateway);
    }
    for (const auto& neighbor : home->neighbors) used.insert(neighbor.address);
  }
  for (const auto& gateway : gateways) {
    if (used.contains(gateway)) continue;
    const auto network =
        std::find_if(networks.begin(), networks.end(), [&](const Prefix& each) { return each.contains(gateway); });
    const int length = network != networks.end() ? network->length() : address_bits(gateway.family());
    host.addresses.push_back({gateway, static_cast<std::uint8_t>(length)});
  }
  for (const auto& network : networks) {
    if (network.network().is_link_local() ||
        std::any_of(gateways.begin(), gateways.end(), [&](const IpAddress& each) { return network.contains(each); })) {
      continue;
    }
    const auto unused = free_addresses(network, used, 2);
    if (unused.size() < 2) continue;
    host.addresses.push_back({unused[0], static_cast<std::uint8_t>(network.length())});
    if (network.family() == Family::ipv4) host.questions.push_back(unused[1]);
  }
  return host;
}

LabPlan Compiled::plan() const {
  const auto lan_of = lans();
  LabPlan plan;
  std::map<std::string, MachinePlan> machines;  // by LAN
  for (const auto& [lan, host] : hosts()) {
    plan.lans.push_back(lan);
    machines[lan] = {host, {{"eth0", lan}}, {}};
  }
  for (const auto& domain : domains()) {
    auto& host = machines.at(lan_of.at(*domain.ports.begin()));
    const std::string device = domain.tag == 0 ? "eth0" : fmt::format("tag{}", domain.tag);
    if (domain.tag != 0) {
      host.commands.push_back(fmt::format("link add link eth0 name {} type vlan id {}", device, domain.tag));
      host.commands.push_back(fmt::format("link set {} up", device));
    }
    for (const auto& address : host_on(domain).addresses) {
      host.commands.push_back(fmt::format("addr add {} dev {}", address.str(), device));
    }
  }
  for (auto& [unused, host] : machines) plan.hosts.push_back(std::move(host));
  for (const auto& clim : clims_) {
    MachinePlan machine{clim.clim.name.str(), {}, {}};
    const auto add = [&](const InterfaceName& name, const std::optional<MacAddress>& mac) {
      const std::string device = device_of(name, mac);
      machine.cables.push_back({device, lan_of.at(machine.name + "." + device), mac ? mac->str() : ""});
    };
    for (const auto& [name, file] : clim.home) {
      const HomeInterface& home = *file.interface;
      if (home.bond) {
        for (const auto& slave : home.bond->slaves) add(slave.name, slave.match_mac);
      } else if (is_on_a_lan(home) && !home.vlan) {
        add(name, home.match_mac);
      }
    }
    plan.clims.push_back(std::move(machine));
  }
  return plan;
}

std::vector<Question> Compiled::questions() const {
  const auto lan_of = lans();
  const auto host_of = hosts();
  std::vector<Question> result;
  for (const auto& domain : domains()) {
    for (const auto& address : host_on(domain).questions) {
      result.push_back({host_of.at(lan_of.at(*domain.ports.begin())), address.str()});
    }
  }
  return result;
}

}  // namespace cip::lab
