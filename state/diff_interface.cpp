// Home interfaces, attribute by attribute.
#include <tuple>

#include "state/diff.h"
#include "state/diff_list.h"
#include "state/statement.h"
#include "state/words.h"

namespace cip {
namespace {

using Text = std::optional<std::string>;

Text text(const std::optional<std::uint32_t>& number) {
  return number ? Text(std::to_string(*number)) : std::nullopt;
}
template <class Tag>
Text text(const Name<Tag>& name) {
  return name.empty() ? std::nullopt : Text(name.str());
}
template <class T>
Text text(const std::optional<T>& value) {
  return value ? Text(value->str()) : std::nullopt;
}

constexpr std::uint32_t usual_mtu = 1500;  // what an interface without `mtu` is taken to have (docs/language.md)

Effect mtu_effect(const std::optional<std::uint32_t>& before, const std::optional<std::uint32_t>& after, bool device) {
  if (!after) return hitless("stays as it is until the interface is made anew");
  const auto was = before.value_or(usual_mtu);
  if (!before && *after == was) return hitless("what it was taken to be");
  if (device) {
    return interrupts(
        "many drivers restart the device for it: packets are lost, and if its carrier is away for longer "
        "than the link pulse time, it fails");
  }
  return *after < was ? interrupts("larger packets that are on their way are lost")
                      : hitless("larger packets are sent from then on");
}

constexpr auto vlan_anew =
    "the kernel cannot change it: the VLAN is removed and made anew, and carries nothing meanwhile";

class InterfaceComparison {
 public:
  InterfaceComparison(const HomeInterface& before, const HomeInterface& after) : before_(before), after_(after) {}

  std::vector<Change> compare() {
    compare_device();
    compare_bond(changes_, before_.bond, after_.bond);
    compare_vlan();
    compare_names();
    compare_addresses(changes_, self_, before_.addresses, after_.addresses);
    compare_routes(changes_, self_, before_.routes, after_.routes);
    compare_rules();
    compare_neighbors();
    compare_tunnels();
    compare_failover();
    return changes_.take();
  }

 private:
  void attribute(const char* word, Text before, Text after, Effect effect) {
    changes_.attribute(self_, word, std::string("/") + word, std::move(before), std::move(after), std::move(effect));
  }

  void compare_device() {
    attribute("kind", std::string(word(before_.kind)), std::string(word(after_.kind)),
              interrupts("the interface is removed and made anew, and carries nothing meanwhile"));
    attribute("match-mac", text(before_.match_mac), text(after_.match_mac),
              after_.match_mac ? interrupts(other_device) : hitless("the device that has the name keeps it"));
    const bool device = after_.kind != InterfaceKind::vlan && after_.kind != InterfaceKind::tunnel &&
                        after_.kind != InterfaceKind::loopback;
    attribute("mtu", text(before_.mtu), text(after_.mtu), mtu_effect(before_.mtu, after_.mtu, device));
  }

  void compare_vlan() {
    const ChangeList::Part part{"", "/vlan", "/vlan"};
    const auto link = [](const auto& vlan) { return vlan ? Text(vlan->link.str()) : std::nullopt; };
    const auto id = [](const auto& vlan) { return vlan ? Text(std::to_string(vlan->id)) : std::nullopt; };
    changes_.attribute(part, "link", "/link", link(before_.vlan), link(after_.vlan), interrupts(vlan_anew));
    changes_.attribute(part, "id", "/id", id(before_.vlan), id(after_.vlan), interrupts(vlan_anew));
  }

  void compare_names() {
    const auto description = [](const std::string& words) {
      return words.empty() ? std::nullopt : Text(string_literal(words));
    };
    attribute("provider", text(before_.provider), text(after_.provider),
              hitless("a name; the kernel holds nothing of it"));
    attribute("lan", text(before_.lan), text(after_.lan), hitless("a name; the kernel holds nothing of it"));
    attribute("description", description(before_.description), description(after_.description),
              hitless("for people only"));
  }

  void compare_rules() {
    const auto pairing =
        pair(before_.rules, after_.rules, [](const Rule& rule) { return std::pair(rule.from, rule.to); });
    changes_.elements(
        self_, "rule", "/rules", before_.rules, after_.rules, pairing, [](const Rule& rule) { return statement(rule); },
        [](const Rule* before, const Rule* after) {
          if (before == nullptr) return hitless("what it matches may take another way, nothing is dropped");
          if (after == nullptr) return interrupts("what it matched takes the way of other rules, or none");
          return interrupts(
              "the old rule is removed before the new one is added: packets in between "
              "take the way of other rules, or none");
        });
  }

  void compare_neighbors() {
    const auto pairing = pair(before_.neighbors, after_.neighbors, [](const Neighbor& n) { return n.address; });
    changes_.elements(
        self_, "neighbor", "/neighbors", before_.neighbors, after_.neighbors, pairing,
        [](const Neighbor& neighbor) { return statement(neighbor); },
        [](const Neighbor*, const Neighbor* after) {
          return after == nullptr ? hitless("its MAC address is asked for from then on")
                                  : hitless("replaced in one step; that it is this host's is not checked");
        });
  }

  void compare_tunnels() {
    Pairer pairer(before_.tunnels.size(), after_.tunnels.size());
    const auto pairs = pairer.pair([&](std::size_t i) { return before_.tunnels[i].name; },
                                   [&](std::size_t i) { return after_.tunnels[i].name; });
    for (const auto i : pairer.old_left()) compare_tunnel(i, std::nullopt);
    for (const auto& [i, j] : pairs) compare_tunnel(i, j);
    for (const auto i : pairer.new_left()) compare_tunnel(std::nullopt, i);
  }

  void compare_tunnel(std::optional<std::size_t> i, std::optional<std::size_t> j) {
    const auto place = [](std::optional<std::size_t> index) {
      return index ? "/tunnels/" + std::to_string(*index) : std::string();
    };
    const Tunnel none;
    const Tunnel& old = i ? before_.tunnels[*i] : none;
    const Tunnel& now = j ? after_.tunnels[*j] : none;
    const ChangeList::Part part{"tunnel " + (i ? old : now).name.str(), place(i), place(j)};
    const auto said = [](bool there, Text words) { return there ? std::move(words) : std::nullopt; };
    const auto attribute = [&](const char* word, const Text& before, const Text& after, Effect effect) {
      changes_.attribute(part, word, std::string("/") + word, said(i.has_value(), before), said(j.has_value(), after),
                         std::move(effect));
    };
    const auto ends = interrupts("the other end does not take what comes from or goes to another address than before");
    const auto anew = hitless("a new tunnel; nothing uses it yet");
    const auto gone = interrupts("nothing goes through the tunnel any more");
    const auto effect = [&](const Effect& changed) { return !i ? anew : !j ? gone : changed; };
    attribute("local", text(old.local), text(now.local), effect(ends));
    attribute("remote", old.remote.str(), now.remote.str(), effect(ends));
    attribute("ttl", std::to_string(old.ttl), std::to_string(now.ttl), effect(hitless("set while the tunnel runs")));
    attribute("mtu", text(old.mtu), text(now.mtu), effect(mtu_effect(old.mtu, now.mtu, false)));
    compare_addresses(changes_, part, old.addresses, now.addresses);
    compare_routes(changes_, part, old.routes, now.routes);
  }

  void compare_failover() {
    const auto& old = before_.failover;
    const auto& now = after_.failover;
    Effect effect = hitless("its resources can move once " + (now ? now->clim.str() : "") + " has the mirror");
    if (old && now) effect = hitless("nothing moves; refused while its resources are away");
    if (old && !now) effect = hitless("nothing moves from then on; refused while its resources are away");
    attribute("failover", text(old), text(now), effect);
    if (!old || old == now) {
      if (old) mark_mirror(*old);
      return;
    }
    auto& change = changes_.all().back();
    const std::string self = before_.name.str();
    if (now) mark_mirror(*now);
    if (!now) change.effects.push_back(unprotected("nothing takes the resources of " + self + " any more"));
  }

  // F9, F10: whatever changes, the mirror is older until it is copied.
  void mark_mirror(const InterfaceRef& failover) {
    for (auto& change : changes_.all()) {
      change.effects.push_back(unprotected("until " + failover.clim.str() + " has the new mirror"));
    }
  }

  const HomeInterface& before_;
  const HomeInterface& after_;
  const ChangeList::Part self_;
  ChangeList changes_;
};

// "bond bond0", as the language declares it.
std::string declaration(const HomeInterface& home) {
  const bool physical = home.kind == InterfaceKind::physical;
  return (physical ? "interface" : std::string(word(home.kind))) + " " + home.name.interface.str();
}

// Of an interface that is on one side only: itself first, then what it has.
std::vector<Change> diff_whole(const HomeInterface& there, bool added) {
  HomeInterface none;
  none.name = there.name;
  none.kind = there.kind;
  Change self;
  self.attribute = "interface";
  (added ? self.after : self.before) = declaration(there);
  const bool carries = !there.addresses.empty() || !there.routes.empty() || !there.tunnels.empty();
  self.effects = {added     ? hitless("a new interface; nothing uses it yet")
                  : carries ? interrupts("what it carries goes with it")
                            : hitless("it carries nothing of its own")};
  std::vector<Change> changes{std::move(self)};
  auto parts = added ? InterfaceComparison(none, there).compare() : InterfaceComparison(there, none).compare();
  for (auto& part : parts) {
    const bool ends = !added && part.has(Impact::interrupts);
    if (!ends) part.effects = {hitless(added ? "comes with the interface" : "goes with the interface")};
    std::erase_if(part.effects, [](const Effect& effect) { return effect.impact == Impact::unprotected; });
    if (part.attribute == "failover" && !added) part.effects = {hitless("refused while its resources are away")};
    changes.push_back(std::move(part));
  }
  return changes;
}

}  // namespace

std::vector<Change> diff(const HomeInterface* before, const HomeInterface* after) {
  if (before == nullptr) return after == nullptr ? std::vector<Change>{} : diff_whole(*after, true);
  if (after == nullptr) return diff_whole(*before, false);
  return InterfaceComparison(*before, *after).compare();
}

}  // namespace cip
