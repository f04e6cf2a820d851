#include "compiler/output/attributes.h"

#include <array>
#include <utility>

#include "state/statement.h"
#include "state/words.h"

namespace cip::output {
namespace {

using lang::Sourced;
using std::chrono::milliseconds;

// ---- values as the language writes them

template <class Tag>
std::string written(const Name<Tag>& name) {
  return name.str();
}
template <class T>
requires requires(const T& value) {
  value.str();
}
std::string written(const T& value) {
  return value.str();
}
template <class T>
requires std::is_integral_v<T> std::string written(T number) {
  return std::to_string(number);
}
template <class T>
requires std::is_enum_v<T> std::string written(T value) {
  return std::string(word(value));
}
std::string written(milliseconds time) {
  return statement(time);
}
std::string written(const std::string& text) {
  return string_literal(text);
}

// ---- the list

class List {
 public:
  template <class T>
  Attribute* one(std::string_view word, const std::optional<Sourced<T>>& set) {
    return set ? &put(word, written(set->value), set->origin) : nullptr;
  }
  // With what it is if it is not set.
  template <class T, class Default>
  Attribute* one(std::string_view word, const std::optional<Sourced<T>>& set, const Default& otherwise,
                 std::string_view remark = {}) {
    if (set) {
      return one(word, set);
    }
    Attribute& attribute = put(word, otherwise, std::nullopt);
    attribute.remark = remark;
    return &attribute;
  }
  void several(std::string_view word, std::string value, const lang::Origin& origin,
               std::vector<std::string> keys = {}) {
    keys.push_back(value);
    Attribute& attribute = put(word, std::move(value), origin);
    attribute.list = true;
    attribute.keys = std::move(keys);
  }
  Attribute& put(std::string_view word, std::string value, const std::optional<lang::Origin>& origin) {
    Attribute attribute;
    attribute.word = word;
    attribute.value = std::move(value);
    attribute.origin = origin;
    return list_.emplace_back(std::move(attribute));
  }
  std::vector<Attribute> take() { return std::move(list_); }

 private:
  std::vector<Attribute> list_;
};

void add_bond(const lang::BondStatement& bond, List& list) {
  const Bond defaults;
  for (const auto& slave : bond.slaves) {
    list.several("slaves", slave.value.str(), slave.origin);
  }
  list.one("mode", bond.mode, written(defaults.mode));
  list.one("primary", bond.primary);
  list.one("primary-reselect", bond.primary_reselect, written(defaults.primary_reselect));
  list.one("miimon", bond.miimon, written(defaults.miimon));
  list.one("min-links", bond.min_links, written(defaults.min_links));
  list.one("lacp-rate", bond.lacp_rate, written(defaults.lacp_rate));
  list.one("hash-policy", bond.hash_policy, written(defaults.hash_policy));
  list.one("up-delay", bond.up_delay, written(defaults.up_delay));
  list.one("down-delay", bond.down_delay, written(defaults.down_delay));
}

void add_tunnel(const lang::TunnelStatement& tunnel, List& list) {
  list.one("local", tunnel.local);
  list.one("remote", tunnel.remote);
  list.one("ttl", tunnel.ttl, written(Tunnel{}.ttl));
}

void add_provider(const lang::Interface& interface, const lang::Cluster& cluster, List& list) {
  const lang::Provider* provider = interface.provider ? cluster.find(interface.provider->value) : nullptr;
  if (Attribute* attribute = list.one("provider", interface.provider); attribute != nullptr && provider != nullptr) {
    attribute->related.push_back({provider->origin, "provider " + provider->name.str() + " is declared here"});
  }
  if (provider == nullptr) {
    return;
  }
  Attribute& lan = *list.one("lan", interface.lan, "", "the provider's own");
  const auto known = interface.lan ? provider->lan_by_name.find(interface.lan->value) : provider->lan_by_name.end();
  if (known != provider->lan_by_name.end()) {
    const lang::Lan& declared = provider->lans[known->second];
    lan.related.push_back({declared.origin, "provider " + provider->name.str() + " lists it here"});
  }
}

void add_failover(const lang::Interface& interface, const lang::Cluster& cluster, List& list) {
  for (const auto& failover : cluster.failovers) {
    if (failover.home != interface.name) {
      continue;
    }
    Attribute& attribute = list.put("failover", failover.target.str(), failover.origin);
    if (const auto* target = cluster.find(failover.target)) {
      attribute.related.push_back({target->origin, target->name.str() + " is declared here"});
    }
    for (const auto& other : cluster.failovers) {
      if (other.home == failover.target && other.target == interface.name) {
        attribute.related.push_back({other.origin, "and " + other.home.str() + " fails over to it"});
      }
    }
  }
}

struct TimeRow {
  std::string_view word;
  milliseconds Times::*member;
};
constexpr std::array times{
    TimeRow{"heartbeat", &Times::heartbeat}, TimeRow{"dead", &Times::dead},
    TimeRow{"probe", &Times::probe},         TimeRow{"link-pulse", &Times::link_pulse},
    TimeRow{"settle", &Times::settle},       TimeRow{"fence", &Times::fence},
    TimeRow{"linger", &Times::linger},       TimeRow{"startup-wait", &Times::startup_wait},
    TimeRow{"retry", &Times::retry},
};

// Defaults that follow from other times (docs/protocol.md).
std::string_view remark_on(const TimeRow& row, const Times& values) {
  if (values.*row.member == Times{}.*row.member) {
    return {};
  }
  return row.word == "dead" ? "3 heartbeats" : "dead less one heartbeat";
}

}  // namespace

std::vector<Attribute> attributes(const lang::Interface& interface, const lang::Cluster& cluster) {
  List list;
  const bool device = interface.kind != InterfaceKind::loopback;
  add_provider(interface, cluster, list);
  if (interface.kind == InterfaceKind::bond) {
    add_bond(interface.bond, list);
  } else if (interface.kind == InterfaceKind::vlan) {
    list.one("link", interface.vlan.link);
    list.one("id", interface.vlan.id);
  } else if (interface.kind == InterfaceKind::tunnel) {
    add_tunnel(interface.tunnel, list);
  }
  list.one("match-mac", interface.match_mac);
  if (device) {
    list.one("mtu", interface.mtu, "",
             interface.kind == InterfaceKind::tunnel ? "the kernel's choice" : "unchanged, taken as 1500");
  }
  list.one("description", interface.description);
  for (const auto& address : interface.addresses) {
    list.several("address", address.value.str(), address.origin, {address.value.address.str()});
  }
  for (const auto& route : interface.routes) {
    std::vector<std::string> keys{route.value.destination.str()};
    if (route.value.destination.is_default()) {
      keys.emplace_back("default");
    }
    list.several("route", statement(route.value), route.origin, std::move(keys));
  }
  for (const auto& rule : interface.rules) {
    list.several("rule", statement(rule.value), rule.origin, {std::to_string(rule.value.priority)});
  }
  for (const auto& neighbor : interface.neighbors) {
    list.several("neighbor", statement(neighbor.value), neighbor.origin, {neighbor.value.address.str()});
  }
  add_failover(interface, cluster, list);
  return list.take();
}

std::vector<Attribute> attributes(const lang::Clim& clim) {
  List list;
  for (const auto& address : clim.control) {
    list.several("control", address.value.str(), address.origin);
  }
  return list.take();
}

std::vector<Attribute> attributes(const lang::Provider& provider) {
  List list;
  for (const auto& lan : provider.lans) {
    list.several("lan", lan.name.str(), lan.origin);
  }
  return list.take();
}

std::vector<Attribute> attributes(const lang::Cluster& cluster, const lang::Index& index) {
  List list;
  for (const TimeRow& row : times) {
    const auto origin = index.time(row.word);
    Attribute& attribute = list.put(row.word, written(cluster.times.*row.member), origin);
    attribute.remark = origin ? std::string_view{} : remark_on(row, cluster.times);
  }
  for (const auto& url : cluster.etcd) {
    list.several("etcd", string_literal(url.value), url.origin, {url.value});
  }
  return list.take();
}

}  // namespace cip::output
