// What `cipc graph` shows (docs/commands.md): a picture of a cluster, and its writers. The picture is in the terms of
// docs/domain.md, and knows nothing of lines and colours.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/lang/model.h"

namespace cip::output::graph {

// An interface of a CLIM, with what the specification says of it.
struct Interface {
  std::string name;
  InterfaceKind kind = InterfaceKind::physical;
  bool slave = false;  // K5
  // What it lies on, an index into the CLIM's interfaces: the bond of a slave, the link of a VLAN, the interface that a
  // tunnel follows (K7). It stands before.
  std::optional<std::size_t> parent;
  std::size_t depth = 0;                // how many parents there are above it
  std::optional<std::size_t> provider;  // index into the picture's providers
  std::string lan;                      // empty: the provider's own
  std::vector<std::string> addresses;
  // All else, as statements of the language without their first words: {"route", "default via 10.1.0.254"}.
  std::vector<std::pair<std::string, std::string>> facts;

  std::string lan_name(const std::vector<struct Provider>& providers) const;  // "blue", "blue/left", or empty
};

struct Provider {
  std::string name;
  std::vector<std::string> lans;  // those that it declares, else those that interfaces name; neither: its own only
};

struct Clim {
  std::string name;
  std::vector<std::string> control;
  std::vector<Interface> interfaces;  // in the order of the specification, what lies on one behind it
};

// Indices into clims, and into the interfaces of one.
struct InterfaceIndex {
  std::size_t clim = 0;
  std::size_t interface = 0;

  auto operator<=>(const InterfaceIndex&) const = default;
  bool operator==(const InterfaceIndex&) const = default;
};

enum class PairKind : std::uint8_t {
  mutual,   // each takes the other's resources (P4)
  one_way,  // `target` has resources of its own; they stay when it fails (P1)
  spare     // `target` has none of its own
};
const char* words(PairKind kind);  // "each fails over to the other", ...

// A failover pair. By P4 and P5 no interface is in two.
struct Pair {
  InterfaceIndex home;  // of two that use each other the one whose `failover` stands first
  InterfaceIndex target;
  PairKind kind = PairKind::mutual;
};

struct Picture {
  std::string cluster;  // its name
  std::vector<Provider> providers;
  std::vector<Clim> clims;
  std::vector<Pair> pairs;

  const Interface& at(const InterfaceIndex& index) const { return clims.at(index.clim).interfaces.at(index.interface); }
  std::string name(const InterfaceIndex& index) const;                    // "n1.eth1"
  std::optional<std::size_t> pair_of(const InterfaceIndex& index) const;  // index into pairs
};

// Of a cluster without errors.
Picture picture_of(const lang::Cluster& cluster);

// For graphviz: a cluster for each CLIM, the LANs as nodes, failover as coloured edges.
std::string to_dot(const Picture& picture);
// A drawing of its own layout, without scripts and external references. Text is as large as on a terminal.
std::string to_svg(const Picture& picture);
// One page: the drawing, a table of the pairs, and a script that shows what belongs together. It needs no network.
std::string to_html(const Picture& picture);

}  // namespace cip::output::graph
