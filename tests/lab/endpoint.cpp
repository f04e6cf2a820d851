#include "tests/lab/endpoint.h"

#include <algorithm>
#include <stdexcept>
#include <sys/socket.h>

#include "state/address.h"

namespace cip::lab {

sockaddr_in6 endpoint(const std::string& text, std::uint16_t port) {
  const auto address = IpAddress::parse(text);
  if (!address) throw std::invalid_argument("not an address: " + text);
  sockaddr_in6 result{};
  result.sin6_family = AF_INET6;
  result.sin6_port = htons(port);
  auto* bytes = static_cast<std::uint8_t*>(result.sin6_addr.s6_addr);
  if (address->family() == Family::ipv4) {
    bytes[10] = bytes[11] = 0xff;
    bytes += 12;
  }
  std::copy(address->bytes().begin(), address->bytes().end(), bytes);
  return result;
}

std::string address_of(const in6_addr& address) {
  const std::span<const std::uint8_t> bytes(address.s6_addr);
  return IpAddress::from_bytes(IN6_IS_ADDR_V4MAPPED(&address) ? bytes.subspan(12) : bytes)->str();
}

Descriptor bound_socket(const NetworkNamespace& where, int type, const std::string& address, std::uint16_t port,
                        Bind how) {
  const Inside inside(where);
  Descriptor result(socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  constexpr int no = 0, yes = 1;
  setsockopt(result.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  if (how == Bind::free && setsockopt(result.get(), IPPROTO_IP, IP_FREEBIND, &yes, sizeof yes) != 0) fail("freebind");
  const sockaddr_in6 here = endpoint(address, port);
  if (bind(result.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) fail("bind to " + address);
  return result;
}

}  // namespace cip::lab
