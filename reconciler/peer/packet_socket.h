// An AF_PACKET socket on one interface: frames of one EtherType, sent and received whatever addresses and routes there
// are. The interface may go and come back, under another index: the socket is opened again by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <linux/filter.h>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "state/address.h"
#include "state/names.h"

namespace boost::asio {
class io_context;
}

namespace cip::peer {

struct PacketCounters {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t not_sent = 0;  // interface gone or down, ENOBUFS, ...: lost, as if on the wire
};

// One thread. Destroying it closes the socket; no callback comes after that. A callback may close it, not destroy it.
class PacketSocket {
 public:
  using Receive = std::function<void(std::span<const std::uint8_t> frame)>;

  struct Options {
    InterfaceName interface;
    std::uint16_t ether_type = 0;
    std::vector<sock_filter> filter;    // empty: every frame of the EtherType
    std::vector<MacAddress> multicast;  // groups to receive besides those of the kernel's own
  };

  // Opens nothing yet: refresh() and send() do. Without `receive` it only sends.
  PacketSocket(boost::asio::io_context& io, Options options, Receive receive);
  ~PacketSocket();
  PacketSocket(const PacketSocket&) = delete;
  PacketSocket& operator=(const PacketSocket&) = delete;

  // Sends one whole frame, with its Ethernet header. Never blocks; what cannot be sent now is counted and lost.
  bool send(std::span<const std::uint8_t> frame);

  // Opens the socket, or opens it again after the interface was re-created, and reads the MAC address: before each
  // frame or burst that is sent. False: there is no such interface now, or the kernel refused (logged once).
  bool refresh();

  // Until the next refresh() or send().
  void close();

  // Throws away what has come in and was not looked at yet.
  void discard_queued();

  // Its present MAC address; nothing while there is no such interface or it is no Ethernet.
  std::optional<MacAddress> mac() const { return mac_; }
  const InterfaceName& interface() const;
  const PacketCounters& counters() const { return counters_; }

 private:
  struct Open;
  bool open(int index);
  void wait();
  void receive();

  boost::asio::io_context& io_;
  Options options_;
  Receive receive_;
  std::shared_ptr<Open> open_;  // shared with nobody; handlers watch whether it is still there
  std::optional<MacAddress> mac_;
  int failed_errno_ = 0;
  PacketCounters counters_;
};

}  // namespace cip::peer
