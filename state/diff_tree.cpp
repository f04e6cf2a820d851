// State trees: which files differ, and what only shows when all changes are seen together.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "state/diff.h"
#include "state/diff_list.h"
#include "state/json.h"

namespace cip {
namespace {

constexpr auto swanctl_file = "/ipsec/swanctl.conf";

// One side: reads files, and compares each with the digest that the referring file gives.
class SideReader {
 public:
  explicit SideReader(const TreeSource& source) : source_(source) {}

  Result<Manifest> manifest() const {
    const auto bytes = source_.read("manifest.json");
    if (!bytes) return bytes.error();
    auto manifest = manifest_from_json(*bytes, source_.shown("manifest.json"));
    if (manifest && manifest->generation != generation_digest(manifest->clims)) {
      return refuse("manifest.json", "its generation is not that of its CLIMs");
    }
    return manifest;
  }

  Result<Clim> clim(const ClimName& name, const Digest& digest) const {
    const auto path = name.str() + "/clim.json";
    const auto bytes = checked(path, digest, "manifest.json");
    if (!bytes) return bytes.error();
    auto clim = clim_from_json(*bytes, source_.shown(path));
    if (clim && clim->name != name) return refuse(path, "is about " + clim->name.str());
    return clim;
  }

  Result<HomeInterface> home(const InterfaceRef& name, const Digest& digest) const {
    const auto path = name.clim.str() + "/home/" + name.interface.str() + ".json";
    const auto bytes = checked(path, digest, "clim.json");
    if (!bytes) return bytes.error();
    auto home = home_interface_from_json(*bytes, source_.shown(path));
    if (home && home->name != name) return refuse(path, "is about " + home->name.str());
    return home;
  }

  Result<std::string> checked(const std::string& path, const Digest& digest, const std::string& referrer) const {
    auto bytes = source_.read(path);
    if (bytes && Digest::of(*bytes) != digest) {
      return refuse(path, "its digest is not the one in " + referrer +
                              "; the tree is half copied or was edited: build "
                              "it again");
    }
    return bytes;
  }

 private:
  Error refuse(const std::string& path, const std::string& what) const {
    return {ErrorCode::invalid, source_.shown(path) + ": " + what};
  }

  const TreeSource& source_;
};

// What is under a name on both sides; null: not there.
template <class T>
using Both = std::pair<const T*, const T*>;

template <class Name, class Entry, class NameOf>
std::map<Name, Both<Entry>> side_by_side(const std::vector<Entry>& before, const std::vector<Entry>& after,
                                         const NameOf& name_of) {
  std::map<Name, Both<Entry>> all;
  for (const auto& entry : before) all[name_of(entry)].first = &entry;
  for (const auto& entry : after) all[name_of(entry)].second = &entry;
  return all;
}

// Whether the change stops the device itself for a while, so that it can take nobody else's resources either.
bool stops_device(const Change& change) {
  constexpr std::array resources{"address", "route", "rule", "neighbor"};
  const bool resource = change.part.starts_with("tunnel ") || change.attribute.starts_with("primary of ") ||
                        std::find(resources.begin(), resources.end(), change.attribute) != resources.end();
  return change.has(Impact::interrupts) && !resource;
}

class TreeComparison {
 public:
  TreeComparison(const TreeSource& before, const TreeSource& after) : before_(before), after_(after) {}

  Result<TreeDiff> compare() {
    const auto old = before_.manifest();
    if (!old) return old.error();
    const auto now = after_.manifest();
    if (!now) return now.error();
    const auto clims = side_by_side<ClimName>(old->clims, now->clims, [](const auto& entry) { return entry.clim; });
    for (const auto& [name, entries] : clims) {
      const auto [was, is] = entries;
      if (was != nullptr && is != nullptr) {
        ++common_;
        if (was->digest == is->digest) continue;
      }
      if (const auto done = compare_clim(name, entries); !done) return done.error();
    }
    say_once();
    std::erase_if(diff_.clims, [](const ClimDiff& clim) {
      return clim.changes.empty() && clim.ipsec.empty() && clim.interfaces.empty();
    });
    mark_moves();
    return std::move(diff_);
  }

 private:
  Result<void> compare_clim(const ClimName& name, Both<Manifest::Entry> entries) {
    std::optional<Clim> old;
    std::optional<Clim> now;
    for (const auto& [reader, entry, clim] :
         {std::tuple(&before_, entries.first, &old), std::tuple(&after_, entries.second, &now)}) {
      if (entry == nullptr) continue;
      auto read = reader->clim(name, entry->digest);
      if (!read) return read.error();
      clim->emplace(std::move(*read));
    }
    ClimDiff result{name, diff(old ? &*old : nullptr, now ? &*now : nullptr), {}, {}};
    const Clim none;
    const Clim& was = old ? *old : none;
    const Clim& is = now ? *now : none;
    if (const auto done = compare_ipsec(was, is, result); !done) return done.error();
    const auto visitors = visitors_of(was, is);
    const auto interfaces =
        side_by_side<InterfaceName>(was.interfaces, is.interfaces, [](const auto& entry) { return entry.name; });
    for (const auto& [interface, homes] : interfaces) {
      const auto& [first, second] = homes;
      if (first != nullptr && second != nullptr && first->digest == second->digest) continue;
      auto changes = compare_home({name, interface}, homes);
      if (!changes) return changes.error();
      if (const auto visitor = visitors.find(interface); visitor != visitors.end()) {
        mark_visitor(*changes, visitor->second);
      }
      if (!changes->empty()) result.interfaces.push_back({interface, std::move(*changes)});
    }
    diff_.clims.push_back(std::move(result));
    return {};
  }

  Result<std::vector<Change>> compare_home(const InterfaceRef& name, Both<HomeEntry> entries) {
    std::optional<HomeInterface> old;
    std::optional<HomeInterface> now;
    for (const auto& [reader, entry, home] :
         {std::tuple(&before_, entries.first, &old), std::tuple(&after_, entries.second, &now)}) {
      if (entry == nullptr) continue;
      auto read = reader->home(name, entry->digest);
      if (!read) return read.error();
      home->emplace(std::move(*read));
    }
    note_addresses(name, old, left_);
    note_addresses(name, now, arrived_);
    return diff(old ? &*old : nullptr, now ? &*now : nullptr);
  }

  Result<void> compare_ipsec(const Clim& was, const Clim& is, ClimDiff& result);

  // Whose failover interface an interface of the CLIM is, before and after.
  static std::map<InterfaceName, InterfaceRef> visitors_of(const Clim& was, const Clim& is) {
    std::map<InterfaceName, InterfaceRef> visitors;
    for (const auto& mirror : is.mirrors) {
      const bool stays = std::any_of(was.mirrors.begin(), was.mirrors.end(), [&](const MirrorEntry& other) {
        return other.home == mirror.home && other.here == mirror.here;
      });
      if (stays) visitors.emplace(mirror.here, mirror.home);
    }
    return visitors;
  }

  static void mark_visitor(std::vector<Change>& changes, const InterfaceRef& visitor) {
    for (auto& change : changes) {
      if (stops_device(change)) {
        change.effects.push_back(unprotected(visitor.str() + " cannot fail over to it meanwhile"));
      }
    }
  }

  // What all CLIMs that stay have alike is the cluster's.
  void say_once() {
    const auto of_cluster = [](const Change& change) {
      return change.part.empty() &&
             (change.attribute == "cluster" || change.attribute == "etcd" || change.old_place.starts_with("/times/"));
    };
    std::vector<ClimDiff*> staying;
    for (auto& clim : diff_.clims) {
      const bool whole = !clim.changes.empty() && clim.changes.front().attribute == "clim";
      if (!whole) staying.push_back(&clim);
    }
    if (staying.empty() || staying.size() != common_) return;
    for (const auto& change : staying.front()->changes) {
      const bool everywhere =
          of_cluster(change) && std::all_of(staying.begin(), staying.end(), [&](const auto* clim) {
            return std::find(clim->changes.begin(), clim->changes.end(), change) != clim->changes.end();
          });
      if (everywhere) diff_.cluster.push_back(change);
    }
    for (auto* clim : staying) {
      std::erase_if(clim->changes, [&](const Change& change) {
        return std::find(diff_.cluster.begin(), diff_.cluster.end(), change) != diff_.cluster.end();
      });
    }
  }

  using Places = std::map<IpAddress, std::set<InterfaceRef>>;

  static void note_addresses(const InterfaceRef& name, const std::optional<HomeInterface>& home, Places& places) {
    if (!home) return;
    for (const auto& address : home->addresses) places[address.address].insert(name);
    for (const auto& tunnel : home->tunnels) {
      for (const auto& address : tunnel.addresses) places[address.address].insert(name);
    }
  }

  // The same address leaves one interface and comes up on another.
  void mark_moves() {
    for (auto& clim : diff_.clims) {
      for (auto& interface : clim.interfaces) {
        const InterfaceRef here{clim.name, interface.name};
        for (auto& change : interface.changes) {
          if (change.attribute == "address" && change.kind() != ChangeKind::changed) mark_move(change, here);
        }
      }
    }
  }
  void mark_move(Change& change, const InterfaceRef& here) {
    const bool added = change.kind() == ChangeKind::added;
    const auto address = InterfaceAddress::parse(added ? *change.after : *change.before)->address;
    const auto from = left_.find(address);
    const auto to = arrived_.find(address);
    if (from == left_.end() || to == arrived_.end()) return;
    // Where it was and is not any more, and where it is and was not.
    std::vector<InterfaceRef> sources;
    std::vector<InterfaceRef> targets;
    std::set_difference(from->second.begin(), from->second.end(), to->second.begin(), to->second.end(),
                        std::back_inserter(sources));
    std::set_difference(to->second.begin(), to->second.end(), from->second.begin(), from->second.end(),
                        std::back_inserter(targets));
    const auto& others = added ? sources : targets;
    if (others.empty() || others.front() == here) return;
    const bool same_clim = others.front().clim == here.clim;
    const std::string way = added ? "comes from " : "goes to ";
    Effect effect{Impact::moves, way + others.front().str() +
                                     (same_clim ? ""
                                                : "; the two CLIMs apply it at different times, so for a while it "
                                                  "may be on both or on none")};
    std::erase_if(change.effects, [](const Effect& known) { return known.impact == Impact::hitless; });
    change.effects.insert(change.effects.begin(), std::move(effect));
  }

  SideReader before_;
  SideReader after_;
  TreeDiff diff_;
  std::size_t common_ = 0;  // CLIMs that are on both sides
  Places left_;             // of the interfaces that differ: which address was where, and is where
  Places arrived_;
};

// No file is as good as an empty one.
Result<void> TreeComparison::compare_ipsec(const Clim& was, const Clim& is, ClimDiff& result) {
  if (was.ipsec == is.ipsec) return {};
  std::string old;
  std::string now;
  for (const auto& [reader, clim, text] : {std::tuple(&before_, &was, &old), std::tuple(&after_, &is, &now)}) {
    if (!clim->ipsec) continue;
    auto bytes = reader->checked(result.name.str() + swanctl_file, *clim->ipsec, "clim.json");
    if (!bytes) return bytes.error();
    *text = std::move(*bytes);
  }
  result.ipsec = diff_swanctl(old, now);
  return {};
}

}  // namespace

std::string_view name(Impact impact) {
  constexpr std::array<std::string_view, impact_count> names{"hitless", "interrupts connections", "moves an address",
                                                             "failover unprotected while applied"};
  return names.at(static_cast<std::size_t>(impact));
}

std::string_view key(Impact impact) {
  constexpr std::array<std::string_view, impact_count> keys{"hitless", "interrupts-connections", "moves-address",
                                                            "failover-unprotected"};
  return keys.at(static_cast<std::size_t>(impact));
}

std::string_view name(ChangeKind kind) {
  constexpr std::array<std::string_view, 3> names{"added", "removed", "changed"};
  return names.at(static_cast<std::size_t>(kind));
}

bool Change::has(Impact impact) const {
  return std::any_of(effects.begin(), effects.end(), [&](const Effect& effect) { return effect.impact == impact; });
}

Result<TreeDiff> diff_trees(const TreeSource& before, const TreeSource& after) {
  return TreeComparison(before, after).compare();
}

}  // namespace cip
