// What changes in the kernel, as it happens, on a socket of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "reconciler/plan/objects.h"
#include "state/result.h"

namespace cip::kernel {

class Socket;

struct LinkChanged {
  plan::ObservedLink link;
  bool gone = false;  // removed, or moved to another namespace
};
struct AddressChanged {
  plan::ObservedAddress address;  // link.name is empty: the event has only the index
  bool gone = false;
};
struct RouteChanged {
  plan::ObservedRoute route;  // link.name is empty
  bool gone = false;
};
struct NeighborChanged {
  plan::ObservedNeighbor neighbor;  // link.name is empty
  bool gone = false;
};
struct RuleChanged {
  plan::ObservedRule rule;
  bool gone = false;
};
// Events were lost: read everything again.
struct Overrun {};

using Event = std::variant<LinkChanged, AddressChanged, RouteChanged, NeighborChanged, RuleChanged, Overrun>;

class EventSocket {
 public:
  // Subscribes at once: what changes after open() is heard. `buffer` is the size of the kernel's queue in bytes, forced
  // if CAP_NET_ADMIN allows it; each route event takes about 830 (docs/testing.md).
  static Result<EventSocket> open(std::size_t buffer = std::size_t{8} << 20);
  EventSocket(EventSocket&&) noexcept;
  EventSocket& operator=(EventSocket&&) noexcept;
  ~EventSocket();

  // Of the routes that come and go, and of the addresses that come, by requests of that socket (Kernel::port) no more
  // is heard: who carries them out knows. Without this 100,000 routes cost 100,000 events, and a second processor to
  // read them. What the kernel does besides, such as removing routes with an address, is heard.
  Result<void> ignore_requests_of(std::uint32_t port);

  // Readable when events wait; non-blocking. It stays this object's: do not close it.
  int fd() const;

  // The events that wait, in order; about `limit` at most (one datagram may have several), so that a storm cannot hold
  // up the caller: call again while the descriptor is readable. An error of the system, if the socket is of no more
  // use.
  Result<std::vector<Event>> receive(std::size_t limit = 1024);

 private:
  explicit EventSocket(std::unique_ptr<Socket> socket);
  std::unique_ptr<Socket> socket_;
};

}  // namespace cip::kernel
