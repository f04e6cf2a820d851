// The TCP connections of this network namespace that use certain local addresses: list them, and end them
// (docs/protocol.md, "TCP"). Listening sockets are left alone, and so are those in TIME-WAIT, which no application
// holds any more. A socket of IPv6 that talks IPv4 (::ffff:192.0.2.1) counts as the IPv4 connection that it is.
//
// Synchronous, through NETLINK_SOCK_DIAG, with a limit of time: 10,000 sockets are listed in about 35 ms and ended in
// about 170 ms. Ending needs CAP_NET_ADMIN and a kernel with CONFIG_INET_DIAG_DESTROY.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "state/address.h"
#include "state/result.h"

namespace cip::sockets {

struct Connection {
  IpAddress local;
  std::uint16_t local_port = 0;
  IpAddress remote;
  std::uint16_t remote_port = 0;

  auto operator<=>(const Connection&) const = default;
  bool operator==(const Connection&) const = default;
};

// Connections whose local address is one of `locals`, in no particular order.
Result<std::vector<Connection>> list_connections(std::span<const IpAddress> locals,
                                                 std::chrono::milliseconds limit = std::chrono::seconds(1));

// How many list_connections() would list.
Result<std::size_t> count_connections(std::span<const IpAddress> locals,
                                      std::chrono::milliseconds limit = std::chrono::seconds(1));

struct Ended {
  std::vector<Connection> found;  // what was to be ended
  std::size_t ended = 0;
  std::size_t failed = 0;  // the kernel refused; those that were gone already count nowhere
  bool complete = true;    // false: the time was over before all were ended
};

// Ends them: the local application gets ECONNABORTED, the remote end a RST (while the address and a route are there).
// What a program opens meanwhile may be missed: call it again once the address is gone.
Result<Ended> end_connections(std::span<const IpAddress> locals,
                              std::chrono::milliseconds limit = std::chrono::seconds(1));

}  // namespace cip::sockets
