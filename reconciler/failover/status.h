// What an operator sees (docs/domain.md, "What an operator sees"), as `cipctl status` shows it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/failover/record.h"
#include "reconciler/failover/time.h"
#include "state/names.h"

namespace cip::failover {

enum class InterfaceState : std::uint8_t {
  up,       // UP: the resources are here and served
  ready,    // RDY: usable, resources not here
  stopped,  // DNOP: down by an operator
  down,     // DOWN: failed
};
std::string_view name(InterfaceState state);  // "UP", "RDY", "DNOP", "DOWN"

// The other side of a pair, as it said last.
struct OtherSide {
  ClimName clim;
  InterfaceState state{};  // of its interface
  std::string obstacle;    // why it cannot serve; empty: it can
  Time heard{};            // when it said that
  bool silent = false;     // it is not heard any more
};

struct HomeStatus {
  InterfaceRef home;
  std::optional<InterfaceRef> failover;
  InterfaceRef location;          // where the record says that the resources are
  std::string_view placement;     // "HOME", "BkFO", "BkOP", "BkUN"
  InterfaceState state{};         // of our interface
  bool link_pulse = false;        // of our interface
  bool visiting = false;          // V: here, and not at home here
  bool away = false;              // F: our home interface's resources are elsewhere
  bool failover_invalid = false;  // X: the other side could not take it now (F10, or not able, or silent)
  Record record;
  bool holds = false;  // in our kernel
  bool starting = false;
  std::optional<OtherSide> other;  // nothing was heard of it: none
  std::string explanation;         // why it is where it is or why it does not move, one sentence for `cipctl explain`
  std::string if_failed;           // what would happen if the side that serves it failed now, one sentence
};

struct PeerStatus {
  ClimName peer;
  bool heard = false;                     // within `dead`, on any path
  std::optional<Time> last_heard;         // on any path
  std::vector<std::string> silent_paths;  // of those that were heard once: "control 0", "data eth1"
};

struct Status {
  std::vector<HomeStatus> homes;
  std::vector<PeerStatus> peers;
  bool starting = false;  // waits for Configured or KernelRead
};

}  // namespace cip::failover
