// Bonds, attribute by attribute. What the kernel does is in its Documentation/networking/bonding.rst and
// drivers/net/bonding/bond_options.c: which options it takes only while the bond has no slaves, or is down.
#include <algorithm>

#include "state/diff_list.h"
#include "state/statement.h"
#include "state/words.h"

namespace cip {
namespace {

const ChangeList::Part slaves_part{"", "/bond", "/bond"};

class BondComparison {
 public:
  BondComparison(ChangeList& changes, const std::optional<Bond>& before, const std::optional<Bond>& after)
      : changes_(changes),
        has_before_(before.has_value()),
        has_after_(after.has_value()),
        before_(before.value_or(Bond{})),
        after_(after.value_or(Bond{})) {}

  void compare() {
    compare_slaves();
    attribute(
        "mode", [](const Bond& bond) { return std::string(word(bond.mode)); },
        interrupts("the kernel changes the mode only of a bond without slaves: it is built anew, and it and its "
                   "VLANs carry nothing meanwhile"),
        true);
    attribute(
        "primary", [](const Bond& bond) { return bond.primary.str(); }, primary_effect());
    attribute(
        "primary-reselect", [](const Bond& bond) { return std::string(word(bond.primary_reselect)); },
        reselect_effect());
    attribute(
        "miimon", [](const Bond& bond) { return statement(bond.miimon); },
        hitless("set while the bond runs; a dead slave is noticed sooner or later than before"), false, "-ms");
    attribute(
        "min-links", [](const Bond& bond) { return std::to_string(bond.min_links); }, min_links_effect());
    attribute(
        "lacp-rate", [](const Bond& bond) { return std::string(word(bond.lacp_rate)); }, lacp_effect());
    attribute(
        "hash-policy", [](const Bond& bond) { return std::string(word(bond.hash_policy)); },
        hitless("set while the bond runs; a connection may go on over another slave"));
    attribute(
        "up-delay", [](const Bond& bond) { return statement(bond.up_delay); },
        hitless("set while the bond runs; counts when a slave's carrier comes"), false, "-ms");
    attribute(
        "down-delay", [](const Bond& bond) { return statement(bond.down_delay); },
        hitless("set while the bond runs; counts when a slave's carrier goes"), false, "-ms");
  }

 private:
  // An attribute of a bond that is on one side only is said if it is not the default, or if it is `always` said.
  template <class Text>
  void attribute(const char* attribute_name, const Text& text, const Effect& effect, bool always = false,
                 const char* unit = "") {
    const auto fallback = text(Bond{});
    const auto said = [&](bool there, const Bond& bond) -> std::optional<std::string> {
      const auto value = text(bond);
      const bool both = has_before_ && has_after_;
      if (!there || value.empty() || (!both && !always && value == fallback)) return std::nullopt;
      return value;
    };
    changes_.attribute(slaves_part, attribute_name, std::string("/") + attribute_name + unit,
                       said(has_before_, before_), said(has_after_, after_), effect);
  }

  void compare_slaves() {
    const auto name_of = [](const BondSlave& slave) { return slave.name; };
    Pairer pairer(before_.slaves.size(), after_.slaves.size());
    const auto pairs = pairer.pair([&](std::size_t i) { return name_of(before_.slaves[i]); },
                                   [&](std::size_t i) { return name_of(after_.slaves[i]); });
    const Pairing pairing{pairer.old_left(), {}, pairer.new_left()};
    changes_.elements(
        slaves_part, "slave", "/slaves", before_.slaves, after_.slaves, pairing,
        [](const BondSlave& slave) { return slave.name.str(); },
        [&](const BondSlave* old, const BondSlave*) { return slave_effect(old, pairs.empty()); });
    for (const auto& [i, j] : pairs) compare_slave(i, j);
    for (const auto i : pairing.removed) compare_slave(i, std::nullopt);
    for (const auto i : pairing.added) compare_slave(std::nullopt, i);
    compare_first(pairs);
  }

  Effect slave_effect(const BondSlave* removed, bool all_new) const {
    if (removed == nullptr) {
      return all_new && has_before_ ? interrupts("none of the slaves stays: the bond carries nothing meanwhile")
                                    : hitless(
                                          "the bond carries on with the slaves that it has; the new one is set down "
                                          "before it joins");
    }
    if (all_new) return interrupts("none of the slaves stays: the bond carries nothing meanwhile");
    return interrupts("what is on its way through " + removed->name.str() + " is lost; the other slaves go on");
  }

  void compare_slave(std::optional<std::size_t> i, std::optional<std::size_t> j) {
    const BondSlave none;
    const auto& old = i ? before_.slaves[*i] : none;
    const auto& now = j ? after_.slaves[*j] : none;
    const auto place = [](std::optional<std::size_t> index) {
      return index ? "/bond/slaves/" + std::to_string(*index) : std::string();
    };
    const ChangeList::Part part{"slave " + (i ? old : now).name.str(), place(i), place(j)};
    const auto mac = [](const BondSlave& slave) {
      return slave.match_mac ? std::optional(slave.match_mac->str()) : std::nullopt;
    };
    const auto description = [](const BondSlave& slave) {
      return slave.description.empty() ? std::nullopt : std::optional(string_literal(slave.description));
    };
    changes_.attribute(
        part, "match-mac", "/match-mac", mac(old), mac(now),
        now.match_mac && i && j ? interrupts(other_device) : hitless("the device that has the name keeps it"));
    changes_.attribute(part, "description", "/description", description(old), description(now),
                       hitless("for people only"));
  }

  // Of the order of slaves only the first has a meaning: a bond takes its MAC address from it when it is built.
  void compare_first(const std::vector<std::pair<std::size_t, std::size_t>>& pairs) {
    if (pairs.empty()) return;
    const auto old = std::min_element(pairs.begin(), pairs.end())->first;
    const auto now = std::min_element(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
                       return a.second < b.second;
                     })->second;
    changes_.attribute({"", "/bond/slaves/" + std::to_string(old), "/bond/slaves/" + std::to_string(now)},
                       "first slave", "", before_.slaves[old].name.str(), after_.slaves[now].name.str(),
                       hitless("counts when the bond is built: it takes its MAC address from its first slave"));
  }

  Effect primary_effect() const {
    if (after_.primary.empty()) return hitless("the slave that is in use stays in use");
    return interrupts("if its carrier is there, traffic changes to " + after_.primary.str() +
                      ": what is on its way through the other is lost");
  }
  Effect reselect_effect() const {
    if (after_.primary.empty()) return hitless("without a primary it decides nothing");
    if (after_.primary_reselect == PrimaryReselect::failure) return hitless("the slave that is in use stays in use");
    return interrupts("traffic may change to the primary at once: what is on its way through the other slave is lost");
  }
  Effect min_links_effect() const {
    if (after_.min_links > after_.slaves.size()) {
      return interrupts("the bond has fewer slaves than that, so it has no carrier");
    }
    if (after_.min_links > before_.min_links) {
      return hitless("while that many slaves have carrier; with fewer, the bond fails");
    }
    return hitless("the bond needs no more slaves than before");
  }
  Effect lacp_effect() const {
    if (after_.mode != BondMode::ieee_802_3ad) return hitless("counts in mode 802.3ad only");
    return interrupts("the kernel changes it only while the bond is down");
  }

  ChangeList& changes_;
  bool has_before_;
  bool has_after_;
  Bond before_;
  Bond after_;
};

}  // namespace

void compare_bond(ChangeList& changes, const std::optional<Bond>& before, const std::optional<Bond>& after) {
  if (before == after) return;
  BondComparison(changes, before, after).compare();
}

}  // namespace cip
