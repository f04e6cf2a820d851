#include "reconciler/daemon/contents.h"

#include <algorithm>
#include <utility>

#include "reconciler/daemon/desired_state.h"

namespace cip::daemon {

Contents::Contents(const Mirrors& on_disk) {
  for (const auto& [home, mirrors] : on_disk) {
    for (const auto& [digest, file] : mirrors) {
      add(home, file);
    }
  }
}

void Contents::add(const InterfaceRef& home, const HomeFile& file) {
  auto& known = files_[home][file.digest];
  if (known) {
    return;
  }
  known = file.interface;
  order_[home].push_back(file.digest);
}

void Contents::add_mirror(const HomeFile& mirror) {
  add(mirror.interface->name, mirror);
}

std::vector<HomeFile> Contents::take(std::shared_ptr<const ClimState> configuration) {
  configuration_ = std::move(configuration);
  for (const auto& [name, file] : configuration_->home) {
    const auto home = file.interface->name;
    add(home, file);
    // Former configurations of ours: the one that is applied, and those that the other side may be asking for.
    auto& order = order_[home];
    while (order.size() > most_others) {
      files_[home].erase(order.front());
      order.erase(order.begin());
    }
  }
  std::vector<HomeFile> fresh;
  for (const auto& [home, file] : configuration_->mirrors) {
    if (find(home, file.digest) == nullptr) {
      fresh.push_back(file);
    }
    add(home, file);
  }
  return fresh;
}

std::shared_ptr<const HomeInterface> Contents::find(const InterfaceRef& home, const Digest& digest) const {
  const auto files = files_.find(home);
  if (files == files_.end()) {
    return nullptr;
  }
  const auto file = files->second.find(digest);
  return file == files->second.end() ? nullptr : file->second;
}

std::set<Digest> Contents::digests(const InterfaceRef& home) const {
  std::set<Digest> digests;
  if (const auto files = files_.find(home); files != files_.end()) {
    for (const auto& [digest, file] : files->second) {
      digests.insert(digest);
    }
  }
  return digests;
}

std::vector<Digest> Contents::prune(const InterfaceRef& home, const Digest& announced) {
  std::vector<Digest> pruned;
  auto& order = order_[home];
  const auto in_tree = [&](const Digest& digest) {
    const auto mirror = configuration_->mirrors.find(home);
    return mirror != configuration_->mirrors.end() && mirror->second.digest == digest;
  };
  for (auto digest = order.begin(); digest != order.end() && order.size() > most_others;) {
    if (*digest == announced || in_tree(*digest)) {
      ++digest;
      continue;
    }
    files_[home].erase(*digest);
    pruned.push_back(*digest);
    digest = order.erase(digest);
  }
  return pruned;
}

std::optional<InterfaceName> Contents::interface_here(const InterfaceRef& home) const {
  if (!configuration_) {
    return std::nullopt;
  }
  if (home.clim == configuration_->clim.name) {
    return home.interface;
  }
  for (const auto& mirror : configuration_->clim.mirrors) {
    if (mirror.home == home) {
      return mirror.here;
    }
  }
  return std::nullopt;
}

failover::Configuration Contents::for_engine(const ClimState& configuration) const {
  failover::Configuration result{configuration.clim.times, {}};
  for (const auto& [name, file] : configuration.home) {
    if (never_fails_over(file.interface->kind) || !has_resources(*file.interface)) {
      continue;
    }
    failover::HomeConfig home;
    home.home = file.interface->name;
    home.failover = file.interface->failover;
    home.digest = file.digest;
    home.has_lan_addresses = !file.interface->addresses.empty();
    result.homes.push_back(std::move(home));
  }
  for (const auto& mirror : configuration.clim.mirrors) {
    if (!has_resources(*configuration.mirrors.at(mirror.home).interface)) {
      continue;
    }
    failover::HomeConfig home;
    home.home = mirror.home;
    home.failover = InterfaceRef{configuration.clim.name, mirror.here};
    home.mirrors = digests(mirror.home);
    home.mirrors.insert(mirror.digest);
    home.has_lan_addresses = !configuration.mirrors.at(mirror.home).interface->addresses.empty();
    result.homes.push_back(std::move(home));
  }
  return result;
}

}  // namespace cip::daemon
