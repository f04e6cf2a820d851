// What the metrics show of the daemon.
#include <chrono>

#include "reconciler/daemon/boot_clock.h"
#include "reconciler/daemon/daemon.h"

namespace cip::daemon {

namespace {

constexpr std::chrono::seconds serve_again{10};

double seconds(std::chrono::duration<double> time) {
  return time.count();
}

}  // namespace

// A port that is taken is no reason not to keep the network.
void Daemon::serve_metrics() {
  if (!options_.metrics) {
    return;
  }
  auto server = MetricsServer::listen(loop_, *options_.metrics, [this] { return to_text(metrics()); });
  if (server) {
    metrics_ = std::move(*server);
    return;
  }
  alarm(What::metrics_failed, "", server.error().message, "tried again every 10 s");
  metrics_again_.expires_after(serve_again);
  metrics_again_.async_wait([this](boost::system::error_code error) {
    if (!error) {
      serve_metrics();
    }
  });
}

Metrics Daemon::metrics() const {
  Metrics metrics;
  metrics.version = CIP_VERSION;
  metrics.clim = options_.clim;
  metrics.start_time = seconds(started_.time_since_epoch());
  if (const auto& configuration = contents_.configuration()) {
    metrics.generation = configuration->generation.str();
  }
  metrics.tree_refused = !refused_tree_.empty();
  if (const auto unconfirmed = generations_.unconfirmed()) {
    metrics.unconfirmed = seconds(unconfirmed->confirm_within.value_or(std::chrono::seconds(0)));
  }
  metrics.problems = problems().size();
  metrics.runs = reconciler_->counters();
  const auto connections = connections_->counters();
  metrics.connections_told = connections.told;
  metrics.connections_known = connections.known;
  metrics.tickles = connections.tickles;
  metrics.events_lost = overruns_;
  metrics.failovers = failovers_;
  metrics.events = log_.by_name();
  for (const auto level : {Level::info, Level::notice, Level::alarm}) {
    metrics.levels[name(level)] = log_.by_level().at(static_cast<std::size_t>(level));
  }
  const auto status = engine_->engine().status();
  for (const auto& home : status.homes) {
    const bool ours = home.home.clim == options_.clim;
    const bool up = home.state == failover::InterfaceState::up || home.state == failover::InterfaceState::ready;
    HomeMetrics shown;
    shown.home = home.home;
    shown.here = ours || !home.failover ? home.home : *home.failover;
    shown.location = home.location;
    shown.placement = home.placement;
    shown.state = failover::name(home.state);
    shown.up = up;
    shown.link_pulse = home.link_pulse;
    shown.resources_here = home.holds;
    shown.epoch = failover::number(home.record.epoch);
    if (home.failover) {
      shown.failover_valid = !home.failover_invalid;
      // From the start, so that the first one is seen as an increase.
      for (const auto reason : {failover::Reason::failure, failover::Reason::command}) {
        metrics.failovers.try_emplace({home.home, std::string(failover::name(reason))}, 0);
      }
    }
    metrics.homes.push_back(std::move(shown));
  }
  for (const auto& peer : status.peers) {
    PeerMetrics shown{peer.peer, peer.heard, peers_ && peers_->connected(peer.peer), std::nullopt};
    if (peer.last_heard) {
      shown.last_heard = seconds(boot_now() - *peer.last_heard);
    }
    metrics.peers.push_back(std::move(shown));
  }
  metrics.charon = ipsec_->charon_answers();
  for (const auto& connection : ipsec_->connections()) {
    using ipsec::ConnectionState;
    const auto state = connection.state;
    const bool loaded = state != ConnectionState::unknown && state != ConnectionState::refused;
    metrics.ipsec.push_back({connection.name, ipsec::name(state), loaded, connection.protections, connection.up});
  }
  return metrics;
}

}  // namespace cip::daemon
