#include "reconciler/daemon/daemon.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <fmt/format.h>
#include <iostream>
#include <spdlog/spdlog.h>
#include <system_error>
#include <utility>

#include "reconciler/daemon/configuration_source.h"
#include "reconciler/daemon/once.h"
#include "reconciler/daemon/operator.h"
#include "reconciler/daemon/unsupported.h"
#include "state/json.h"

namespace cip::daemon {

namespace {

// An orderly end waits this long for the disk.
constexpr std::chrono::seconds disk_limit{1};

}  // namespace

Daemon::Daemon(Options options)
    : options_(std::move(options)),
      logging_(options_.clim),
      post_([this](std::function<void()> function) { boost::asio::post(loop_, std::move(function)); }),
      data_(options_.data_dir),
      disk_(post_),
      files_(post_),
      state_reader_(std::make_shared<StateReader>(options_)),
      generations_(loop_, files_, options_.data_dir, generations_events()),
      watchdog_(loop_),
      signals_(loop_, SIGTERM, SIGINT, SIGHUP),
      ending_(loop_),
      metrics_again_(loop_) {}

Daemon::~Daemon() = default;

int Daemon::run() {
  std::signal(SIGPIPE, SIG_IGN);
  if (auto started = start(); !started) {
    spdlog::error("{}", started.error().message);
    return exit_code(started.error());
  }
  loop_.run();
  return exit_code_;
}

// ----------------------------------------------------------------------------------------------------------- start

Result<void> Daemon::start() {
  if (auto locked = data_.lock(); !locked) {
    return locked;
  }
  std::error_code failed;
  std::filesystem::create_directories(options_.runtime_dir, failed);
  if (failed) {
    return Error{ErrorCode::system,
                 fmt::format("cannot create {}: {}", options_.runtime_dir.string(), failed.message())};
  }
  open_hooks();
  std::vector<std::string> damaged;
  saved_ = data_.read_records(damaged);
  contents_ = Contents(data_.read_mirrors(damaged));
  for (const auto& sentence : damaged) {
    alarm(What::record_damaged, "", sentence, "it counts as absent");
  }

  auto work = KernelWork::open(options_.runtime_dir / "ledger.json", boot_id(options_), options_.state);
  if (!work) {
    return work.error();
  }
  // Before anything is read.
  auto watch = KernelWatch::open(loop_, work->port(), [this](const kernel::Event& event) { kernel_changed(event); });
  if (!watch) {
    return watch.error();
  }
  kernel_watch_ = std::move(*watch);
  reconciler_ = std::make_unique<Reconciler>(loop_, post_, std::move(*work), reconciler_events());
  engine_ = std::make_unique<EngineHost>(loop_, options_.clim, [this](const auto& action) { carry_out(action); });
  lans_ = std::make_unique<Lans>(loop_, lan_events());
  connections_ = std::make_unique<Connections>(loop_, post_, connection_events());
  ipsec_ = std::make_unique<Ipsec>(loop_, post_, options_.charon, ipsec_events());
  operator_ = std::make_unique<Operator>(*this);
  auto control = ControlServer::listen(
      loop_, options_.runtime_dir / "cipd.sock",
      [this](const Request& request, const std::shared_ptr<Asker>& asker) { operator_->handle(request, asker); });
  if (!control) {
    return control.error();
  }
  control_ = std::move(*control);
  serve_metrics();
  wait_for_signal();
  reconciler_->find([this](const Found& what) { found(what); });
  return {};
}

void Daemon::open_hooks() {
  hooks_ = std::make_unique<Hooks>(
      loop_, options_.hooks, options_.clim,
      [this](const std::string& event, const std::string& sentence) { alarm(What::hook_failed, event, sentence); });
  for (const auto& sentence : hooks_->complaints()) {
    alarm(What::hook_failed, "", sentence);
  }
  log_.subscribe([this](const Event& event) { hooks_->happened(event); });
}

// Refreshing (or removing) what is held comes before all else, even the configuration.
void Daemon::found(const Found& what) {
  for (const auto& sentence : what.problems) {
    alarm(What::ledger_damaged, "", sentence, "what the kernel holds is taken for foreign");
  }
  found_ = what.held;
  engine_->feed(failover::Started{saved_, what.held});
  files_.run([options = options_,
              records = saved_] { return first_configuration(options, DataDirectory(options.data_dir), records); },
             [this](FirstConfiguration&& first) { first_configuration_read(std::move(first)); });
}

void Daemon::first_configuration_read(FirstConfiguration&& first) {
  if (first.refused) {
    refused_tree_ = *first.refused;
    alarm(What::tree_refused, "", fmt::format("the state tree is refused: {}", *first.refused),
          first.state ? "going on with the last good one" : "there is no earlier one");
  }
  if (!first.state && found_.empty()) {
    end(exit_refused);
    return;
  }
  if (first.state) {
    if (auto opened = open_peers(*first.state); !opened && found_.empty()) {
      spdlog::error("{}", opened.error().message);
      end(exit_code(opened.error()));
      return;
    }
    generations_.begin(std::make_shared<const ClimState>(std::move(*first.state)), !first.refused);
  }
  if (options_.watch) {
    tree_watch_ = std::make_unique<TreeWatch>(loop_, options_.state, [this] {
      reload(
          {}, [](const Result<TrialOutcome>& /*outcome*/) {}, true);
    });
    if (first.unreadable) {
      tree_watch_->wait_for_rest(options_.clim.str());
    }
  }
  notify_ready(fmt::format("{} is running", options_.clim.str()));
}

// --------------------------------------------------------------------------------------------------- configuration

void Daemon::configure(const std::shared_ptr<const ClimState>& configuration) {
  for (const auto& mirror : contents_.take(configuration)) {
    keep_mirror(mirror, to_json(*mirror.interface));
  }
  if (auto opened = open_peers(*configuration); !opened) {
    alarm(What::no_peers, "", fmt::format("no peer is heard: {}", opened.error().message),
          "reload when there is a key");
  }
  if (peers_) {
    peers_->configure(*configuration);
  }
  std::set<InterfaceName> shared;
  for (const auto& [name, file] : configuration->home) {
    if (file.interface->failover) {
      shared.insert(name);
    }
  }
  for (const auto& mirror : configuration->clim.mirrors) {
    shared.insert(mirror.here);
  }
  lans_->set_interfaces(shared);
  reconciler_->configure(configuration);
  ipsec_->configure(connections_of(*configuration));
  if (!configured_) {
    adopt_found();
    connections_->watch();
  }
  configured_ = true;
  engine_->set_dead(configuration->clim.times.dead);
  engine_->feed(failover::Configured{contents_.for_engine(*configuration)});
  told_links_.clear();
  for (const auto& [name, link] : links_) {
    tell_link(name);
  }
  log_.add(Level::info, What::generation_in_use, "",
           fmt::format("generation {} is in use", configuration->generation.str()));
}

void Daemon::adopt_found() {
  for (const auto& home : found_) {
    const auto interface = contents_.interface_here(home);
    if (!interface) {
      continue;
    }  // the engine has it removed
    Placement placement;
    placement.content = best_content(home);
    placement.here = *interface;
    reconciler_->adopt(home, std::move(placement));
  }
  found_.clear();
  // What stays here whatever happens (P1) is not told by the ledger: it stays as it is until the engine has seen the
  // links, so that a restart takes nothing away for a moment.
  for (const auto& [name, file] : contents_.configuration()->home) {
    const auto& interface = *file.interface;
    const auto saved = saved_.find(interface.name);
    const bool stopped = saved != saved_.end() && saved->second.interface_stopped;
    if (interface.failover || never_fails_over(interface.kind) || !has_resources(interface) || stopped ||
        reconciler_->placements().count(interface.name) != 0) {
      continue;
    }
    reconciler_->adopt(interface.name, {file.interface, name, std::nullopt, true});
  }
}

Result<void> Daemon::open_peers(const ClimState& configuration) {
  if (peers_) {
    return {};
  }
  auto key = read_key(configuration);
  if (!key) {
    return key.error();
  }
  if (*key) {
    peers_ = std::make_unique<Peers>(loop_, std::move(**key), peer_events());
  }
  return {};
}

// Nothing if there is none that can be read, and no peer: it is not needed but for answering one whose tree is another.
Result<std::optional<peer::ClusterKey>> Daemon::read_key(const ClimState& configuration) const {
  auto key = peer::ClusterKey::read(options_.key);
  if (key) {
    return std::optional(std::move(*key));
  }
  if (configuration.clim.peers.empty()) {
    return std::optional<peer::ClusterKey>();
  }
  return key.error();
}

// So that the key of a cluster can be changed without an outage (peer/cluster_key.h).
Result<void> Daemon::read_key_again() {
  if (!peers_) {
    return {};
  }
  const auto key = read_key(*contents_.configuration());
  if (!key) {
    return key.error();
  }
  if (*key && peers_->set_key(**key)) {
    const auto names = (*key)->names();
    log_.add(Level::notice, What::key_changed, "", fmt::format("key {} is used now", names.front()),
             names.size() > 1 ? fmt::format("{} is accepted, too", names.back()) : "no other is accepted");
  }
  return {};
}

void Daemon::reload(const TrialOptions& options, const Generations::Told& told, bool noticed) {
  // An undone generation would come again when its tree is noticed after it was asked for.
  if (tree_watch_) {
    tree_watch_->forget();
  }
  notify_reloading();
  const auto done = [this, told](const Result<TrialOutcome>& outcome) {
    notify_ready(refused_tree_.empty() ? fmt::format("{} is running", options_.clim.str())
                                       : fmt::format("state tree refused: {}", refused_tree_));
    told(outcome);
  };
  files_.run([reader = state_reader_, known = contents_.configuration()] { return reader->read(known); },
             [this, options, done, noticed](Result<Configuration>&& state) {
               if (tree_watch_) {
                 tree_watch_->wait_for_rest(state ? std::string() : options_.clim.str());
               }
               if (!state) {
                 const bool known = std::exchange(refused_tree_, state.error().message) == state.error().message;
                 if (known && noticed) {
                   done(Error{ErrorCode::invalid, refused_tree_});  // while it is being copied
                   return;
                 }
                 alarm(What::tree_refused, "", fmt::format("the state tree is refused: {}", refused_tree_),
                       "going on with what was");
                 done(Error{ErrorCode::invalid, fmt::format("refused: {}", refused_tree_)});
                 return;
               }
               if (const auto read = read_key_again(); !read) {
                 alarm(What::key_refused, "", read.error().message,
                       "going on with the key and the tree that are in use");
                 done(Error{read.error().code, fmt::format("refused: {}", read.error().message)});
                 return;
               }
               ipsec_->read_files_again();
               const bool keyless = !(*state)->clim.peers.empty() && !peers_;
               generations_.reload(*state, options, done);
               if (keyless && contents_.configuration()) {
                 configure(contents_.configuration());  // perhaps there is a key now
               }
             });
}

Generations::Events Daemon::generations_events() {
  Generations::Events events;
  events.use = [this](const Configuration& configuration) { configure(configuration); };
  events.refusal = [this](const ClimState& state) { return engine_->engine().refusal(contents_.for_engine(state)); };
  events.applied = [this](const ClimState& state) { return applied(state); };
  events.problems = [this] { return problems(); };
  events.alarm = [this](What what, const std::string& sentence, const std::string& evidence) {
    alarm(what, "", sentence, evidence);
  };
  events.note = [this](What what, const std::string& sentence) { log_.add(Level::notice, what, "", sentence); };
  events.refused = [this](const std::string& why) { refused_tree_ = why; };
  return events;
}

// What is elsewhere is not our kernel's affair; what is here, or stays here whatever happens, has the new content.
bool Daemon::applied(const ClimState& configuration) const {
  if (!reconciler_->settled() || !ipsec_->settled()) {
    return false;
  }
  const auto& placements = reconciler_->placements();
  for (const auto& [home, placement] : placements) {
    if (home.clim != options_.clim) {
      continue;
    }
    const auto file = configuration.home.find(home.interface);
    const bool current = file != configuration.home.end() && placement.content && !placement.undecided &&
                         *placement.content == *file->second.interface;
    if (!current) {
      return false;
    }
  }
  return std::all_of(configuration.home.begin(), configuration.home.end(), [&](const auto& entry) {
    const auto& interface = *entry.second.interface;
    const bool stays = !interface.failover && !never_fails_over(interface.kind) && has_resources(interface) &&
                       !reconciler_->stopped(entry.first);
    return !stays || placements.count(interface.name) != 0 || !reconciler_->problems(interface.name).empty();
  });
}

void Daemon::alarm(EventName what, const std::string& subject, const std::string& text, const std::string& evidence) {
  log_.add(Level::alarm, what, subject, text, evidence);
}

// ------------------------------------------------------------------------------------------------------------- end

void Daemon::wait_for_signal() {
  signals_.async_wait([this](boost::system::error_code error, int signal) {
    if (error) {
      return;
    }
    if (signal == SIGHUP) {
      reload({}, [](const Result<TrialOutcome>& /*outcome*/) {});
    } else if (stopping_) {
      end(exit_done);
    } else {
      stop(failover::Stop::What::daemon);
    }
    wait_for_signal();
  });
}

void Daemon::stop(failover::Stop::What what) {
  if (stopping_) {
    return;
  }
  stopping_ = true;
  const bool machine = what == failover::Stop::What::machine;
  notify_stopping(machine ? "giving everything away" : "leaving everything in place");
  log_.add(Level::info, machine ? What::machine_shuts_down : What::daemon_ends, "",
           machine ? "the machine shuts down" : "the daemon ends");
  engine_->feed(failover::Stop{what});
}

void Daemon::end_when_idle() {
  if (reconciler_->idle() || std::chrono::steady_clock::now() >= give_up_) {
    if (!disk_.finish(disk_limit)) {
      spdlog::error("the disk does not answer: something was not written");
    }
    end(exit_done);
    return;
  }
  ending_.expires_after(std::chrono::milliseconds(2));
  ending_.async_wait([this](boost::system::error_code error) {
    if (!error) {
      end_when_idle();
    }
  });
}

void Daemon::end(int code) {
  exit_code_ = code;
  control_.reset();  // also removes the socket
  metrics_.reset();
  loop_.stop();
}

int run_daemon(Options options) {
  Daemon daemon(std::move(options));
  return daemon.run();
}

}  // namespace cip::daemon
