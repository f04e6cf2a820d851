// What a capture on the other end of a cable sees, and what the kernel there makes of it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <vector>

#include "reconciler/peer/announce.h"
#include "reconciler/peer/frames.h"
#include "reconciler/peer/packet_socket.h"
#include "tests/unit/peer/network_namespace.h"
#include "tests/unit/peer/support.h"

using namespace cip;
using namespace cip::peer;
using namespace cip::test;

namespace {

using Clock = std::chrono::steady_clock;

const InterfaceName left("left");
const InterfaceName right("right");
const MacAddress left_mac({2, 0, 0, 0, 0, 1});

std::vector<IpAddress> many(int count) {
  std::vector<IpAddress> addresses;
  addresses.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    addresses.push_back(ip(("10.1." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250)).c_str()));
  }
  return addresses;
}

struct Lan {
  struct Captured {
    Frame frame;
    Clock::time_point at;
  };
  Cable cable;
  boost::asio::io_context io;
  std::vector<Captured> captured;
  PacketSocket arp{io, {right, ether_type_arp, {}, {}}, [this](auto frame) { keep(frame); }};
  // Of the IPv6 frames only advertisements: the kernel talks as well.
  PacketSocket ipv6{io, {right, ether_type_ipv6, {}, {}}, [this](auto frame) {
                      if (frame.size() > 54 && frame[54] == 136) {
                        keep(frame);
                      }
                    }};
  Announcer announcer{io};
  Inside inside = cable.left.enter();

  Lan() {
    const auto there = cable.right.enter();
    REQUIRE(arp.refresh());
    REQUIRE(ipv6.refresh());
  }
  void keep(std::span<const std::uint8_t> frame) { captured.push_back({{frame.begin(), frame.end()}, Clock::now()}); }
  std::ptrdiff_t count(const Frame& frame) const {
    return std::count_if(captured.begin(), captured.end(), [&](const auto& one) { return one.frame == frame; });
  }
};

}  // namespace

TEST_CASE("an IPv4 address is announced as request and as reply, an IPv6 address with override") {
  Lan lan;
  lan.cable.left.run("echo 0 > /proc/sys/net/ipv6/conf/left/forwarding");
  lan.announcer.announce(left, std::vector{ip("192.0.2.1"), ip("2001:db8::1")});
  CHECK(run_until(lan.io, [&] { return lan.captured.size() >= 3; }));
  run_for(lan.io, 50ms);
  CHECK(lan.captured.size() == 3);
  CHECK(lan.count(arp_announcement(left_mac, ip("192.0.2.1"), false)) == 1);
  CHECK(lan.count(arp_announcement(left_mac, ip("192.0.2.1"), true)) == 1);
  CHECK(lan.count(neighbor_advertisement(left_mac, ip("2001:db8::1"), false)) == 1);
  CHECK(lan.announcer.pending() == 0);

  lan.cable.left.run("echo 1 > /proc/sys/net/ipv6/conf/left/forwarding");
  lan.announcer.announce(left, std::vector{ip("2001:db8::1")});
  CHECK(run_until(lan.io, [&] { return lan.count(neighbor_advertisement(left_mac, ip("2001:db8::1"), true)) == 1; }));
}

TEST_CASE("a host that has an entry for the old side moves it to the new one") {
  Lan lan;
  lan.cable.right.run("ip addr add 192.0.2.254/24 dev right && ip addr add 2001:db8::fe/64 dev right nodad");
  lan.cable.right.run("ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:77 dev right nud reachable");
  lan.cable.right.run("ip neigh add 2001:db8::1 lladdr 02:00:00:00:00:77 dev right nud reachable");
  lan.announcer.announce(left, std::vector{ip("192.0.2.1"), ip("2001:db8::1")});
  CHECK(run_until(lan.io, [&] { return lan.captured.size() >= 3; }));
  lan.cable.right.run("ip neigh show 192.0.2.1 | grep -q 02:00:00:00:00:01");
  lan.cable.right.run("ip neigh show 2001:db8::1 | grep -q 02:00:00:00:00:01");
}

TEST_CASE("the first ones leave at once, thousands are paced") {
  Lan lan;
  const auto addresses = many(500);
  const auto start = Clock::now();
  lan.announcer.announce(left, addresses);
  CHECK(lan.announcer.pending() == 500 - Announcer::burst);
  REQUIRE(run_until(lan.io, [&] { return lan.captured.size() == 1000; }));
  CHECK(lan.announcer.pending() == 0);
  // Nine pauses between ten bursts. In every window of one pause there are at most two bursts: the end of one, and the
  // next. (A stalled machine makes gaps longer, never shorter.)
  CHECK(lan.captured.back().at - start >= 9 * Announcer::pause);
}

TEST_CASE("an address that waits is not queued twice, and may be announced again later") {
  Lan lan;
  const auto addresses = many(120);
  lan.announcer.announce(left, addresses);
  lan.announcer.announce(left, addresses);  // the first 50 are gone already
  CHECK(lan.announcer.pending() == 120);
  REQUIRE(run_until(lan.io, [&] { return lan.announcer.pending() == 0; }));
  run_for(lan.io, 50ms);
  CHECK(lan.captured.size() == 2UL * (120 + 50));
  lan.announcer.announce(left, std::vector{addresses[0]});
  CHECK(run_until(lan.io, [&] { return lan.captured.size() == 2UL * (120 + 50 + 1); }));
}

TEST_CASE("not one frame for an address that was withdrawn") {
  Lan lan;
  const auto addresses = many(200);
  lan.announcer.announce(left, addresses);
  SECTION("by name") {
    lan.announcer.withdraw(left, std::span(addresses).subspan(50, 100));
    CHECK(lan.announcer.pending() == 50);
    REQUIRE(run_until(lan.io, [&] { return lan.announcer.pending() == 0; }));
    run_for(lan.io, 50ms);
    CHECK(lan.captured.size() == 2UL * 100);
    CHECK(lan.count(arp_announcement(left_mac, addresses[49], false)) == 1);
    CHECK(lan.count(arp_announcement(left_mac, addresses[50], false)) == 0);
    CHECK(lan.count(arp_announcement(left_mac, addresses[149], false)) == 0);
    CHECK(lan.count(arp_announcement(left_mac, addresses[150], false)) == 1);
  }
  SECTION("with its interface, and announced again") {
    lan.announcer.withdraw(left);
    CHECK(lan.announcer.pending() == 0);
    lan.announcer.announce(left, std::vector{addresses[199]});
    REQUIRE(run_until(lan.io, [&] { return lan.announcer.pending() == 0; }));
    run_for(lan.io, 50ms);
    CHECK(lan.captured.size() == 2UL * 51);
    CHECK(lan.count(arp_announcement(left_mac, addresses[199], false)) == 1);
  }
}

TEST_CASE("an interface that goes away in between is no error") {
  Lan lan;
  lan.announcer.announce(left, many(200));
  lan.cable.left.run("ip link del left");
  CHECK(run_until(lan.io, [&] { return lan.announcer.pending() == 0; }));
}

TEST_CASE("destroying it cancels everything") {
  Lan lan;
  {
    Announcer short_lived(lan.io);
    short_lived.announce(left, many(100));
  }
  run_for(lan.io, 50ms);
  CHECK(lan.captured.size() == 2UL * Announcer::burst);
}
