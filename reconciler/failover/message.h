// What two CLIMs tell each other in heartbeats. How it is put into bytes, authenticated, numbered and protected against
// replay is the business of reconciler/peer.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "reconciler/failover/record.h"
#include "state/address.h"
#include "state/digest.h"
#include "state/names.h"

namespace cip::failover {

// Why a side cannot serve a home interface. On the wire by its number.
enum class Obstacle : std::uint8_t {
  none,
  unknown,   // the state of the interface was not told yet
  stopped,   // ifstop
  shutdown,  // the machine shuts down
  down,      // administratively
  carrier,   // no carrier for the link pulse time
  settling,  // the carrier came back too short a time ago
  kernel,    // does not answer
  retry,     // applying failed a short time ago
  beside,    // the interface's own home resources are not there (F5)
  unshared,  // the home CLIM is heard, but not of it: by its tree it is not for us to take
  mirror,    // the mirror is not the one announced last (F10)
};
inline constexpr Obstacle last_obstacle = Obstacle::mirror;

// What the sender says of one home interface that it shares with the receiver.
struct PairState {
  InterfaceRef home;
  Record record;
  // From the home side: the configuration that it announces. From the failover side: the announcement that it heard
  // last and has on disk (the echo that the home side waits for before it applies).
  Digest digest;
  std::vector<MacAddress> macs;  // of the sender's interface of the pair: its answers to a probe
  bool holds = false;            // some of it is in the sender's kernel, or on the way there or out of it
  bool able = false;             // the sender can serve it: keep it if it holds it, else add it
  bool starting = false;         // the sender listens, and does not yet act
  // For people only: `able` decides.
  Obstacle obstacle = Obstacle::none;

  bool operator==(const PairState&) const = default;
};

// May carry only some of the shared home interfaces: those that fit into 1200 bytes.
struct Heartbeat {
  std::vector<PairState> pairs;

  bool operator==(const Heartbeat&) const = default;
};

// One run of a peer's daemon: random, chosen at its start.
struct BootId {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const BootId&) const = default;
  bool operator==(const BootId&) const = default;
};

// The way that a message took.
struct Path {
  enum class Kind : std::uint8_t { control, data };
  Kind kind = Kind::control;
  unsigned index = 0;       // control: which pair of control addresses
  InterfaceName interface;  // data: our interface that received it

  auto operator<=>(const Path&) const = default;
  bool operator==(const Path&) const = default;
};
std::string name(const Path& path);  // "control 0", "data eth1"

}  // namespace cip::failover
