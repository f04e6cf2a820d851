// TCP connections on addresses that move (docs/domain.md R6; docs/protocol.md, "TCP"): both ends learn that they are
// over, whatever the side that had them can still say; all others stay.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tests/lab/idle_connections.h"
#include "tests/lab/pair.h"
#include "tests/lab/tcp.h"

using namespace cip::lab;

namespace {

constexpr std::uint16_t port = 5000;
constexpr Duration told_within = 3s;

// A pair whose daemons show metrics.
struct Shown {
  Pair pair{Pair::Begin::stopped};

  Shown() {
    for (Clim* clim : {&pair.n1, &pair.n2}) start(*clim);
    REQUIRE_EVENTUALLY(pair.lab, 15s, pair.at_home());
    REQUIRE_EVENTUALLY(pair.lab, 5s, Pair::shown(pair.n2, "n1.eth1", "flags").empty());
  }
  static std::string socket(const Clim& clim) { return clim.dir() / "metrics.sock"; }
  static void start(Clim& clim) { clim.start({"--metrics", socket(clim)}); }
  static long metric(const Clim& clim, const std::string& series) {
    const auto text = clim.scrape(socket(clim));
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::strtol(text.c_str() + at + series.size() + 2, nullptr, 10);
  }
  // Of the other side's connections, how many this one knows.
  static long known(const Clim& clim) { return metric(clim, R"(cip_connections{where="peers"})"); }
};

// Both families at once, some remote readers each, and one connection that nothing happens to.
struct Readers {
  IdleConnections four, six;
  TcpListener other_service;
  TcpConnection bystander, its_end;

  Readers(Pair& pair, const Clim& server, std::size_t count)
      : four(pair.lab.host("r1"), server.network(), "10.1.0.1", port, count),
        six(pair.lab.host("r1"), server.network(), "2001:db8:1::1", port + 1, count),
        other_service(pair.n2.network(), port + 2),
        bystander(pair.lab.host("r1"), "10.1.0.2", port + 2),
        its_end(other_service.accept()) {}

  bool all_reset(Duration within) const {
    for (const auto* each : {&four, &six}) {
      if (!each->wait_for_all(within) || each->ends({}).otherwise > 0) return false;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("who only reads learns it when the CLIM dies, and connects again at once", "[.connections]") {
  Shown shown;
  Pair& pair = shown.pair;
  constexpr std::size_t count = 1500;
  Readers readers(pair, pair.n1, count);
  TcpListener service(pair.n1.network(), port + 3);
  TcpListener same_service(pair.n2.network(), port + 3);
  CHECK_EVENTUALLY(pair.lab, told_within, Shown::known(pair.n2) == 2 * count);
  TcpConnection last(pair.lab.host("r1"), "10.1.0.1", port + 3);
  CHECK_EVENTUALLY(pair.lab, told_within, Shown::known(pair.n2) == 2 * count + 1);

  pair.lab.crash("n1");
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK(readers.all_reset(2s));
  CHECK_EVENTUALLY(pair.lab, 1s, last.error() == ECONNRESET);
  CHECK(readers.bystander.error() == 0);
  CHECK(readers.its_end.error() == 0);
  TcpConnection again(pair.lab.host("r1"), "10.1.0.1", port + 3);
  const TcpConnection accepted = same_service.accept();
  // Further rounds do no harm to what is new.
  CHECK_EVENTUALLY(pair.lab, 5s, Shown::metric(pair.n2, "cip_tickles_total") >= 4 * (2 * static_cast<long>(count) + 1));
  CHECK(again.error() == 0);
  CHECK(readers.bystander.error() == 0);
}

TEST_CASE("when only the link dies, both ends learn it", "[.connections]") {
  Shown shown;
  Pair& pair = shown.pair;
  Readers readers(pair, pair.n1, 50);
  TcpListener listener(pair.n1.network(), port + 3);
  TcpConnection remote(pair.lab.host("r1"), "10.1.0.1", port + 3);
  TcpConnection local = listener.accept();
  // Those of the last second, too: what is ended is told.
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK_EVENTUALLY(pair.lab, 1s, local.error() == ECONNABORTED);
  CHECK_EVENTUALLY(pair.lab, 1s, remote.error() == ECONNRESET);
  CHECK(readers.all_reset(2s));
  CHECK(readers.bystander.error() == 0);
}

TEST_CASE("the same when it comes home, and after daemons were restarted", "[.connections]") {
  Shown shown;
  Pair& pair = shown.pair;
  REQUIRE(pair.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  Readers readers(pair, pair.n2, 50);
  CHECK_EVENTUALLY(pair.lab, told_within, Shown::known(pair.n1) >= 100);
  for (Clim* clim : {&pair.n1, &pair.n2}) {
    clim->kill();
    Shown::start(*clim);
  }
  CHECK_EVENTUALLY(pair.lab, 5s, Shown::known(pair.n1) >= 100);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.n1.ctl({"switch", "restore", "n1.eth1", "--yes"}).status == 0);
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.at_home());
  CHECK(readers.all_reset(2s));
  CHECK(readers.bystander.error() == 0);
  CHECK(readers.its_end.error() == 0);
}

TEST_CASE("what is opened while the address leaves is reset, too", "[.connections]") {
  Shown shown;
  Pair& pair = shown.pair;
  const TcpListener service(pair.n1.network(), port, 4096);
  const TcpConnection first(pair.lab.host("r1"), "10.1.0.1", port);
  std::vector<TcpConnection> made;
  std::atomic<bool> moved{false};
  std::thread opener([&] {
    while (!moved) {
      try {
        made.emplace_back(pair.lab.host("r1"), "10.1.0.1", port, 100ms);
      } catch (const std::exception&) {  // nobody has the address, or nobody listens there
      }
    }
  });
  std::this_thread::sleep_for(20ms);
  CHECK(pair.n1.ctl({"switch", "failover", "n1.eth1", "--yes"}).status == 0);
  const bool came = wait_until(5s, [&] { return pair.all_at(n1_eth1, "n2.eth1"); });
  moved = true;
  opener.join();
  REQUIRE(came);
  CHECK_FALSE(made.empty());
  CHECK_EVENTUALLY(pair.lab, 3s, std::all_of(made.begin(), made.end(), [](TcpConnection& connection) {
                     return connection.error() == ECONNRESET;
                   }));
}

TEST_CASE("what is over before is forgotten, and nothing is sent for what never was", "[.connections]") {
  Shown shown;
  Pair& pair = shown.pair;
  {
    const IdleConnections gone(pair.lab.host("r1"), pair.n1.network(), "10.1.0.1", port, 20);
    CHECK_EVENTUALLY(pair.lab, told_within, Shown::known(pair.n2) == 20);
  }
  CHECK_EVENTUALLY(pair.lab, told_within, Shown::known(pair.n2) == 0);
  pair.lab.crash("n1");
  REQUIRE_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK_STAYS(pair.lab, 3s, Shown::metric(pair.n2, "cip_tickles_total") == 0);
}

TEST_CASE("TCP connections on addresses that move", "[lab][connections]") {
  CHECK_CASES("[.connections]", 2, 2min);
}
