#include <catch2/catch.hpp>
#include <chrono>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "reconciler/peer/data_lan.h"
#include "reconciler/peer/frames.h"
#include "reconciler/peer/packet_socket.h"
#include "tests/unit/peer/network_namespace.h"
#include "tests/unit/peer/support.h"

using namespace cip;
using namespace cip::peer;
using namespace cip::test;

namespace {

const InterfaceName left("left");
const InterfaceName right("right");
constexpr std::uint16_t type = data_lan_ether_type;

Frame hello() {
  auto frame = ethernet_frame(broadcast_mac, MacAddress({2, 0, 0, 0, 0, 1}), type);
  frame.resize(60, 0x55);
  return frame;
}

}  // namespace

TEST_CASE("frames of its EtherType arrive, on an interface without any address") {
  const Cable cable;
  cable.right.run("echo 1 > /proc/sys/net/ipv6/conf/right/disable_ipv6");
  boost::asio::io_context io;
  std::vector<Frame> got;
  PacketSocket receiver(io, {right, type, {}, {}}, [&](auto frame) { got.emplace_back(frame.begin(), frame.end()); });
  PacketSocket sender(io, {left, type, {}, {}}, nullptr);
  {
    const auto inside = cable.right.enter();
    REQUIRE(receiver.refresh());
  }
  const auto inside = cable.left.enter();
  CHECK(sender.send(hello()));
  CHECK(sender.mac() == MacAddress({2, 0, 0, 0, 0, 1}));
  REQUIRE(run_until(io, [&] { return !got.empty(); }));
  CHECK(got[0] == hello());
  auto other = hello();
  other[13] = 0xb6;
  CHECK(sender.send(other));
  CHECK(sender.send(hello()));
  REQUIRE(run_until(io, [&] { return got.size() > 1; }));
  CHECK(got[1] == hello());
  CHECK(sender.counters().sent == 3);
  CHECK(receiver.counters().received == 2);
}

TEST_CASE("a socket survives its interface: down, gone, and back under another index") {
  const Cable cable;
  const auto inside = cable.left.enter();  // all of its sockets are made here
  boost::asio::io_context io;
  int got = 0;
  PacketSocket socket(io, {left, type, {}, {}}, [&](auto) { ++got; });
  REQUIRE(socket.send(hello()));
  PacketSocket far(io, {right, type, {}, {}}, nullptr);
  const auto from_far = [&] {
    const auto there = cable.right.enter();
    return far.refresh() && far.send(hello());
  };
  // The kernel lets packets through a moment after a link has come up, and the first ones are lost.
  const auto hears_far = [&] {
    const int before = got;
    for (int tries = 0; tries < 200 && got == before; ++tries) {
      REQUIRE(from_far());
      run_for(io, 20ms);
    }
    return got > before;
  };
  CHECK(hears_far());

  cable.left.run("ip link set left down");
  CHECK_FALSE(socket.send(hello()));
  run_for(io, 20ms);  // its read fails once with ENETDOWN
  cable.left.run("ip link set left up");
  CHECK(hears_far());

  cable.left.run("ip link del left");
  CHECK_FALSE(socket.send(hello()));
  CHECK_FALSE(socket.refresh());
  CHECK_FALSE(socket.mac());
  CHECK(socket.counters().not_sent == 2);
  run_for(io, 20ms);
  cable.plug();
  CHECK(socket.send(hello()));
  CHECK(hears_far());
}

TEST_CASE("what was queued can be thrown away") {
  const Cable cable;
  boost::asio::io_context io;
  int got = 0;
  PacketSocket receiver(io, {right, type, {}, {}}, [&](auto) { ++got; });
  {
    const auto inside = cable.right.enter();
    REQUIRE(receiver.refresh());
  }
  const auto inside = cable.left.enter();
  PacketSocket sender(io, {left, type, {}, {}}, nullptr);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(sender.send(hello()));
  }
  receiver.discard_queued();
  run_for(io, 20ms);
  CHECK(got == 0);
  REQUIRE(sender.send(hello()));
  CHECK(run_until(io, [&] { return got == 1; }));
}

TEST_CASE("a callback may close its socket") {
  const Cable cable;
  boost::asio::io_context io;
  int got = 0;
  PacketSocket* self = nullptr;
  PacketSocket receiver(io, {right, type, {}, {}}, [&](auto) {
    ++got;
    self->close();
  });
  self = &receiver;
  {
    const auto inside = cable.right.enter();
    REQUIRE(receiver.refresh());
  }
  const auto inside = cable.left.enter();
  PacketSocket sender(io, {left, type, {}, {}}, nullptr);
  REQUIRE(sender.send(hello()));
  REQUIRE(sender.send(hello()));
  CHECK(run_until(io, [&] { return got == 1; }));
  run_for(io, 20ms);
  CHECK(got == 1);
}

TEST_CASE("an interface that does not exist is no error") {
  const Cable cable;
  const auto inside = cable.left.enter();
  boost::asio::io_context io;
  PacketSocket socket(io, {InterfaceName("nothing"), type, {}, {}}, [](auto) {});
  CHECK_FALSE(socket.refresh());
  CHECK_FALSE(socket.send(hello()));
  PacketSocket loopback(io, {InterfaceName("lo"), type, {}, {}}, nullptr);
  CHECK(loopback.refresh());
  CHECK_FALSE(loopback.mac());  // no Ethernet
}

// The engine's thread has heartbeats to send meanwhile.
TEST_CASE("closing does not wait for the kernel, which takes its time to end a packet socket") {
  const Cable cable;
  const auto inside = cable.left.enter();
  boost::asio::io_context io;
  const auto time_of = [&](const auto& close) {
    std::chrono::steady_clock::duration sum{};
    for (int i = 0; i < 20; ++i) {
      PacketSocket socket(io, {left, type, {}, {}}, [](auto) {});
      REQUIRE(socket.refresh());
      const auto begin = std::chrono::steady_clock::now();
      close(socket);
      sum += std::chrono::steady_clock::now() - begin;
    }
    return sum;
  };
  const auto kernel = time_of([](PacketSocket&) { ::close(::socket(AF_PACKET, SOCK_RAW, 0)); });
  const auto ours = time_of([](PacketSocket& socket) { socket.close(); });
  CAPTURE(kernel.count(), ours.count());
  CHECK((ours < kernel / 2 || kernel < std::chrono::milliseconds(20)));  // some kernels take no time
}
