// How long the remote ends of idle TCP connections, which only read, take to learn that theirs are over: from when the
// address has arrived on another machine, and been announced there, until half of them, and the last of them, have
// ECONNRESET. For tools of other software (tickle_peer.h), which get the list of connections for nothing. Median and
// worst of some rounds (5, or the first argument), each in a new lab, with 1, 1,000 and 10,000 connections. Prints a
// table; never a pass or fail on a time. Build it with the release preset.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "state/address.h"
#include "tests/benchmark/tickle_peer.h"
#include "tests/lab/frame_tap.h"
#include "tests/lab/idle_connections.h"
#include "tests/lab/lab.h"

namespace cip::lab {
namespace {

constexpr std::uint16_t port = 5000;
const std::string address = "10.1.0.1";
const std::string client = "10.1.0.254";

struct Round {
  IdleConnections::Ends ends;        // since the address was there
  std::chrono::microseconds tool{};  // how long the tool ran
};

// A gratuitous ARP request (RFC 5944, 4.6) of a port: 10.1.0.1 is at its MAC address.
Frame announcement(const MacAddress& mac) {
  Frame frame(6, 0xff);
  const auto append = [&frame](const auto& bytes) { frame.insert(frame.end(), bytes.begin(), bytes.end()); };
  append(mac.bytes());
  append(std::array<std::uint8_t, 10>{0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, 1});
  append(mac.bytes());
  append(IpAddress::parse(address)->bytes());
  append(std::array<std::uint8_t, 6>{});
  append(IpAddress::parse(address)->bytes());
  return frame;
}

MacAddress mac_of(const NetworkNamespace& machine) {
  const std::string text = machine.ip_json("link show dev eth1");
  const auto at = text.find("\"address\":\"");
  const auto mac = at == std::string::npos ? std::nullopt : MacAddress::parse(text.substr(at + 11, 17));
  if (!mac) throw std::runtime_error("no MAC address in " + text);
  return *mac;
}

// n1 loses the address without a word, as in a crash; its sockets stay, as nobody is to end them.
Round measure(const TicklePeer& peer, std::size_t count) {
  Lab lab;
  const NetworkNamespace& n1 = lab.clim("n1").network();
  const NetworkNamespace& n2 = lab.clim("n2").network();
  n1.ip({"link set dev eth1 up", "addr add 10.1.0.1/24 dev eth1"});
  n2.ip({"link set dev eth1 up", "addr add 10.1.0.2/24 dev eth1"});
  if (run({"ping", "-c1", "-W3", client}, {.where = &n2}).status != 0) throw std::runtime_error("no answer from r1");
  const IdleConnections connections(lab.host("r1"), n1, address, port, count);
  FrameTap lan(lab.lan("blue"), "r1.eth0", 0x0806);
  const Frame announced = announcement(mac_of(n2));

  n1.ip({"addr del 10.1.0.1/24 dev eth1"});
  n2.ip({"addr add 10.1.0.1/24 dev eth1"});
  lan.inject(announced);
  const Time arrived = Clock::now();
  peer.tickle(n2, address, port, client, connections);
  const Time done = Clock::now();
  connections.wait_for_all(5s);
  return {connections.ends(arrived), std::chrono::duration_cast<std::chrono::microseconds>(done - arrived)};
}

std::string milliseconds(std::vector<std::chrono::microseconds> values, bool worst) {
  std::sort(values.begin(), values.end());
  const auto value = worst ? values.back() : values[(values.size() - 1) / 2];
  return fmt::format("{:.1f}", static_cast<double>(value.count()) / 1000);
}

void measure_all(int rounds) {
  const auto peers = TicklePeer::installed();
  if (peers.empty()) throw std::runtime_error("neither resource-agents nor ctdb is installed");
  fmt::print("Milliseconds until ECONNRESET: half of the readers, the last one; median (worst) of {} rounds\n\n",
             rounds);
  fmt::print(
      "| connections | tool | half of them | the last | the tool ran | never reset |\n|---|---|---|---|---|---|\n");
  for (const std::size_t count : {1U, 1000U, 10000U}) {
    for (const auto& peer : peers) {
      std::vector<std::chrono::microseconds> half, last, tool;
      std::size_t never = 0;
      for (int i = 0; i < rounds; ++i) {
        const Round round = measure(peer, count);
        half.push_back(round.ends.median);
        last.push_back(round.ends.worst);
        tool.push_back(round.tool);
        never += round.ends.open + round.ends.otherwise;
      }
      fmt::print("| {} | {} | {} ({}) | {} ({}) | {} ({}) | {} of {} |\n", count, peer.name, milliseconds(half, false),
                 milliseconds(half, true), milliseconds(last, false), milliseconds(last, true),
                 milliseconds(tool, false), milliseconds(tool, true), never, count * static_cast<std::size_t>(rounds));
      std::fflush(stdout);
    }
  }
}

}  // namespace
}  // namespace cip::lab

int main(int count, char** arguments) {
  try {
    cip::lab::measure_all(count > 1 ? std::max(1, std::atoi(arguments[1])) : 5);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "\n{}\n", error.what());
    return 1;
  }
}
