// SCTP associations between machines of a lab (one-to-one sockets, IPv4), and what is said on a LAN to end one. The
// kernel of this machine may lack SCTP: for User-Mode Linux (tests/uml).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "state/address.h"
#include "tests/lab/descriptor.h"
#include "tests/lab/network_namespace.h"
#include "tests/lab/wait.h"

namespace cip::lab {

class SctpAssociation {
 public:
  // From these addresses of the machine (none: all it has) to an address, which becomes the primary path, within that
  // time; or throws with the reason.
  SctpAssociation(const NetworkNamespace& from, const std::vector<std::string>& addresses, const std::string& to,
                  std::uint16_t port, Duration within = 5s);
  explicit SctpAssociation(Descriptor socket) : socket_(std::move(socket)) {}

  // Whether this end takes it to be there. Says nothing about the other end.
  bool established() const;
  // Whether that address of the other end is one that this end sends to, and has had an answer from.
  bool has_path(const std::string& address) const;
  // Throws if the association is over.
  void send(const std::string& text);
  // Whether that text comes, as the next message, within that time.
  bool receives(const std::string& text, Duration within = 5s);
  // 0 while it is there; else the error that its owner gets, once. An orderly end is ESHUTDOWN. Not while a message
  // waits.
  int error();

 private:
  Descriptor socket_;
};

class SctpListener {
 public:
  // On these addresses, or (none) on all that the machine has, now and later.
  SctpListener(const NetworkNamespace& where, const std::vector<std::string>& addresses, std::uint16_t port);
  SctpAssociation accept(Duration within = 5s);

 private:
  Descriptor socket_;
};

struct SctpEnd {
  std::string port;  // of the bridge, that it came in on: "n1.eth1"
  IpAddress source, destination;
  enum class Chunk { abort, shutdown } chunk = Chunk::abort;
};

// Every ABORT and SHUTDOWN on a LAN. What comes is kept by the kernel, some hundred packets, until it is asked for.
class SctpEnds {
 public:
  explicit SctpEnds(const NetworkNamespace& lan);
  // Since the last time.
  std::vector<SctpEnd> seen();
  // Packets of SCTP that were looked at. What saw none proves nothing.
  std::size_t packets() const { return packets_; }

 private:
  Descriptor socket_;
  std::size_t packets_ = 0;
};

}  // namespace cip::lab
