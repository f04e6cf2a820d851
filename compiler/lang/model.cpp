#include "compiler/lang/model.h"

namespace cip::lang {
namespace {

// The element that `index` has under `name`.
template <class Index, class Name, class List>
auto look_up(const Index& index, const Name& name, List& list) -> decltype(list.data()) {
  const auto found = index.find(name);
  return found == index.end() ? nullptr : &list[found->second];
}

}  // namespace

const Interface* Clim::find(const InterfaceName& interface) const {
  return look_up(by_name, interface, interfaces);
}

const Interface* Clim::bond_of(const InterfaceName& interface) const {
  return look_up(bond_by_slave, interface, interfaces);
}

const Provider* Cluster::find(const ProviderName& provider) const {
  return look_up(provider_by_name, provider, providers);
}

const Clim* Cluster::find(const ClimName& clim) const {
  return look_up(clim_by_name, clim, clims);
}

const Interface* Cluster::find(const InterfaceRef& interface) const {
  const Clim* clim = find(interface.clim);
  return clim == nullptr ? nullptr : clim->find(interface.interface);
}

}  // namespace cip::lang
