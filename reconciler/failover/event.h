// What the engine is told (events) and what it wants done (actions). Both are plain values.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "reconciler/failover/config.h"
#include "reconciler/failover/message.h"
#include "reconciler/failover/record.h"
#include "reconciler/failover/time.h"
#include "state/address.h"
#include "state/digest.h"
#include "state/names.h"

namespace cip::failover {

enum class Operation : std::uint64_t {};  // an Apply or Remove; its result names it
enum class Write : std::uint64_t {};      // a Persist; its acknowledgement names it
enum class CommandId : std::uint64_t {};  // a Command; its Reply names it

// ---------------------------------------------------------------------------------------------------------- events

// The first event of every engine, before Configuration: so that what the kernel holds is refreshed before all else.
struct Started {
  std::map<InterfaceRef, Saved> saved;  // the records on disk; a damaged one is left out (and reported)
  std::set<InterfaceRef> held;          // home interfaces of which something of ours is in the kernel (from the ledger)
};

// The configuration, at the start and after every reload. Ask Engine::refusal() first.
struct Configured {
  Configuration configuration;
};

// The answer to ReadKernel, one for each, in their order: what of ours is in the kernel now. Everything that was
// received before the kernel was read (heartbeats, probe answers) must have been thrown away.
struct KernelRead {
  std::set<InterfaceRef> held;
};

// State of one of our interfaces; given for each interface after Configured, and at every change. An interface that was
// never told of is down.
struct Link {
  InterfaceName interface;
  bool up = false;       // administratively
  bool carrier = false;  // link pulse; of a bond: of any slave (K6)
  std::vector<MacAddress> macs;
};

// `sequence` is at least 1, grows with every message of one run of the sender's daemon (`boot`), and is the same on all
// paths. Messages may come late, twice or out of order.
struct HeartbeatReceived {
  ClimName from;
  Path path;
  BootId boot;
  std::uint64_t sequence = 0;
  Heartbeat message;
};

// `mac` answered for a LAN address of `home`.
struct ProbeAnswer {
  InterfaceRef home;
  MacAddress mac;
};

// `mac` was heard on the LAN of `home` for an address that is not of `home`: an answer of a gateway or neighbour. The
// engine itself leaves out the other side's MAC addresses.
struct Witness {
  InterfaceRef home;
  MacAddress mac;
};

enum class Applied : std::uint8_t {
  complete,
  partial,  // a route, neighbour or tunnel failed: an alarm, the daemon tries again by itself
  nothing,  // no address could be added: the engine removes all (F6)
};
struct ApplyResult {
  InterfaceRef home;
  Operation operation{};
  Applied applied = Applied::complete;
  std::string detail;  // the kernel's words, if something failed
};

// The kernel has acknowledged that nothing of `home` is left (or says why it did not).
struct RemoveResult {
  InterfaceRef home;
  Operation operation{};
  bool ok = true;
  std::string detail;
};

// The end of a Persist: it is on disk, or the disk failed.
struct Persisted {
  InterfaceRef home;
  Write write{};
  bool ok = true;
  std::string detail;
};

// A mirror with this digest is on disk now.
struct MirrorAvailable {
  InterfaceRef home;
  Digest digest;
};

// `cipctl switch failover` or `restore`; a whole CLIM or provider is one command for each home interface.
struct Switch {
  InterfaceRef home;
  enum class Target : std::uint8_t { home, failover } to = Target::failover;
  bool force = false;  // on the side that is to take: also with a probe that does not pass
};
struct StopInterface {  // `cipctl ifstop`
  InterfaceName interface;
};
struct StartInterface {  // `cipctl ifstart`
  InterfaceName interface;
};
struct Command {
  CommandId id{};
  std::variant<Switch, StopInterface, StartInterface> what;
};

// Whether the kernel answers requests within 1 s. It does until told otherwise.
struct KernelAnswers {
  bool answers = true;
};

// Orderly end, answered by Finished. `machine` shuts down: everything is given away first. `daemon` only (an upgrade):
// everything stays, with the lifetime `linger`.
struct Stop {
  enum class What : std::uint8_t { machine, daemon } what = What::daemon;
};

// The time that deadline() asked for has come.
struct Tick {};

using Event = std::variant<Started, Configured, KernelRead, Link, HeartbeatReceived, ProbeAnswer, Witness, ApplyResult,
                           RemoveResult, Persisted, MirrorAvailable, Command, KernelAnswers, Stop, Tick>;

// --------------------------------------------------------------------------------------------------------- actions
// In the order of the list. None waits for the one before, but for what the engine itself waits for.

// Make the kernel hold all of `home` on `interface`: the home configuration (we are home) or the mirror with this
// digest. Also when it holds it already (a new digest, or after a restart): only what differs is touched.
struct Apply {
  InterfaceRef home;
  InterfaceName interface;
  Digest digest;
  std::optional<std::chrono::seconds> lifetime;  // of each address that can fail over; none: for ever
  Operation operation{};
};

// Take all of `home` out of the kernel, also what a running Apply has added or is about to; that Apply's result is not
// wanted any more. Its TCP connections are ended first, and once more after (R6).
struct Remove {
  InterfaceRef home;
  InterfaceName interface;  // empty: wherever the ledger says (before the first Configured)
  Operation operation{};
};

// The fence: give what is in the kernel of `home` this lifetime again. Never adds anything. Goes before all other work.
struct Refresh {
  InterfaceRef home;
  InterfaceName interface;  // empty: wherever the ledger says
  std::chrono::seconds lifetime{};
};

// On all paths at once.
struct Send {
  ClimName to;
  Heartbeat message;
};

// One round: up to three LAN addresses of `home`, its gateways and neighbours, and hosts heard before.
struct SendProbe {
  InterfaceRef home;
  InterfaceName interface;
};

// Gratuitous ARP and neighbour advertisements for every address of `home`, again: who carries out an Apply announces
// each address as soon as it is added, and the engine repeats it.
struct Announce {
  InterfaceRef home;
  InterfaceName interface;
};

// One round of tickles to the connections that the other side had. The engine repeats it.
struct ResetConnections {
  InterfaceRef home;
  InterfaceName interface;
};

struct Persist {
  InterfaceRef home;
  Saved saved;
  Write write{};
};

// Get the mirror with this digest from `from`; answered by MirrorAvailable. Asked again every `retry`.
struct FetchMirror {
  InterfaceRef home;
  ClimName from;
  Digest digest;
};

// The daemon did not run for a while: throw away what is queued from peers and LANs, read the kernel, say KernelRead.
struct ReadKernel {};

// Set our interface administratively up or down (ifstart, ifstop). Other interfaces are up.
struct SetLink {
  InterfaceName interface;
  bool up = true;
};

struct Reply {
  CommandId id{};
  enum class Outcome : std::uint8_t {
    done,
    refused,
    ask_peer,  // the other side must decide: give the same command to `peer`, and pass on its answer
  } outcome = Outcome::done;
  std::string sentence;
  ClimName peer;
};

enum class Severity : std::uint8_t { info, warning, alarm };
std::string_view name(Severity severity);

// What a Report is about. Tools wait for these names: none is ever changed (docs/operations.md, Events).
enum class Happening : std::uint8_t {
  peer_heard,
  peer_silent,
  data_lan_silent,
  paused,
  owner_changed,
  stopped,
  resources_here,
  resources_leave,
  gave,
  took,
  took_by_operator,
  probe_not_passed,
  stranger_answers,
  apply_failed,
  apply_incomplete,
  removal_failed,
  disk_failed,
  disk_late,
};
inline constexpr std::array<std::pair<Happening, std::string_view>, 18> happenings{{
    {Happening::peer_heard, "peer-heard"},
    {Happening::peer_silent, "peer-silent"},
    {Happening::data_lan_silent, "data-lan-silent"},
    {Happening::paused, "paused"},
    {Happening::owner_changed, "owner-changed"},
    {Happening::stopped, "stopped"},
    {Happening::resources_here, "resources-here"},
    {Happening::resources_leave, "resources-leave"},
    {Happening::gave, "gave"},
    {Happening::took, "took"},
    {Happening::took_by_operator, "took-by-operator"},
    {Happening::probe_not_passed, "probe-not-passed"},
    {Happening::stranger_answers, "stranger-answers"},
    {Happening::apply_failed, "apply-failed"},
    {Happening::apply_incomplete, "apply-incomplete"},
    {Happening::removal_failed, "removal-failed"},
    {Happening::disk_failed, "disk-failed"},
    {Happening::disk_late, "disk-late"},
}};
std::string_view name(Happening happening);

// One line for `cipctl events` and the log: what happened or was decided, with the evidence.
struct Report {
  Severity severity = Severity::info;
  Happening what{};
  InterfaceRef home;  // empty: not about one
  std::string sentence;
  std::string evidence{};  // of a decision: what was known of the other side and of the LAN
};

// The answer to Stop: the daemon may end now.
struct Finished {};

using Action = std::variant<Apply, Remove, Refresh, Send, SendProbe, Announce, ResetConnections, Persist, FetchMirror,
                            ReadKernel, SetLink, Reply, Report, Finished>;

}  // namespace cip::failover
