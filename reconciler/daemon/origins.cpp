#include "reconciler/daemon/origins.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "state/file.h"
#include "state/json.h"

namespace cip::daemon {

namespace {

template <class Item>
std::optional<std::string> position(const std::vector<Item>& list, const Item& item, const std::string& name) {
  const auto found = std::find(list.begin(), list.end(), item);
  if (found == list.end()) {
    return std::nullopt;
  }
  return fmt::format("{}/{}", name, found - list.begin());
}

// Something on the home interface, or on one of its tunnels.
template <class Owner>
std::optional<std::string> pointer_in(const Owner& owner, const plan::Subject& subject) {
  if (const auto* address = std::get_if<InterfaceAddress>(&subject.what)) {
    return position(owner.addresses, *address, "/addresses");
  }
  if (const auto* route = std::get_if<Route>(&subject.what)) {
    return position(owner.routes, *route, "/routes");
  }
  return "";
}

}  // namespace

std::optional<std::string> pointer_to(const HomeInterface& home, const InterfaceName& here,
                                      const plan::Subject& subject) {
  if (const auto* rule = std::get_if<Rule>(&subject.what)) {
    return position(home.rules, *rule, "/rules");
  }
  if (const auto* neighbor = std::get_if<Neighbor>(&subject.what)) {
    return position(home.neighbors, *neighbor, "/neighbors");
  }
  for (std::size_t i = 0; i < home.tunnels.size(); ++i) {
    if (home.tunnels[i].name == subject.link) {
      const auto pointer = pointer_in(home.tunnels[i], subject);
      return pointer ? std::optional(fmt::format("/tunnels/{}{}", i, *pointer)) : std::nullopt;
    }
  }
  if (home.bond && subject.link != here) {
    for (std::size_t i = 0; i < home.bond->slaves.size(); ++i) {
      if (home.bond->slaves[i].name == subject.link) {
        return fmt::format("/bond/slaves/{}", i);
      }
    }
  }
  return pointer_in(home, subject);
}

std::string Origins::of(const ClimState& configuration, const HomeInterface& home, const InterfaceName& here,
                        const plan::Subject& subject) {
  const bool own = home.name.clim == configuration.clim.name;
  const auto file = own ? fmt::format("home/{}.json", home.name.interface.str())
                        : fmt::format("mirror/{}/{}.json", home.name.clim.str(), home.name.interface.str());
  const auto pointer = pointer_to(home, here, subject);
  if (!pointer) {
    return "";
  }
  // What says nothing of its own place has that of what it is in.
  auto key = pointer->empty() ? file : file + "#" + *pointer;
  for (;;) {
    auto place = look_up(configuration, key);
    if (place) {
      return *place;
    }
    if (key == file) {
      return "";
    }
    key = file;
  }
}

std::optional<std::string> Origins::look_up(const ClimState& configuration, const std::string& key) {
  if (generation_ != configuration.generation) {
    known_.clear();
    loaded_.reset();
    generation_ = configuration.generation;
  }
  auto known = known_.find(key);
  if (known == known_.end()) {
    if (!loaded_) {
      loaded_ = load(configuration);
    }
    const auto place = loaded_->find(key);
    known = known_.emplace(key, place == loaded_->end() ? std::string() : place->second).first;
  }
  return known->second.empty() ? std::nullopt : std::optional(known->second);
}

// Nothing if the tree on disk is another, or damaged: a wrong place would mislead.
std::map<std::string, std::string> Origins::load(const ClimState& configuration) const {
  const auto manifest_text = read_file(tree_ / "manifest.json", largest_manifest);
  const auto manifest = manifest_text ? manifest_from_json(*manifest_text, "manifest.json") : manifest_text.error();
  const auto text = read_file(tree_ / configuration.clim.name.str() / "source-map.json", largest_tree_file);
  if (!manifest || manifest->generation != configuration.generation || !text) {
    return {};
  }
  const auto map = nlohmann::json::parse(*text, nullptr, false);
  if (!map.is_object() || !map.contains("objects") || !map["objects"].is_object()) {
    return {};
  }
  std::map<std::string, std::string> places;
  for (const auto& [key, place] : map["objects"].items()) {
    if (place.is_string()) {
      places.emplace(key, place.get<std::string>());
    }
  }
  return places;
}

}  // namespace cip::daemon
