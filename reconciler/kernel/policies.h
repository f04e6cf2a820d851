// IPsec policies of the kernel (XFRM) that are ours: they block what must not leave or come in clear text while no
// policy of an IKE daemon does more than that. Like Kernel: one thread at a time, in the namespace of open().
//
// They come after all of charon's policies (a lower number of `priority` is looked at first, and charon's are below
// 1,000,000), so that they decide only where it has none. The kernel knows a policy by its selector and direction
// alone, whatever its priority; not to take the place of one of charon's, which asks for no ports, a block is two
// policies, one for each half of the source ports. Traffic without ports has port 0 there.
//
// Neighbour discovery between protected IPv6 addresses is let through, before all else: who is not found by it cannot
// negotiate anything. It is to IPv6 what ARP is to IPv4.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "state/address.h"
#include "state/result.h"

namespace cip::kernel {

class Socket;

enum class PolicyDirection : std::uint8_t { in, out, forward };

struct Policy {
  enum class Kind : std::uint8_t {
    block,         // everything
    solicitation,  // lets neighbour solicitations through
    advertisement  // lets neighbour advertisements through
  };
  PolicyDirection direction = PolicyDirection::out;
  Prefix source;  // of one family
  Prefix destination;
  Kind kind = Kind::block;

  auto operator<=>(const Policy&) const = default;
  bool operator==(const Policy&) const = default;
};

// "block 10.1.0.1/32 to 10.50.0.0/24 (out)"
std::string describe(const Policy& policy);

class Policies {
 public:
  static Result<Policies> open();
  Policies(Policies&&) noexcept;
  Policies& operator=(Policies&&) noexcept;
  ~Policies();

  // Ours, sorted. A block of which only half is there is not. Errors: system.
  Result<std::vector<Policy>> read();

  // Adding one that is there, and removing one that is not, is no error. Stops at the first that the kernel refuses.
  Result<void> add(const std::vector<Policy>& policies);
  Result<void> remove(const std::vector<Policy>& policies);

 private:
  explicit Policies(std::unique_ptr<Socket> socket);
  std::unique_ptr<Socket> socket_;
};

}  // namespace cip::kernel
