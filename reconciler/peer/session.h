// Which of a peer's messages are of now: numbering, echoes, protection against replay. Pure: no sockets, no clock.
//
// Every run of a daemon has a random boot id, and numbers its messages to one receiver 1, 2, 3, ... A message echoes
// the highest number heard of the receiver's run, so a message that echoes our boot id was made in our lifetime, after
// the message that it echoes. From this:
//
//   - A peer's run is *trusted* once a message of it echoes our own run, with a number that we gave out within
//     the last one to two `recent` times, and that is higher than every echo seen from that peer before. A recording of
//     an earlier run of ours echoes another boot id. A recording of an earlier run of the peer echoes a number that is
//     old, or not higher than what the present run has echoed since. So neither is ever believed, whoever replays it.
//   - A trusted run is trusted until another one is. One that was replaced never comes back.
//   - Within a trusted run, each path has a window of 64 numbers: what was heard on the path, or is older than the
//   window,
//     is dropped. The same number comes once on every path; that is how each path is seen to work.
//   - A run that is not trusted yet is a *candidate*: nothing that it says is believed, but it is echoed, beside the
//     trusted run, so that it can prove itself. Two daemons that start trust each other after one message each way and
//     one more. A recording that is replayed can take the candidate's place for a moment, and delay this; it cannot
//     harm the trusted run.
//
// What this cannot do: who can hold messages of a trusted run back, on every path, can deliver them late, in order.
// That looks like a peer who hears us no longer (a one-way partition), which the echo in the stamp shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "reconciler/failover/message.h"
#include "reconciler/peer/wire.h"

namespace cip::peer {

// The numbers heard lately.
class ReplayWindow {
 public:
  static constexpr unsigned width = 64;
  // True once for each number that is not older than the window.
  bool accept(std::uint64_t sequence);

 private:
  std::uint64_t highest_ = 0;
  std::uint64_t seen_ = 0;  // bit n: highest_ - n
};

enum class Verdict : std::uint8_t {
  accepted,
  candidate,  // of a run that has not proven itself: do not believe it, but answer soon, so that it can
  replayed,   // heard on this path before, or too old for the window
  retired,    // of a run that was replaced
};

// Our side of the talk with one peer.
class Session {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `own`: our run, the same for all peers. `recent`: longer than a peer takes to answer; at least two heartbeats.
  Session(const failover::BootId& own, std::chrono::milliseconds recent, Time now);

  // For the next message to the peer. It is the same on all paths.
  Stamp stamp(Time now);

  // Judges an authentic message of this peer to us that came over `path`. Only `accepted` ones may be looked into.
  Verdict judge(const Stamp& stamp, const failover::Path& path, Time now);

  const std::optional<failover::BootId>& trusted() const { return trusted_; }
  // The highest of our numbers that the peer's trusted run has echoed; 0: none.
  std::uint64_t echoed() const { return echoed_; }

 private:
  struct Checkpoint {
    Time time;
    std::uint64_t sequence = 0;
  };
  struct PathWindow {
    failover::Path path;
    ReplayWindow window;
  };

  void rotate(Time now);
  std::uint64_t echo_of_us(const Stamp& stamp) const;
  void trust(const Stamp& stamp);
  Verdict judge_trusted(const Stamp& stamp, const failover::Path& path);

  failover::BootId own_;
  std::chrono::milliseconds recent_;
  std::uint64_t sent_ = 0;
  Checkpoint newer_;
  Checkpoint older_;  // numbers above this one's are recent
  std::optional<failover::BootId> trusted_;
  std::uint64_t heard_ = 0;   // highest number of the trusted run
  std::uint64_t echoed_ = 0;  // highest echo of ours, of all trusted runs
  Echo candidate_;
  std::vector<PathWindow> windows_;
  std::deque<failover::BootId> retired_;
};

}  // namespace cip::peer
