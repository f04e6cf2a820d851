// Heartbeats as Ethernet frames between the two interfaces of a pair. They need no address and no route, and share the
// fate of the traffic that the interface is there for.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "reconciler/peer/packet_socket.h"
#include "state/address.h"
#include "state/names.h"

namespace cip::peer {

// "Local Experimental EtherType 1" (IEEE 802, clause 9.2.3).
inline constexpr std::uint16_t data_lan_ether_type = 0x88B5;

class DataLan {
 public:
  // `payload` is what follows the Ethernet header; `source` is not authenticated.
  using Receive = std::function<void(const MacAddress& source, std::span<const std::uint8_t> payload)>;

  DataLan(boost::asio::io_context& io, const InterfaceName& interface, Receive receive);

  // To the partner's MAC address, if it was heard within the last second, else to all. Never blocks.
  void send(std::span<const std::uint8_t> payload, std::chrono::steady_clock::time_point now);

  // An authentic frame came from there.
  void heard(const MacAddress& partner, std::chrono::steady_clock::time_point now);

  void discard_queued() { socket_.discard_queued(); }
  const InterfaceName& interface() const { return socket_.interface(); }
  const PacketCounters& counters() const { return socket_.counters(); }

 private:
  Receive receive_;
  PacketSocket socket_;
  std::optional<MacAddress> partner_;
  std::chrono::steady_clock::time_point heard_at_;
};

}  // namespace cip::peer
