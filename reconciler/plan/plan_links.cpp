#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

#include "reconciler/plan/describe.h"
#include "reconciler/plan/planner.h"
#include "state/words.h"

namespace cip::plan {

namespace {

// Links of a later layer stand on those of earlier ones: devices, bonds, VLANs, tunnels.
constexpr std::size_t layers = 4;

struct WantedLink {
  const DesiredLink* want = nullptr;
  ObservedLink* link = nullptr;  // in Planner::links; nothing: it cannot be used
  bool fresh = false;            // made by this plan

  std::size_t layer() const { return want->made.index(); }
};

// A VLAN has the address of the link that it is on, a bond that of a slave: neither is the device that is looked for.
bool has_address_of_its_own(const ObservedLink& link) {
  constexpr std::array borrowers{"bond", "bridge", "team", "vlan", "macvlan", "ipvlan", "vrf"};
  return std::find(borrowers.begin(), borrowers.end(), link.kind) == borrowers.end();
}

std::uint32_t milliseconds(std::chrono::milliseconds time) {
  return static_cast<std::uint32_t>(time.count());
}

// Keeps what `wanted` says and `there` does not have. What the kernel does not tell it has not.
template <class Option>
void keep_change(std::optional<Option>& wanted, const std::optional<Option>& there) {
  if (wanted == there) wanted.reset();
}

BondOptions change(BondOptions wanted, const BondOptions& there) {
  keep_change(wanted.mode, there.mode);
  keep_change(wanted.primary, std::optional(there.primary.value_or(LinkRef{})));
  keep_change(wanted.primary_reselect, there.primary_reselect);
  // The kernel keeps the delays as multiples of miimon: who changes it says all three.
  if (wanted.miimon == there.miimon) {
    wanted.miimon.reset();
    keep_change(wanted.up_delay, there.up_delay);
    keep_change(wanted.down_delay, there.down_delay);
  }
  keep_change(wanted.min_links, there.min_links);
  keep_change(wanted.lacp_rate, there.lacp_rate);
  keep_change(wanted.hash_policy, there.hash_policy);
  return wanted;
}

class Links {
 public:
  explicit Links(Planner& planner) : planner_(planner) {
    for (const auto& entry : planner.ledger.links) owned_.emplace(entry.link.index, &entry);
    for (const auto& link : planner.observed.links) next_index_ = std::max(next_index_, link.id.index + 1);
  }

  void plan() {
    gather();
    for (auto& wanted : wanted_) {
      if (wanted.layer() == 0) find_device(wanted);
    }
    for (auto& wanted : wanted_) name_device(wanted);
    claim_names();
    for (std::size_t layer = 1; layer < layers; ++layer) {
      for (auto& wanted : wanted_) {
        if (wanted.layer() == layer) find_or_make(wanted);
      }
    }
    remove_left_over();
    for (std::size_t layer = 0; layer < layers; ++layer) {
      for (auto& wanted : wanted_) {
        if (wanted.layer() == layer && wanted.link != nullptr) shape(wanted);
      }
    }
    want_down();
    for (std::size_t layer = 0; layer < layers; ++layer) {
      for (auto& wanted : wanted_) {
        if (wanted.layer() == layer && wanted.link != nullptr) set_mtu_and_up(wanted);
      }
    }
    std::reverse(planner_.downs.begin(), planner_.downs.end());
  }

 private:
  // ------------------------------------------------------------------------------------------------------- finding

  void gather() {
    std::map<InterfaceName, const DesiredLink*> taken;
    for (const auto& want : planner_.desired.links) {
      const auto [entry, first] = taken.emplace(want.name, &want);
      if (first) {
        wanted_.push_back({&want});
      } else if (entry->second->homes != want.homes) {
        planner_.report(Problem::Kind::contradiction, want.homes, subject(want),
                        "is wanted for " + describe(entry->second->homes) + ", too");
      }
    }
  }

  static Subject subject(const DesiredLink& want) { return {want.name, {}}; }

  void give_up(WantedLink& wanted, Problem::Kind kind, const std::string& why) {
    wanted.link = nullptr;
    planner_.report(kind, wanted.want->homes, subject(*wanted.want), why);
    planner_.link_by_name.erase(wanted.want->name);
    planner_.unusable.emplace(wanted.want->name, why);
  }

  ObservedLink* by_name(const InterfaceName& name) {
    const auto found = planner_.link_by_name.find(name);
    return found == planner_.link_by_name.end() ? nullptr : found->second;
  }

  void find_device(WantedLink& wanted) {
    if (!wanted.want->match_mac) return;
    const auto& mac = *wanted.want->match_mac;
    for (auto& link : planner_.links) {
      if (link.permanent_mac != mac || !has_address_of_its_own(link)) continue;
      if (wanted.link != nullptr) {
        give_up(wanted, Problem::Kind::conflict,
                fmt::format("{} and {} both have MAC address {}", wanted.link->id.name.str(), link.id.name.str(),
                            mac.str()));
        return;
      }
      wanted.link = &link;
    }
    if (wanted.link == nullptr) {
      give_up(wanted, Problem::Kind::absent, fmt::format("there is no interface with MAC address {}", mac.str()));
    } else {
      found_by_mac_.emplace(wanted.link->id.index, wanted.want->name);
    }
  }

  // A device that was found by its MAC address gets our name. Two that have each other's make way for each other.
  void name_device(WantedLink& wanted) {
    if (wanted.layer() != 0 || wanted.link == nullptr || wanted.link->id.name == wanted.want->name) return;
    if (ObservedLink* taker = by_name(wanted.want->name); taker != nullptr) {
      if (found_by_mac_.count(taker->id.index) == 0 && !leaves(*taker)) {
        give_up(wanted, Problem::Kind::conflict,
                fmt::format("it is called {}, and another one has its name; rename that one (ip link set dev {} down; "
                            "ip link set dev {} name NEW)",
                            wanted.link->id.name.str(), wanted.want->name.str(), wanted.want->name.str()));
        return;
      }
      if (found_by_mac_.count(taker->id.index) != 0) {
        rename(*taker, InterfaceName(fmt::format("cip{}", taker->id.index)), wanted.want->homes);
      }
    }
    rename(*wanted.link, wanted.want->name, wanted.want->homes);
  }

  // One of ours that is removed before anything is renamed.
  bool leaves(const ObservedLink& link) const {
    return is_ours(link) && std::none_of(wanted_.begin(), wanted_.end(), [&](const WantedLink& each) {
             return each.layer() != 0 && each.want->name == link.id.name;
           });
  }

  void rename(ObservedLink& link, const InterfaceName& name, const Homes& homes) {
    set_up(planner_.links_in, link, false, homes);
    planner_.links_in.push_back({SetName{link.id, name}, homes});
    const auto entry = planner_.link_by_name.find(link.id.name);
    if (entry != planner_.link_by_name.end() && entry->second == &link) planner_.link_by_name.erase(entry);
    link.id.name = name;
    planner_.link_by_name[name] = &link;
  }

  // Devices that are found by their names. One that has been given another name by now is not it.
  void claim_names() {
    for (auto& wanted : wanted_) {
      if (wanted.layer() != 0 || wanted.want->match_mac) continue;
      wanted.link = by_name(wanted.want->name);
      if (wanted.link == nullptr || is_ours(*wanted.link)) {
        give_up(wanted, Problem::Kind::absent, "interface " + wanted.want->name.str() + " does not exist");
      }
    }
  }

  // ------------------------------------------------------------------------------------------- what we make ourselves

  bool is_ours(const ObservedLink& link) const {
    const auto entry = owned_.find(link.id.index);
    return entry != owned_.end() && entry->second->kind == link.kind;
  }

  // The link of ours that is or was called so.
  ObservedLink* ours(const InterfaceName& name, std::string_view kind) {
    for (auto& link : planner_.links) {
      if (link.kind == kind && is_ours(link) && owned_.at(link.id.index)->link.name == name) return &link;
    }
    return nullptr;
  }

  // The kernel's words for what is wanted; nothing, and a problem, if it stands on something that cannot be used.
  std::optional<Shape> shape_of(WantedLink& wanted) {
    if (const auto* bond = std::get_if<Bond>(&wanted.want->made)) return options_of(*bond);
    if (const auto* tunnel = std::get_if<TunnelOptions>(&wanted.want->made)) return *tunnel;
    const auto& vlan = std::get<Vlan>(wanted.want->made);
    const ObservedLink* link = by_name(vlan.link);
    if (link != nullptr) return VlanOptions{{link->id}, vlan.id};
    give_up(wanted, Problem::Kind::absent, "interface " + vlan.link.str() + ", which it is on, is not there");
    return std::nullopt;
  }

  BondOptions options_of(const Bond& bond) {
    BondOptions options;
    options.mode = bond.mode;
    if (has_primary(bond.mode)) {
      const ObservedLink* primary = bond.primary.empty() ? nullptr : by_name(bond.primary);
      options.primary = primary == nullptr ? LinkRef{} : LinkRef{primary->id};
      options.primary_reselect = bond.primary_reselect;
    }
    options.miimon = milliseconds(bond.miimon);
    options.up_delay = milliseconds(bond.up_delay);
    options.down_delay = milliseconds(bond.down_delay);
    options.min_links = bond.min_links;
    if (bond.mode == BondMode::ieee_802_3ad) options.lacp_rate = bond.lacp_rate;
    options.hash_policy = bond.hash_policy;
    return options;
  }

  void find_or_make(WantedLink& wanted) {
    auto shape = shape_of(wanted);
    if (!shape) return;
    const auto kind = kind_of(*shape);
    ObservedLink* named = by_name(wanted.want->name);
    if (ObservedLink* own = ours(wanted.want->name, kind); own != nullptr && stays(*own, *shape)) {
      wanted.link = own;
      keep_.insert(own->id.index);
      if (named == own || named == nullptr) return;
      planner_.before.links.push_back(*owned_.at(own->id.index));
      give_up(wanted, Problem::Kind::conflict, "it is called " + own->id.name.str() + ", and another one has its name");
    } else if (named == nullptr || is_ours(*named)) {
      wanted.fresh = true;
      wanted.link = &make(wanted, std::move(*shape));
    } else if (named->kind == kind && is_satisfied(*named, *shape, wanted)) {
      wanted.link = named;
      foreign_.insert(named->id.index);
      planner_.report(Problem::Kind::foreign, wanted.want->homes, subject(*wanted.want),
                      "is there already and not ours");
    } else {
      give_up(wanted, Problem::Kind::conflict,
              fmt::format("another one of this name is there, {}, and not ours; remove it (ip link del {})",
                          describe_kind(*named), named->id.name.str()));
    }
  }

  static std::string describe_kind(const ObservedLink& link) {
    if (link.kind.empty()) return "a device";
    return link.shape.index() == 0 ? "of kind " + link.kind : describe(link.shape);
  }

  // Whether it can become what is wanted: a VLAN has its id and place for life.
  static bool stays(const ObservedLink& link, const Shape& shape) {
    return link.shape.index() == shape.index() && (!std::holds_alternative<VlanOptions>(shape) || link.shape == shape);
  }

  bool is_satisfied(const ObservedLink& link, const Shape& shape, const WantedLink& wanted) {
    const auto* bond = std::get_if<BondOptions>(&shape);
    if (bond == nullptr) return link.shape == shape;
    const auto* there = std::get_if<BondOptions>(&link.shape);
    return there != nullptr && change(*bond, *there) == BondOptions{} &&
           std::all_of(wanted_.begin(), wanted_.end(), [&](const WantedLink& each) {
             return each.want->bond != wanted.want->name ||
                    (each.link != nullptr && each.link->master == link.id.index);
           });
  }

  ObservedLink& make(const WantedLink& wanted, Shape shape) {
    ObservedLink link;
    link.id = {next_index_++, wanted.want->name};
    link.kind = kind_of(shape);
    link.shape = std::move(shape);
    auto& made = planner_.links.emplace_back(std::move(link));
    planner_.link_by_name[made.id.name] = &made;
    planner_.link_by_index[made.id.index] = &made;
    return made;
  }

  // Those that stand on others first.
  void remove_left_over() {
    std::vector<const ObservedLink*> left_over;
    for (const auto& link : planner_.observed.links) {
      if (is_ours(link) && keep_.count(link.id.index) == 0) left_over.push_back(&link);
    }
    std::stable_sort(left_over.begin(), left_over.end(),
                     [](const auto* a, const auto* b) { return a->shape.index() > b->shape.index(); });
    for (const auto* link : left_over) {
      const auto& entry = *owned_.at(link->id.index);
      planner_.links_out.push_back({RemoveLink{link->id, link->kind}, entry.homes});
      planner_.before.links.push_back(entry);
      for (auto& each : planner_.links) {
        if (each.master == link->id.index) leave_master(each);
      }
      const auto named = planner_.link_by_name.find(link->id.name);
      if (named != planner_.link_by_name.end() && named->second->id.index == link->id.index) {
        planner_.link_by_name.erase(named);
      }
    }
  }

  // ------------------------------------------------------------------------------------------------------- changing

  static void leave_master(ObservedLink& link) {
    link.master = 0;
    link.up = false;  // the kernel closes a slave that leaves its bond
  }

  static void set_up(std::vector<Operation>& operations, ObservedLink& link, bool up, const Homes& homes) {
    if (link.up == up) return;
    operations.push_back({SetUp{link.id, up}, homes});
    link.up = up;
  }

  void shape(WantedLink& wanted) {
    const auto& want = *wanted.want;
    ObservedLink& link = *wanted.link;
    if (wanted.layer() != 0 && foreign_.count(link.id.index) == 0) {
      planner_.before.links.push_back({{link.id.index, want.name}, link.kind, want.homes});
      if (wanted.fresh) {
        planner_.links_in.push_back({AddLink{link.id, link.shape}, want.homes});
      } else {
        change_kept(wanted);
      }
      if (std::holds_alternative<Bond>(want.made)) gather_slaves(wanted);
    }
    for (const auto& [setting, value] : want.settings) {
      const auto current = link.settings.find(setting);
      if (current != link.settings.end() && current->second == value) continue;
      (wanted.fresh ? planner_.links_in : planner_.settings)
          .push_back({SetSetting{link.id, setting, value}, want.homes});
    }
  }

  void change_kept(WantedLink& wanted) {
    const auto& want = *wanted.want;
    ObservedLink& link = *wanted.link;
    if (link.id.name != want.name) rename(link, want.name, want.homes);
    if (const auto* tunnel = std::get_if<TunnelOptions>(&want.made)) {
      if (link.shape != Shape(*tunnel)) planner_.links_in.push_back({SetTunnel{link.id, *tunnel}, want.homes});
    } else if (const auto* bond = std::get_if<Bond>(&want.made)) {
      change_bond(wanted, change(options_of(*bond), std::get<BondOptions>(link.shape)));
    }
  }

  // Most of it while traffic flows; the mode only without slaves.
  void change_bond(WantedLink& wanted, const BondOptions& options) {
    if (options == BondOptions{}) return;
    const auto& homes = wanted.want->homes;
    ObservedLink& bond = *wanted.link;
    if (options.mode) {
      for (auto& each : planner_.links) {
        if (each.master == bond.id.index) release(each, homes);
      }
    }
    if (options.mode || options.lacp_rate) set_up(planner_.links_in, bond, false, homes);
    planner_.links_in.push_back({SetBond{bond.id, options}, homes});
  }

  void release(ObservedLink& slave, const Homes& homes) {
    planner_.links_in.push_back({SetMaster{slave.id, {}}, homes});
    leave_master(slave);
  }

  // Those that are no slaves of it any more go, those that are to be come.
  void gather_slaves(const WantedLink& bond) {
    const int index = bond.link->id.index;
    const auto is_wanted = [&](const ObservedLink& link) {
      return std::any_of(wanted_.begin(), wanted_.end(), [&](const WantedLink& each) {
        return each.link == &link && each.want->bond == bond.want->name;
      });
    };
    for (auto& link : planner_.links) {
      if (link.master == index && !is_wanted(link)) release(link, bond.want->homes);
    }
    for (auto& slave : wanted_) {
      if (slave.want->bond == bond.want->name && slave.link != nullptr && slave.link->master != index) {
        enslave(slave, *bond.link);
      }
    }
  }

  void enslave(WantedLink& slave, const ObservedLink& bond) {
    const auto& homes = slave.want->homes;
    ObservedLink& link = *slave.link;
    if (link.master != 0) {
      const auto master = planner_.link_by_index.find(link.master);
      if (master == planner_.link_by_index.end() || !is_ours(*master->second)) {
        const std::string name = master == planner_.link_by_index.end() ? "another one" : master->second->id.name.str();
        give_up(slave, Problem::Kind::conflict,
                fmt::format("it is in {}, which is not ours; take it out (ip link set dev {} nomaster)", name,
                            link.id.name.str()));
        return;
      }
      release(link, homes);
    }
    set_up(planner_.links_in, link, false, homes);
    planner_.links_in.push_back({SetMaster{link.id, bond.id}, homes});
    link.master = bond.id.index;
    link.up = true;
  }

  // A VLAN cannot be up on a link that is down.
  void want_down() {
    for (const auto& wanted : wanted_) {
      if (!wanted.want->up) planner_.wanted_down.insert(wanted.want->name);
    }
    for (const auto& wanted : wanted_) {
      const auto* vlan = std::get_if<Vlan>(&wanted.want->made);
      if (vlan != nullptr && planner_.wanted_down.count(vlan->link) != 0) {
        planner_.wanted_down.insert(wanted.want->name);
      }
    }
  }

  void set_mtu_and_up(WantedLink& wanted) {
    const auto& want = *wanted.want;
    ObservedLink& link = *wanted.link;
    if (foreign_.count(link.id.index) == 0 && want.mtu && *want.mtu != link.mtu) {
      planner_.mtus.push_back({SetMtu{link.id, *want.mtu}, want.homes});
    }
    const bool up = planner_.wanted_down.count(want.name) == 0;
    set_up(up ? planner_.ups : planner_.downs, link, up, want.homes);
  }

  Planner& planner_;
  std::vector<WantedLink> wanted_;
  std::map<int, const OwnedLink*> owned_;      // by index
  std::map<int, InterfaceName> found_by_mac_;  // and the names that they get
  std::set<int> keep_;                         // ours that stay
  std::set<int> foreign_;                      // not ours, and as wanted
  int next_index_ = 1;
};

}  // namespace

void plan_links(Planner& planner) {
  Links(planner).plan();
}

}  // namespace cip::plan
