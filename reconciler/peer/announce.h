// Telling a LAN where addresses are now (docs/protocol.md, "Announcing").
//
// IPv4: a gratuitous ARP request (RFC 5227, section 3, "ARP Announcement") and the same as a reply, both broadcast. RFC
// 5227 wants the request; hosts exist that update an entry only from a reply, and CTDB and IPaddr2 send both, or the
// reply, for that reason. IPv6: an unsolicited neighbour advertisement to ff02::1 with the override flag (RFC 4861,
// section 7.2.6), its router flag as the interface forwards, since hosts forget a default router that stops saying so.
// Frames are made here and sent past routing, so they leave from the right port whatever the routes are.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>

#include "state/address.h"
#include "state/names.h"

namespace boost::asio {
class io_context;
}

namespace cip::peer {

// One thread. Destroying it cancels everything.
class Announcer {
 public:
  // At most this many addresses (one or two frames each) in this time: 1,000 addresses take 20 ms, and for so long a
  // twentieth of a LAN of 1 Gb/s.
  static constexpr std::size_t burst = 50;
  static constexpr std::chrono::milliseconds pause{1};

  explicit Announcer(boost::asio::io_context& io);
  ~Announcer();
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;

  // One announcement of each address, the first ones at once. An address that still waits for an earlier one is not
  // queued again. Call it when the kernel has the addresses; the engine says when to repeat it.
  void announce(const InterfaceName& interface, std::span<const IpAddress> addresses);

  // Not one frame more for these. Call it before the addresses are removed: an announcement after that is a lie.
  void withdraw(const InterfaceName& interface, std::span<const IpAddress> addresses);
  void withdraw(const InterfaceName& interface);

  std::size_t pending() const;  // addresses that wait for their turn

 private:
  class Queue;
  std::unique_ptr<Queue> queue_;
};

}  // namespace cip::peer
