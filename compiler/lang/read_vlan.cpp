// Attributes of a VLAN (K8).
#include <string>

#include "compiler/lang/missing.h"
#include "compiler/lang/readers.h"

namespace cip::lang {

void read_link(Block& block, Arguments& arguments) {
  if (const auto name = read_interface_name(arguments)) {
    block.interface->vlan.link = Sourced<InterfaceName>{InterfaceName(name->value), name->origin};
  }
}

void finish_vlan(Block& block) {
  Interface& interface = *block.interface;
  VlanStatement& vlan = interface.vlan;
  std::vector<Missing> missing;
  if (!vlan.link && !vlan.link_unknown) {
    missing.push_back({"`link`", "link NAME;"});
    vlan.link_unknown = true;
  }
  if (!vlan.id && !vlan.id_unknown) {
    missing.push_back({"`id`", "id N;"});
    vlan.id_unknown = true;
  }
  report_missing(block, "VLAN " + interface.name.str(), interface.origin, missing);
}

}  // namespace cip::lang
