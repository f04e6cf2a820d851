// Metrics: their exact text, and what a strict reader of the format says of it.
#include <catch2/catch.hpp>
#include <cstdio>

#include "reconciler/daemon/metrics.h"
#include "reconciler/daemon/metrics_address.h"

using namespace cip;
using namespace cip::daemon;

namespace {

Metrics some_metrics() {
  const InterfaceRef home{ClimName("n1"), InterfaceName("eth1")};
  const InterfaceRef other{ClimName("n2"), InterfaceName("eth1")};
  const InterfaceRef alone{ClimName("n1"), InterfaceName("eth2")};
  Metrics metrics;
  metrics.version = "0.1.0";
  metrics.clim = ClimName("n1");
  metrics.start_time = 1700000000.5;
  metrics.generation = "abc";
  metrics.unconfirmed = 59;
  metrics.problems = 2;
  metrics.connections_told = 12;
  metrics.connections_known = 34;
  metrics.tickles = 56;
  metrics.homes = {{home, home, other, "BkFO", "RDY", true, true, false, false, 7},
                   {alone, alone, alone, "HOME", "DOWN", false, false, true, std::nullopt, 0}};
  metrics.peers = {{ClimName("n2"), true, true, 0.25}, {ClimName("n3"), false, false, std::nullopt}};
  metrics.charon = true;
  metrics.ipsec = {{"partner", "NEGOTIATING", true, 3, 2}, {"branch", "REFUSED", false, 1, 0}};
  metrics.runs.done = 3;
  metrics.runs.failed = 1;
  metrics.runs.operations_done = 123456789;
  metrics.runs.repaired = 4;
  metrics.runs.durations.add(std::chrono::milliseconds(5));
  metrics.runs.durations.add(std::chrono::seconds(2));
  metrics.failovers = {{{home, "failure"}, 1}, {{home, "command"}, 0}};
  metrics.events = {{"gave", 1}};
  metrics.levels = {{"alarm", 0}, {"info", 1}};
  return metrics;
}

// What exposition.py says of it; empty: nothing.
std::string judged(const std::string& text) {
  auto* const reader = ::popen("/usr/bin/python3 tests/daemon/exposition.py - 2>&1 >/dev/null", "w");
  REQUIRE(reader != nullptr);
  std::fwrite(text.data(), 1, text.size(), reader);
  return ::pclose(reader) == 0 ? "" : "refused";
}

}  // namespace

TEST_CASE("metrics in the format of Prometheus", "[daemon][metrics]") {
  const auto text = to_text(some_metrics());
  CHECK(text == R"(# HELP cip_build_info Version of cipd, and the CLIM that it runs for.
# TYPE cip_build_info gauge
cip_build_info{version="0.1.0",clim="n1"} 1
# HELP process_start_time_seconds Start of cipd, in seconds since 1970.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1700000000.5
# HELP cip_generation_info The generation of the configuration that is in use.
# TYPE cip_generation_info gauge
cip_generation_info{generation="abc"} 1
# HELP cip_state_tree_refused 1: the state tree on disk is not in use.
# TYPE cip_state_tree_refused gauge
cip_state_tree_refused 0
# HELP cip_unconfirmed_seconds Time until the generation in use goes back, as it is not confirmed; 0: it stays.
# TYPE cip_unconfirmed_seconds gauge
cip_unconfirmed_seconds 59
# HELP cip_problems What is configured and cannot be done now.
# TYPE cip_problems gauge
cip_problems 2
# HELP cip_interface_up 1: our interface of this home interface is usable.
# TYPE cip_interface_up gauge
cip_interface_up{home="n1.eth1",interface="n1.eth1"} 1
cip_interface_up{home="n1.eth2",interface="n1.eth2"} 0
# HELP cip_link_pulse 1: our interface of this home interface has carrier.
# TYPE cip_link_pulse gauge
cip_link_pulse{home="n1.eth1",interface="n1.eth1"} 1
cip_link_pulse{home="n1.eth2",interface="n1.eth2"} 0
# HELP cip_resources_here 1: the resources of this home interface are in this CLIM's kernel.
# TYPE cip_resources_here gauge
cip_resources_here{home="n1.eth1"} 0
cip_resources_here{home="n1.eth2"} 1
# HELP cip_failover_valid 1: the other side could take this home interface now.
# TYPE cip_failover_valid gauge
cip_failover_valid{home="n1.eth1"} 0
# HELP cip_location_info Where this home interface is by the record, and the state of our interface.
# TYPE cip_location_info gauge
cip_location_info{home="n1.eth1",location="n2.eth1",placement="BkFO",state="RDY"} 1
cip_location_info{home="n1.eth2",location="n1.eth2",placement="HOME",state="DOWN"} 1
# HELP cip_epoch How often the record of this home interface has changed.
# TYPE cip_epoch gauge
cip_epoch{home="n1.eth1"} 7
cip_epoch{home="n1.eth2"} 0
# HELP cip_failovers_total Changes of the CLIM that owns this home interface, by their reason.
# TYPE cip_failovers_total counter
cip_failovers_total{home="n1.eth1",reason="command"} 0
cip_failovers_total{home="n1.eth1",reason="failure"} 1
# HELP cip_peer_heard 1: the peer was heard within the dead time, on any path.
# TYPE cip_peer_heard gauge
cip_peer_heard{peer="n2"} 1
cip_peer_heard{peer="n3"} 0
# HELP cip_peer_last_heard_seconds Time since the peer was heard last; absent: it never was.
# TYPE cip_peer_last_heard_seconds gauge
cip_peer_last_heard_seconds{peer="n2"} 0.25
# HELP cip_peer_channel_up 1: there is a channel to the peer, for mirrors and commands.
# TYPE cip_peer_channel_up gauge
cip_peer_channel_up{peer="n2"} 1
cip_peer_channel_up{peer="n3"} 0
# HELP cip_connections TCP connections: here, that peers know of; of peers, that are known here.
# TYPE cip_connections gauge
cip_connections{where="here"} 12
cip_connections{where="peers"} 34
# HELP cip_tickles_total Packets that make remote ends give up connections that a peer had.
# TYPE cip_tickles_total counter
cip_tickles_total 56
# HELP cip_charon_up 1: strongSwan's charon answers; absent: there is no IPsec.
# TYPE cip_charon_up gauge
cip_charon_up 1
# HELP cip_ipsec_loaded 1: charon has this IPsec connection.
# TYPE cip_ipsec_loaded gauge
cip_ipsec_loaded{connection="partner"} 1
cip_ipsec_loaded{connection="branch"} 0
# HELP cip_ipsec_protections What this connection protects: networks, by pairs.
# TYPE cip_ipsec_protections gauge
cip_ipsec_protections{connection="partner"} 3
cip_ipsec_protections{connection="branch"} 1
# HELP cip_ipsec_protections_up Of these, what this CLIM has security associations for.
# TYPE cip_ipsec_protections_up gauge
cip_ipsec_protections_up{connection="partner"} 2
cip_ipsec_protections_up{connection="branch"} 0
# HELP cip_ipsec_state_info The state of this connection.
# TYPE cip_ipsec_state_info gauge
cip_ipsec_state_info{connection="partner",state="NEGOTIATING"} 1
cip_ipsec_state_info{connection="branch",state="REFUSED"} 1
# HELP cip_reconcile_runs_total Comparisons of the kernel with what it should have, by their end.
# TYPE cip_reconcile_runs_total counter
cip_reconcile_runs_total{result="done"} 3
cip_reconcile_runs_total{result="failed"} 1
cip_reconcile_runs_total{result="interrupted"} 0
# HELP cip_operations_total Changes that the kernel was asked for, by what it answered.
# TYPE cip_operations_total counter
cip_operations_total{result="done"} 123456789
cip_operations_total{result="failed"} 0
# HELP cip_repairs_total Changes that undid what somebody else had changed.
# TYPE cip_repairs_total counter
cip_repairs_total 4
# HELP cip_reconcile_duration_seconds How long the comparisons took.
# TYPE cip_reconcile_duration_seconds histogram
cip_reconcile_duration_seconds_bucket{le="0.001"} 0
cip_reconcile_duration_seconds_bucket{le="0.01"} 1
cip_reconcile_duration_seconds_bucket{le="0.1"} 1
cip_reconcile_duration_seconds_bucket{le="1"} 1
cip_reconcile_duration_seconds_bucket{le="10"} 2
cip_reconcile_duration_seconds_bucket{le="60"} 2
cip_reconcile_duration_seconds_bucket{le="+Inf"} 2
cip_reconcile_duration_seconds_sum 2.005
cip_reconcile_duration_seconds_count 2
# HELP cip_last_reconcile_duration_seconds How long the last one took.
# TYPE cip_last_reconcile_duration_seconds gauge
cip_last_reconcile_duration_seconds 2
# HELP cip_events_lost_total Times that the kernel had more events than could be heard.
# TYPE cip_events_lost_total counter
cip_events_lost_total 0
# HELP cip_events_total What `cipctl events` has recorded, by name.
# TYPE cip_events_total counter
cip_events_total{event="gave"} 1
# HELP cip_log_events_total What `cipctl events` has recorded, by level.
# TYPE cip_log_events_total counter
cip_log_events_total{level="alarm"} 0
cip_log_events_total{level="info"} 1
)");
  CHECK(judged(text).empty());
}

TEST_CASE("metrics of a daemon that knows nothing yet are well-formed", "[daemon][metrics]") {
  CHECK(judged(to_text(Metrics())).empty());
}

TEST_CASE("no label can end its quotes or its line", "[daemon][metrics]") {
  auto metrics = some_metrics();
  metrics.version = "a\"b\\c\nd";
  const auto text = to_text(metrics);
  CHECK(text.find(R"(cip_build_info{version="a\"b\\c\nd",clim="n1"} 1)") != std::string::npos);
  CHECK(judged(text).empty());
  metrics.homes.push_back(metrics.homes.front());
  CHECK(judged(to_text(metrics)) == "refused");  // the reader sees a series that is there twice
}

TEST_CASE("metrics are served to this machine only", "[daemon][metrics]") {
  for (const auto* good : {"/run/cip/metrics.sock", "127.0.0.1:9780", "127.1.2.3:1", "[::1]:65535"}) {
    const auto address = parse_metrics_address(good);
    REQUIRE(address);
    CHECK(to_text(*address) == good);
  }
  for (const auto* remote : {"0.0.0.0:9780", "10.1.0.1:9780", "[::]:9780", "[2001:db8::1]:9780", "[::ffff:7f00:1]:1"}) {
    const auto address = parse_metrics_address(remote);
    REQUIRE_FALSE(address);
    CHECK(address.error().message.find("is not on the loopback interface") != std::string::npos);
  }
  for (const auto* wrong : {"", "9780", ":9780", "localhost:9780", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "::1:9780",
                            "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1: 1", "[127.0.0.1]:1", "metrics.sock"}) {
    const auto address = parse_metrics_address(wrong);
    REQUIRE_FALSE(address);
    CHECK(address.error().message.find("127.0.0.1:PORT") != std::string::npos);
  }
  CHECK_FALSE(parse_metrics_address("/" + std::string(200, 'x')));
}
