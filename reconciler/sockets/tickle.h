// Ending TCP connections that another CLIM had, from the address that has moved here (docs/protocol.md, "TCP"). A
// *tickle* is an ACK to the remote end with a sequence number that is not in its window. The remote end answers with an
// ACK that says what it expects (RFC 9293, section 3.10.7.4; RFC 5961), and our kernel, which has no such connection,
// answers that with the RST that the remote end believes. A remote end that has forgotten the connection answers with a
// RST at once; nobody else takes notice. CTDB does the same.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "reconciler/sockets/connections.h"
#include "state/names.h"

namespace boost::asio {
class io_context;
}

namespace cip::sockets {

// The whole IP packet, from the local end to the remote one. Addresses of both ends are of one family.
std::vector<std::uint8_t> tickle(const Connection& connection, std::uint32_t sequence);

// One thread. Packets are routed as those of a connection from the local address would be. Destroying it cancels
// everything. Needs CAP_NET_RAW.
class Tickler {
 public:
  // At most this many in this time: 10,000 take 100 ms, if the kernel keeps up, and are 5 MB/s of a LAN meanwhile.
  static constexpr std::size_t burst = 100;
  static constexpr std::chrono::milliseconds pause{1};

  explicit Tickler(boost::asio::io_context& io);
  ~Tickler();
  Tickler(const Tickler&) = delete;
  Tickler& operator=(const Tickler&) = delete;

  // One tickle to each of them, the first ones at once; the sequence numbers are others each time. Nothing, while an
  // earlier round of this home interface is not over. `here` is the interface that link-local addresses are on.
  void tickle(const InterfaceRef& home, const InterfaceName& here, std::vector<Connection> connections);

  // Not one more. Call it before the addresses are removed.
  void withdraw(const InterfaceRef& home);

  std::uint64_t sent() const;    // to the kernel
  std::uint64_t failed() const;  // it did not take them: no route, no such address of ours

 private:
  class Rounds;
  std::unique_ptr<Rounds> rounds_;
};

}  // namespace cip::sockets
