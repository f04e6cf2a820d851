// The link and the id of a VLAN (K8): E0112.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/check/interfaces.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Finding;
using diagnostics::Findings;
using lang::Clim;
using lang::Cluster;
using lang::Interface;

// The VLANs of one link, by id.
using Ids = std::unordered_map<std::uint16_t, const Interface*>;

// Whether the link can carry VLANs; otherwise reports why not.
bool check_link(const Clim& clim, const Interface& vlan, Findings& findings) {
  const auto& link = *vlan.vlan.link;
  const InterfaceRef name{clim.name, link.value};
  Finding finding{Code::e0112, "", {link.origin, "cannot carry " + vlan.name.str()}};
  finding.notes.push_back("the link of a VLAN is a physical interface or a bond");
  if (const Interface* bond = clim.bond_of(link.value)) {
    finding.message = "the link of VLAN " + vlan.name.str() + " is a slave";
    finding.secondary.push_back({bond->origin, name.str() + " is a slave of " + bond->name.str()});
    finding.help.push_back("write `link " + bond->name.interface.str() + ";`");
  } else if (const Interface* declared = clim.find(link.value); declared != nullptr &&
                                                                declared->kind != InterfaceKind::physical &&
                                                                declared->kind != InterfaceKind::bond) {
    const std::string kind(kind_name(declared->kind));
    finding.message = "the link of VLAN " + vlan.name.str() + " is a " + kind + " interface";
    finding.secondary.push_back({declared->origin, "a " + kind + " interface"});
  } else {
    return true;
  }
  findings.add(std::move(finding));
  return false;
}

void check_id(const Interface& vlan, Ids& ids, Findings& findings) {
  const auto [entry, fresh] = ids.emplace(vlan.vlan.id->value, &vlan);
  if (fresh) {
    return;
  }
  const Interface* earlier = entry->second;
  const Interface* later = &vlan;
  if (later->vlan.id->origin.rank < earlier->vlan.id->origin.rank) {
    std::swap(earlier, later);
  }
  findings.add({Code::e0112,
                "two VLANs on " + vlan.vlan.link->value.str() + " have id " + std::to_string(vlan.vlan.id->value),
                {later->vlan.id->origin, later->name.str() + " has it ..."},
                {{earlier->vlan.id->origin, "... and so has " + earlier->name.str()}},
                {"frames with one id can go to one interface only"}});
}

}  // namespace

void check_vlans(const Cluster& cluster, Findings& findings) {
  for (const Clim& clim : cluster.clims) {
    std::unordered_map<InterfaceName, Ids> ids;
    for (const Interface& interface : clim.interfaces) {
      if (interface.kind == InterfaceKind::vlan && interface.vlan.link && check_link(clim, interface, findings) &&
          interface.vlan.id) {
        check_id(interface, ids[interface.vlan.link->value], findings);
      }
    }
  }
}

}  // namespace cip::check
