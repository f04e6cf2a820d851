// Heartbeats as bytes (docs/protocol.md, "On the wire"): the same in a UDP datagram and, after the Ethernet header, in
// a frame of EtherType 0x88B5.
//
//   offset  size  what (numbers are big endian)
//   0       3     "CIP"
//   3       1     version: 1
//   4       2     length of all of it
//   6       1     kind of path: 0 control LAN, 1 data LAN
//   7       1     control LAN: number of the path; data LAN: 0
//   8       16    tag, and from here on everything is encrypted (seal.h); what is above is under the tag
//   24      16    boot: the sender's run
//   40      8     sequence, from 1; counts the messages of this run to this receiver, the same on all paths
//   48      48    two echoes, each: 16 boot, 8 highest sequence heard of it; all zero: none (session.h)
//   96            texts, each one byte of length and the bytes: sender, receiver, sender's interface (empty on the
//                 control LAN)
//                 1 number of pairs, and for each
//                   texts: home CLIM, home interface, owner
//                   8 epoch, 1 reason, 1 flags (1 stopped, 2 holds, 4 able, 8 starting, 16 has a digest)
//                   1 obstacle (failover/message.h)
//                   32 digest, if there is one
//                   1 number of MAC addresses, 6 each
//
// Who has no key sees that two CLIMs speak and how much, and no name. Each kind of path has a key of its own, and the
// path is under the tag: what was recorded on one path is refused on another.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/failover/message.h"
#include "reconciler/peer/seal.h"
#include "state/names.h"

namespace cip::peer {

inline constexpr std::uint8_t wire_version = 1;
inline constexpr std::size_t max_message_size = 1200;  // docs/protocol.md; fits every MTU from 1280 on
inline constexpr std::size_t header_size = 8;          // what can be read without a key
inline constexpr std::size_t max_clim_name = 63;       // state/names.h
inline constexpr std::size_t max_macs = 32;            // of one interface; more than a bond has slaves

// "I have heard message `sequence` of your run `boot`". Sequence 0: none.
struct Echo {
  failover::BootId boot;
  std::uint64_t sequence = 0;

  bool operator==(const Echo&) const = default;
};

// What numbers a message, and proves that its sender hears us; made and judged in session.h.
struct Stamp {
  failover::BootId boot;
  std::uint64_t sequence = 0;
  Echo trusted;    // of the run of the receiver that the sender trusts
  Echo candidate;  // of a run that the sender heard and does not trust yet

  bool operator==(const Stamp&) const = default;
};

struct WireMessage {
  ClimName from;
  ClimName to;
  failover::Path::Kind kind = failover::Path::Kind::control;
  std::uint8_t path = 0;    // control LAN
  InterfaceName interface;  // data LAN: the sender's
  Stamp stamp;
  failover::Heartbeat heartbeat;

  bool operator==(const WireMessage&) const = default;
};

enum class WireError : std::uint8_t {
  foreign,    // shorter than any message, longer than max_message_size, or without "CIP"
  version,    // of a version that we do not know
  length,     // its length is not the one that it says: cut, or with something behind it
  tag,        // another key, another kind of path, or changed on the way
  malformed,  // authentic, and yet not as above: a sender with a fault
};
inline constexpr std::size_t wire_errors = 5;
std::string_view name(WireError error);

// The bytes, at most max_message_size. Only the first max_macs MAC addresses of a pair are sent. The pairs must fit
// (see split()) and names must be valid; otherwise std::length_error: a fault of the caller.
std::vector<std::uint8_t> encode(const WireMessage& message, const Seal& key);
// A message from its header and its text, which is not encrypted yet: sets the length, and seals. encode() ends with
// it; tests make with it what only a CLIM with a fault would send.
std::vector<std::uint8_t> sealed(std::vector<std::uint8_t> clear, const Seal& key);

// Total: any bytes give a message or an error, and nothing outside of `bytes` is read. A message gives the same bytes
// again when it is encoded.
std::variant<WireMessage, WireError> decode(std::span<const std::uint8_t> bytes, const Seal& key);

// The heartbeat in as many parts as it needs; at least one, in the order of its pairs. Each part fits into a message
// between CLIMs with names of any length.
std::vector<failover::Heartbeat> split(const failover::Heartbeat& heartbeat);

}  // namespace cip::peer
