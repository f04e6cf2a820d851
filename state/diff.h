// What differs between two configurations of a cluster, and what applying the difference does to traffic. Meaning is
// compared, not text: the order of routes, rules, neighbours, slaves and tunnels does not count; that of addresses does
// where it decides which is the primary of its network (docs/language.md). Pure but for diff_trees, which reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/objects.h"
#include "state/result.h"
#include "state/tree_source.h"

namespace cip {

// What applying a change does. The reasons are facts of docs/domain.md, docs/protocol.md and of the kernel
// (docs/testing.md); where a driver or a kernel may go either way, the worse is said.
enum class Impact : std::uint8_t {
  hitless,      // no packet is lost, no connection ends
  interrupts,   // connections end, or packets are lost
  moves,        // an address leaves one interface and comes up on another
  unprotected,  // until both sides have the change, the interface does not fail over (F9, F10)
};
inline constexpr std::size_t impact_count = 4;
std::string_view name(Impact impact);  // "interrupts connections"
std::string_view key(Impact impact);   // "interrupts-connections", in JSON

struct Effect {
  Impact impact = Impact::hitless;
  std::string reason;  // one sentence: lower case, no full stop

  bool operator==(const Effect&) const = default;
};

enum class ChangeKind : std::uint8_t { added, removed, changed };
std::string_view name(ChangeKind kind);  // "added"

// One statement of the specification, so to say, that is there on one side only, or differs.
struct Change {
  std::string part;                   // what it belongs to: "slave eth2", "tunnel tun1"; empty: the thing itself
  std::string attribute;              // a word of the language: "address", "mtu", "route"
  std::optional<std::string> before;  // as the language writes it; nothing: not there
  std::optional<std::string> after;
  std::string old_place;        // JSON pointer (RFC 6901) into the file that the source map has it under; empty: all of
  std::string new_place;        // it
  std::vector<Effect> effects;  // at least one; `unprotected` beside one of the others

  ChangeKind kind() const { return !before ? ChangeKind::added : !after ? ChangeKind::removed : ChangeKind::changed; }
  bool has(Impact impact) const;
  bool operator==(const Change&) const = default;
};

// Of one home interface. Null: it is not there; the first change then says so, and the others list what it has.
std::vector<Change> diff(const HomeInterface* before, const HomeInterface* after);
// Of a CLIM's own attributes: cluster, control addresses, peers, times. Not of what it lists by digest. Null as above.
std::vector<Change> diff(const Clim* before, const Clim* after);
// Of two swanctl.conf, key by key; the part is the section ("connections.partner").
std::vector<Change> diff_swanctl(std::string_view before, std::string_view after);

struct InterfaceDiff {
  InterfaceName name;
  std::vector<Change> changes;
};

struct ClimDiff {
  ClimName name;
  std::vector<Change> changes;            // of clim.json
  std::vector<Change> ipsec;              // of ipsec/swanctl.conf
  std::vector<InterfaceDiff> interfaces;  // by name; only those that differ
};

struct TreeDiff {
  std::vector<Change> cluster;  // the same on all CLIMs, said once
  std::vector<ClimDiff> clims;  // by name; only those that differ

  bool empty() const { return cluster.empty() && clims.empty(); }
};

// Two state trees. Digests are compared first, and only files that differ are read; the digest of each is verified. The
// time is linear in the manifests and in what differs. Errors: a file that is missing, is not what its digest says, or
// cannot be read.
Result<TreeDiff> diff_trees(const TreeSource& before, const TreeSource& after);

}  // namespace cip
