// IPsec on an event loop, with a charon that only writes down what it is told.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <sys/stat.h>
#include <thread>

#include "reconciler/daemon/ipsec.h"
#include "tests/unit/daemon/temporary.h"
#include "tests/unit/ipsec/fake_charon.h"

using namespace cip;
using namespace cip::daemon;
using namespace std::chrono_literals;
using Told = std::vector<std::string>;

namespace {

struct Running {
  TemporaryDirectory temporary;
  std::unique_ptr<test::FakeCharon> fake;
  boost::asio::io_context loop;
  Told events;
  int looked = 0;
  Ipsec ipsec{loop,
              [this](std::function<void()> function) { boost::asio::post(loop, std::move(function)); },
              temporary.path() / "vici",
              {[this](Level level, What what, const std::string& subject, const std::string& text,
                      const std::string& /*evidence*/) {
                 events.push_back(std::string(name(level)) + " " + std::string(EventName(what).str()) + " " + subject);
                 last_text = text;
               },
               [this] { ++looked; }},
              100ms};
  std::string last_text;

  Running() {
    std::ofstream(temporary.path() / "psk") << "key";
    REQUIRE(chmod((temporary.path() / "psk").c_str(), 0400) == 0);
  }
  void start_charon() { fake = std::make_unique<test::FakeCharon>(temporary.path() / "vici"); }
  // Its local address is this machine's loopback address, or nobody's.
  std::vector<ipsec::Connection> connections(const std::string& local = "127.0.0.1") const {
    const std::string text = "connections {\n a {\n local_addrs = " + local +
                             "\n remote_addrs = 192.0.2.1\n local {\n auth = psk\n }\n remote {\n auth = psk\n }\n"
                             " children {\n a-1 {\n local_ts = " +
                             local + "/32\n remote_ts = 192.0.2.1/32\n start_action = trap\n }\n }\n }\n}\n" +
                             "secrets {\n ike-a {\n file = " + (temporary.path() / "psk").string() + "\n }\n}\n";
    auto result = ipsec::read_connections(text);
    REQUIRE(result);
    return *result;
  }
  template <class Condition>
  bool until(Condition condition, std::chrono::milliseconds limit = 5s) {
    for (auto left = limit; left > 0ms; left -= 5ms) {
      loop.restart();
      loop.poll();
      if (condition()) {
        return true;
      }
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }
};

}  // namespace

TEST_CASE("a charon that is not there is a problem at once, and an alarm if it stays away", "[daemon][ipsec]") {
  Running running;
  running.ipsec.configure(running.connections());
  CHECK_FALSE(running.ipsec.settled());
  CHECK_FALSE(running.ipsec.charon_answers());  // nobody has looked
  REQUIRE(running.until([&] { return running.ipsec.settled(); }));
  CHECK(running.events.empty());
  REQUIRE(running.ipsec.problems().size() == 1);
  CHECK_THAT(running.ipsec.problems().front(),
             Catch::Contains("vici: No such file or directory") && Catch::Contains("systemctl status strongswan"));
  std::this_thread::sleep_for(100ms);
  running.ipsec.look();
  REQUIRE(running.until([&] { return !running.events.empty(); }));
  CHECK(running.events == Told{"alarm charon-absent "});
  CHECK(running.ipsec.charon_answers() == false);
  running.start_charon();
  running.ipsec.look();
  REQUIRE(running.until([&] { return running.events.size() == 3; }));
  CHECK(running.events == Told{"alarm charon-absent ", "info charon-present ", "info ipsec-up a"});
  CHECK(running.ipsec.problems().empty());
  CHECK(running.ipsec.charon_answers() == true);
}

TEST_CASE("a CLIM without IPsec asks nobody, once what was left is gone", "[daemon][ipsec]") {
  Running running;
  running.ipsec.configure({});
  CHECK(running.ipsec.settled());
  REQUIRE(running.until([&] { return running.looked == 1; }));
  CHECK_FALSE(running.ipsec.charon_answers());
  CHECK(running.ipsec.problems().empty());
  running.ipsec.look();
  CHECK_FALSE(running.until([&] { return running.looked != 1; }, 1500ms));
}

TEST_CASE("SAs that come and go are told", "[daemon][ipsec]") {
  Running running;
  running.start_charon();
  running.ipsec.configure(running.connections());
  REQUIRE(running.until([&] { return running.events == Told{"info ipsec-up a"}; }));
  REQUIRE(running.ipsec.connections().size() == 1);
  CHECK(running.ipsec.connections().front().state == ipsec::ConnectionState::up);
  {
    const std::lock_guard lock(running.fake->mutex);
    running.fake->sas.clear();
  }
  running.ipsec.look();
  REQUIRE(running.until([&] { return running.events.size() == 2; }));
  CHECK(running.events.back() == "notice ipsec-down a");
}

TEST_CASE("SAs of addresses that leave end before they have left, and come again if they stay", "[daemon][ipsec]") {
  Running running;
  running.start_charon();
  running.ipsec.configure(running.connections());
  REQUIRE(running.until([&] { return running.events == Told{"info ipsec-up a"}; }));
  running.fake->told();
  running.ipsec.leave({*IpAddress::parse("127.0.0.1")});
  REQUIRE(running.until([&] { return running.events.size() == 2; }));
  CHECK(running.events.back() == "info ipsec-down a");
  CHECK(running.ipsec.connections().front().state == ipsec::ConnectionState::away);
  CHECK(running.fake->told() == Told{"terminate cip:a", "uninstall cip:a a-1"});
  running.ipsec.look();  // it is still there
  CHECK_FALSE(running.until([&] { return !running.fake->told().empty(); }, 300ms));
  running.ipsec.stay({*IpAddress::parse("127.0.0.1")});
  running.ipsec.look();
  REQUIRE(running.until([&] { return running.events.size() == 3; }));
  CHECK(running.events.back() == "info ipsec-up a");
}

TEST_CASE("a connection that cannot be loaded is an alarm with its name, and a problem", "[daemon][ipsec]") {
  Running running;
  running.start_charon();
  std::filesystem::remove(running.temporary.path() / "psk");
  running.ipsec.configure(running.connections("192.0.2.9"));
  REQUIRE(running.until([&] { return running.ipsec.settled(); }));
  CHECK(running.events == Told{"alarm ipsec-refused a"});
  REQUIRE(running.ipsec.problems().size() == 1);
  CHECK_THAT(running.ipsec.problems().front(), Catch::StartsWith("IPsec a: secret file"));
}
