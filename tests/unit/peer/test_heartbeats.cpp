#include <algorithm>
#include <boost/asio/ip/udp.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "reconciler/peer/data_lan.h"
#include "reconciler/peer/frames.h"
#include "reconciler/peer/heartbeats.h"
#include "tests/unit/peer/network_namespace.h"
#include "tests/unit/peer/support.h"

using namespace cip;
using namespace cip::peer;
using namespace cip::test;
using boost::asio::ip::udp;
using failover::Path;

namespace {

const ClimName n1("n1");
const ClimName n2("n2");
constexpr std::uint16_t port = 7480;  // the namespaces are the test's own

failover::Heartbeat content(int pairs = 1) {
  failover::Heartbeat heartbeat;
  for (int i = 0; i < pairs; ++i) {
    failover::PairState pair;
    pair.home = {n1, InterfaceName("eth" + std::to_string(i))};
    pair.record = {n1, failover::Epoch{7}, failover::Reason::command, false};
    pair.digest = Digest::of("x");
    pair.holds = true;
    heartbeat.pairs.push_back(pair);
  }
  return heartbeat;
}

// n1 on the left, n2 on the right; a control LAN over the same cable as the data LAN.
struct Pair {
  Cable cable;
  boost::asio::io_context io;
  ClusterKey key = new_key();
  std::unique_ptr<Heartbeats> left;
  std::unique_ptr<Heartbeats> right;
  std::vector<failover::HeartbeatReceived> at_left;
  std::vector<failover::HeartbeatReceived> at_right;

  Pair() {
    cable.left.run("ip addr add 192.0.2.1/24 dev left && ip addr add 2001:db8::1/64 dev left nodad");
    cable.right.run("ip addr add 192.0.2.2/24 dev right && ip addr add 2001:db8::2/64 dev right nodad");
  }
  void start_left(const ClusterKey& with) {
    const auto inside = cable.left.enter();
    left = std::make_unique<Heartbeats>(io, with, options(n1, {ip("192.0.2.1"), ip("2001:db8::1")}),
                                        std::vector{peer_right()},
                                        [this](const auto& heartbeat) { at_left.push_back(heartbeat); });
  }
  void start_right() {
    const auto inside = cable.right.enter();
    right = std::make_unique<Heartbeats>(
        io, key, options(n2, {ip("192.0.2.2"), ip("2001:db8::2")}),
        std::vector{
            HeartbeatPeer{n1, {ip("192.0.2.1"), ip("2001:db8::1")}, {{InterfaceName("right"), InterfaceName("left")}}}},
        [this](const auto& heartbeat) { at_right.push_back(heartbeat); });
  }
  static HeartbeatPeer peer_right() {
    return {n2, {ip("192.0.2.2"), ip("2001:db8::2")}, {{InterfaceName("left"), InterfaceName("right")}}};
  }
  static Heartbeats::Options options(const ClimName& self, std::vector<IpAddress> control) {
    return {ClusterName("pair"), self, random_boot_id(), std::move(control), port, 100ms};
  }
  void beat(const failover::Heartbeat& from_left = content()) {
    {
      const auto inside = cable.left.enter();
      left->send(n2, from_left);
    }
    const auto inside = cable.right.enter();
    right->send(n1, {});
  }
  template <class Done>
  bool beat_until(Done done) {
    for (auto beats = 5s / 5ms; beats > 0 && !done(); --beats) {
      beat();
      run_for(io, 5ms);
    }
    return done();
  }
  void start() {
    start_left(key);
    start_right();
    REQUIRE(beat_until([&] { return !at_left.empty() && !at_right.empty(); }));
    run_for(io, 20ms);
    at_left.clear();
    at_right.clear();
  }
};

bool came_over(const std::vector<failover::HeartbeatReceived>& received, const Path& path) {
  return std::any_of(received.begin(), received.end(), [&](const auto& one) { return one.path == path; });
}

}  // namespace

TEST_CASE("a heartbeat arrives over every path, with the same number") {
  Pair pair;
  pair.start();
  pair.beat();
  REQUIRE(run_until(pair.io, [&] { return pair.at_right.size() >= 3; }));
  CHECK(pair.at_right.size() == 3);
  CHECK(came_over(pair.at_right, {Path::Kind::control, 0, {}}));
  CHECK(came_over(pair.at_right, {Path::Kind::control, 1, {}}));
  CHECK(came_over(pair.at_right, {Path::Kind::data, 0, InterfaceName("right")}));
  for (const auto& one : pair.at_right) {
    CHECK(one.from == n1);
    CHECK(one.sequence == pair.at_right[0].sequence);
    CHECK(one.boot == pair.at_right[0].boot);
    CHECK(one.message == content());
  }
  const auto last = pair.at_right[0].sequence;
  pair.at_right.clear();
  pair.beat();
  REQUIRE(run_until(pair.io, [&] { return !pair.at_right.empty(); }));
  CHECK(pair.at_right[0].sequence == last + 1);
  const auto paths = pair.right->paths();
  CHECK(paths.size() == 3);
  CHECK(std::all_of(paths.begin(), paths.end(), [](const auto& path) { return path.heard.has_value(); }));
}

TEST_CASE("a long heartbeat arrives whole, in parts with numbers of their own") {
  Pair pair;
  pair.start();
  const auto sent = content(60);
  pair.beat(sent);
  std::vector<failover::PairState> received;
  const Path control{Path::Kind::control, 0, {}};
  CHECK(run_until(pair.io, [&] {
    received.clear();
    for (const auto& one : pair.at_right) {
      if (one.path == control) {
        received.insert(received.end(), one.message.pairs.begin(), one.message.pairs.end());
      }
    }
    return received.size() >= sent.pairs.size();
  }));
  CHECK(received == sent.pairs);
  CHECK(pair.at_right.size() > 3);
}

TEST_CASE("the data LAN alone carries them, and so does the control LAN alone") {
  Pair pair;
  pair.start();
  SECTION("data LAN") {
    pair.cable.left.run("ip addr flush dev left scope global");
    pair.beat();
    CHECK(run_until(pair.io, [&] { return !pair.at_right.empty(); }));
    run_for(pair.io, 20ms);
    CHECK(pair.at_right.size() == 1);
    CHECK(came_over(pair.at_right, {Path::Kind::data, 0, InterfaceName("right")}));
    CHECK(pair.left->counters().control.not_sent >= 2);
    SECTION("until the addresses are back, without anybody telling") {
      pair.cable.left.run("ip addr add 192.0.2.1/24 dev left && ip addr add 2001:db8::1/64 dev left nodad");
      pair.at_right.clear();
      CHECK(run_until(pair.io, [&] {
        pair.beat();
        run_for(pair.io, 5ms);
        return came_over(pair.at_right, {Path::Kind::control, 0, {}}) &&
               came_over(pair.at_right, {Path::Kind::control, 1, {}});
      }));
    }
  }
  SECTION("control LAN") {
    auto without = Pair::peer_right();
    without.data.clear();
    pair.left->set_peers({without});
    pair.beat();
    CHECK(run_until(pair.io, [&] { return pair.at_right.size() >= 2; }));
    run_for(pair.io, 20ms);
    CHECK(pair.at_right.size() == 2);
    CHECK_FALSE(came_over(pair.at_right, {Path::Kind::data, 0, InterfaceName("right")}));
  }
}

TEST_CASE("frames go to the partner alone once it was heard") {
  Pair pair;
  std::vector<MacAddress> destinations;
  PacketSocket capture(pair.io, {InterfaceName("right"), data_lan_ether_type, {}, {}},
                       [&](auto frame) { destinations.push_back(*MacAddress::from_bytes(frame.first(6))); });
  {
    const auto inside = pair.cable.right.enter();
    REQUIRE(capture.refresh());
  }
  pair.start_left(pair.key);
  pair.start_right();
  REQUIRE(pair.beat_until([&] {
    return !destinations.empty() && destinations.back() == MacAddress({2, 0, 0, 0, 0, 2});
  }));
  CHECK(destinations.front() == broadcast_mac);
}

TEST_CASE("a daemon that starts again is trusted again, and its earlier run is not") {
  Pair pair;
  pair.start();
  const auto old_boot = [&] {
    pair.beat();
    REQUIRE(run_until(pair.io, [&] { return !pair.at_right.empty(); }));
    return pair.at_right[0].boot;
  }();
  run_for(pair.io, 20ms);  // what is under way over the other paths
  pair.left.reset();
  pair.start_left(pair.key);
  pair.at_right.clear();
  REQUIRE(pair.beat_until([&] {
    return std::any_of(pair.at_right.begin(), pair.at_right.end(),
                       [&](const auto& one) { return one.boot != old_boot; });
  }));
  CHECK(
      std::none_of(pair.at_right.begin(), pair.at_right.end(), [&](const auto& one) { return one.boot == old_boot; }));
}

TEST_CASE("trust needs one heartbeat: the rest is answered at once") {
  Pair pair;
  pair.start_left(pair.key);
  pair.start_right();
  {
    const auto inside = pair.cable.left.enter();
    pair.left->send(n2, content());
  }
  CHECK(run_until(
      pair.io, [&] { return pair.right->counters().accepted > 0 && pair.left->counters().accepted > 0; }, 1s));
}

// Its tree is older than ours, perhaps it was off for a week: silence would let it take what it believes to be ours.
TEST_CASE("who takes us for its peer hears us, though it is none of ours") {
  Pair pair;
  pair.start();
  const auto right_speaks = [&](const failover::Heartbeat& heartbeat) {
    for (int i = 0; i < 3; ++i) {
      {
        const auto inside = pair.cable.right.enter();
        pair.right->send(n1, heartbeat);
      }
      run_for(pair.io, 30ms);
    }
  };
  const auto was_answered = [&] {
    right_speaks(content());
    const bool empty = std::all_of(pair.at_right.begin(), pair.at_right.end(),
                                   [](const auto& heard) { return heard.message.pairs.empty(); });
    return pair.at_left.empty() && empty && pair.at_right.size() >= 3;
  };
  SECTION("since the last configuration") {
    pair.left->set_peers({});
    CHECK(was_answered());
    CHECK(pair.left->counters().not_for_us > 0);
  }
  SECTION("since the last start") {
    pair.left.reset();
    pair.start_left(pair.key);
    pair.left->set_peers({});
    right_speaks(content());  // they get to know each other
    pair.at_right.clear();
    CHECK(was_answered());
  }
  SECTION("until it is a peer again") {
    pair.left->set_peers({});
    right_speaks(content());
    const auto inside = pair.cable.left.enter();
    pair.left->set_peers({Pair::peer_right()});
    pair.at_right.clear();
    pair.beat();
    REQUIRE(run_until(pair.io, [&] { return !pair.at_left.empty() && !pair.at_right.empty(); }));
    CHECK(pair.at_right.front().message == content());
  }
  SECTION("but not when it names nothing: two of these would answer each other for ever") {
    pair.left->set_peers({});
    pair.at_right.clear();
    right_speaks({});
    CHECK(pair.at_right.empty());
  }
}

TEST_CASE("another key, another cluster and another CLIM's messages are dropped and counted") {
  Pair pair;
  pair.start();
  const auto tag = static_cast<std::size_t>(WireError::tag);
  SECTION("another key") {
    pair.left.reset();
    pair.start_left(new_key());
    pair.beat();
    CHECK(run_until(pair.io, [&] { return pair.right->counters().wire[tag] == 3; }));
  }
  SECTION("a peer that is none any more") {
    pair.right->set_peers({});
    pair.beat();
    CHECK(run_until(pair.io, [&] { return pair.right->counters().not_for_us == 2; }));
  }
  SECTION("a data LAN with other partners") {
    pair.right->set_peers({{n1, {}, {{InterfaceName("right"), InterfaceName("other")}}}});
    pair.beat();
    CHECK(run_until(pair.io, [&] { return pair.right->counters().wrong_path == 3; }));
  }
  run_for(pair.io, 20ms);
  CHECK(pair.at_right.empty());
}

TEST_CASE("the key is changed and no heartbeat is lost, whoever is a step ahead") {
  Pair pair;
  const auto steps = steps_of_a_change();
  pair.key = steps[0];
  pair.start();
  const auto all_arrive = [&](const std::string& key_of_right) {
    pair.at_left.clear();
    pair.at_right.clear();
    pair.beat();
    CHECK(run_until(pair.io, [&] { return pair.at_left.size() >= 3 && pair.at_right.size() >= 3; }));
    CHECK(pair.left->key_of(n2) == key_of_right);
  };
  const auto name = [&](std::size_t step) { return steps[step].names().front(); };
  for (std::size_t step = 1; step < steps.size(); ++step) {
    INFO("step " << step);
    pair.left->set_key(steps[step]);
    all_arrive(name(step - 1));
    pair.right->set_key(steps[step]);
    all_arrive(name(step));
  }
  CHECK(name(3) != name(0));
  const auto tag = static_cast<std::size_t>(WireError::tag);
  CHECK(pair.right->counters().wire[tag] == 0);
  CHECK(pair.left->counters().wire[tag] == 0);

  // The old one is worth nothing now.
  pair.left->set_key(steps[0]);
  pair.at_right.clear();
  pair.beat();
  CHECK(run_until(pair.io, [&] { return pair.right->counters().wire[tag] == 3; }));
  CHECK(pair.at_right.empty());
}

TEST_CASE("garbage and replays on the control port change nothing") {
  Pair pair;
  pair.start();
  // A recording of what left the left side over path 0.
  std::vector<std::vector<std::uint8_t>> recorded;
  PacketSocket capture(pair.io, {InterfaceName("right"), 0x0800, {}, {}}, [&](auto frame) {
    if (frame.size() > 42 && frame[23] == 17) {
      recorded.emplace_back(frame.begin() + 42, frame.end());
    }
  });
  {
    const auto inside = pair.cable.right.enter();
    REQUIRE(capture.refresh());
  }
  pair.beat();
  REQUIRE(run_until(pair.io, [&] { return !recorded.empty() && pair.at_right.size() == 3; }));
  pair.at_right.clear();

  const auto inside = pair.cable.left.enter();
  udp::socket attacker(pair.io, udp::endpoint(udp::v4(), 0));
  const udp::endpoint target(boost::asio::ip::make_address("192.0.2.2"), port);
  const auto before = pair.right->counters();
  attacker.send_to(boost::asio::buffer(recorded[0]), target);                   // a replay
  attacker.send_to(boost::asio::buffer(std::vector<char>(300, 'x')), target);   // garbage
  attacker.send_to(boost::asio::buffer(std::vector<char>(1500, 'x')), target);  // too long
  attacker.send_to(boost::asio::buffer(std::vector<char>()), target);           // nothing
  auto other_version = recorded[0];
  other_version[3] = 9;
  attacker.send_to(boost::asio::buffer(other_version), target);
  REQUIRE(run_until(pair.io, [&] { return pair.right->counters().control.received == before.control.received + 5; }));
  const auto after = pair.right->counters();
  CHECK(after.replayed == before.replayed + 1);
  CHECK(after.wire[static_cast<std::size_t>(WireError::foreign)] ==
        before.wire[static_cast<std::size_t>(WireError::foreign)] + 3);
  CHECK(after.wire[static_cast<std::size_t>(WireError::version)] ==
        before.wire[static_cast<std::size_t>(WireError::version)] + 1);
  CHECK(pair.at_right.empty());

  // The same recording over the other path: authentic, and not where it belongs.
  udp::socket attacker6(pair.io, udp::endpoint(udp::v6(), 0));
  attacker6.send_to(boost::asio::buffer(recorded[0]), {boost::asio::ip::make_address("2001:db8::2"), port});
  CHECK(run_until(pair.io, [&] { return pair.right->counters().wrong_path == before.wrong_path + 1; }));
  // And as a frame: the key is another.
  PacketSocket frames(pair.io, {InterfaceName("left"), data_lan_ether_type, {}, {}}, nullptr);
  auto frame = ethernet_frame(broadcast_mac, MacAddress({2, 0, 0, 0, 0, 1}), data_lan_ether_type);
  frame.insert(frame.end(), recorded[0].begin(), recorded[0].end());
  REQUIRE(frames.send(frame));
  const auto tag = static_cast<std::size_t>(WireError::tag);
  CHECK(run_until(pair.io, [&] { return pair.right->counters().wire[tag] == before.wire[tag] + 1; }));
  CHECK(pair.at_right.empty());
}

TEST_CASE("heartbeats that were queued can be thrown away") {
  Pair pair;
  pair.start();
  pair.beat();
  pair.right->discard_queued();
  run_for(pair.io, 20ms);
  CHECK(pair.at_right.empty());
  pair.beat();
  CHECK(run_until(pair.io, [&] { return pair.at_right.size() == 3; }));
}

TEST_CASE("a control port that nobody listens on is no error") {
  Pair pair;
  pair.start_left(pair.key);
  const auto inside = pair.cable.left.enter();
  for (int i = 0; i < 20; ++i) {
    pair.left->send(n2, content());
    run_for(pair.io, 5ms);  // ICMP errors come back
  }
  pair.start_right();
  CHECK(run_until(pair.io, [&] {
    pair.beat();
    run_for(pair.io, 5ms);
    return came_over(pair.at_right, {Path::Kind::control, 0, {}});
  }));
}

TEST_CASE("a port that is taken is tried again") {
  Pair pair;
  auto thief = [&] {
    const auto inside = pair.cable.right.enter();
    return std::make_optional<udp::socket>(pair.io, udp::endpoint(boost::asio::ip::make_address("192.0.2.2"), port));
  }();
  pair.start_left(pair.key);
  pair.start_right();
  thief.reset();
  const auto inside = pair.cable.right.enter();  // where it is opened again
  CHECK(run_until(pair.io, [&] {
    pair.beat();
    run_for(pair.io, 20ms);
    return came_over(pair.at_right, {Path::Kind::control, 0, {}});
  }));
}
