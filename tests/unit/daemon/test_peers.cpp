// What a peer that has our key, but not our interest at heart, can make us take.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "reconciler/daemon/peers.h"
#include "reconciler/peer/channel.h"
#include "tests/unit/peer/network_namespace.h"
#include "tests/unit/peer/support.h"

using namespace cip;
using namespace cip::daemon;
using namespace cip::test;

namespace {

const ClimName n1("n1");
const ClimName n2("n2");
const ClusterName cluster("pair");
const InterfaceRef n2_eth1{n2, InterfaceName("eth1")};
const InterfaceRef n2_eth2{n2, InterfaceName("eth2")};

// Peers of n1, and a channel in the hands of n2.
struct Talk {
  NetworkNamespace machine;
  Inside inside = machine.enter();
  boost::asio::io_context io;
  peer::ClusterKey key = new_key();
  std::vector<std::string> mirrors;
  std::vector<InterfaceRef> too_long;
  std::string content = "{}\n";  // of our home interfaces
  std::vector<std::function<void(std::string)>> commands;
  std::vector<peer::Message> heard;  // by n2
  std::unique_ptr<Peers> ours;
  std::unique_ptr<peer::Channels> theirs;

  Talk() {
    Peers::Events events;
    events.heartbeat = [](const failover::HeartbeatReceived& /*heartbeat*/) {};
    events.mirror_wanted = [this](const InterfaceRef& /*home*/, const Digest& /*digest*/) { return content; };
    events.mirror = [this](const InterfaceRef& home, const std::string& bytes) {
      mirrors.push_back(home.str() + " " + bytes);
    };
    events.mirror_too_long = [this](const InterfaceRef& home) { too_long.push_back(home); };
    events.command = [this](const ClimName& /*from*/, const std::string& /*line*/,
                            std::function<void(std::string)> answer) { commands.push_back(std::move(answer)); };
    events.channel = [](const ClimName& /*peer*/, bool /*up*/) {};
    events.rejected = [](const std::string& /*what*/) {};
    ours = std::make_unique<Peers>(io, key, std::move(events));
    ClimState configuration;
    configuration.clim.cluster = cluster;
    configuration.clim.name = n1;
    configuration.clim.control = {ip("127.0.0.1")};
    configuration.clim.peers = {{n2, {ip("127.0.0.2")}}};
    ours->configure(configuration);

    peer::Channels::Options options;
    options.cluster = cluster;
    options.self = n2;
    options.control = {ip("127.0.0.2")};
    options.peers = {{n1, {ip("127.0.0.1")}}};
    theirs = std::make_unique<peer::Channels>(
        io, key, std::move(options),
        peer::Channels::Events{
            [](const ClimName& /*peer*/) {}, [](const ClimName& /*peer*/) {},
            [this](const ClimName& /*peer*/, const peer::Message& message) { heard.push_back(message); }});
  }
  void connect() {
    REQUIRE(run_until(io, [&] { return ours->connected(n2) && theirs->connected(n1); }));
  }
  void give(const InterfaceRef& home, std::string bytes) {
    const auto digest = Digest::of(bytes);
    REQUIRE(theirs->send(n1, peer::Mirror{home, digest, std::move(bytes)}));
  }
  // What was given before has been read when this is answered.
  void catch_up() {
    REQUIRE(theirs->send(n1, peer::MirrorRequest{{n1, InterfaceName("eth1")}, Digest::of(content)}));
    REQUIRE(run_until(io, [&] { return !heard.empty() && std::holds_alternative<peer::Mirror>(heard.back()); }));
  }
};

}  // namespace

TEST_CASE("a mirror is taken that was asked for, once, and no other", "[daemon][peers]") {
  Talk talk;
  talk.connect();
  talk.give(n2_eth1, "unasked");
  talk.ours->fetch_mirror(n2, n2_eth1, Digest::of("wanted"));
  talk.give(n2_eth1, "another");
  talk.give(n2_eth2, "wanted");
  talk.give(n2_eth1, "wanted");
  talk.give(n2_eth1, "wanted");
  talk.catch_up();
  CHECK(talk.mirrors == std::vector<std::string>{"n2.eth1 wanted"});
}

TEST_CASE("a mirror that is wanted before there is a channel is asked for on it", "[daemon][peers]") {
  Talk talk;
  talk.ours->fetch_mirror(n2, n2_eth1, Digest::of("wanted"));
  talk.connect();
  const auto asked = [&] {
    return talk.heard == std::vector<peer::Message>{peer::MirrorRequest{n2_eth1, Digest::of("wanted")}};
  };
  CHECK(run_until(talk.io, asked));
  talk.give(n2_eth1, "wanted");
  CHECK(run_until(talk.io, [&] { return talk.mirrors.size() == 1; }));
}

TEST_CASE("a mirror that is too long for a message is said to be so", "[daemon][peers]") {
  Talk talk;
  talk.connect();
  talk.content.assign(peer::Channels::Options().max_message, 'x');
  const InterfaceRef home{n1, InterfaceName("eth1")};
  REQUIRE(talk.theirs->send(n1, peer::MirrorRequest{home, Digest::of(talk.content)}));
  CHECK(run_until(talk.io, [&] { return talk.too_long == std::vector{home}; }));
  CHECK(talk.theirs->connected(n1));
}

TEST_CASE("a peer has so many commands that are not answered, and no more", "[daemon][peers]") {
  Talk talk;
  talk.connect();
  for (unsigned i = 0; i <= Peers::most_unanswered; ++i) REQUIRE(talk.theirs->send(n1, peer::Command{i, "{}"}));
  REQUIRE(run_until(talk.io, [&] { return !talk.heard.empty(); }));
  CHECK(talk.commands.size() == Peers::most_unanswered);
  const auto* refused = std::get_if<peer::CommandReply>(&talk.heard.front());
  REQUIRE(refused != nullptr);
  CHECK(refused->id == Peers::most_unanswered);
  CHECK(refused->body.find("not answered yet") != std::string::npos);
  talk.commands.front()("{}\n");
  REQUIRE(talk.theirs->send(n1, peer::Command{100, "{}"}));
  CHECK(run_until(talk.io, [&] { return talk.commands.size() == Peers::most_unanswered + 1; }));
}
