// What `cipd --metrics` shows, and its text in the format of Prometheus, version 0.0.4 (prometheus.io/docs,
// "Exposition formats"). Pure: no clock, no sockets. Names are documented in docs/operations.md, Metrics.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/daemon/run_counters.h"
#include "state/names.h"

namespace cip::daemon {

struct HomeMetrics {
  InterfaceRef home;
  InterfaceRef here;  // our interface of the pair
  InterfaceRef location;
  std::string_view placement;  // "HOME", "BkFO", ...
  std::string_view state;      // "UP", "RDY", "DNOP", "DOWN"
  bool up = false;             // our interface is usable: UP or RDY
  bool link_pulse = false;
  bool resources_here = false;
  std::optional<bool> failover_valid;  // none: it has no failover interface
  std::uint64_t epoch = 0;
};

struct PeerMetrics {
  ClimName peer;
  bool heard = false;
  bool channel = false;
  std::optional<double> last_heard;  // seconds ago; none: never
};

struct IpsecMetrics {
  std::string connection;
  std::string_view state;  // "UP", "AWAY", ...
  bool loaded = false;
  std::uint64_t protections = 0;
  std::uint64_t up = 0;  // protections with SAs
};

struct Metrics {
  std::string version;
  ClimName clim;
  double start_time = 0;   // seconds since 1970
  std::string generation;  // in use; empty: none yet
  bool tree_refused = false;
  double unconfirmed = 0;  // seconds until it goes back; 0: it does not
  std::uint64_t problems = 0;
  std::vector<HomeMetrics> homes;
  std::vector<PeerMetrics> peers;
  std::optional<bool> charon;  // answers; none: there is no IPsec
  std::vector<IpsecMetrics> ipsec;
  RunCounters runs;
  std::size_t connections_told = 0;
  std::size_t connections_known = 0;
  std::uint64_t tickles = 0;
  std::uint64_t events_lost = 0;                                            // of the kernel
  std::map<std::pair<InterfaceRef, std::string>, std::uint64_t> failovers;  // by home interface and reason
  std::map<std::string_view, std::uint64_t> events;                         // by name
  std::map<std::string_view, std::uint64_t> levels;                         // of the log, by name
};

std::string to_text(const Metrics& metrics);

}  // namespace cip::daemon
