// What other software resets the TCP connections of an address with that has come to a machine: its tool alone, without
// the cluster that would call it and give it the list.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/lab/idle_connections.h"
#include "tests/lab/network_namespace.h"

namespace cip::lab {

class TicklePeer {
 public:
  std::string name;
  std::vector<std::string> command;        // it reads the connections from its standard input
  bool client_first = false;               // of the two ends
  std::vector<std::string> environment{};  // "NAME=value"

  // Those that are there: tickle_tcp of Debian's package resource-agents, as the resource agent portblock calls it, and
  // `ctdb tickle` of package ctdb. $CIP_TICKLE_PEERS: a directory that the packages, and those that they depend on, are
  // unpacked in (`dpkg-deb -x`), rather than installed.
  static std::vector<TicklePeer> installed();

  // From when the address has arrived on another machine, and been announced there, until the last of `count` remote
  // ends that only read has ECONNRESET; in a lab of its own. The tool gets the list of connections for nothing. Throws
  // if it fails, or one is not told.
  std::chrono::microseconds measure(std::size_t count) const;

 private:
  void tickle(const NetworkNamespace& where, const IdleConnections& connections) const;
};

}  // namespace cip::lab
