// Programs on both ends of a cable that talk TCP. Needs root.
#pragma once

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "state/address.h"
#include "tests/unit/peer/network_namespace.h"

namespace cip::sockets::test {

using namespace cip::test;

inline IpAddress ip(const char* text) {
  const auto address = IpAddress::parse(text);
  REQUIRE(address);
  return *address;
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

inline SocketAddress socket_address(const char* text, std::uint16_t port) {
  SocketAddress address;
  if (std::strchr(text, ':') == nullptr) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    REQUIRE(inet_pton(AF_INET, text, &v4.sin_addr) == 1);
    address.size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    REQUIRE(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
    address.size = sizeof v6;
  }
  return address;
}

inline FileDescriptor tcp_socket(const char* local, std::uint16_t port) {
  const auto address = socket_address(local, port);
  FileDescriptor fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(fd);
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  REQUIRE(bind(fd.get(), address.get(), address.size) == 0);
  return fd;
}

inline FileDescriptor listener(const char* local, std::uint16_t port) {
  auto fd = tcp_socket(local, port);
  REQUIRE(listen(fd.get(), 16) == 0);
  return fd;
}

inline FileDescriptor connect_to(const char* local, const char* remote, std::uint16_t port) {
  auto fd = tcp_socket(local, 0);
  const auto address = socket_address(remote, port);
  REQUIRE(connect(fd.get(), address.get(), address.size) == 0);
  return fd;
}

inline FileDescriptor accepted(const FileDescriptor& from) {
  FileDescriptor fd(accept4(from.get(), nullptr, nullptr, SOCK_CLOEXEC));
  REQUIRE(fd);
  return fd;
}

// What a program that waits in read() gets: its errno, 0 for an orderly end, -1 if nothing has happened.
inline int fate(const FileDescriptor& fd) {
  pollfd waiting{fd.get(), POLLIN, 0};
  if (poll(&waiting, 1, 200) == 0) {
    return -1;
  }
  char byte = 0;
  return recv(fd.get(), &byte, 1, 0) == 0 ? 0 : errno;
}

// A moved address and another one, of each family; remote ends in a namespace on the other end of a cable.
struct Hosts {
  Cable cable;
  Inside inside = cable.left.enter();
  Hosts() {
    cable.left.run("ip addr add 192.0.2.1/24 dev left && ip addr add 192.0.2.3/24 dev left");
    cable.left.run("ip addr add 2001:db8::1/64 dev left nodad && ip addr add 2001:db8::3/64 dev left nodad");
    cable.right.run("ip addr add 192.0.2.2/24 dev right && ip addr add 2001:db8::2/64 dev right nodad");
  }
};

// A connection from the remote host, and our end of it.
struct Talk {
  FileDescriptor remote;
  FileDescriptor local;
};

inline Talk talk(const Hosts& hosts, const FileDescriptor& at, const char* remote, const char* local,
                 std::uint16_t port) {
  Talk made;
  {
    const auto there = hosts.cable.right.enter();
    made.remote = connect_to(remote, local, port);
  }
  made.local = accepted(at);
  return made;
}

}  // namespace cip::sockets::test
