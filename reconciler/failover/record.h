// The record of a home interface: who may hold its resources (docs/protocol.md, "Shape").
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "state/digest.h"
#include "state/names.h"

namespace cip::failover {

// Counts the changes of one record. Never decreases (I8). 0: nothing was ever written.
enum class Epoch : std::uint64_t {};

inline Epoch next(Epoch epoch) {
  return Epoch{static_cast<std::uint64_t>(epoch) + 1};
}
inline std::uint64_t number(Epoch epoch) {
  return static_cast<std::uint64_t>(epoch);
}

// Why the resources are where they are; what `cipctl status` shows while they are away (docs/domain.md).
enum class Reason : std::uint8_t {
  initial,  // nothing happened yet
  failure,  // BkFO: the other side could not serve, or its machine was shut down
  command,  // BkOP: an operator said so
  found,    // BkUN: they were found there after a restart, and the record had been lost or was old
};
std::string_view name(Reason reason);

struct Record {
  ClimName owner;  // only this CLIM adds the resources to its kernel
  Epoch epoch{0};
  Reason reason = Reason::initial;
  bool stopped = false;  // `ifstop` of the owner's interface: nobody adds them

  bool operator==(const Record&) const = default;
};

// What is on disk for one home interface, one file each: written anew, synced, renamed.
struct Saved {
  Record record;
  // On the failover side: the digest that the home side last announced. Only a mirror with this digest is added (F10,
  // I5).
  Digest announced;
  // The operator stopped our interface of this pair (`ifstop`). With the record's own flag it is two things: when an
  // interface is stopped while its resources are away, they stay there.
  bool interface_stopped = false;

  bool operator==(const Saved&) const = default;
};

}  // namespace cip::failover
