#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <netinet/tcp.h>
#include <string>

#include "reconciler/sockets/tickle.h"
#include "tests/unit/sockets/hosts.h"

using namespace cip;
using namespace cip::sockets;
using namespace cip::sockets::test;
using namespace std::chrono_literals;

namespace {

const InterfaceRef moved{ClimName{"n1"}, InterfaceName{"eth1"}};
const InterfaceName left{"left"};

// As when the machine that had it is gone: the socket is no more, and nobody was told.
void vanish(FileDescriptor& socket) {
  const int on = 1;
  REQUIRE(setsockopt(socket.get(), IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) == 0);
  socket = FileDescriptor();
}

Connection ends(const Talk& talk) {
  const auto end = [](const FileDescriptor& socket, auto get) {
    sockaddr_in6 name{};
    socklen_t size = sizeof name;
    REQUIRE(get(socket.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0);
    const auto* bytes = name.sin6_family == AF_INET6
                            ? reinterpret_cast<const std::uint8_t*>(&name.sin6_addr)
                            : reinterpret_cast<const std::uint8_t*>(&reinterpret_cast<sockaddr_in&>(name).sin_addr);
    return std::pair(*IpAddress::from_bytes({bytes, name.sin6_family == AF_INET6 ? 16U : 4U}), ntohs(name.sin6_port));
  };
  const auto [local, local_port] = end(talk.local, getsockname);
  const auto [remote, remote_port] = end(talk.local, getpeername);
  return {local, local_port, remote, remote_port};
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const auto byte : bytes) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    text += two;
  }
  return text;
}

// Until all is sent.
void run(boost::asio::io_context& loop) {
  loop.restart();
  loop.run_for(5s);
}

}  // namespace

TEST_CASE("a tickle is an ACK of the local end, with checksums that are right") {
  // The same packets as made by an independent program (Scapy 2.5).
  CHECK(hex(tickle({ip("192.0.2.1"), 80, ip("198.51.100.7"), 54321}, 0x01020304)) ==
        "450000280000000040068e94c0000201c6336407"
        "0050d431010203040000000050100400e7100000");
  CHECK(hex(tickle({ip("2001:db8::1"), 80, ip("2001:db8:1::7"), 54321}, 0x01020304)) ==
        "600000000014064020010db800000000000000000000000120010db8000100000000000000000007"
        "0050d43101020304000000005010040077d20000");
}

TEST_CASE("who only reads gets ECONNRESET from a tickle, in both families, and nobody else notices") {
  const Hosts hosts;
  const auto both = listener("::", 5000);
  auto gone4 = talk(hosts, both, "192.0.2.2", "192.0.2.1", 5000);
  auto gone6 = talk(hosts, both, "2001:db8::2", "2001:db8::1", 5000);
  const auto alive = talk(hosts, both, "192.0.2.2", "192.0.2.1", 5000);
  const auto ends4 = Connection{ip("192.0.2.1"), 5000, ip("192.0.2.2"), ends(gone4).remote_port};
  const auto ends6 = ends(gone6);
  const auto of_alive = Connection{ip("192.0.2.1"), 5000, ip("192.0.2.2"), ends(alive).remote_port};
  const Connection never{ip("192.0.2.1"), 5000, ip("192.0.2.2"), 1};
  vanish(gone4.local);
  vanish(gone6.local);

  boost::asio::io_context loop;
  Tickler tickler(loop);
  tickler.tickle(moved, left, {ends4, ends6, of_alive, never});
  run(loop);
  CHECK(tickler.sent() == 4);
  CHECK(fate(gone4.remote) == ECONNRESET);
  CHECK(fate(gone6.remote) == ECONNRESET);
  CHECK(fate(alive.remote) == -1);
  CHECK(fate(alive.local) == -1);
  // The same port at once.
  talk(hosts, both, "192.0.2.2", "192.0.2.1", 5000);
}

TEST_CASE("a tickle takes the way of its address, whatever other routes there are") {
  const Hosts hosts;
  hosts.cable.left.run(
      "ip link add other type veth peer name dead && ip link set dead up && ip link set other up && ip addr add "
      "198.51.100.1/24 dev other");
  hosts.cable.left.run("ip route add 203.0.113.0/24 dev other && ip route add 203.0.113.0/24 dev left table 7");
  hosts.cable.right.run("ip addr add 203.0.113.2/24 dev right && ip route add 192.0.2.1/32 dev right");
  hosts.cable.left.run("ip rule add from 192.0.2.1 lookup 7");
  const auto at = listener("192.0.2.1", 5000);
  auto gone = talk(hosts, at, "203.0.113.2", "192.0.2.1", 5000);
  const auto both_ends = ends(gone);
  vanish(gone.local);
  boost::asio::io_context loop;
  Tickler tickler(loop);
  tickler.tickle(moved, left, {both_ends});
  run(loop);
  CHECK(fate(gone.remote) == ECONNRESET);
}

TEST_CASE("link-local addresses are tickled on their interface") {
  const Hosts hosts;
  hosts.cable.left.run("ip addr add fe80::1/64 dev left nodad");
  hosts.cable.right.run("ip addr add fe80::2/64 dev right nodad");
  boost::asio::io_context loop;
  Tickler tickler(loop);
  tickler.tickle(moved, left, {{ip("fe80::1"), 5000, ip("fe80::2"), 5001}});
  run(loop);
  CHECK(tickler.sent() == 1);
  CHECK(tickler.failed() == 0);
}

TEST_CASE("what is not ours or cannot be reached is counted, and the rest is sent") {
  const Hosts hosts;
  boost::asio::io_context loop;
  Tickler tickler(loop);
  tickler.tickle(moved, left,
                 {{ip("2001:db8::99"), 1, ip("2001:db8::2"), 1},
                  {ip("192.0.2.1"), 1, ip("203.0.113.9"), 1},
                  {ip("192.0.2.1"), 1, ip("192.0.2.2"), 1}});
  run(loop);
  CHECK(tickler.failed() == 2);
  CHECK(tickler.sent() == 1);
}

TEST_CASE("tickles are paced, a round is not begun twice, and what is withdrawn is not sent") {
  const Hosts hosts;
  std::vector<Connection> many;
  for (std::uint16_t port = 0; port < 10 * Tickler::burst; ++port) {
    many.push_back({ip("192.0.2.1"), 5000, ip("192.0.2.2"), port});
  }
  boost::asio::io_context loop;
  Tickler tickler(loop);
  tickler.tickle(moved, left, many);
  CHECK(tickler.sent() == Tickler::burst);
  tickler.tickle(moved, left, many);
  SECTION("all of it once") {
    run(loop);
    CHECK(tickler.sent() == many.size());
    tickler.tickle(moved, left, {many[0]});
    run(loop);
    CHECK(tickler.sent() == many.size() + 1);
  }
  SECTION("withdrawn") {
    tickler.withdraw(moved);
    run(loop);
    CHECK(tickler.sent() == Tickler::burst);
  }
}
