// Addresses and ports of sockets. All sockets of the lab are of IPv6, with IPv4 as IPv4-mapped addresses, so that one
// kind serves both families.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <string>

#include "tests/lab/descriptor.h"
#include "tests/lab/network_namespace.h"

namespace cip::lab {

enum class Bind {
  present,  // EADDRNOTAVAIL if the machine does not have the address
  free,     // IP_FREEBIND: it may come later
};

// Throws if it is not an address.
sockaddr_in6 endpoint(const std::string& address, std::uint16_t port);
// "10.1.0.1", "2001:db8:1::1"
std::string address_of(const in6_addr& address);

// A socket (SOCK_STREAM, SOCK_DGRAM) of the machine that does not wait, bound to a port of an address ("::": of all,
// both families).
Descriptor bound_socket(const NetworkNamespace& where, int type, const std::string& address, std::uint16_t port,
                        Bind bind = Bind::present);

}  // namespace cip::lab
