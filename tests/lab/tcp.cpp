#include "tests/lab/tcp.h"

#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

namespace cip::lab {
namespace {

void wait_for(const Descriptor& socket, short events, Duration within, const std::string& what) {
  pollfd ready{.fd = socket.get(), .events = events, .revents = 0};
  if (poll(&ready, 1, static_cast<int>(within.count())) <= 0) throw std::runtime_error(what + ": timed out");
}

}  // namespace

TcpConnection::TcpConnection(const NetworkNamespace& from, const std::string& address, std::uint16_t port,
                             Duration within) {
  const Inside inside(from);
  socket_ = Descriptor(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "tcp socket");
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

std::uint16_t TcpConnection::own_port() const {
  sockaddr_in6 own{};
  socklen_t length = sizeof own;
  if (getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&own), &length) != 0) fail("getsockname");
  return ntohs(own.sin6_port);
}

TcpListener::TcpListener(const NetworkNamespace& where, std::uint16_t port, int queue, const std::string& address,
                         Bind bind)
    : socket_(bound_socket(where, SOCK_STREAM, address, port, bind)) {
  if (listen(socket_.get(), queue) != 0) fail("listen");
}

TcpConnection TcpListener::accept(Duration within) {
  wait_for(socket_, POLLIN, within, "accept");
  return TcpConnection(Descriptor(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), "accept"));
}

}  // namespace cip::lab
