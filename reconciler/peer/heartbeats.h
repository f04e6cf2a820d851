// Heartbeats to and from all peers, over every control path and over the data LAN of every pair: what the engine's Send
// asks for, and where its HeartbeatReceived come from. Puts wire.h, session.h, control_lan.h and data_lan.h together.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "reconciler/failover/event.h"
#include "reconciler/failover/message.h"
#include "reconciler/peer/cluster_key.h"
#include "reconciler/peer/control_lan.h"
#include "reconciler/peer/packet_socket.h"
#include "reconciler/peer/wire.h"
#include "state/names.h"

namespace cip::peer {

// An interface of ours and the partner's interface of the same pair (P4, P5: there is at most one).
struct DataPath {
  InterfaceName ours;
  InterfaceName theirs;
  bool operator==(const DataPath&) const = default;
};

struct HeartbeatPeer {
  ClimName name;
  std::vector<IpAddress> control;  // the n-th makes a path with our n-th
  std::vector<DataPath> data;
  bool operator==(const HeartbeatPeer&) const = default;
};

struct HeartbeatCounters {
  std::uint64_t accepted = 0;
  std::array<std::uint64_t, wire_errors> wire{};  // by WireError
  std::uint64_t not_for_us = 0;                   // of a sender that is no peer, or to another CLIM
  std::uint64_t wrong_path = 0;                   // did not come over the path that it was sent on
  std::uint64_t candidate = 0;                    // session.h
  std::uint64_t replayed = 0;
  std::uint64_t retired = 0;
  ControlLanCounters control;
  PacketCounters data;
};

// When a path brought an accepted message last; for the operator (P7: heard on the control LAN, not on the data LAN).
struct PathState {
  ClimName peer;
  failover::Path path;
  std::optional<std::chrono::steady_clock::time_point> heard;
};

// One thread. Destroying it closes everything, and no callback comes after that. The callback may send(); it must not
// destroy this or call set_peers().
class Heartbeats {
 public:
  struct Options {
    ClusterName cluster;
    ClimName self;
    failover::BootId boot;           // of this run; see random_boot_id()
    std::vector<IpAddress> control;  // our addresses, in the order of the paths
    std::uint16_t port = default_port;
    std::chrono::milliseconds heartbeat{100};  // docs/protocol.md, "Times"
  };
  using Receive = std::function<void(const failover::HeartbeatReceived& heartbeat)>;

  Heartbeats(boost::asio::io_context& io, const ClusterKey& key, Options options,
             const std::vector<HeartbeatPeer>& peers, Receive receive);
  ~Heartbeats();
  Heartbeats(const Heartbeats&) = delete;
  Heartbeats& operator=(const Heartbeats&) = delete;

  // On all paths at once; in several messages if it is long. Never blocks, never fails: what cannot be sent is counted
  // and lost. A CLIM that is no peer is ignored.
  void send(const ClimName& to, const failover::Heartbeat& heartbeat);

  // A new configuration. Who is no peer any more is answered, as long as it takes us for one, with messages that name
  // nothing. Peers that stay keep their trust, and data LANs that stay their sockets.
  void set_peers(const std::vector<HeartbeatPeer>& peers);

  // What is sent from now on has the first of its keys, what comes may have any.
  void set_key(const ClusterKey& key);
  // Which key what a peer sent last had; empty: nothing came.
  std::string key_of(const ClimName& peer) const;

  // Throws away what has come in and was not looked at yet (the engine's ReadKernel).
  void discard_queued();

  HeartbeatCounters counters() const;
  std::vector<PathState> paths() const;

 private:
  class Hub;
  std::unique_ptr<Hub> hub_;
};

// 16 random bytes. A run has one, made when it starts.
failover::BootId random_boot_id();

}  // namespace cip::peer
