// What is too large for a heartbeat: mirrors, lists of connections, and commands for the other side. One TLS 1.3
// connection between two peers (docs/protocol.md, "On the wire"), over any control path, authenticated on both sides by
// an external pre-shared key of the cluster key (RFC 8446, section 2.2, with ephemeral Diffie-Hellman); there are no
// certificates.
//
// The peer with the lower ClimName connects, trying one control path after the other; the other one listens on all its
// control addresses. Each message is a length (4 bytes, big endian, at most max_message) and a JSON object. The first
// one in each direction is a hello that names the sender: the key says "of this cluster", the hello says which CLIM. A
// CLIM could claim another's name; CLIMs of a cluster trust each other.
//
// A stranger, garbage, an unknown message or a broken rule ends that connection and is counted; nothing here ends the
// daemon. At most max_handshakes connections may be unidentified at a time, each for handshake_limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "reconciler/peer/cluster_key.h"
#include "reconciler/peer/control_lan.h"
#include "state/digest.h"
#include "state/names.h"
#include "state/objects.h"

namespace cip::peer {

// "Send me your home interface with this digest."
struct MirrorRequest {
  InterfaceRef home;
  Digest digest;
  bool operator==(const MirrorRequest&) const = default;
};

// The bytes of the home CLIM's file. The receiver knows that they have the digest: it is checked on arrival.
struct Mirror {
  InterfaceRef home;
  Digest digest;
  std::string bytes;
  bool operator==(const Mirror&) const = default;
};

// Something an operator asked of the other side; `body` is JSON text, and the daemon's business.
struct Command {
  std::uint64_t id = 0;  // the reply has the same; unique for the asker while it waits
  std::string body;
  bool operator==(const Command&) const = default;
};

struct CommandReply {
  std::uint64_t id = 0;
  std::string body;
  bool operator==(const CommandReply&) const = default;
};

// What the sender has to say of the TCP connections of a home interface that it holds. The lists are the business of
// reconciler/sockets (known.h); `whole`: what was said before is no longer true.
struct ConnectionReport {
  InterfaceRef home;
  bool whole = false;
  std::string added;
  std::string removed;
  bool operator==(const ConnectionReport&) const = default;
};

using Message = std::variant<MirrorRequest, Mirror, Command, CommandReply, ConnectionReport>;

// JSON text of a message and back; an error says what is wrong with it.
std::string to_json(const Message& message);
Result<Message> message_from_json(const std::string& text);

struct ChannelCounters {
  std::uint64_t accepted = 0;          // TCP connections
  std::uint64_t refused = 0;           // too many unidentified ones
  std::uint64_t handshake_failed = 0;  // wrong key, no TLS, too slow
  std::uint64_t stranger = 0;          // right key; but no peer of ours, or another than it was meant to be
  std::uint64_t malformed = 0;         // too long, not JSON, unknown message, wrong digest
  std::uint64_t established = 0;
  std::uint64_t overrun = 0;  // closed because the peer did not read max_queue bytes
};

// The channels of this CLIM to all its peers. One thread; destroying it closes everything, and no callback comes after
// that. Callbacks come from the event loop, never from within send(), and must not destroy this.
class Channels {
 public:
  struct Options {
    ClusterName cluster;
    ClimName self;
    std::vector<IpAddress> control;  // our addresses, in the order of the paths
    std::vector<Peer> peers;
    std::uint16_t port = default_port;
    std::size_t max_message = std::size_t{16} << 20;
    std::size_t max_queue = std::size_t{64} << 20;  // bytes for one peer that wait to be sent
    std::size_t max_handshakes = 16;
    std::chrono::milliseconds handshake_limit{3000};
    std::chrono::milliseconds first_retry{100};  // doubles up to last_retry
    std::chrono::milliseconds last_retry{5000};
  };
  struct Events {
    std::function<void(const ClimName& peer)> up;
    std::function<void(const ClimName& peer)> down;
    std::function<void(const ClimName& peer, const Message& message)> message;
  };

  Channels(boost::asio::io_context& io, const ClusterKey& key, Options options, Events events);
  ~Channels();
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;

  // False: not connected, or the message is too long; nothing is kept for later. What is accepted arrives in order, or
  // the connection goes down.
  bool send(const ClimName& peer, const Message& message);
  bool connected(const ClimName& peer) const;
  const ChannelCounters& counters() const;

  // A new configuration: channels to peers that are gone are closed (without a `down`), new ones are opened; the others
  // stay.
  void set_peers(const std::vector<Peer>& peers);

  // Handshakes from now on are with its keys. A channel of a key that is not among them any more goes down, and comes
  // up with another.
  void set_key(const ClusterKey& key);

 private:
  class Hub;
  std::unique_ptr<Hub> hub_;
};

}  // namespace cip::peer
