// cipd as a daemon: the event loop that joins engine, kernel, peers, LANs, disk and operator. Everything happens on the
// loop's thread, but for jobs that may block (worker.h).
//
//   daemon.cpp   start, configuration, end
//   events.cpp   what the other parts tell
//   actions.cpp  what the engine wants done
//   operator.cpp what cipctl asks for
//   observe.cpp  what the metrics show
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconciler/daemon/configuration_source.h"
#include "reconciler/daemon/connections.h"
#include "reconciler/daemon/contents.h"
#include "reconciler/daemon/control_server.h"
#include "reconciler/daemon/data_directory.h"
#include "reconciler/daemon/engine_host.h"
#include "reconciler/daemon/event_log.h"
#include "reconciler/daemon/generations.h"
#include "reconciler/daemon/hooks.h"
#include "reconciler/daemon/ipsec.h"
#include "reconciler/daemon/kernel_watch.h"
#include "reconciler/daemon/lans.h"
#include "reconciler/daemon/metrics.h"
#include "reconciler/daemon/metrics_server.h"
#include "reconciler/daemon/options.h"
#include "reconciler/daemon/peers.h"
#include "reconciler/daemon/reconciler.h"
#include "reconciler/daemon/service.h"
#include "reconciler/daemon/tree_watch.h"
#include "reconciler/daemon/worker.h"

namespace cip::daemon {

class Operator;

class Daemon {
 public:
  explicit Daemon(Options options);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Until the daemon ends: its exit code.
  int run();

 private:
  friend class Operator;

  // daemon.cpp
  Result<void> start();
  void found(const Found& found);
  void first_configuration_read(struct FirstConfiguration&& first);
  void configure(const std::shared_ptr<const ClimState>& configuration);
  Result<void> open_peers(const ClimState& configuration);
  Result<std::optional<peer::ClusterKey>> read_key(const ClimState& configuration) const;
  Result<void> read_key_again();
  void adopt_found();
  // `noticed`: nobody asked for it.
  void reload(const TrialOptions& options, const Generations::Told& told, bool noticed = false);
  Generations::Events generations_events();
  bool applied(const ClimState& configuration) const;
  void wait_for_signal();
  void stop(failover::Stop::What what);
  void end_when_idle();
  void end(int code);
  void alarm(EventName what, const std::string& subject, const std::string& text, const std::string& evidence = {});

  // events.cpp
  Reconciler::Events reconciler_events();
  Lans::Events lan_events();
  Peers::Events peer_events();
  Connections::Events connection_events();
  Ipsec::Events ipsec_events();
  std::vector<std::string> problems() const;  // what cannot be done now, each with its subject
  void kernel_changed(const kernel::Event& event);
  void links_read(const std::vector<plan::ObservedLink>& links, std::chrono::steady_clock::time_point since);
  void tell_link(const InterfaceName& name);
  void mirror_arrived(const InterfaceRef& home, const std::string& bytes);
  void keep_mirror(const HomeFile& mirror, const std::string& bytes);

  // actions.cpp
  void carry_out(const failover::Action& action);
  void act(const failover::Apply& action);
  void act(const failover::Remove& action);
  void act(const failover::Refresh& action);
  void act(const failover::Send& action);
  void act(const failover::SendProbe& action);
  void act(const failover::Announce& action);
  void act(const failover::ResetConnections& action);
  void act(const failover::Persist& action);
  void act(const failover::FetchMirror& action);
  void act(const failover::ReadKernel& action);
  void act(const failover::SetLink& action);
  void act(const failover::Reply& action);
  void act(const failover::Report& action);
  void act(const failover::Finished& action);
  void count_failover(const failover::Persist& action);
  std::shared_ptr<const HomeInterface> best_content(const InterfaceRef& home) const;
  std::map<InterfaceRef, Placement> possible_placements() const;
  std::optional<ClimName> partner(const InterfaceRef& home) const;

  // observe.cpp
  void open_hooks();
  void serve_metrics();
  Metrics metrics() const;

  Options options_;
  boost::asio::io_context loop_;
  Logging logging_;  // before log_, which writes to it
  Post post_;
  EventLog log_;
  std::unique_ptr<Hooks> hooks_;
  DataDirectory data_;
  DiskWriter disk_;
  Worker files_;                               // reading trees, counting connections
  std::shared_ptr<StateReader> state_reader_;  // used there
  Contents contents_;
  Generations generations_;
  std::map<InterfaceRef, failover::Saved> saved_;  // as last persisted
  std::set<InterfaceRef> found_;                   // held since before the start, not yet decided about
  struct SeenLink {
    failover::Link state;
    std::chrono::steady_clock::time_point changed;  // by an event
  };
  std::map<InterfaceName, SeenLink> links_;
  std::map<InterfaceName, failover::Link> told_links_;  // to the engine, last
  std::unique_ptr<EngineHost> engine_;                  // outlives the reconciler, whose thread asks it for the time
  std::unique_ptr<Reconciler> reconciler_;
  std::unique_ptr<Peers> peers_;
  std::unique_ptr<Lans> lans_;
  std::unique_ptr<Ipsec> ipsec_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<KernelWatch> kernel_watch_;
  std::unique_ptr<TreeWatch> tree_watch_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<MetricsServer> metrics_;
  std::unique_ptr<Operator> operator_;
  Watchdog watchdog_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer ending_;
  boost::asio::steady_timer metrics_again_;
  std::chrono::steady_clock::time_point give_up_;
  std::string refused_tree_;  // why the tree on disk is not in use; empty: it is
  std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  std::map<std::pair<InterfaceRef, std::string>, std::uint64_t> failovers_;  // by home interface and reason
  std::uint64_t overruns_ = 0;                                               // of the kernel's events
  bool configured_ = false;
  bool stopping_ = false;
  bool finished_ = false;
  int exit_code_ = 0;
};

int run_daemon(Options options);

}  // namespace cip::daemon
