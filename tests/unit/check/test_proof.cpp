// The proof of E0109 and E0210 against a model that knows nothing of its argument: every single failure, by
// placement.h, and on every CLIM each resource against each other.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "compiler/check/contradictions.h"
#include "compiler/check/placement.h"
#include "compiler/check/say.h"
#include "tests/unit/check/cluster_builder.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using lang::Cluster;
using lang::FailoverStatement;
using lang::Interface;
using Places = std::set<std::uint32_t>;  // ranks of statements

// ---------------------------------------------------------------------------------------------------------------------
// Random clusters: few values, so that they meet often

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return engine_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  const T& of(const std::vector<T>& list) {
    return list[below(list.size())];
  }

 private:
  std::minstd_rand engine_;
};

struct Shape {
  ClusterBuilder built;
  std::vector<const FailoverStatement*> failovers;
};

Route random_route(Dice& dice) {
  static const std::vector<std::string> destinations{"10.9.0.0/16", "0.0.0.0/0", "2001:db8:9::/48"};
  Route route;
  route.destination = *Prefix::parse(dice.of(destinations));
  const bool ipv4 = route.family() == Family::ipv4;
  route.metric = dice.one_in(3) ? 10 : (ipv4 ? 0 : 1024);
  route.table = dice.one_in(3) ? 100 : main_table;
  if (dice.one_in(4)) {
    route.type = RouteType::blackhole;
  } else if (!dice.one_in(3)) {
    route.gateway = IpAddress::parse(std::string(ipv4 ? "10.1.0." : "fe80::") + (dice.one_in(4) ? "3" : "4"));
  }
  if (dice.one_in(8)) {
    route.mtu = 1400;
  }
  return route;
}

Rule random_rule(Dice& dice) {
  static const std::vector<std::string> selectors{"10.1.0.0/16", "0.0.0.0/0", "::/0"};
  Rule rule;
  rule.from = Prefix::parse(dice.of(selectors));
  if (rule.family() == Family::ipv4 && dice.one_in(2)) {
    rule.to = Prefix::parse(dice.one_in(2) ? "10.2.0.0/16" : "0.0.0.0/0");
  }
  rule.priority = dice.one_in(3) ? 1000 : 2000;
  rule.table = dice.one_in(3) ? 200 : 100;
  return rule;
}

void add_address(Dice& dice, ClusterBuilder& built, Interface& to) {
  static const std::vector<std::string> pool{"10.1.0.1/24", "10.1.0.2/24", "10.1.0.3/24",
                                             "10.1.0.4/24", "10.1.0.5/24", "10.1.0.6/24",
                                             "fe80::1/64",  "fe80::3/64",  "2001:db8::1/64"};
  built.address(to, dice.of(pool));
}

void add_resources(Dice& dice, ClusterBuilder& built, Interface& to, std::size_t richness) {
  while (!dice.one_in(richness)) {
    switch (dice.below(5)) {
      case 0:
        built.route(to, random_route(dice));
        break;
      case 1:
        built.rule(to, random_rule(dice));
        break;
      case 2:
        built.neighbor(to, dice.one_in(2) ? "10.1.0.250" : "10.1.0.251",
                       dice.one_in(3) ? "02:00:00:00:00:01" : "02:00:00:00:00:02");
        break;
      default:
        add_address(dice, built, to);
    }
  }
}

void add_tunnel(Dice& dice, ClusterBuilder& built, const std::string& clim) {
  static const std::vector<std::string> names{"tun0", "tun1", "eth1", "eth2", "slave1"};
  const auto& name = dice.of(names);
  std::vector<std::string> locals;
  for (const Interface& interface : built.clim(clim).interfaces) {
    for (const auto& address : interface.addresses) {
      if (address.value.family() == Family::ipv4) {
        locals.push_back(address.value.address.str());
      }
    }
    for (const auto& slave : interface.bond.slaves) {
      if (slave.value.str() == name) {
        return;
      }
    }
    if (interface.name.interface.str() == name) {
      return;
    }
  }
  const auto local = locals.empty() || dice.one_in(6) ? std::string() : dice.of(locals);
  auto& tunnel = built.tunnel(clim, name, local, dice.one_in(2) ? "192.0.2.8" : "192.0.2.9");
  while (dice.one_in(2)) {
    if (dice.one_in(2)) {
      add_address(dice, built, tunnel);
    } else {
      built.route(tunnel, random_route(dice));
    }
  }
}

// Interfaces of each kind; `lan` of those that can fail over decides who can be a pair (P7).
void add_clim(Dice& dice, ClusterBuilder& built, const std::string& clim, std::size_t richness) {
  built.address(built.interface(clim, "lo", InterfaceKind::loopback), dice.one_in(2) ? "10.1.0.6/32" : "10.255.0.1/32");
  const std::size_t count = 1 + dice.below(3);
  for (std::size_t at = 1; at <= count; ++at) {
    const auto name = (dice.one_in(2) ? "eth" : "other") + std::to_string(at);
    const auto& before = built.clim(clim).interfaces.back();
    Interface* added = nullptr;
    if (dice.one_in(5) && before.kind == InterfaceKind::physical) {
      const auto link = before.name.interface.str();
      added = &built.vlan(clim, name, link);
    } else if (dice.one_in(5)) {
      added = &built.bond(clim, name, {"slave" + std::to_string(at)});
    } else {
      added = &built.interface(clim, name);
    }
    added->provider = {ProviderName("blue"), built.next()};
    if (dice.one_in(2)) {
      added->lan = {LanName("upper"), built.next()};
    }
    add_resources(dice, built, *added, richness);
  }
  for (std::size_t tries = dice.below(3); tries > 0; --tries) {
    add_tunnel(dice, built, clim);
  }
}

// Pairs, spares and those without, by P2, P4, P5 and P7.
void add_failovers(Dice& dice, ClusterBuilder& built) {
  std::vector<const Interface*> all;
  for (const auto& clim : built.cluster.clims) {
    for (const Interface& interface : clim.interfaces) {
      if (interface.provider) {
        all.push_back(&interface);
      }
    }
  }
  std::set<InterfaceRef> uses;
  std::set<InterfaceRef> used;
  for (const Interface* home : all) {
    std::vector<const Interface*> targets;
    for (const Interface* target : all) {
      const bool fits = target->name.clim != home->name.clim && target->lan.has_value() == home->lan.has_value();
      if (fits && used.count(target->name) == 0 && uses.count(target->name) == 0) {
        targets.push_back(target);
      }
    }
    if (targets.empty() || uses.count(home->name) != 0 || dice.one_in(5)) {
      continue;
    }
    const auto target = dice.of(targets)->name;
    const bool free = used.count(home->name) == 0;
    if (free && dice.one_in(3)) {
      built.failover_both_ways(home->name, target);
    } else if (free && dice.one_in(2)) {
      built.failover(home->name, target);
      built.failover(target, home->name);
    } else if (free) {
      built.failover(home->name, target);
      used.insert(target);
      uses.insert(home->name);
      uses.insert(target);  // a spare that shall not use failover
      continue;
    } else {
      continue;
    }
    for (const auto& name : {home->name, target}) {
      uses.insert(name);
      used.insert(name);
    }
  }
}

Shape random_cluster(std::uint32_t seed) {
  Dice dice(seed);
  Shape shape;
  const std::size_t clims = 2 + dice.below(3);
  const std::size_t richness = 2 + dice.below(4);
  for (std::size_t at = 1; at <= clims; ++at) {
    add_clim(dice, shape.built, "n" + std::to_string(at), richness);
  }
  add_failovers(dice, shape.built);
  for (const auto& statement : shape.built.cluster.failovers) {
    shape.failovers.push_back(&statement);
  }
  return shape;
}

// ---------------------------------------------------------------------------------------------------------------------
// The model

// One resource on one CLIM. Two contradict each other if their keys are the same and their values differ.
struct Resource {
  std::string key = {};
  std::string value = {};
  std::string home_key = {};  // the key it has at home
  std::uint32_t statement = 0;
  const Interface* owner = nullptr;    // in whose block it stands
  const Interface* follows = nullptr;  // the same, or what the tunnel follows
  bool visits = false;
  std::string gateway = {};                    // of a route: the key of an address that must be another host's
  std::string home_gateway = {};               // the same at home
  std::optional<IpAddress> tunnel_local = {};  // of the end points of a tunnel
};

std::string number(const void* pointer) {
  return std::to_string(reinterpret_cast<std::uintptr_t>(pointer));
}

// All that a location brings to the CLIM where it is.
class Brought {
 public:
  Brought(const Location& location, std::vector<Resource>& list) : location_(location), list_(list) {
    const Interface& home = *location.home;
    const bool tunnel = home.kind == InterfaceKind::tunnel;
    home_device_ = " on " + home.name.interface.str();
    device_ = " on " + (tunnel ? home.name : location.host().name).interface.str();
    for (const auto& address : home.addresses) {
      const auto& ip = address.value.address;
      add("address " + ip.str(), of_link(ip), number(&address), address.origin);
    }
    for (const auto& route : home.routes) {
      const bool has_device = route.value.type == RouteType::unicast;
      add("route " + say_goal(route.value), false, say_way(route.value) + (has_device ? device_ : ""), route.origin);
      if (const auto& gateway = route.value.gateway) {
        list_.back().gateway = "address " + gateway->str() + (of_link(*gateway) ? device_ : "");
        list_.back().home_gateway = "address " + gateway->str() + (of_link(*gateway) ? home_device_ : "");
      }
    }
    for (const auto& rule : home.rules) {
      add(key_of(rule.value), false, std::to_string(rule.value.table), rule.origin);
    }
    for (const auto& neighbor : home.neighbors) {
      add("neighbour " + neighbor.value.address.str(), true, neighbor.value.mac.str(), neighbor.origin);
    }
    if (home.tunnel.local) {
      const auto& local = *home.tunnel.local;
      add("ends " + local.value.str() + " " + home.tunnel.remote->value.str(), false, number(&home), local.origin);
      list_.back().tunnel_local = local.value;
    }
    if (tunnel) {
      add("name " + home.name.interface.str(), false, number(&home), home.origin);
    }
  }

 private:
  static bool of_link(const IpAddress& ip) { return ip.family() == Family::ipv6 && ip.is_link_local(); }

  static std::string key_of(const Rule& rule) {
    const auto part = [](const std::optional<Prefix>& prefix) {
      return prefix && prefix->length() != 0 ? prefix->str() : "all";
    };
    return "rule " + std::string(name(rule.family())) + " " + std::to_string(rule.priority) + " " + part(rule.from) +
           " " + part(rule.to);
  }

  void add(const std::string& key, bool of_device, const std::string& value, const lang::Origin& origin) {
    Resource resource;
    resource.key = key + (of_device ? device_ : "");
    resource.value = value;
    resource.home_key = key + (of_device ? home_device_ : "");
    resource.statement = origin.rank;
    resource.owner = location_.home;
    resource.follows = location_.carrier != nullptr ? location_.carrier : location_.home;
    resource.visits = location_.side == Side::failover;
    list_.push_back(resource);
  }

  const Location& location_;
  std::vector<Resource>& list_;
  std::string device_;
  std::string home_device_;
};

std::vector<Resource> held_on(const lang::Clim& clim, const Placement& placement) {
  std::vector<Resource> all;
  for (const Location& location : placement.locations()) {
    if (location.held && location.host().name.clim == clim.name) {
      Brought(location, all);
    }
  }
  // Names that are taken without resources: of all interfaces but tunnels, and of slaves.
  const auto take = [&](const Interface& owner, const InterfaceName& name) {
    Resource taken;
    taken.key = taken.home_key = "name " + name.str();
    taken.value = "taken";
    taken.owner = taken.follows = &owner;
    all.push_back(taken);
  };
  for (const Interface& interface : clim.interfaces) {
    if (interface.kind != InterfaceKind::tunnel) {
      take(interface, interface.name.interface);
    }
    for (const auto& slave : interface.bond.slaves) {
      take(interface, slave.value);
    }
  }
  return all;
}

bool contradict(const Resource& a, const Resource& b) {
  return (a.key == b.key && a.value != b.value) || (!a.gateway.empty() && a.gateway == b.key) ||
         (!b.gateway.empty() && b.gateway == a.key);
}

bool on_one_lan(const Interface& a, const Interface& b) {
  return a.provider && b.provider && a.lan.has_value() == b.lan.has_value();
}

class Model {
 public:
  explicit Model(const Shape& shape) : shape_(shape), cluster_(shape.built.cluster), at_home_(cluster_) {
    for (const auto& clim : cluster_.clims) {
      home_.emplace(clim.name, held_on(clim, at_home_));
    }
  }

  // Routes whose gateway is an address of their own CLIM: E0107.
  RouteSet wrong_routes() const {
    RouteSet wrong;
    for (const auto& clim : cluster_.clims) {
      for (const Interface& interface : clim.interfaces) {
        for (const auto& route : interface.routes) {
          const auto& held = home_.at(clim.name);
          const auto itself = std::find_if(held.begin(), held.end(), [&](const Resource& one) {
            return one.statement == route.origin.rank && one.owner == &interface;
          });
          if (is_wrong(*itself)) {
            wrong.insert(&route);
          }
        }
      }
    }
    return wrong;
  }

  // Statements that contradict the first of their key at home: E0109.
  Places home_contradictions() const {
    Places places;
    for (const auto& [clim, held] : home_) {
      for (const Resource& later : held) {
        const auto first = std::find_if(held.begin(), held.end(), [&](const Resource& other) {
          return other.key == later.key && !is_wrong(other);
        });
        const bool counts = later.key.find("route") == 0 || later.key.find("rule") == 0;
        if (counts && !is_wrong(later) && first->value != later.value) {
          places.insert(later.statement);
        }
      }
    }
    return places;
  }

  // The failovers that bring a contradiction about: E0210.
  Places failover_contradictions() const {
    Places places;
    for (const Failure& failure : possible_failures(cluster_)) {
      const Placement placement = place(cluster_, std::vector{failure});
      for (const auto& clim : cluster_.clims) {
        const auto held = held_on(clim, placement);
        for (std::size_t a = 0; a < held.size(); ++a) {
          for (std::size_t b = a + 1; b < held.size(); ++b) {
            if (contradict(held[a], held[b]) && !reported_at_home(held[a], held[b])) {
              REQUIRE((held[a].visits || held[b].visits));
              add_failover(held[a], places);
              add_failover(held[b], places);
            }
          }
        }
      }
    }
    return places;
  }

 private:
  void add_failover(const Resource& resource, Places& places) const {
    for (const FailoverStatement* statement : shape_.failovers) {
      if (resource.visits && statement->home == resource.follows->name) {
        places.insert(statement->origin.rank);
      }
    }
  }

  // What has an error of its own takes no part.
  bool reported_at_home(const Resource& a, const Resource& b) const {
    if (is_wrong(a) || is_wrong(b)) {
      return true;  // E0107
    }
    if (a.key != b.key) {
      return false;
    }
    if (a.key.find("address") == 0 && on_one_lan(*a.owner, *b.owner)) {
      return true;  // E0106
    }
    if (a.tunnel_local && !ends_count(a, b)) {
      return true;
    }
    return contested(a.home_key, a) || contested(b.home_key, b);
  }

  bool is_wrong(const Resource& route) const {
    const auto& held = home_.at(route.owner->name.clim);
    return !route.gateway.empty() && std::any_of(held.begin(), held.end(), [&](const Resource& other) {
      return other.home_key == route.home_gateway;
    });
  }

  // Of tunnels whose local address nobody has (E0301), or two have (E0106), the end points say nothing.
  bool ends_count(const Resource& a, const Resource& b) const {
    const auto sound = [&](const Resource& tunnel) {
      return tunnel.follows != tunnel.owner && !contested("address " + tunnel.tunnel_local->str(), tunnel);
    };
    return sound(a) && sound(b) && !on_one_lan(*a.follows, *b.follows);
  }

  // Whether the CLIM has contradicting resources of that key at home.
  bool contested(const std::string& key, const Resource& resource) const {
    std::set<std::string> values;
    for (const auto& other : home_.at(resource.owner->name.clim)) {
      if (other.key == key && !is_wrong(other)) {
        values.insert(other.value);
      }
    }
    return values.size() > 1;
  }

  const Shape& shape_;
  const Cluster& cluster_;
  Placement at_home_;
  std::map<ClimName, std::vector<Resource>> home_;
};

Places places_of(const diagnostics::Findings& findings, Code code) {
  Places places;
  for (const auto* finding : findings.sorted()) {
    if (finding->code == code) {
      places.insert(finding->primary.span.begin / 2);
    }
  }
  return places;
}

std::string text_of(const Places& places) {
  std::string text;
  for (const auto place : places) {
    text += std::to_string(place) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("the proof agrees with every single failure tried out") {
  std::size_t with_e0109 = 0;
  std::size_t with_e0210 = 0;
  std::size_t clean = 0;
  for (std::uint32_t seed = 1; seed <= 1500; ++seed) {
    INFO("seed " << seed);
    const Shape shape = random_cluster(seed);
    diagnostics::Findings findings;
    const Model model(shape);
    check_contradictions(shape.built.cluster, shape.failovers, model.wrong_routes(), findings);
    const auto e0109 = places_of(findings, Code::e0109);
    const auto e0210 = places_of(findings, Code::e0210);
    REQUIRE(text_of(e0109) == text_of(model.home_contradictions()));
    REQUIRE(text_of(e0210) == text_of(model.failover_contradictions()));
    with_e0109 += e0109.empty() ? 0U : 1U;
    with_e0210 += e0210.empty() ? 0U : 1U;
    clean += e0109.empty() && e0210.empty() ? 1U : 0U;
  }
  // The dice fall so that all of it happens often.
  CHECK(with_e0109 > 150);
  CHECK(with_e0210 > 150);
  CHECK(clean > 150);
}

}  // namespace cip::check
