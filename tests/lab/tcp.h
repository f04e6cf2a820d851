// TCP connections between machines of a lab, held open to see how they end.
#pragma once

#include <cstdint>
#include <string>

#include "tests/lab/descriptor.h"
#include "tests/lab/endpoint.h"
#include "tests/lab/network_namespace.h"
#include "tests/lab/wait.h"

namespace cip::lab {

class TcpConnection {
 public:
  // Connects within that time, or throws with the reason.
  TcpConnection(const NetworkNamespace& from, const std::string& address, std::uint16_t port, Duration within = 3s);
  explicit TcpConnection(Descriptor socket) : socket_(std::move(socket)) {}

  // 0 while it is open, also if the other end is silent; else the error that its owner gets (ECONNRESET, ...). An
  // orderly end is ESHUTDOWN.
  int error();
  std::uint16_t own_port() const;
  int descriptor() const { return socket_.get(); }

 private:
  Descriptor socket_;
  int error_ = 0;
};

// Listens on a port of an address of a machine; "::" is all of both families.
class TcpListener {
 public:
  // `queue` connections may wait to be accepted, as far as the machine allows it (net.core.somaxconn).
  TcpListener(const NetworkNamespace& where, std::uint16_t port, int queue = 16,
              const std::string& address = "::", Bind bind = Bind::present);
  TcpConnection accept(Duration within = 3s);

 private:
  Descriptor socket_;
};

}  // namespace cip::lab
