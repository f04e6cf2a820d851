#include "reconciler/daemon/metrics.h"

#include <fmt/format.h>

namespace cip::daemon {

namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

// In a label's value these three have another form, and nothing else has.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') {
      text += '\\';
    }
    text += c;
  }
  return text;
}

class Text {
 public:
  // The samples of one metric follow its head.
  void head(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  void sample(double value, const Labels& labels = {}, std::string_view suffix = {}) {
    text += name_;
    text += suffix;
    char before = '{';
    for (const auto& [label, of] : labels) {
      text += fmt::format("{}{}=\"{}\"", before, label, escaped(of));
      before = ',';
    }
    text += labels.empty() ? "" : "}";
    text += fmt::format(" {}\n", value);
  }
  void sample(bool value, const Labels& labels = {}) { sample(value ? 1.0 : 0.0, labels); }
  void sample(std::uint64_t value, const Labels& labels = {}, std::string_view suffix = {}) {
    sample(static_cast<double>(value), labels, suffix);
  }
  void single(std::string_view name, std::string_view type, std::string_view help, double value) {
    head(name, type, help);
    sample(value);
  }

  std::string text;

 private:
  std::string name_;
};

void show_configuration(Text& to, const Metrics& metrics) {
  to.head("cip_build_info", "gauge", "Version of cipd, and the CLIM that it runs for.");
  to.sample(true, {{"version", metrics.version}, {"clim", metrics.clim.str()}});
  to.single("process_start_time_seconds", "gauge", "Start of cipd, in seconds since 1970.", metrics.start_time);
  to.head("cip_generation_info", "gauge", "The generation of the configuration that is in use.");
  if (!metrics.generation.empty()) {
    to.sample(true, {{"generation", metrics.generation}});
  }
  to.single("cip_state_tree_refused", "gauge", "1: the state tree on disk is not in use.",
            metrics.tree_refused ? 1 : 0);
  to.single("cip_unconfirmed_seconds", "gauge",
            "Time until the generation in use goes back, as it is not confirmed; 0: it stays.", metrics.unconfirmed);
  to.single("cip_problems", "gauge", "What is configured and cannot be done now.",
            static_cast<double>(metrics.problems));
}

void show_homes(Text& to, const Metrics& metrics) {
  const auto each = [&](std::string_view name, std::string_view help, const auto& show) {
    to.head(name, "gauge", help);
    for (const auto& home : metrics.homes) {
      show(home, Labels{{"home", home.home.str()}});
    }
  };
  const auto with_interface = [](const HomeMetrics& home, Labels labels) {
    labels.emplace_back("interface", home.here.str());
    return labels;
  };
  each("cip_interface_up", "1: our interface of this home interface is usable.",
       [&](const auto& home, const Labels& labels) { to.sample(home.up, with_interface(home, labels)); });
  each("cip_link_pulse", "1: our interface of this home interface has carrier.",
       [&](const auto& home, const Labels& labels) { to.sample(home.link_pulse, with_interface(home, labels)); });
  each("cip_resources_here", "1: the resources of this home interface are in this CLIM's kernel.",
       [&](const auto& home, const Labels& labels) { to.sample(home.resources_here, labels); });
  each("cip_failover_valid", "1: the other side could take this home interface now.",
       [&](const auto& home, const Labels& labels) {
         if (home.failover_valid) {
           to.sample(*home.failover_valid, labels);
         }
       });
  each("cip_location_info", "Where this home interface is by the record, and the state of our interface.",
       [&](const auto& home, Labels labels) {
         labels.emplace_back("location", home.location.str());
         labels.emplace_back("placement", home.placement);
         labels.emplace_back("state", home.state);
         to.sample(true, labels);
       });
  each("cip_epoch", "How often the record of this home interface has changed.",
       [&](const auto& home, const Labels& labels) { to.sample(home.epoch, labels); });
  to.head("cip_failovers_total", "counter", "Changes of the CLIM that owns this home interface, by their reason.");
  for (const auto& [key, count] : metrics.failovers) {
    to.sample(count, {{"home", key.first.str()}, {"reason", key.second}});
  }
}

void show_peers(Text& to, const Metrics& metrics) {
  to.head("cip_peer_heard", "gauge", "1: the peer was heard within the dead time, on any path.");
  for (const auto& peer : metrics.peers) {
    to.sample(peer.heard, {{"peer", peer.peer.str()}});
  }
  to.head("cip_peer_last_heard_seconds", "gauge", "Time since the peer was heard last; absent: it never was.");
  for (const auto& peer : metrics.peers) {
    if (peer.last_heard) {
      to.sample(*peer.last_heard, {{"peer", peer.peer.str()}});
    }
  }
  to.head("cip_peer_channel_up", "gauge", "1: there is a channel to the peer, for mirrors and commands.");
  for (const auto& peer : metrics.peers) {
    to.sample(peer.channel, {{"peer", peer.peer.str()}});
  }
  to.head("cip_connections", "gauge", "TCP connections: here, that peers know of; of peers, that are known here.");
  to.sample(metrics.connections_told, {{"where", "here"}});
  to.sample(metrics.connections_known, {{"where", "peers"}});
  to.single("cip_tickles_total", "counter", "Packets that make remote ends give up connections that a peer had.",
            static_cast<double>(metrics.tickles));
}

void show_ipsec(Text& to, const Metrics& metrics) {
  to.head("cip_charon_up", "gauge", "1: strongSwan's charon answers; absent: there is no IPsec.");
  if (metrics.charon) {
    to.sample(*metrics.charon);
  }
  const auto each = [&](std::string_view name, std::string_view help, const auto& value) {
    to.head(name, "gauge", help);
    for (const auto& connection : metrics.ipsec) {
      to.sample(value(connection), {{"connection", connection.connection}});
    }
  };
  each("cip_ipsec_loaded", "1: charon has this IPsec connection.", [](const auto& shown) { return shown.loaded; });
  each("cip_ipsec_protections", "What this connection protects: networks, by pairs.",
       [](const auto& shown) { return shown.protections; });
  each("cip_ipsec_protections_up", "Of these, what this CLIM has security associations for.",
       [](const auto& shown) { return shown.up; });
  to.head("cip_ipsec_state_info", "gauge", "The state of this connection.");
  for (const auto& shown : metrics.ipsec) {
    to.sample(true, {{"connection", shown.connection}, {"state", std::string(shown.state)}});
  }
}

void show_runs(Text& to, const RunCounters& runs) {
  to.head("cip_reconcile_runs_total", "counter", "Comparisons of the kernel with what it should have, by their end.");
  to.sample(runs.done, {{"result", "done"}});
  to.sample(runs.failed, {{"result", "failed"}});
  to.sample(runs.interrupted, {{"result", "interrupted"}});
  to.head("cip_operations_total", "counter", "Changes that the kernel was asked for, by what it answered.");
  to.sample(runs.operations_done, {{"result", "done"}});
  to.sample(runs.operations_failed, {{"result", "failed"}});
  to.single("cip_repairs_total", "counter", "Changes that undid what somebody else had changed.",
            static_cast<double>(runs.repaired));
  to.head("cip_reconcile_duration_seconds", "histogram", "How long the comparisons took.");
  const auto& durations = runs.durations;
  for (std::size_t i = 0; i < Durations::bounds.size(); ++i) {
    to.sample(durations.up_to.at(i), {{"le", fmt::format("{}", Durations::bounds.at(i))}}, "_bucket");
  }
  to.sample(durations.count, {{"le", "+Inf"}}, "_bucket");
  to.sample(durations.sum, {}, "_sum");
  to.sample(durations.count, {}, "_count");
  to.single("cip_last_reconcile_duration_seconds", "gauge", "How long the last one took.", durations.last);
}

}  // namespace

std::string to_text(const Metrics& metrics) {
  Text to;
  show_configuration(to, metrics);
  show_homes(to, metrics);
  show_peers(to, metrics);
  show_ipsec(to, metrics);
  show_runs(to, metrics.runs);
  to.single("cip_events_lost_total", "counter", "Times that the kernel had more events than could be heard.",
            static_cast<double>(metrics.events_lost));
  to.head("cip_events_total", "counter", "What `cipctl events` has recorded, by name.");
  for (const auto& [name, count] : metrics.events) {
    to.sample(count, {{"event", std::string(name)}});
  }
  to.head("cip_log_events_total", "counter", "What `cipctl events` has recorded, by level.");
  for (const auto& [level, count] : metrics.levels) {
    to.sample(count, {{"level", std::string(level)}});
  }
  return std::move(to.text);
}

}  // namespace cip::daemon
