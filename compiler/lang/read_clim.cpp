// CLIMs, their control addresses, and the interfaces they are made of.
#include <string>
#include <utility>

#include "compiler/lang/readers.h"

namespace cip::lang {
namespace {

using diagnostics::Code;

Clim& find_or_add(Cluster& cluster, const Sourced<std::string>& name) {
  const ClimName clim(name.value);
  const auto [entry, fresh] = cluster.clim_by_name.emplace(clim, cluster.clims.size());
  if (fresh) {
    cluster.clims.emplace_back();
    cluster.clims.back().name = clim;
    cluster.clims.back().origin = name.origin;
  }
  return cluster.clims[entry->second];
}

std::optional<Sourced<std::string>> read_clim_name(Arguments& arguments) {
  auto name = arguments.name("the name of a CLIM");
  if (name && !is_clim_name(name->value)) {
    arguments.error(Code::e0007, backticked(name->value) + " cannot be the name of a CLIM", name->origin.span, "",
                    "use letters, digits, `_` and `-`, at most 63");
    return std::nullopt;
  }
  return name;
}

// K2. An alias such as eth2:1 is an old spelling of a second address.
void report_logical(Arguments& arguments, const syntax::Span& span, const std::string& name, const std::string& of) {
  arguments.error(Code::e0101, name + " is a logical interface, which cannot be configured", span, "",
                  "give its addresses to " + backticked(of) + ": an interface may have as many as it needs");
}

}  // namespace

std::optional<Sourced<std::string>> read_interface_name(Arguments& arguments) {
  auto name = arguments.name("the name of an interface");
  if (!name) {
    return std::nullopt;
  }
  if (arguments.peek() != nullptr && arguments.peek()->is_punctuation(":")) {
    const auto& last = arguments.statement().arguments.back();
    report_logical(arguments, syntax::join(name->origin.span, last.span), name->value + ":...", name->value);
    arguments.skip_all();
    return std::nullopt;
  }
  if (const auto colon = name->value.find(':'); colon != std::string::npos) {
    report_logical(arguments, name->origin.span, name->value, name->value.substr(0, colon));
    return std::nullopt;
  }
  if (!is_interface_name(name->value)) {
    arguments.error(Code::e0007, backticked(name->value) + " cannot be the name of an interface", name->origin.span, "",
                    "the kernel takes 1 to 15 bytes without `/`, `:` and white space");
    return std::nullopt;
  }
  return name;
}

namespace {

Place place_of(InterfaceKind kind) {
  switch (kind) {
    case InterfaceKind::loopback:
      return Place::loopback;
    case InterfaceKind::maintenance:
      return Place::maintenance;
    case InterfaceKind::bond:
      return Place::bond;
    case InterfaceKind::vlan:
      return Place::vlan;
    case InterfaceKind::tunnel:
      return Place::tunnel;
    case InterfaceKind::physical:
      break;
  }
  return Place::interface;
}

// Adds the interface; if there is one of this name, that is an error, and nothing is certain about it any more.
bool declare(Block& block, Arguments& arguments, const Sourced<std::string>& name) {
  Clim& clim = *block.clim;
  const InterfaceName interface(name.value);
  const auto [entry, fresh] = clim.by_name.emplace(interface, clim.interfaces.size());
  if (fresh) {
    clim.interfaces.emplace_back();
    clim.interfaces.back().name = {clim.name, interface};
    clim.interfaces.back().origin = name.origin;
    return true;
  }
  Interface& earlier = clim.interfaces[entry->second];
  block.building.reading.findings.add({Code::e0004,
                                       "interface " + earlier.name.str() + " is declared twice",
                                       {name.origin, "declared again here"},
                                       {{earlier.origin, "first declared here"}},
                                       {},
                                       {"put all that it has into one block"},
                                       {}});
  Block again{place_of(earlier.kind), block.building};
  again.clim = block.clim;
  again.interface = &earlier;
  forget(again, Fact::all);
  arguments.skip_all();
  return false;
}

// What can only be said when the whole block is known. A block that is discarded has an error already.
void finish(Block& block) {
  if (block.discarded) {
    return;
  }
  switch (block.place) {
    case Place::bond:
      return finish_bond(block);
    case Place::vlan:
      return finish_vlan(block);
    case Place::tunnel:
      return finish_tunnel(block);
    default:
      return;
  }
}

}  // namespace

void read_clim(Block& block, Arguments& arguments) {
  const auto name = read_clim_name(arguments);
  Clim nameless;
  Block inner{Place::clim, block.building};
  inner.discarded = !name;
  inner.clim = name ? &find_or_add(block.building.cluster, *name) : &nameless;
  const auto& statement = arguments.statement();
  if (statement.block_broken) {
    forget(inner, Fact::all);
  }
  read_block(statement.block, inner);
}

void read_control(Block& block, Arguments& arguments) {
  do {
    auto address = arguments.ip("a control address", AddressUse::control);
    if (address) {
      block.clim->control.push_back(*address);
    } else if (arguments.peek() == nullptr || !arguments.peek()->is_punctuation(",")) {
      return;
    }
  } while (arguments.take_punctuation(","));
}

template <InterfaceKind Kind>
void read_interface(Block& block, Arguments& arguments) {
  const auto name = read_interface_name(arguments);
  Interface nameless;
  Block inner{place_of(Kind), block.building};
  inner.clim = block.clim;
  inner.discarded = block.discarded || !name || !declare(block, arguments, *name);
  inner.interface = inner.discarded ? &nameless : &block.clim->interfaces.back();
  inner.interface->kind = Kind;
  const auto& statement = arguments.statement();
  if (statement.block_broken) {
    forget(inner, Fact::all);
  }
  read_block(statement.block, inner);
  finish(inner);
}
template void read_interface<InterfaceKind::loopback>(Block&, Arguments&);
template void read_interface<InterfaceKind::maintenance>(Block&, Arguments&);
template void read_interface<InterfaceKind::physical>(Block&, Arguments&);
template void read_interface<InterfaceKind::bond>(Block&, Arguments&);
template void read_interface<InterfaceKind::vlan>(Block&, Arguments&);
template void read_interface<InterfaceKind::tunnel>(Block&, Arguments&);

}  // namespace cip::lang
