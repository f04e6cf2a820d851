#include "reconciler/plan/objects.h"

#include <algorithm>
#include <type_traits>

namespace cip::plan {

std::string_view name(Setting setting) {
  switch (setting) {
    case Setting::arp_ignore:
      return "arp_ignore";
    case Setting::arp_announce:
      return "arp_announce";
    case Setting::promote_secondaries:
      return "promote_secondaries";
  }
  return "";
}

std::string_view kind_of(const Shape& shape) {
  constexpr std::string_view kinds[] = {"", "bond", "vlan", "sit"};
  return kinds[shape.index()];
}

Subject subject_of(const Action& action) {
  return std::visit(
      [](const auto& what) -> Subject {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, AddAddress> || std::is_same_v<What, RefreshAddress> ||
                      std::is_same_v<What, RemoveAddress>) {
          return {what.link.name, what.address};
        } else if constexpr (std::is_same_v<What, AddRoute> || std::is_same_v<What, ReplaceRoute>) {
          return {what.link.name, what.route};
        } else if constexpr (std::is_same_v<What, RemoveRoute>) {
          return {what.route.link.name, what.route.route};
        } else if constexpr (std::is_same_v<What, AddNeighbor> || std::is_same_v<What, ReplaceNeighbor>) {
          return {what.link.name, what.neighbor};
        } else if constexpr (std::is_same_v<What, AddRule> || std::is_same_v<What, RemoveRule>) {
          return {{}, what.rule};
        } else {
          return {what.link.name, {}};
        }
      },
      action);
}

const ObservedLink* Observed::find_link(const InterfaceName& name) const {
  const auto found = std::find_if(links.begin(), links.end(), [&](const auto& link) { return link.id.name == name; });
  return found == links.end() ? nullptr : &*found;
}

const ObservedLink* Observed::find_link(int index) const {
  const auto found = std::find_if(links.begin(), links.end(), [&](const auto& link) { return link.id.index == index; });
  return found == links.end() ? nullptr : &*found;
}

}  // namespace cip::plan
