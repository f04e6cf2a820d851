#include "tests/benchmark/tickle_peer.h"

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>

#include "tests/lab/process.h"

namespace cip::lab {

std::vector<TicklePeer> TicklePeer::installed() {
  const char* unpacked = std::getenv("CIP_TICKLE_PEERS");
  const std::string root = unpacked != nullptr ? unpacked : "";
  const std::string tickle_tcp = root + "/usr/libexec/heartbeat/tickle_tcp";
  const std::string ctdb = root + "/usr/bin/ctdb";
  std::vector<std::string> environment;
  if (unpacked != nullptr)
    environment = {fmt::format("LD_LIBRARY_PATH={0}:{0}/samba", root + "/usr/lib/x86_64-linux-gnu")};
  std::vector<TicklePeer> result;
  if (std::filesystem::exists(tickle_tcp)) result.push_back({"portblock", {tickle_tcp, "-n", "3"}});
  if (std::filesystem::exists(ctdb)) result.push_back({"ctdb tickle", {ctdb, "tickle"}, true, environment});
  return result;
}

void TicklePeer::tickle(const NetworkNamespace& where, const std::string& address, std::uint16_t port,
                        const std::string& client, const IdleConnections& connections) const {
  std::string list;
  for (const auto client_port : connections.client_ports()) {
    const std::string here = fmt::format("{}:{}", address, port);
    const std::string there = fmt::format("{}:{}", client, client_port);
    list += client_first ? there + " " + here + "\n" : here + " " + there + "\n";
  }
  const Outcome outcome = run(command, {.where = &where, .input = list, .environment = environment}, 60s);
  if (outcome.status != 0) throw std::runtime_error(name + ": " + outcome.err + outcome.out);
}

}  // namespace cip::lab
