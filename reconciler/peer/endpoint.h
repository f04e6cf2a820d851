// Between our addresses and Asio's, and what sockets on control addresses have in common. For .cpp files of this room.
#pragma once

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

#include "state/address.h"

// glibc of Debian 12 does not have it; Linux does, since 4.15 (include/uapi/linux/in6.h).
#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

namespace cip::peer {

inline boost::asio::ip::address to_asio(const IpAddress& address) {
  const auto bytes = address.bytes();
  if (address.family() == Family::ipv4) {
    boost::asio::ip::address_v4::bytes_type v4{};
    std::copy(bytes.begin(), bytes.end(), v4.begin());
    return boost::asio::ip::address_v4(v4);
  }
  boost::asio::ip::address_v6::bytes_type v6{};
  std::copy(bytes.begin(), bytes.end(), v6.begin());
  return boost::asio::ip::address_v6(v6);
}

inline IpAddress from_asio(const boost::asio::ip::address& address) {
  if (address.is_v4()) {
    return *IpAddress::from_bytes(address.to_v4().to_bytes());
  }
  return *IpAddress::from_bytes(address.to_v6().to_bytes());
}

inline std::string to_text(const boost::asio::ip::address& address) {
  return address.to_string();
}

// Lets a socket be bound to an address that this machine does not have yet.
inline void allow_missing_address(int socket, bool v6) {
  const int on = 1;
  setsockopt(socket, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof on);
}

}  // namespace cip::peer
