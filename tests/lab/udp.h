// UDP sockets of machines of a lab.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/lab/descriptor.h"
#include "tests/lab/endpoint.h"
#include "tests/lab/network_namespace.h"
#include "tests/lab/wait.h"

namespace cip::lab {

struct Datagram {
  std::string text;
  std::string from;  // address of the sender
  std::uint16_t port = 0;
  std::string to;  // the address that it was sent to
};

class UdpSocket {
 public:
  // Bound to a port (0: any) of an address; "::" is all of both families.
  UdpSocket(const NetworkNamespace& where, const std::string& address, std::uint16_t port, Bind bind = Bind::present);

  // 0, or the error of the kernel. With `source` the packet says that it comes from there (IP_PKTINFO).
  int send(const std::string& text, const std::string& to, std::uint16_t port, const std::string& source = "");
  // What comes within that time.
  std::optional<Datagram> receive(Duration within);

 private:
  Descriptor socket_;
};

}  // namespace cip::lab
