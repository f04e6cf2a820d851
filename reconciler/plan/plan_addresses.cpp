#include <algorithm>
#include <map>
#include <set>

#include "reconciler/plan/describe.h"
#include "reconciler/plan/planner.h"

namespace cip::plan {

namespace {

// What the kernel takes for one address of a link: with its length for IPv4, without for IPv6.
struct Slot {
  int link = 0;
  IpAddress address;
  int length = 0;  // IPv6: 0

  auto operator<=>(const Slot&) const = default;
};

Slot slot_of(int link, const InterfaceAddress& address) {
  return {link, address.address, address.family() == Family::ipv4 ? address.length : 0};
}

struct WantedAddress {
  DesiredAddress want;
  LinkId link;
  bool loopback = false;
  const ObservedAddress* there = nullptr;  // the same address, ours
  bool to_add = false;
};

using Owned = std::map<std::pair<int, InterfaceAddress>, const OwnedAddress*>;

class Addresses {
 public:
  explicit Addresses(Planner& planner) : planner_(planner) {
    for (const auto& entry : planner.ledger.addresses) owned_.insert({{entry.link.index, entry.address}, &entry});
    for (const auto& address : planner.observed.addresses) {
      if (!(address.has_peer && address.address.family() == Family::ipv4)) {
        present_.emplace(slot_of(address.link.index, address.address), &address);
      }
      if (address.tentative) planner.unready.insert(address.address.address);
    }
  }

  void plan() {
    gather();
    for (const auto& address : planner_.observed.addresses) remove_if_left_over(address);
    for (auto& wanted : wanted_) add_or_keep(wanted);
    order_removals();
    order_primaries();
  }

 private:
  bool is_ours(const ObservedAddress& address) const {
    if (address.has_peer) return false;
    return address.protocol == our_protocol || owned_.contains({address.link.index, address.address});
  }

  // Each desired address that has a place once, with all who want it, in their order.
  void gather() {
    for (const auto& want : planner_.desired.addresses) {
      const auto subject = [&want] { return Subject{want.link, want.address}; };
      const ObservedLink* link = planner_.place(want.link, want.homes, subject);
      if (link == nullptr) continue;
      const auto [entry, first] = index_.insert({slot_of(link->id.index, want.address), wanted_.size()});
      if (first) {
        wanted_.push_back({want, link->id, link->loopback});
        continue;
      }
      auto& taken = wanted_[entry->second].want;
      if (taken.address == want.address) {
        taken.homes.insert(want.homes.begin(), want.homes.end());
        taken.movable = taken.movable || want.movable;
      } else {
        planner_.report(Problem::Kind::contradiction, want.homes, subject(),
                        "is wanted as " + taken.address.str() + " for " + describe(taken.homes));
      }
    }
  }

  void remove_if_left_over(const ObservedAddress& address) {
    if (!is_ours(address)) return;
    const auto wanted = index_.find(slot_of(address.link.index, address.address));
    if (wanted != index_.end() && wanted_[wanted->second].want.address == address.address) return;
    OwnedAddress entry{address.link, address.address, false, {}};
    const auto known = owned_.find({address.link.index, address.address});
    if (known != owned_.end()) entry = *known->second;
    entry.link = address.link;  // it may have a new name
    removals_.push_back({&address, entry.homes});
    planner_.before.addresses.push_back(std::move(entry));
  }

  void add_or_keep(WantedAddress& wanted) {
    const auto& want = wanted.want;
    const auto found = present_.find(slot_of(wanted.link.index, want.address));
    const ObservedAddress* there = found == present_.end() ? nullptr : found->second;
    const bool ours = there != nullptr && is_ours(*there);
    const bool same = there != nullptr && there->address == want.address && !there->has_peer;
    if (there != nullptr && !ours) {
      report_foreign(wanted, *there, same);
      return;
    }
    planner_.before.addresses.push_back({wanted.link, want.address, want.movable, want.homes});
    if (same) {
      wanted.there = there;
      keep(wanted, *there);
    } else {
      wanted.to_add = true;
      planner_.addresses_in.push_back({addition(wanted), want.homes});
      const bool checked = want.address.family() == Family::ipv6 && !want.movable && !wanted.loopback;
      if (checked) planner_.unready.insert(want.address.address);
    }
  }

  static AddAddress addition(const WantedAddress& wanted) {
    const bool skip_dad = wanted.want.movable && wanted.want.address.family() == Family::ipv6;
    return {wanted.link, wanted.want.address, wanted.want.lifetime, skip_dad};
  }

  void report_foreign(const WantedAddress& wanted, const ObservedAddress& there, bool same) {
    const auto& want = wanted.want;
    const Subject subject{wanted.link.name, want.address};
    if (same && !want.movable) {
      planner_.report(Problem::Kind::foreign, want.homes, subject, "is there already and not ours");
    } else if (same) {
      planner_.report(Problem::Kind::conflict, want.homes, subject,
                      "is there already and not ours, so it could not fail over: remove it and it is added again");
    } else {
      planner_.report(Problem::Kind::conflict, want.homes, subject,
                      "is there already as " + there.address.str() + " and not ours");
    }
  }

  void keep(const WantedAddress& wanted, const ObservedAddress& there) {
    // Without link pulse it does not even begin: nobody could say that the address is free.
    if (there.tentative && planner_.link_by_index.at(wanted.link.index)->carrier) {
      planner_.report(Problem::Kind::waiting, wanted.want.homes, Subject{wanted.link.name, wanted.want.address},
                      "is still being checked for duplicates");
    }
    if (there.dad_failed) {
      planner_.report(Problem::Kind::duplicate, wanted.want.homes, Subject{wanted.link.name, wanted.want.address},
                      "another host has this address");
    }
    if (there.deprecated || lifetime_differs(wanted.want.lifetime, there.lifetime)) {
      planner_.addresses_in.push_back(
          {RefreshAddress{wanted.link, wanted.want.address, wanted.want.lifetime}, wanted.want.homes});
    }
  }

  // A finite lifetime runs down between refreshes, which come every third of it (docs/protocol.md, The fence).
  static bool lifetime_differs(const Lifetime& wanted, const Lifetime& left) {
    if (wanted.has_value() != left.has_value()) return true;
    return wanted && (*left > *wanted || *left * 2 < *wanted);
  }

  // With the last IPv4 address of a link all its routes go, also those that are not ours: where new addresses come,
  // they come first. Deleting a primary address deletes its secondaries if promote_secondaries could not be set: they
  // go first.
  void order_removals() {
    std::map<int, std::size_t> staying;  // IPv4 addresses of a link
    std::set<int> filled;                // links that get one
    std::map<IpAddress, int> added;      // and on which link
    for (const auto& address : planner_.observed.addresses) {
      if (address.address.family() == Family::ipv4) ++staying[address.link.index];
    }
    for (const auto& removal : removals_) {
      if (removal.address->address.family() == Family::ipv4) --staying[removal.address->link.index];
    }
    for (const auto& wanted : wanted_) {
      if (!wanted.to_add) continue;
      added.insert({wanted.want.address.address, wanted.link.index});
      if (wanted.want.address.family() == Family::ipv4) filled.insert(wanted.link.index);
    }
    std::stable_partition(removals_.begin(), removals_.end(), [](const auto& r) { return r.address->secondary; });
    for (const auto& [address, homes] : removals_) {
      const int link = address->link.index;
      const auto again = added.find(address->address.address);
      const bool moves = again != added.end() && again->second != link;  // must not be on two links at once
      const bool last =
          address->address.family() == Family::ipv4 && staying[link] == 0 && filled.contains(link) && !moves;
      auto& phase = last ? planner_.addresses_out_late : planner_.addresses_out;
      phase.push_back({RemoveAddress{address->link, address->address}, homes});
    }
  }

  // Whether a secondary takes over when its primary goes; else it goes, too.
  bool promotes(int link) const {
    const auto is_promotion = [link](const Operation& operation) {
      const auto* set = std::get_if<SetSetting>(&operation.action);
      return set != nullptr && set->link.index == link && set->setting == Setting::promote_secondaries &&
             set->value != 0;
    };
    const auto& settings = planner_.link_by_index.at(link)->settings;
    const auto current = settings.find(Setting::promote_secondaries);
    return (current != settings.end() && current->second != 0) ||
           std::any_of(planner_.settings.begin(), planner_.settings.end(), is_promotion);
  }

  // The first IPv4 address of a network is its primary (docs/language.md): the source of what we send. If another of
  // ours is, those beside the first are removed and added again behind it.
  void order_primaries() {
    std::map<std::pair<int, Prefix>, std::vector<WantedAddress*>> networks;
    for (auto& wanted : wanted_) {
      if (wanted.want.address.family() != Family::ipv4 || !(wanted.to_add || wanted.there != nullptr)) continue;
      networks[{wanted.link.index, wanted.want.address.network()}].push_back(&wanted);
    }
    for (const auto& address : planner_.observed.addresses) {
      if (address.address.family() != Family::ipv4 || is_ours(address)) continue;
      networks.erase({address.link.index, address.address.network()});  // a foreign one among them: leave the order
    }
    for (auto& [network, members] : networks) {
      const auto is_primary = [](const WantedAddress* wanted) {
        return wanted->there != nullptr && !wanted->there->secondary;
      };
      if (std::any_of(members.begin() + 1, members.end(), is_primary) && promotes(network.first)) rotate(members);
    }
  }

  void rotate(const std::vector<WantedAddress*>& members) {
    std::vector<Operation> additions;
    for (auto member = members.begin() + 1; member != members.end(); ++member) {
      const WantedAddress& wanted = **member;
      if (wanted.there == nullptr) continue;  // comes behind the first anyway
      planner_.addresses_in.push_back({RemoveAddress{wanted.link, wanted.want.address}, wanted.want.homes});
      additions.push_back({addition(wanted), wanted.want.homes});
      planner_.rotated.insert(wanted.want.address.address);
    }
    std::move(additions.begin(), additions.end(), std::back_inserter(planner_.addresses_in));
  }

  Planner& planner_;
  Owned owned_;
  std::map<Slot, const ObservedAddress*> present_;
  std::vector<WantedAddress> wanted_;
  std::map<Slot, std::size_t> index_;  // into wanted_
  struct Removal {
    const ObservedAddress* address;
    Homes homes;
  };
  std::vector<Removal> removals_;
};

}  // namespace

void plan_addresses(Planner& planner) {
  Addresses(planner).plan();
}

std::vector<OwnedAddress> held_addresses(const Observed& observed, const Ledger& ledger) {
  std::vector<OwnedAddress> held;
  if (ledger.instance != observed.instance) return held;
  std::map<std::pair<int, InterfaceAddress>, const ObservedAddress*> present;
  for (const auto& address : observed.addresses) present.insert({{address.link.index, address.address}, &address});
  for (const auto& owned : ledger.addresses) {
    const auto found = present.find({owned.link.index, owned.address});
    if (!owned.movable || found == present.end() || found->second->has_peer) continue;
    held.push_back(owned);
    held.back().link = found->second->link;  // it may have a new name
  }
  return held;
}

}  // namespace cip::plan
