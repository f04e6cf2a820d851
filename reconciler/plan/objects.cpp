#include "reconciler/plan/objects.h"

#include <algorithm>

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

const ObservedLink* Observed::find_link(const InterfaceName& name) const {
  const auto found = std::find_if(links.begin(), links.end(), [&](const auto& link) { return link.id.name == name; });
  return found == links.end() ? nullptr : &*found;
}

const ObservedLink* Observed::find_link(int index) const {
  const auto found = std::find_if(links.begin(), links.end(), [&](const auto& link) { return link.id.index == index; });
  return found == links.end() ? nullptr : &*found;
}

}  // namespace cip::plan
