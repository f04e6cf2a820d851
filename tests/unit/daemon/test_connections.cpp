// What partners are told of TCP connections, and what is made of what they tell: on loopback, so with this machine's
// kernel. Needs root, for the tickles.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "reconciler/daemon/connections.h"
#include "tests/unit/sockets/hosts.h"

using namespace cip;
using namespace cip::daemon;
using namespace std::chrono_literals;
using sockets::Connection;

namespace {

const InterfaceRef ours{ClimName{"n1"}, InterfaceName{"eth1"}};
const InterfaceRef theirs{ClimName{"n2"}, InterfaceName{"eth1"}};
const ClimName partner{"n2"};
const IpAddress moving = *IpAddress::parse("127.0.0.77");
const IpAddress remote = *IpAddress::parse("127.0.0.1");
constexpr auto two_looks = Connections::often * 2 + 500ms;

// A connection of this machine with itself: only the end at the moving address counts.
struct OnLoopback {
  FileDescriptor listener = sockets::test::listener("127.0.0.77", 0);
  FileDescriptor client, served;

  OnLoopback() {
    sockaddr_in name{};
    socklen_t size = sizeof name;
    REQUIRE(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0);
    client = sockets::test::connect_to("127.0.0.1", "127.0.0.77", ntohs(name.sin_port));
    served = sockets::test::accepted(listener);
  }
};

// Told to us; what the partner then knows is in `known`.
struct Watched {
  boost::asio::io_context loop;
  std::map<InterfaceRef, Connections::Held> held{{ours, {partner, {moving}}}};
  std::vector<peer::ConnectionReport> told;
  bool channel = true;
  sockets::KnownConnections known;
  std::vector<std::string> troubles;
  Connections connections{
      loop,
      [this](std::function<void()> function) { boost::asio::post(loop, std::move(function)); },
      {[this] { return held; },
       [this](const ClimName& to, const peer::ConnectionReport& report) {
         if (!channel) return false;
         CHECK(to == partner);
         told.push_back(report);
         known.take(report.home, {report.whole, *sockets::unpack(report.added), *sockets::unpack(report.removed)});
         return true;
       },
       [](const InterfaceRef& home) { return home == ours || home == theirs ? std::optional(partner) : std::nullopt; },
       [this](const std::string& sentence, const std::string&) { troubles.push_back(sentence); }}};

  template <class Condition>
  bool until(Condition condition, std::chrono::milliseconds most = 5s) {
    for (auto left = most / 5ms; left > 0; --left) {
      loop.restart();
      loop.poll();
      if (condition()) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }
  bool knows(std::size_t count) {
    return until([&] { return known.of(ours).size() == count; });
  }
  void hear(const ClimName& from, const InterfaceRef& home, const std::vector<Connection>& added) {
    connections.heard(from, {home, true, sockets::pack(added), ""});
  }
};

Connection of_partner(std::uint16_t port) {
  return {moving, 80, remote, port};
}

}  // namespace

TEST_CASE("a partner is told of connections as they come and go, and all anew when it has forgotten them") {
  Watched watched;
  watched.connections.watch();
  REQUIRE(watched.until([&] { return !watched.told.empty(); }));
  CHECK(watched.told.front().whole);
  {
    const OnLoopback one;
    const OnLoopback two;
    CHECK(watched.knows(2));
    CHECK_FALSE(watched.told.back().whole);
    CHECK(watched.connections.counters().told == 2);
    watched.known.forget(ours);
    watched.connections.channel_up(partner);
    CHECK(watched.knows(2));
    CHECK(watched.told.back().whole);
  }
  CHECK(watched.knows(0));
}

TEST_CASE("while there is no channel nothing counts as told, and nothing is told twice that stays as it is") {
  Watched watched;
  const OnLoopback one;
  watched.channel = false;
  watched.connections.watch();
  CHECK_FALSE(watched.until([&] { return watched.connections.counters().told > 0; }, two_looks));
  watched.channel = true;
  watched.connections.channel_up(partner);
  CHECK(watched.knows(1));
  const auto reports = watched.told.size();
  CHECK_FALSE(watched.until([&] { return watched.told.size() > reports; }, two_looks));
}

TEST_CASE("what is ended as its address leaves is the last that is told of it") {
  Watched watched;
  watched.connections.watch();
  REQUIRE(watched.until([&] { return !watched.told.empty(); }));
  const OnLoopback one;  // after the last look
  watched.held.clear();
  watched.connections.leaves(ours, {partner, {moving}});
  const auto ended = sockets::list_connections(std::vector{moving});
  REQUIRE(ended);
  watched.connections.ended(*ended);
  CHECK(watched.known.of(ours).size() == 1);
  const auto reports = watched.told.size();
  CHECK_FALSE(watched.until([&] { return watched.told.size() > reports; }, two_looks));
  CHECK(watched.connections.counters().told == 0);
  // Here again: all anew.
  watched.held[ours] = {partner, {moving}};
  CHECK(watched.until([&] { return watched.told.size() > reports && watched.told[reports].whole; }));
}

TEST_CASE("what could not be told of an address that leaves is told when there is a channel again") {
  Watched watched;
  const OnLoopback one;
  watched.held.clear();
  watched.channel = false;
  watched.connections.leaves(ours, {partner, {moving}});
  watched.connections.ended(*sockets::list_connections(std::vector{moving}));
  watched.channel = true;
  CHECK(watched.told.empty());
  watched.connections.channel_up(ClimName{"n3"});
  CHECK(watched.told.empty());
  watched.connections.channel_up(partner);
  CHECK(watched.known.of(ours).size() == 1);
  watched.connections.channel_up(partner);
  CHECK(watched.told.size() == 1);
}

TEST_CASE("of what partners tell, only what is about their home interface and an address of it is tickled") {
  Watched watched;
  auto& connections = watched.connections;
  watched.hear(ClimName{"n3"}, theirs, {of_partner(1)});
  watched.hear(partner, InterfaceRef{ClimName{"n3"}, InterfaceName{"eth1"}}, {of_partner(1)});
  CHECK(connections.counters().known == 0);
  watched.hear(partner, theirs, {of_partner(1), of_partner(2), {remote, 80, moving, 1}});
  CHECK(connections.counters().known == 3);
  connections.tickle(theirs, InterfaceName{"lo"}, {moving});
  CHECK(connections.counters().tickles == 2);
}

TEST_CASE("what is told late is tickled at once, and no more when the address leaves again") {
  Watched watched;
  auto& connections = watched.connections;
  watched.hear(partner, theirs, {of_partner(1)});
  CHECK(connections.counters().tickles == 0);  // it is not here
  connections.tickle(theirs, InterfaceName{"lo"}, {moving});
  REQUIRE(watched.until([&] { return connections.counters().tickles == 1; }));
  watched.loop.run_for(10ms);
  watched.hear(partner, theirs, {of_partner(2)});
  CHECK(watched.until([&] { return connections.counters().tickles == 2; }));
  connections.leaves(theirs, {partner, {moving}});
  watched.hear(partner, theirs, {of_partner(3)});
  CHECK(connections.counters().tickles == 2);
}

TEST_CASE("what is not understood is said, and nothing is lost") {
  Watched watched;
  watched.hear(partner, theirs, {of_partner(1)});
  watched.connections.heard(partner, {theirs, true, "04zz", ""});
  watched.connections.heard(partner, {theirs, false, "", "0"});
  CHECK(watched.troubles.size() == 2);
  CHECK(watched.connections.counters().known == 1);
}
