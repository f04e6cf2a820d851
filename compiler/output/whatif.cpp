#include "compiler/output/whatif.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "compiler/output/home.h"
#include "state/json.h"

namespace cip::output {
namespace {

using check::Failure;
using check::Location;
using check::Outage;
using check::Placement;
using check::Side;
using lang::Cluster;
using lang::Interface;
using nlohmann::json;

// One thing that a failure did to one home interface.
struct Effect {
  const char* kind;  // "moves", "lost", "unprotected", "degraded"
  std::string home;
  std::string text;
};

struct FailureStep {
  Failure failure;
  std::vector<Effect> effects;
};

std::string say(const Outage& outage, const InterfaceRef& interface) {
  switch (outage.kind) {
    case Outage::Kind::clim:
      return "CLIM " + interface.clim.str() + " has failed";
    case Outage::Kind::link:
      return "the link of " + interface.str() + ", " + outage.link.str() + ", has failed";
    case Outage::Kind::slaves:
      return "all slaves of " + interface.str() + " have failed";
    case Outage::Kind::min_links:
      return interface.str() + " has fewer slaves left than its min-links";
    case Outage::Kind::interface:
      break;
  }
  return interface.str() + " has failed";
}

// Why an interface that has no failover interface has none.
std::string say_alone(const Location& location) {
  switch (location.home->kind) {
    case InterfaceKind::loopback:
      return "a loopback interface never fails over";
    case InterfaceKind::maintenance:
      return "the maintenance interface never fails over";
    case InterfaceKind::tunnel:
      if (location.carrier == nullptr) {
        return "a tunnel without a local address stays";
      }
      return location.carrier->name.str() + ", which it follows, has no failover interface";
    default:
      return "it has no failover interface";
  }
}

class Story {
 public:
  Story(const Cluster& cluster, std::span<const Failure> failures) : placement_(cluster) {
    for (const Failure& failure : failures) {
      const std::vector<Location> before = placement_.locations();
      placement_.fail(failure);
      FailureStep step{failure, {}};
      for (std::size_t at = 0; at < before.size(); ++at) {
        add_effects(before[at], placement_.locations()[at], step);
      }
      steps_.push_back(std::move(step));
    }
  }

  const Placement& placement() const { return placement_; }
  const std::vector<FailureStep>& steps() const { return steps_; }

 private:
  void add_effects(const Location& before, const Location& after, FailureStep& step) {
    const std::string home = after.home->name.str();
    const auto add = [&](const char* kind, std::string text) {
      step.effects.push_back({kind, home, home + " " + std::move(text)});
    };
    if (before.side != after.side) {
      add("moves", after.carrier != nullptr
                       ? "follows " + after.carrier->name.str() + " to " + after.failover->name.clim.str()
                       : "moves to " + after.failover->name.str() + ": " + why(after.home->name));
    } else if (before.served && !after.served && check::has_resources(*after.home)) {
      add("lost", "is lost: " + why_lost(after));
    } else if (after.served && after.side == Side::home && after.failover != nullptr && after.carrier == nullptr &&
               newly_out(after.failover->name)) {
      add("unprotected", "stays at home, but could not fail over any more: " + why(after.failover->name));
    }
    if (after.home->kind == InterfaceKind::bond && !placement_.outage(after.home->name) &&
        is_slave_of(step.failure, *after.home)) {
      const auto failed = placement_.failed_slaves(*after.home).size();
      add("degraded", "goes on with " + std::to_string(after.home->bond.slaves.size() - failed) + " of " +
                          std::to_string(after.home->bond.slaves.size()) + " slaves");
    }
  }

  // Whether this step is the first after which the interface does not serve.
  bool newly_out(const InterfaceRef& interface) {
    return placement_.outage(interface) && out_.insert(interface).second;
  }

  static bool is_slave_of(const Failure& failure, const Interface& bond) {
    const auto* failed = std::get_if<InterfaceRef>(&failure);
    return failed != nullptr && failed->clim == bond.name.clim &&
           std::any_of(bond.bond.slaves.begin(), bond.bond.slaves.end(),
                       [&](const auto& slave) { return slave.value == failed->interface; });
  }

  std::string why(const InterfaceRef& interface) const {
    const auto outage = placement_.outage(interface);
    return outage ? say(*outage, interface) : interface.str() + " serves";
  }

  std::string why_lost(const Location& location) const {
    const InterfaceRef& host = location.host().name;
    const InterfaceRef& home = location.home->name;
    std::string text;
    if (!placement_.outage(host)) {
      text = why(home) + ", and a tunnel moves only with " + host.str();
    } else if (location.failover == nullptr) {
      text = why(host) + ", and " + say_alone(location);
    } else {
      const InterfaceRef& moved = location.carrier != nullptr ? location.carrier->name : home;
      text = why(host) + ", and before " + why(location.side == Side::home ? location.failover->name : moved);
    }
    return text + (location.held ? "; the resources stay in the kernel of " + host.clim.str() : "");
  }

  Placement placement_;
  std::vector<FailureStep> steps_;
  std::unordered_set<InterfaceRef> out_;
};

// ---------------------------------------------------------------------------------------------------------------------
// Text

constexpr std::size_t columns = 5;
using Row = std::array<std::string, columns>;

// In the words of docs/domain.md, "What an operator sees".
std::string place_of(const Location& location) {
  return location.failover == nullptr ? "-" : location.side == Side::home ? "HOME" : "BkFO";
}
std::string location_of(const Location& location) {
  return location.held ? location.host().name.str() : "-";
}
std::string state_of(const Location& location) {
  return location.served ? "UP" : "DOWN";
}

Row row_of(const Location& location) {
  return {location.home->name.str(), location.failover == nullptr ? "-" : location.failover->name.str(),
          location_of(location), place_of(location), state_of(location)};
}

std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, columns> widths{};
  for (const Row& row : rows) {
    for (std::size_t at = 0; at < columns; ++at) {
      widths[at] = std::max(widths[at], row[at].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t at = 0; at + 1 < columns; ++at) {
      text += row[at] + std::string(widths[at] - row[at].size() + 2, ' ');
    }
    text += row.back() + "\n";
  }
  return text;
}

// ---------------------------------------------------------------------------------------------------------------------
// JSON

// What a home interface brings, as its file in the state tree has it, each object with the home interface.
void add_held(const HomeInterface& home, json& host) {
  const json file = json::parse(to_json(home));
  for (const char* list : {"addresses", "routes", "rules", "neighbors", "tunnels"}) {
    if (!file.contains(list)) {
      continue;
    }
    for (const json& object : file[list]) {
      json held = object.is_string() ? json{{"address", object}} : object;
      held["home"] = home.name.str();
      host[list].push_back(std::move(held));
    }
  }
}

json clims_of(const Cluster& cluster, const Placement& placement) {
  json clims = json::object();
  for (const auto& clim : cluster.clims) {
    clims[clim.name.str()] = {{"interfaces", json::object()}, {"state", "UP"}};
  }
  for (const auto& clim : cluster.clims) {
    for (const Home& home : homes_of(clim, {})) {
      const Location& location = *placement.find(home.interface->name);
      if (location.held) {
        const InterfaceRef& host = location.host().name;
        add_held(home_object(home), clims[host.clim.str()]["interfaces"][host.interface.str()]);
      }
    }
  }
  for (const auto& clim : cluster.clims) {
    for (auto& [name, interface] : clims[clim.name.str()]["interfaces"].items()) {
      if (interface.is_null()) {
        interface = json::object();
      }
      interface["state"] = placement.outage({clim.name, InterfaceName(name)}) ? "DOWN" : "UP";
    }
  }
  return clims;
}

json interface_of(const Location& location) {
  json row = {{"home", location.home->name.str()},
              {"placement", place_of(location)},
              {"state", state_of(location)},
              {"failover", nullptr},
              {"location", nullptr}};
  if (location.failover != nullptr) {
    row["failover"] = location.failover->name.str();
  }
  if (location.held) {
    row["location"] = location.host().name.str();
  }
  if (location.carrier != nullptr) {
    row["follows"] = location.carrier->name.str();
  }
  return row;
}

}  // namespace

std::string name_of(const Failure& failure) {
  const auto* clim = std::get_if<ClimName>(&failure);
  return clim != nullptr ? clim->str() : std::get<InterfaceRef>(failure).str();
}

std::string whatif_text(const Cluster& cluster, std::span<const Failure> failures) {
  const Story story(cluster, failures);
  std::vector<Row> rows{{"HOME", "FAILOVER", "LOCATION", "PLACE", "STATE"}};
  for (const Location& location : story.placement().locations()) {
    rows.push_back(row_of(location));
  }
  std::string text = table(rows);
  for (const FailureStep& step : story.steps()) {
    text += "\nwhen " + name_of(step.failure) + " fails:\n";
    for (const Effect& effect : step.effects) {
      text += "  " + effect.text + "\n";
    }
    text += step.effects.empty() ? "  nothing moves, and nothing is lost\n" : "";
  }
  return text;
}

std::string whatif_json(const Cluster& cluster, std::span<const Failure> failures) {
  const Story story(cluster, failures);
  json result = {{"format", 1}, {"failures", json::array()}, {"interfaces", json::array()}};
  for (const FailureStep& step : story.steps()) {
    json effects = json::array();
    for (const Effect& effect : step.effects) {
      effects.push_back({{"effect", effect.kind}, {"home", effect.home}, {"text", effect.text}});
    }
    result["failures"].push_back({{"failed", name_of(step.failure)}, {"effects", std::move(effects)}});
  }
  for (const Location& location : story.placement().locations()) {
    result["interfaces"].push_back(interface_of(location));
  }
  result["clims"] = clims_of(cluster, story.placement());
  for (const Failure& failure : failures) {
    if (const auto* clim = std::get_if<ClimName>(&failure)) {
      result["clims"][clim->str()]["state"] = "DOWN";
    }
  }
  return result.dump(2) + "\n";
}

}  // namespace cip::output
