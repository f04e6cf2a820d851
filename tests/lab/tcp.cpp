#include "tests/lab/tcp.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

#include "state/address.h"

namespace cip::lab {
namespace {

// IPv4 as IPv4-mapped, so that one kind of socket serves both families.
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

Descriptor tcp_socket() {
  return {socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "tcp socket"};
}

void wait_for(const Descriptor& socket, short events, Duration within, const std::string& what) {
  pollfd ready{.fd = socket.get(), .events = events, .revents = 0};
  if (poll(&ready, 1, static_cast<int>(within.count())) <= 0) throw std::runtime_error(what + ": timed out");
}

}  // namespace

TcpConnection::TcpConnection(const NetworkNamespace& from, const std::string& address, std::uint16_t port,
                             Duration within) {
  const Inside inside(from);
  socket_ = tcp_socket();
  const sockaddr_in6 to = endpoint(address, port);
  if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return;
  if (errno != EINPROGRESS) fail("connect to " + address);
  wait_for(socket_, POLLOUT, within, "connect to " + address);
  socklen_t length = sizeof errno;
  getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &errno, &length);
  if (errno != 0) fail("connect to " + address);
}

int TcpConnection::error() {
  if (error_ != 0) return error_;
  std::array<char, 256> data{};
  const ssize_t size = recv(socket_.get(), data.data(), data.size(), 0);
  if (size == 0) error_ = ESHUTDOWN;
  if (size < 0 && errno != EAGAIN) error_ = errno;
  return error_;
}

TcpListener::TcpListener(const NetworkNamespace& where, std::uint16_t port, int queue) {
  const Inside inside(where);
  socket_ = tcp_socket();
  constexpr int no = 0;
  setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  const sockaddr_in6 all = endpoint("::", port);
  if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all) != 0) fail("bind");
  if (listen(socket_.get(), queue) != 0) fail("listen");
}

TcpConnection TcpListener::accept(Duration within) {
  wait_for(socket_, POLLIN, within, "accept");
  return TcpConnection(Descriptor(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), "accept"));
}

}  // namespace cip::lab
