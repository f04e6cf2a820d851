// A stranger on the LANs: what it records, makes up or breaks changes nothing.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/lab/frame_tap.h"
#include "tests/lab/pair.h"
#include "tests/lab/pinger.h"
#include "tests/lab/tcp.h"

using namespace cip::lab;

namespace {

constexpr std::uint16_t heartbeat_type = 0x88B5;  // docs/protocol.md, "On the wire"
constexpr std::uint16_t control_port = 7480;

std::vector<Frame> record(FrameTap& tap, std::size_t count) {
  std::vector<Frame> frames;
  wait_until(5s, [&] {
    for (auto& frame : tap.sent_by_machine()) frames.push_back(std::move(frame));
    return frames.size() >= count;
  });
  return frames;
}

Frame random_frame(const Frame& genuine, std::mt19937& random) {
  Frame frame = genuine;
  switch (random() % 3) {
    case 0:  // a genuine one with one bit changed, behind the Ethernet header
      frame[14 + random() % (frame.size() - 14)] ^= static_cast<std::uint8_t>(1U << (random() % 8));
      break;
    case 1:  // cut short, or longer
      frame.resize(14 + random() % 1400);
      break;
    default:  // noise
      frame.resize(14 + random() % 1400);
      for (std::size_t i = 14; i < frame.size(); ++i) frame[i] = static_cast<std::uint8_t>(random());
  }
  return frame;
}

}  // namespace

TEST_CASE("heartbeats that somebody has recorded do not keep a dead CLIM alive", "[lab][hostile]") {
  Pair pair;
  FrameTap from_n1(pair.lab.lan("blue"), "n1.eth1", heartbeat_type);
  const auto recorded = record(from_n1, 20);
  REQUIRE(recorded.size() >= 20);
  FrameTap to_n2(pair.lab.lan("blue"), "n2.eth1", heartbeat_type);
  pair.lab.crash("n1");
  std::size_t next = 0;
  CHECK_EVENTUALLY(pair.lab, 5s, [&] {
    to_n2.inject(recorded[next++ % recorded.size()]);
    return pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2");
  }());
}

TEST_CASE("noise on the data LAN and the control LAN ends no daemon and moves nothing", "[lab][hostile]") {
  Pair pair;
  const auto& stranger = pair.lab.host("stranger");
  const Pinger pinger(pair.lab.host("r1"), "10.1.0.2", 5ms);
  REQUIRE(pinger.answered(2s));
  FrameTap from_n1(pair.lab.lan("blue"), "n1.eth1", heartbeat_type);
  FrameTap to_n2(pair.lab.lan("blue"), "n2.eth1", heartbeat_type);
  const auto recorded = record(from_n1, 5);
  REQUIRE(recorded.size() >= 5);
  const Time begin = Clock::now();
  std::mt19937 random(Catch::rngSeed());
  for (int i = 0; i < 2000; ++i) to_n2.inject(random_frame(recorded[random() % recorded.size()], random));

  // UDP and TCP to the control port, from a machine on the control LAN that is no CLIM.
  const Outcome datagrams =
      run({"sh", "-c", "for i in 1 2 3 4 5; do head -c 300 /dev/urandom | nc -u -w1 -q0 192.168.100.2 7480; done"},
          {.where = &stranger});
  CAPTURE(datagrams.err);
  std::vector<TcpConnection> idle;
  idle.reserve(20);
  for (int i = 0; i < 20; ++i) idle.emplace_back(stranger, "192.168.100.2", control_port);
  run({"sh", "-c", "head -c 100000 /dev/urandom | nc -w1 -q0 192.168.100.2 7480"}, {.where = &stranger});

  CHECK_STAYS(pair.lab, 1s, pair.at_home() && pair.n2.running());
  CHECK(pinger.report(begin).lost == 0);
  CHECK(pair.lab.owners().changes(begin) == 0);
  CHECK(pair.n2.ctl({"status"}).status == 0);
  // It still does its work.
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  CHECK_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
}

TEST_CASE(
    "a stranger on both LANs moves nothing and hides nothing: forged and replayed heartbeats, ARP, advertisements",
    "[lab][hostile]") {
  Pair pair;
  const Frame nobody{0x02, 0, 0, 0, 0, 0x99};
  // On the data LAN to n2 alone: r1 must not believe it either.
  struct Way {
    std::string lan, ours;
    const NetworkNamespace& from;
    std::string port;
    std::uint16_t ether_type;
  };
  std::vector<Frame> heartbeats;
  std::vector<FrameTap> to_n2;
  for (const Way& way : {Way{"control", "n1.eth0", pair.lab.host("stranger"), "eth0", 0x0800},
                         Way{"blue", "n1.eth1", pair.lab.lan("blue"), "n2.eth1", heartbeat_type}}) {
    FrameTap from_n1(pair.lab.lan(way.lan), way.ours, way.ether_type);
    const auto recorded = record(from_n1, 5);
    REQUIRE(recorded.size() >= 5);
    heartbeats.insert(heartbeats.end(), recorded.begin(), recorded.end());
    to_n2.emplace_back(way.from, way.port, way.ether_type);
  }
  std::mt19937 random(Catch::rngSeed());
  const auto disturb = [&] {
    for (int i = 0; i < 20; ++i) {
      const auto& genuine = heartbeats[random() % heartbeats.size()];
      Frame frame = random() % 2 == 0 ? genuine : random_frame(genuine, random);
      std::copy(nobody.begin(), nobody.end(), frame.begin() + 6);
      for (auto& way : to_n2) way.inject(frame);
    }
    // "I have it": what n1 has, what nobody has, and the third host, each as an answer and to all.
    for (const Frame& address : {Frame{10, 1, 0, 1}, Frame{10, 1, 0, 77}, Frame{10, 1, 0, 254}}) {
      for (const std::uint8_t operation : {std::uint8_t{1}, std::uint8_t{2}}) {
        Frame claim{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
        const auto append = [&](const Frame& bytes) { claim.insert(claim.end(), bytes.begin(), bytes.end()); };
        append(nobody);
        append({0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, operation});
        append(nobody);
        append(address);
        append({0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
        append(address);
        to_n2[1].inject(claim);
      }
    }
  };
  const auto nothing_moves = [&](Duration during) {
    const Time begin = Clock::now();
    CHECK_STAYS(pair.lab, during, (disturb(), pair.at_home() && pair.n2.running()));
    CHECK(pair.lab.owners().changes(begin) == 0);
  };
  nothing_moves(700ms);
  CHECK_EVENTUALLY(pair.lab, 3s, Pair::has_event(pair.n2, {"ALARM", "not authentic"}));
  // A witness is no proof: n2 hears n1 on the control LAN only.
  pair.lab.set_cable("n2.eth1", Cable::silent);
  nothing_moves(1s);
  pair.lab.set_cable("n2.eth1", Cable::connected);

  // Who claims the address of a dead CLIM does not keep it dead.
  pair.lab.crash("n1");
  CHECK_EVENTUALLY(pair.lab, 5s, (disturb(), pair.all_at(n1_eth1, "n2.eth1") && pair.all_at(n1_eth2, "n2.eth2")));
  CHECK(Pair::has_event(pair.n2, {"ALARM", "02:00:00:00:00:99"}));
  CHECK_NO_OVERLAP(pair.lab, {}, 0ms);
}
