#include "tests/benchmark/tickle_peer.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <stdexcept>

#include "state/address.h"
#include "tests/lab/frame_tap.h"
#include "tests/lab/lab.h"
#include "tests/lab/process.h"

namespace cip::lab {
namespace {

constexpr std::uint16_t service = 5000;
const std::string moved = "10.1.0.1";
const std::string client = "10.1.0.254";

// A gratuitous ARP request (RFC 5227, 3) of a port: 10.1.0.1 is at its MAC address.
Frame announcement(const MacAddress& mac) {
  Frame frame(6, 0xff);
  const auto append = [&frame](const auto& bytes) { frame.insert(frame.end(), bytes.begin(), bytes.end()); };
  append(mac.bytes());
  append(std::array<std::uint8_t, 10>{0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, 1});
  append(mac.bytes());
  append(IpAddress::parse(moved)->bytes());
  append(std::array<std::uint8_t, 6>{});
  append(IpAddress::parse(moved)->bytes());
  return frame;
}

MacAddress mac_of(const NetworkNamespace& machine) {
  const std::string text = machine.ip_json("link show dev eth1");
  const auto at = text.find("\"address\":\"");
  const auto mac = at == std::string::npos ? std::nullopt : MacAddress::parse(text.substr(at + 11, 17));
  if (!mac) throw std::runtime_error("no MAC address in " + text);
  return *mac;
}

}  // namespace

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

void TicklePeer::tickle(const NetworkNamespace& where, const IdleConnections& connections) const {
  std::string list;
  for (const auto client_port : connections.client_ports()) {
    const std::string here = fmt::format("{}:{}", moved, service);
    const std::string there = fmt::format("{}:{}", client, client_port);
    list += client_first ? there + " " + here + "\n" : here + " " + there + "\n";
  }
  const Outcome outcome = run(command, {.where = &where, .input = list, .environment = environment}, 60s);
  if (outcome.status != 0) throw std::runtime_error(name + ": " + outcome.err + outcome.out);
}

// n1 loses the address without a word, as in a crash; its sockets stay, as nobody is to end them.
std::chrono::microseconds TicklePeer::measure(std::size_t count) const {
  Lab lab;
  const NetworkNamespace& n1 = lab.clim("n1").network();
  const NetworkNamespace& n2 = lab.clim("n2").network();
  n1.ip({"link set dev eth1 up", "addr add 10.1.0.1/24 dev eth1"});
  n2.ip({"link set dev eth1 up", "addr add 10.1.0.2/24 dev eth1"});
  if (run({"ping", "-c1", "-W3", client}, {.where = &n2}).status != 0) throw std::runtime_error("no answer from r1");
  const IdleConnections connections(lab.host("r1"), n1, moved, service, count);
  FrameTap lan(lab.lan("blue"), "r1.eth0", 0x0806);
  const Frame announced = announcement(mac_of(n2));

  n1.ip({"addr del 10.1.0.1/24 dev eth1"});
  n2.ip({"addr add 10.1.0.1/24 dev eth1"});
  lan.inject(announced);
  const Time arrived = Clock::now();
  tickle(n2, connections);
  if (!connections.wait_for_all(30s)) throw std::runtime_error(name + ": a remote end was not told");
  return connections.ends(arrived).worst;
}

}  // namespace cip::lab
