// Against the kernel's own ARP and neighbour discovery on the other end of a cable.
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "reconciler/peer/frames.h"
#include "reconciler/peer/packet_socket.h"
#include "reconciler/peer/probe.h"
#include "tests/unit/peer/network_namespace.h"
#include "tests/unit/peer/support.h"

using namespace cip;
using namespace cip::peer;
using namespace cip::test;
using From = ProbeAnswer::From;

namespace {

const InterfaceName left("left");
const InterfaceName right("right");
const MacAddress left_mac({2, 0, 0, 0, 0, 1});
const MacAddress right_mac({2, 0, 0, 0, 0, 2});

// A prober on the left end, the LAN on the right end.
struct Lan {
  Cable cable;
  boost::asio::io_context io;
  std::vector<ProbeAnswer> answers;
  Inside inside = cable.left.enter();
  Prober prober{io, left, [this](const ProbeAnswer& answer) { answers.push_back(answer); }};

  bool has(const ProbeAnswer& answer) const {
    return std::find(answers.begin(), answers.end(), answer) != answers.end();
  }
  // Asks every 20 ms, as the engine does.
  bool ask_until(const std::vector<IpAddress>& targets, const std::vector<IpAddress>& witnesses, auto done,
                 std::chrono::milliseconds limit = 3s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done() && std::chrono::steady_clock::now() < end) {
      prober.ask(targets, witnesses);
      run_until(io, done, 20ms);
    }
    return done();
  }
};

}  // namespace

TEST_CASE("an IPv4 target and a witness answer, asked from an interface without an address") {
  Lan lan;
  lan.cable.left.run("echo 1 > /proc/sys/net/ipv6/conf/left/disable_ipv6");
  lan.cable.right.run("ip addr add 192.0.2.1/24 dev right && ip addr add 192.0.2.254/24 dev right");
  CHECK(lan.ask_until({ip("192.0.2.1")}, {ip("192.0.2.254")}, [&] {
    return lan.has({ip("192.0.2.1"), right_mac, From::target}) &&
           lan.has({ip("192.0.2.254"), right_mac, From::witness});
  }));
}

TEST_CASE("the other side answers as cipd sets it up, with arp_ignore 1 and arp_announce 2") {
  Lan lan;
  lan.cable.right.run("echo 1 > /proc/sys/net/ipv4/conf/right/arp_ignore");
  lan.cable.right.run("echo 2 > /proc/sys/net/ipv4/conf/right/arp_announce");
  lan.cable.right.run("ip addr add 192.0.2.1/24 dev right && ip addr add 198.51.100.7/32 dev lo");
  CHECK(lan.ask_until({ip("192.0.2.1"), ip("198.51.100.7")}, {}, [&] {
    return lan.has({ip("192.0.2.1"), right_mac, From::target});
  }));
  run_for(lan.io, 50ms);
  CHECK_FALSE(lan.has({ip("198.51.100.7"), right_mac, From::target}));  // it is on another interface
}

TEST_CASE("IPv6 targets and witnesses answer too") {
  Lan lan;
  SECTION("with IPv6 on the asking interface") {}
  SECTION("without") {
    lan.cable.left.run("echo 1 > /proc/sys/net/ipv6/conf/left/disable_ipv6");
  }
  lan.cable.right.run("ip addr add 2001:db8::1/64 dev right nodad && ip addr add 2001:db8::fe/64 dev right nodad");
  CHECK(lan.ask_until({ip("2001:db8::1")}, {ip("2001:db8::fe"), ip("fe80::ff:fe00:2")}, [&] {
    return lan.has({ip("2001:db8::1"), right_mac, From::target}) &&
           lan.has({ip("2001:db8::fe"), right_mac, From::witness}) &&
           lan.has({ip("fe80::ff:fe00:2"), right_mac, From::witness});
  }));
}

TEST_CASE("nobody answers for an address that nobody has") {
  Lan lan;
  lan.cable.right.run("ip addr add 192.0.2.254/24 dev right");
  CHECK(lan.ask_until({ip("192.0.2.1"), ip("2001:db8::1")}, {ip("192.0.2.254")}, [&] {
    return lan.has({ip("192.0.2.254"), right_mac, From::witness});
  }));
  for (int i = 0; i < 10; ++i) {
    lan.prober.ask(std::vector{ip("192.0.2.1"), ip("2001:db8::1")}, {});
    run_for(lan.io, 20ms);
  }
  CHECK(std::none_of(lan.answers.begin(), lan.answers.end(),
                     [](const ProbeAnswer& answer) { return answer.from == From::target; }));
}

TEST_CASE("asking puts nothing into anybody's cache") {
  Lan lan;
  lan.cable.right.run("ip addr add 192.0.2.1/24 dev right && ip addr add 2001:db8::1/64 dev right nodad");
  CHECK(lan.ask_until({ip("192.0.2.1"), ip("2001:db8::1")}, {}, [&] {
    return lan.has({ip("192.0.2.1"), right_mac, From::target}) && lan.has({ip("2001:db8::1"), right_mac, From::target});
  }));
  lan.cable.right.run("test -z \"$(ip neigh show to 192.0.2.0/24; ip neigh show to 2001:db8::/64)\"");
}

TEST_CASE("our own frames that come back are not answers") {
  Lan lan;
  PacketSocket mirror(lan.io, {right, ether_type_arp, {}, {}}, nullptr);
  PacketSocket mirror6(lan.io, {right, ether_type_ipv6, {}, {}}, nullptr);
  lan.prober.ask(std::vector{ip("192.0.2.1"), ip("2001:db8::1")}, {});
  const auto reply = [&](const MacAddress& mac) {
    const auto there = lan.cable.right.enter();
    REQUIRE(mirror.send(arp_announcement(mac, ip("192.0.2.1"), true)));
    REQUIRE(mirror.send(arp_probe(mac, ip("192.0.2.1"))));
    REQUIRE(mirror6.send(neighbor_advertisement(mac, ip("2001:db8::1"), false)));
  };
  reply(left_mac);
  run_for(lan.io, 50ms);
  CHECK(lan.answers.empty());
  reply(MacAddress({2, 0, 0, 0, 0, 9}));  // the same from somebody else
  CHECK(run_until(lan.io, [&] { return lan.answers.size() >= 3; }));
}

TEST_CASE("who announces or asks while we probe is heard as a third host, and no answer") {
  Lan lan;
  PacketSocket somebody(lan.io, {right, ether_type_arp, {}, {}}, nullptr);
  const auto says = [&](const Frame& frame) {
    const auto there = lan.cable.right.enter();
    REQUIRE(somebody.send(frame));
  };
  const MacAddress third({2, 0, 0, 0, 0, 9});
  says(arp_announcement(third, ip("192.0.2.8"), false));
  CHECK(run_until(lan.io, [&] { return !lan.prober.heard().empty(); }));
  CHECK(lan.answers.empty());  // nobody asked yet
  lan.prober.ask(std::vector{ip("192.0.2.1")}, {});
  says(arp_announcement(third, ip("192.0.2.9"), false));
  says(arp_probe(third, ip("192.0.2.1")));
  CHECK(run_until(lan.io, [&] {
    return lan.has({ip("192.0.2.9"), third, From::other}) && lan.has({ip("0.0.0.0"), third, From::other});
  }));
  says(arp_announcement(third, ip("192.0.2.1"), false));  // for a target: a claim, but no answer to us
  CHECK(run_until(lan.io, [&] { return lan.has({ip("192.0.2.1"), third, From::other}); }));
  CHECK(lan.prober.heard() == std::vector<HeardHost>{{ip("192.0.2.9"), third}, {ip("192.0.2.8"), third}});

  lan.prober.stop();
  const auto before = lan.answers.size();
  says(arp_announcement(third, ip("192.0.2.9"), true));
  run_for(lan.io, 50ms);
  CHECK(lan.answers.size() == before);
}

TEST_CASE("what came in before the probe was stopped is no answer to the next one") {
  Lan lan;
  const MacAddress third({2, 0, 0, 0, 0, 9});
  PacketSocket arp(lan.io, {right, ether_type_arp, {}, {}}, nullptr);
  PacketSocket ipv6(lan.io, {right, ether_type_ipv6, {}, {}}, nullptr);
  lan.prober.ask(std::vector{ip("192.0.2.1"), ip("2001:db8::1")}, std::vector{ip("192.0.2.9")});
  {
    const auto there = lan.cable.right.enter();
    REQUIRE(arp.send(arp_announcement(third, ip("192.0.2.1"), true)));
    REQUIRE(arp.send(arp_announcement(third, ip("192.0.2.9"), true)));
    REQUIRE(ipv6.send(neighbor_advertisement(third, ip("2001:db8::1"), false)));
  }
  lan.prober.stop();  // the event loop did not run meanwhile
  lan.prober.ask(std::vector{ip("192.0.2.1"), ip("2001:db8::1")}, std::vector{ip("192.0.2.9")});
  run_for(lan.io, 50ms);
  CHECK(lan.answers.empty());
}

TEST_CASE("hosts heard before are asked as witnesses") {
  Lan lan;
  lan.cable.right.run("ip addr add 192.0.2.77/24 dev right");
  lan.cable.right.run("ip neigh add 192.0.2.99 lladdr 02:00:00:00:00:99 dev right");
  {
    const auto there = lan.cable.right.enter();
    PacketSocket somebody(lan.io, {right, ether_type_arp, {}, {}}, nullptr);
    REQUIRE(somebody.send(arp_announcement(right_mac, ip("192.0.2.77"), false)));
  }
  CHECK(run_until(lan.io, [&] { return !lan.prober.heard().empty(); }));
  CHECK(lan.ask_until({ip("192.0.2.1")}, {}, [&] { return lan.has({ip("192.0.2.77"), right_mac, From::witness}); }));
}

TEST_CASE("the memory of hosts is bounded") {
  Lan lan;
  {
    const auto there = lan.cable.right.enter();
    PacketSocket somebody(lan.io, {right, ether_type_arp, {}, {}}, nullptr);
    for (int i = 1; i <= 200; ++i) {
      REQUIRE(somebody.send(arp_announcement(right_mac, ip(("192.0.2." + std::to_string(i)).c_str()), false)));
    }
  }
  CHECK(run_until(lan.io,
                  [&] { return !lan.prober.heard().empty() && lan.prober.heard()[0].address == ip("192.0.2.200"); }));
  CHECK(lan.prober.heard().size() == Prober::max_heard);
}

TEST_CASE("not more is asked than said") {
  Lan lan;
  int requests = 0;
  boost::asio::io_context there_io;
  PacketSocket listener(there_io, {right, ether_type_arp, {}, {}}, [&](auto) { ++requests; });
  {
    const auto there = lan.cable.right.enter();
    REQUIRE(listener.refresh());
  }
  std::vector<IpAddress> many;
  for (int i = 1; i <= 100; ++i) {
    many.push_back(ip(("192.0.2." + std::to_string(i)).c_str()));
  }
  lan.prober.ask(many, many);
  run_for(there_io, 50ms);
  CHECK(requests == static_cast<int>(Prober::max_targets + Prober::max_witnesses));
}

TEST_CASE("an answer's callback may stop the probe") {
  Lan lan;
  lan.cable.right.run("ip addr add 192.0.2.1/24 dev right && ip addr add 2001:db8::1/64 dev right nodad");
  int answers = 0;
  Prober* self = nullptr;
  Prober stopping(lan.io, left, [&](const ProbeAnswer&) {
    ++answers;
    self->stop();
  });
  self = &stopping;
  const auto end = std::chrono::steady_clock::now() + 3s;
  while (answers == 0 && std::chrono::steady_clock::now() < end) {
    stopping.ask(std::vector{ip("2001:db8::1")}, {});
    run_for(lan.io, 20ms);
  }
  CHECK(answers == 1);
}
