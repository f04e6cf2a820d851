#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <openssl/ssl.h>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/peer/channel.h"
#include "reconciler/peer/endpoint.h"
#include "tests/unit/peer/network_namespace.h"
#include "tests/unit/peer/support.h"

using namespace cip;
using namespace cip::peer;
using namespace cip::test;
using boost::asio::ip::tcp;

namespace {

const ClimName n1("n1");
const ClimName n2("n2");
const ClusterName cluster("pair");
constexpr std::uint16_t port = 7480;  // the namespace is the test's own

// What one side sees.
struct Side {
  std::vector<std::string> events;
  std::vector<Message> messages;
  std::unique_ptr<Channels> channels;

  Channels::Events handlers() {
    return {[this](const ClimName& peer) { events.push_back("up " + peer.str()); },
            [this](const ClimName& peer) { events.push_back("down " + peer.str()); },
            [this](const ClimName& peer, const Message& message) {
              events.push_back("message " + peer.str());
              messages.push_back(message);
            }};
  }
  std::ptrdiff_t count(const std::string& event) const { return std::count(events.begin(), events.end(), event); }
};

// Two CLIMs on the loopback interface of a namespace: n1 connects to n2.
struct Pair {
  NetworkNamespace machine;
  Inside inside = machine.enter();
  boost::asio::io_context io;
  ClusterKey key = new_key();
  Side one;
  Side two;

  static Channels::Options options(const ClimName& self, const char* own, const ClimName& other, const char* its) {
    Channels::Options options;
    options.cluster = cluster;
    options.self = self;
    options.control = {ip(own)};
    options.peers = {{other, {ip(its)}}};
    options.port = port;
    options.handshake_limit = 300ms;
    options.first_retry = 20ms;
    options.last_retry = 100ms;
    return options;
  }
  static Channels::Options options_one() { return options(n1, "127.0.0.1", n2, "127.0.0.2"); }
  static Channels::Options options_two() { return options(n2, "127.0.0.2", n1, "127.0.0.1"); }

  void start(Side& side, Channels::Options options) { start(side, std::move(options), key); }
  void start(Side& side, Channels::Options options, const ClusterKey& with) {
    side.channels = std::make_unique<Channels>(io, with, std::move(options), side.handlers());
  }
  bool both_up() const { return one.channels->connected(n2) && two.channels->connected(n1); }
  void start_both() {
    start(two, options_two());
    start(one, options_one());
    REQUIRE(run_until(io, [&] { return both_up(); }));
  }
};

const InterfaceRef eth1{n1, InterfaceName("eth1")};

Mirror mirror_of(std::string bytes) {
  const auto digest = Digest::of(bytes);
  return {eth1, digest, std::move(bytes)};
}

tcp::socket connect(boost::asio::io_context& io, const char* from) {
  tcp::socket socket(io, tcp::endpoint(boost::asio::ip::make_address(from), 0));
  socket.connect(tcp::endpoint(boost::asio::ip::make_address("127.0.0.2"), port));
  return socket;
}

// Whether the other end has closed it.
bool is_closed(tcp::socket& socket) {
  boost::system::error_code error;
  std::array<char, 4096> buffer{};
  socket.non_blocking(true);
  while (socket.read_some(boost::asio::buffer(buffer), error) > 0) {
  }
  return error && error != boost::asio::error::would_block;
}

}  // namespace

TEST_CASE("messages of every type arrive as they were sent, both ways and in order") {
  Pair pair;
  pair.start_both();
  const std::vector<Message> sent{MirrorRequest{eth1, Digest::of("x")}, mirror_of("{\"name\": \"\xc3\xa4\\\"\"}\n"),
                                  Command{~std::uint64_t{0}, "{\"switch\": true}"}, CommandReply{1, ""},
                                  ConnectionReport{eth1, true, "0400", ""}};
  for (const auto& message : sent) {
    CHECK(pair.one.channels->send(n2, message));
    CHECK(pair.two.channels->send(n1, message));
  }
  CHECK(pair.one.messages.empty());  // never from within send()
  CHECK(run_until(pair.io,
                  [&] { return pair.one.messages.size() >= sent.size() && pair.two.messages.size() >= sent.size(); }));
  CHECK(pair.one.messages == sent);
  CHECK(pair.two.messages == sent);
  CHECK(pair.one.events[0] == "up n2");
  CHECK(pair.two.events[0] == "up n1");
}

TEST_CASE("it is TLS 1.3: nothing of a message can be read on the way") {
  Pair pair;
  // A relay that n1 takes for n2, and that keeps what it sees.
  auto two = Pair::options_two();
  two.control = {ip("127.0.0.3")};
  pair.start(pair.two, two);
  tcp::acceptor relay(pair.io, tcp::endpoint(boost::asio::ip::make_address("127.0.0.2"), port));
  std::string seen;
  std::optional<tcp::socket> near;
  std::optional<tcp::socket> far;
  relay.async_accept([&](auto, tcp::socket socket) {
    near.emplace(std::move(socket));
    far.emplace(pair.io, tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0));
    far->connect(tcp::endpoint(boost::asio::ip::make_address("127.0.0.3"), port));
    near->non_blocking(true);
    far->non_blocking(true);
  });
  const auto pump = [&seen](tcp::socket& from, tcp::socket& to) {
    std::array<char, 65536> buffer{};
    boost::system::error_code error;
    const auto size = from.read_some(boost::asio::buffer(buffer), error);
    seen.append(buffer.data(), size);
    boost::asio::write(to, boost::asio::buffer(buffer, size), error);
  };
  pair.start(pair.one, Pair::options_one());
  const auto relayed_until = [&](auto done) {
    for (int i = 0; i < 1000 && !done(); ++i) {
      if (near) {
        pump(*near, *far);
        pump(*far, *near);
      }
      run_for(pair.io, 2ms);
    }
    return done();
  };
  REQUIRE(relayed_until([&] { return pair.both_up(); }));
  REQUIRE(pair.one.channels->send(n2, mirror_of("secret-marker")));
  CHECK(relayed_until([&] { return pair.two.messages.size() == 1; }));
  CHECK(seen.size() > 500);
  CHECK(seen.find("secret-marker") == std::string::npos);
  CHECK(seen.find("hello") == std::string::npos);
  CHECK(seen.find(std::string("\x00\x2b\x00\x02\x03\x04", 6)) != std::string::npos);  // selected: TLS 1.3
}

TEST_CASE("a large mirror arrives whole, one that is too large is refused") {
  Pair pair;
  pair.start_both();
  const auto large = mirror_of(std::string(8 << 20, 'x'));
  CHECK(pair.one.channels->send(n2, large));
  CHECK(run_until(pair.io, [&] { return pair.two.messages.size() == 1; }));
  CHECK(pair.two.messages.at(0) == Message(large));
  CHECK_FALSE(pair.one.channels->send(n2, mirror_of(std::string(17 << 20, 'x'))));
  CHECK_FALSE(pair.one.channels->send(n2, mirror_of("\xff is no UTF-8")));
  CHECK_FALSE(pair.one.channels->send(ClimName("n9"), large));
  CHECK(pair.both_up());
}

TEST_CASE("without the key there is no channel") {
  Pair pair;
  pair.start(pair.two, Pair::options_two());
  SECTION("another key") {
    pair.start(pair.one, Pair::options_one(), new_key());
  }
  SECTION("the same key for another cluster") {
    auto options = Pair::options_one();
    options.cluster = ClusterName("other");
    pair.start(pair.one, options);
  }
  CHECK(run_until(pair.io, [&] {
    return pair.one.channels->counters().handshake_failed >= 2 && pair.two.channels->counters().handshake_failed >= 2;
  }));
  CHECK_FALSE(pair.one.channels->connected(n2));
  CHECK_FALSE(pair.two.channels->connected(n1));
  CHECK(pair.one.events.empty());
  CHECK(pair.two.events.empty());
}

TEST_CASE("a channel stays or comes back through a change of the key") {
  Pair pair;
  const auto steps = steps_of_a_change();
  pair.key = steps[0];
  pair.start_both();
  // Who connects is a step ahead, then who listens.
  for (std::size_t step = 1; step < steps.size(); ++step) {
    INFO("step " << step);
    pair.one.channels->set_key(steps[step]);
    REQUIRE(run_until(pair.io, [&] { return pair.both_up(); }));
    pair.two.channels->set_key(steps[step]);
    REQUIRE(run_until(pair.io, [&] { return pair.both_up(); }));
    REQUIRE(pair.one.channels->send(n2, Command{step, "{}"}));
    CHECK(run_until(pair.io, [&] { return pair.two.messages.size() == step; }));
  }
  CHECK(pair.one.channels->counters().handshake_failed == 0);
  CHECK(pair.two.channels->counters().handshake_failed == 0);
  // What was made with the old key does not outlive it.
  CHECK(pair.one.count("up n2") > 1);
  pair.one.channels->set_key(steps[0]);
  CHECK(run_until(pair.io, [&] { return pair.two.channels->counters().handshake_failed > 0; }));
  CHECK_FALSE(pair.one.channels->connected(n2));
}

TEST_CASE("a server that shows a certificate instead of knowing the key is refused") {
  Pair pair;
  const TemporaryDirectory directory;
  const auto key = (directory / "key").string();
  const auto certificate = (directory / "certificate").string();
  pair.machine.run(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=n2 -days 1 -keyout " + key +
      " -out " + certificate + " 2>/dev/null");
  boost::asio::ssl::context context(boost::asio::ssl::context::tlsv13_server);
  context.use_certificate_file(certificate, boost::asio::ssl::context::pem);
  context.use_private_key_file(key, boost::asio::ssl::context::pem);
  tcp::acceptor acceptor(pair.io, tcp::endpoint(boost::asio::ip::make_address("127.0.0.2"), port));
  std::optional<boost::asio::ssl::stream<tcp::socket>> stream;
  acceptor.async_accept([&](auto, tcp::socket socket) {
    stream.emplace(std::move(socket), context);
    // It knows what to say; n1 must not even listen.
    stream->async_handshake(boost::asio::ssl::stream_base::server, [&](auto) {
      const std::string hello = R"({"type":"hello","version":1,"cluster":"pair","clim":"n2"})";
      std::string frame(3, '\0');
      frame += static_cast<char>(hello.size());
      boost::system::error_code ignored;
      boost::asio::write(*stream, boost::asio::buffer(frame + hello), ignored);
    });
  });
  pair.start(pair.one, Pair::options_one());
  CHECK(run_until(pair.io, [&] { return pair.one.channels->counters().handshake_failed >= 1; }));
  CHECK(stream);
  CHECK(pair.one.events.empty());
}

TEST_CASE("who has the key and is no peer, or not the peer that it has to be, is a stranger") {
  Pair pair;
  SECTION("a CLIM that n2 does not know") {
    pair.start(pair.two, Pair::options_two());
    pair.start(pair.one, Pair::options(ClimName("n0"), "127.0.0.1", n2, "127.0.0.2"));
    CHECK(run_until(pair.io, [&] { return pair.two.channels->counters().stranger >= 1; }));
  }
  SECTION("another CLIM at the peer's address") {
    pair.start(pair.two, Pair::options(ClimName("n3"), "127.0.0.2", n1, "127.0.0.1"));
    pair.start(pair.one, Pair::options_one());
    CHECK(run_until(pair.io, [&] { return pair.one.channels->counters().stranger >= 1; }));
    CHECK_FALSE(pair.one.channels->connected(n2));
  }
  CHECK(pair.one.count("up n2") == 0);
}

TEST_CASE("garbage and silence end their connection, and nothing else") {
  Pair pair;
  pair.start_both();
  auto garbage = connect(pair.io, "127.0.0.1");
  boost::asio::write(garbage, boost::asio::buffer(std::string(5000, 'x')));
  auto silent = connect(pair.io, "127.0.0.1");
  CHECK(run_until(pair.io, [&] { return is_closed(garbage); }));
  CHECK(run_until(pair.io, [&] { return is_closed(silent); }));
  CHECK(pair.two.channels->counters().handshake_failed == 2);

  auto elsewhere = connect(pair.io, "127.0.0.9");  // an address of no peer
  CHECK(run_until(pair.io, [&] { return is_closed(elsewhere); }));
  CHECK(pair.two.channels->counters().refused == 1);

  CHECK(pair.both_up());
  CHECK(pair.one.channels->send(n2, Command{1, "{}"}));
  CHECK(run_until(pair.io, [&] { return pair.two.messages.size() == 1; }));
  CHECK(pair.two.count("down n1") == 0);
}

TEST_CASE("only so many may be unidentified at a time, and only for so long") {
  Pair pair;
  auto options = Pair::options_two();
  options.max_handshakes = 3;
  pair.start(pair.two, options);
  std::vector<tcp::socket> sockets;
  sockets.reserve(5);
  for (int i = 0; i < 5; ++i) {
    sockets.push_back(connect(pair.io, "127.0.0.1"));
  }
  CHECK(run_until(pair.io, [&] { return pair.two.channels->counters().accepted == 5; }));
  CHECK(pair.two.channels->counters().refused == 2);
  CHECK(run_until(
      pair.io, [&] { return pair.two.channels->counters().handshake_failed == 3; }, 1s));
  pair.start(pair.one, Pair::options_one());
  CHECK(run_until(pair.io, [&] { return pair.both_up(); }));
}

TEST_CASE("a message that breaks the rules closes the connection, which comes back") {
  Pair pair;
  auto options = Pair::options_two();
  options.max_message = 1000;
  pair.start(pair.two, options);
  pair.start(pair.one, Pair::options_one());
  REQUIRE(run_until(pair.io, [&] { return pair.both_up(); }));
  CHECK(pair.one.channels->send(n2, mirror_of(std::string(2000, 'x'))));
  CHECK(run_until(pair.io, [&] { return pair.two.count("down n1") == 1 && pair.one.count("down n2") == 1; }));
  CHECK(pair.two.channels->counters().malformed == 1);
  CHECK(run_until(pair.io, [&] { return pair.both_up(); }));
  CHECK(pair.one.channels->send(n2, Mirror{eth1, Digest::of("x"), "y"}));
  CHECK(run_until(pair.io, [&] { return pair.two.channels->counters().malformed == 2; }));
  CHECK(pair.two.messages.empty());
}

TEST_CASE("a peer that does not read is dropped before it costs too much memory") {
  Pair pair;
  auto options = Pair::options_two();
  options.max_queue = 1 << 20;
  pair.start(pair.two, options);
  pair.start(pair.one, Pair::options_one());
  REQUIRE(run_until(pair.io, [&] { return pair.both_up(); }));
  const auto message = mirror_of(std::string(300000, 'x'));
  int accepted = 0;
  while (accepted < 100 && pair.two.channels->send(n1, message)) {  // the event loop does not run meanwhile
    ++accepted;
  }
  CHECK(accepted == 3);
  CHECK(pair.two.channels->connected(n1));  // the event comes from the loop
  CHECK(run_until(pair.io, [&] { return pair.two.count("down n1") == 1; }));
  CHECK(pair.two.channels->counters().overrun == 1);
  CHECK(run_until(pair.io, [&] { return pair.both_up(); }));
}

TEST_CASE("a peer that starts again is connected again") {
  Pair pair;
  SECTION("the one that connects was there first") {
    pair.start(pair.one, Pair::options_one());
    run_for(pair.io, 100ms);
    CHECK_FALSE(pair.one.channels->connected(n2));
    pair.start(pair.two, Pair::options_two());
    CHECK(run_until(pair.io, [&] { return pair.both_up(); }));
  }
  SECTION("the one that listens goes and comes") {
    pair.start_both();
    pair.two.channels.reset();
    CHECK(run_until(pair.io, [&] { return pair.one.count("down n2") == 1; }));
    CHECK_FALSE(pair.one.channels->send(n2, Command{1, ""}));
    pair.start(pair.two, Pair::options_two());
    CHECK(run_until(pair.io, [&] { return pair.both_up(); }));
    CHECK(pair.one.count("up n2") == 2);
  }
  SECTION("the one that connects goes and comes") {
    pair.start_both();
    pair.one.channels.reset();
    pair.start(pair.one, Pair::options_one());
    CHECK(run_until(pair.io, [&] { return pair.two.count("up n1") == 2 && pair.both_up(); }));
    CHECK(pair.two.count("down n1") == 1);
  }
}

TEST_CASE("a second control path is used when the first does not work") {
  Pair pair;
  auto two = Pair::options_two();
  two.control = {ip("127.0.0.12")};
  two.peers[0].control = {ip("127.0.0.11")};
  pair.start(pair.two, two);
  auto one = Pair::options_one();
  one.control = {ip("192.0.2.1"), ip("127.0.0.11")};  // the first one is not there
  one.peers[0].control = {ip("192.0.2.2"), ip("127.0.0.12")};
  pair.start(pair.one, one);
  CHECK(run_until(pair.io, [&] { return pair.both_up(); }));
}

TEST_CASE("a control address may appear later") {
  Pair pair;
  auto two = Pair::options(n2, "2001:db8::2", n1, "2001:db8::1");
  auto one = Pair::options(n1, "2001:db8::1", n2, "2001:db8::2");
  pair.start(pair.two, two);
  pair.start(pair.one, one);
  run_for(pair.io, 50ms);
  CHECK_FALSE(pair.one.channels->connected(n2));
  pair.machine.run("ip addr add 2001:db8::1/64 dev lo nodad && ip addr add 2001:db8::2/64 dev lo nodad");
  CHECK(run_until(pair.io, [&] { return pair.both_up(); }));
}

TEST_CASE("a new configuration closes and opens channels, and leaves the others") {
  Pair pair;
  pair.start_both();
  pair.one.channels->set_peers(Pair::options_one().peers);
  run_for(pair.io, 50ms);
  CHECK(pair.both_up());
  CHECK(pair.one.count("up n2") == 1);
  pair.one.channels->set_peers({});
  CHECK_FALSE(pair.one.channels->connected(n2));
  CHECK(run_until(pair.io, [&] { return pair.two.count("down n1") == 1; }));
  CHECK(pair.one.count("down n2") == 0);
  pair.one.channels->set_peers(Pair::options_one().peers);
  CHECK(run_until(pair.io, [&] { return pair.both_up(); }));
}

TEST_CASE("texts that are no messages are errors that say why") {
  const auto why = [](const std::string& text) {
    const auto message = message_from_json(text);
    return message ? "" : message.error().message;
  };
  CHECK(why("") == "it is not a JSON object");
  CHECK(why("[]") == "it is not a JSON object");
  CHECK(why("{\"type\": \"command\"") == "it is not a JSON object");
  CHECK(why("{}") == "\"type\" is missing or wrong");
  CHECK(why("{\"type\": 1}") == "\"type\" is missing or wrong");
  CHECK(why("{\"type\": \"reboot\"}") == "the type is unknown");
  CHECK(why("{\"type\": \"command\", \"body\": \"\"}") == "\"id\" is missing or wrong");
  CHECK(why("{\"type\": \"command\", \"id\": -1, \"body\": \"\"}") == "\"id\" is missing or wrong");
  CHECK(why("{\"type\": \"command\", \"id\": 1, \"body\": 2}") == "\"body\" is missing or wrong");
  CHECK(why("{\"type\": \"command\", \"id\": 1, \"body\": \"\", \"x\": 1}") == "there are unknown members");
  const std::string report = "{\"type\": \"connections\", \"clim\": \"n1\", \"interface\": \"eth1\", \"added\": \"\", ";
  CHECK(why(report + "\"removed\": \"\", \"whole\": false}").empty());
  CHECK(why(report + "\"removed\": \"\", \"whole\": 0}") == "\"whole\" is missing or wrong");
  CHECK(why(report + "\"whole\": true}") == "\"removed\" is missing or wrong");
  const auto digest = Digest::of("x").str();
  const std::string head = "{\"type\": \"mirror-request\", \"interface\": \"eth1\", \"digest\": \"";
  CHECK(why(head + digest + "\", \"clim\": \"n1\"}").empty());
  CHECK(why(head + digest + "\", \"clim\": \"../n1\"}") == "\"clim\" is missing or wrong");
  CHECK(why(head + "00\", \"clim\": \"n1\"}") == "\"digest\" is missing or wrong");
  CHECK(why(head + digest + "\"}") == "\"clim\" is missing or wrong");
}
