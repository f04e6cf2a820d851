// Datagrams over the control LAN. Our n-th control address and a peer's n-th make path n; there is one socket per path,
// shared by all peers. It carries bytes; what they mean and who may send them is the business of wire.h and session.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "state/address.h"

namespace boost::asio {
class io_context;
}

namespace cip::peer {

// UDP for heartbeats and TCP for the channel. Not assigned by IANA; settable, so that tests can share a machine.
inline constexpr std::uint16_t default_port = 7480;

struct ControlLanCounters {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t not_sent =
      0;  // the address is not there yet, no route, ENOBUFS, port unreachable, ...: lost, as if on the wire
  std::uint64_t oversized = 0;
};

// One thread. Destroying it closes the sockets; no callback comes after that. A callback must not destroy it.
class ControlLan {
 public:
  // `from` is not authenticated.
  using Receive = std::function<void(std::size_t path, const IpAddress& from, std::span<const std::uint8_t> datagram)>;

  // A control address that does not exist yet is no error: packets flow from the moment it does (IP_FREEBIND). What
  // else keeps a socket from being opened is logged and tried again once a second.
  ControlLan(boost::asio::io_context& io, const std::vector<IpAddress>& ours, std::uint16_t port, Receive receive);
  ~ControlLan();
  ControlLan(const ControlLan&) = delete;
  ControlLan& operator=(const ControlLan&) = delete;

  // Never blocks; what cannot be sent now is counted and lost. `path` must be below paths(), and `to` of the same
  // family as our address of it, or nothing is sent.
  void send(std::size_t path, const IpAddress& to, std::span<const std::uint8_t> datagram);

  // Throws away what has come in and was not looked at yet.
  void discard_queued();

  std::size_t paths() const { return sockets_.size(); }
  const ControlLanCounters& counters() const { return counters_; }

 private:
  class Socket;
  Receive receive_;
  std::uint16_t port_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  ControlLanCounters counters_;
};

}  // namespace cip::peer
