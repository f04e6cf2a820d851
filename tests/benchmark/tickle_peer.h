// What other software resets the TCP connections of an address with that has come to a machine: its tool alone, without
// the cluster that would call it and give it the list.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/lab/idle_connections.h"
#include "tests/lab/network_namespace.h"

namespace cip::lab {

struct TicklePeer {
  std::string name;
  std::vector<std::string> command;        // it reads the connections from its standard input
  bool client_first = false;               // of the two ends
  std::vector<std::string> environment{};  // "NAME=value"

  // Those that are there: tickle_tcp of Debian's package resource-agents, as the resource agent portblock calls it, and
  // `ctdb tickle` of package ctdb. $CIP_TICKLE_PEERS: a directory that the packages, and those that they depend on, are
  // unpacked in (`dpkg-deb -x`), rather than installed.
  static std::vector<TicklePeer> installed();

  // Runs it where the address is now, for all connections. Throws what it says if it fails.
  void tickle(const NetworkNamespace& where, const std::string& address, std::uint16_t port, const std::string& client,
              const IdleConnections& connections) const;
};

}  // namespace cip::lab
