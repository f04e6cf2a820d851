// Metrics of a pair, scraped as Prometheus does: over a Unix socket and over loopback, before and after what an
// operator wants to be told of.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

#include "tests/lab/pair.h"

using namespace cip::lab;

namespace {

constexpr const char* loopback = "127.0.0.1:9780";

// The value of "name{label="value"}"; NaN: there is no such series.
double value(const std::string& text, const std::string& series) {
  const auto at = text.find("\n" + series + " ");
  return at == std::string::npos ? std::nan("") : std::strtod(text.c_str() + at + series.size() + 2, nullptr);
}

}  // namespace

TEST_CASE("what an alert asks for is in the metrics of a pair", "[lab][metrics]") {
  Pair pair(Pair::Begin::stopped);
  const std::string socket = pair.n1.dir() / "metrics.sock";
  pair.n1.start({"--metrics", socket});
  pair.n2.start({"--metrics", loopback});
  const auto n1 = [&](const std::string& series) { return value(pair.n1.scrape(socket), series); };
  const auto n2 = [&](const std::string& series) { return value(pair.n2.scrape(loopback), series); };
  REQUIRE_EVENTUALLY(
      pair.lab, 15s,
      pair.at_home() && n1(R"(cip_failover_valid{home="n1.eth1"})") == 1 &&
          n2(R"(cip_failover_valid{home="n1.eth1"})") == 1 &&
          n1(R"(cip_location_info{home="n1.eth1",location="n1.eth1",placement="HOME",state="UP"})") == 1);

  CHECK_EVENTUALLY(pair.lab, 5s, n1(R"(cip_peer_channel_up{peer="n2"})") == 1);
  const std::string before = pair.n1.scrape(socket);
  CHECK(value(before, R"(cip_resources_here{home="n1.eth1"})") == 1);
  CHECK(value(before, R"(cip_resources_here{home="n2.eth1"})") == 0);
  CHECK(value(before, R"(cip_interface_up{home="n1.eth1",interface="n1.eth1"})") == 1);
  CHECK(value(before, R"(cip_interface_up{home="n2.eth1",interface="n1.eth1"})") == 1);
  CHECK(value(before, R"(cip_link_pulse{home="n1.eth1",interface="n1.eth1"})") == 1);
  CHECK(value(before, R"(cip_peer_heard{peer="n2"})") == 1);
  CHECK(value(before, R"(cip_peer_last_heard_seconds{peer="n2"})") < 0.3);
  CHECK(value(before, R"(cip_failovers_total{home="n1.eth1",reason="failure"})") == 0);
  CHECK(value(before, "cip_repairs_total") == 0);
  CHECK(value(before, "cip_state_tree_refused") == 0);
  CHECK(value(before, "cip_problems") == 0);
  CHECK(value(before, R"(cip_operations_total{result="done"})") > 5);

  // Drift.
  pair.n1.network().ip({"addr del 10.1.0.1/24 dev eth1"});
  CHECK_EVENTUALLY(pair.lab, 3s, n1("cip_repairs_total") >= 1);
  CHECK(n1(R"(cip_events_total{event="drift-repaired"})") >= 1);
  CHECK(n1(R"(cip_reconcile_runs_total{result="done"})") > value(before, R"(cip_reconcile_runs_total{result="done"})"));

  // A cable: both sides see the move.
  pair.lab.set_cable("n1.eth1", Cable::unplugged);
  CHECK_EVENTUALLY(pair.lab, 5s, pair.all_at(n1_eth1, "n2.eth1"));
  CHECK_EVENTUALLY(pair.lab, 3s, n1(R"(cip_failovers_total{home="n1.eth1",reason="failure"})") == 1);
  CHECK_EVENTUALLY(pair.lab, 3s, n2(R"(cip_failovers_total{home="n1.eth1",reason="failure"})") == 1);
  CHECK_EVENTUALLY(pair.lab, 3s, n2(R"(cip_resources_here{home="n1.eth1"})") == 1);
  CHECK_EVENTUALLY(pair.lab, 1s, n1(R"(cip_resources_here{home="n1.eth1"})") == 0);
  const std::string away = pair.n1.scrape(socket);
  CHECK(value(away, R"(cip_link_pulse{home="n1.eth1",interface="n1.eth1"})") == 0);
  CHECK(value(away, R"(cip_interface_up{home="n1.eth1",interface="n1.eth1"})") == 0);
  CHECK(value(away, R"(cip_location_info{home="n1.eth1",location="n2.eth1",placement="BkFO",state="DOWN"})") == 1);
  CHECK(value(away, R"(cip_events_total{event="gave"})") == 1);
  // n2 could not give it back.
  CHECK_EVENTUALLY(pair.lab, 3s, n2(R"(cip_failover_valid{home="n1.eth1"})") == 0);

  // And back, by an operator.
  pair.lab.set_cable("n1.eth1", Cable::connected);
  CHECK_EVENTUALLY(pair.lab, 5s, pair.n1.ctl({"switch", "restore", "n1.eth1", "--yes"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, 3s, n1(R"(cip_failovers_total{home="n1.eth1",reason="command"})") == 1);
  CHECK(n1(R"(cip_failovers_total{home="n1.eth1",reason="failure"})") == 1);

  // The other side goes.
  pair.n2.kill();
  CHECK_EVENTUALLY(pair.lab, 3s, n1(R"(cip_peer_heard{peer="n2"})") == 0);
  CHECK_EVENTUALLY(pair.lab, 1s, n1(R"(cip_failover_valid{home="n1.eth1"})") == 0);
  CHECK(n1(R"(cip_peer_last_heard_seconds{peer="n2"})") > 0.2);
  CHECK(n1(R"(cip_events_total{event="peer-silent"})") == 1);

  // A generation on trial; one that is refused.
  const std::string specification = pair_specification("address 10.1.0.9/24;");
  pair.n1.stop();
  pair.n1.start({"--metrics", socket, "--no-watch"});
  pair.n1.install(specification);
  CHECK(pair.n1.ctl({"reload", "--confirm-within", "60s"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, 1s, n1("cip_unconfirmed_seconds") > 40);
  CHECK(n1("cip_unconfirmed_seconds") <= 60);
  CHECK(pair.n1.ctl({"confirm"}).status == 0);
  CHECK_EVENTUALLY(pair.lab, 1s, n1("cip_unconfirmed_seconds") == 0);
  REQUIRE(run({"sh", "-c", "echo >> " + (pair.n1.state_dir() / "n1" / "clim.json").string()}).status == 0);
  CHECK(pair.n1.ctl({"reload"}).status == 1);
  CHECK_EVENTUALLY(pair.lab, 1s, n1("cip_state_tree_refused") == 1);
}
