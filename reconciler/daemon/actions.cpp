// What the failover engine wants done (reconciler/failover/event.h), an overload for each action.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <utility>

#include "reconciler/daemon/daemon.h"
#include "reconciler/daemon/operator.h"

namespace cip::daemon {

namespace {

// An orderly end waits this long for the kernel.
constexpr std::chrono::seconds end_limit{2};

}  // namespace

void Daemon::carry_out(const failover::Action& action) {
  std::visit([this](const auto& what) { act(what); }, action);
}

void Daemon::act(const failover::Apply& action) {
  found_.erase(action.home);
  const auto content = contents_.find(action.home, action.digest);
  if (!content) {
    post_([this, result = failover::ApplyResult{action.home, action.operation, failover::Applied::nothing,
                                                "its configuration is not here any more"}] { engine_->feed(result); });
    return;
  }
  Placement placement;
  placement.content = content;
  placement.here = action.interface;
  placement.lifetime = action.lifetime;
  ipsec_->stay(addresses_of(*content));
  reconciler_->apply(action.home, std::move(placement), action.operation);
}

void Daemon::act(const failover::Remove& action) {
  found_.erase(action.home);
  const auto placement = reconciler_->placements().find(action.home);
  if (placement != reconciler_->placements().end() && placement->second.content) {
    lans_->withdraw(*placement->second.content, placement->second.here);
    if (const auto other = partner(action.home)) {
      connections_->leaves(action.home, {*other, addresses_of(*placement->second.content)});
    }
    ipsec_->leave(addresses_of(*placement->second.content));
  }
  reconciler_->remove(action.home, action.operation);
}

void Daemon::act(const failover::Refresh& action) {
  reconciler_->refresh(action.home, action.lifetime);
}

void Daemon::act(const failover::Send& action) {
  if (peers_) {
    peers_->send(action.to, action.message);
  }
}

void Daemon::act(const failover::SendProbe& action) {
  if (const auto content = best_content(action.home)) {
    lans_->probe(*content, action.interface);
  }
}

void Daemon::act(const failover::Announce& action) {
  const auto placement = reconciler_->placements().find(action.home);
  if (placement == reconciler_->placements().end() || !placement->second.content) {
    return;
  }
  lans_->announce(action.interface, addresses_of(*placement->second.content));
}

// Those that the other side had; the Reconciler there has ended them if it could.
void Daemon::act(const failover::ResetConnections& action) {
  const auto placement = reconciler_->placements().find(action.home);
  if (placement != reconciler_->placements().end() && placement->second.content) {
    connections_->tickle(action.home, action.interface, addresses_of(*placement->second.content));
  }
}

void Daemon::act(const failover::Persist& action) {
  count_failover(action);
  saved_.insert_or_assign(action.home, action.saved);
  disk_.write(data_.record_file(action.home), to_json(action.home, action.saved),
              [this, home = action.home, write = action.write](const Result<void>& written) {
                engine_->feed(failover::Persisted{home, write, static_cast<bool>(written),
                                                  written ? std::string() : written.error().message});
              });
}

// Without a record it is at home. A record that is not the first, where there was none (a disk that was lost), is
// learnt from the peer and tells of no move.
void Daemon::count_failover(const failover::Persist& action) {
  const auto before = saved_.find(action.home);
  const auto& record = action.saved.record;
  const bool learnt = before == saved_.end() && failover::number(record.epoch) > 1;
  const auto& owner = before == saved_.end() ? action.home.clim : before->second.record.owner;
  if (!learnt && owner != record.owner) {
    ++failovers_[{action.home, std::string(failover::name(record.reason))}];
  }
}

void Daemon::act(const failover::FetchMirror& action) {
  if (peers_) {
    peers_->fetch_mirror(action.from, action.home, action.digest);
  }
}

void Daemon::act(const failover::ReadKernel& /*action*/) {
  lans_->forget();
  if (peers_) {
    peers_->discard_queued();
  }
  reconciler_->suspend();
  reconciler_->read_held(possible_placements(), [this](const std::optional<std::set<InterfaceRef>>& held) {
    if (held) {
      lans_->forget();
      if (peers_) {
        peers_->discard_queued();
      }
    }
    // The engine counts the answers, and takes the last one.
    engine_->feed(failover::KernelRead{held.value_or(std::set<InterfaceRef>{})});
    reconciler_->resume();
  });
}

void Daemon::act(const failover::SetLink& action) {
  reconciler_->set_link(action.interface, action.up);
}

void Daemon::act(const failover::Reply& action) {
  operator_->replied(action);
}

void Daemon::act(const failover::Report& action) {
  const auto level = action.severity == failover::Severity::info      ? Level::info
                     : action.severity == failover::Severity::warning ? Level::notice
                                                                      : Level::alarm;
  const bool about_one = !action.home.clim.empty();
  log_.add(level, action.what, about_one ? action.home.str() : std::string(), action.sentence, action.evidence);
}

void Daemon::act(const failover::Finished& /*action*/) {
  operator_->shut_down();
  give_up_ = std::chrono::steady_clock::now() + end_limit;
  post_([this] { end_when_idle(); });
}

// What `home` holds, as far as it is known before the engine names a digest: our own configuration, or the mirror that
// was announced last.
std::shared_ptr<const HomeInterface> Daemon::best_content(const InterfaceRef& home) const {
  const auto& configuration = contents_.configuration();
  if (!configuration) {
    return nullptr;
  }
  if (home.clim == configuration->clim.name) {
    const auto file = configuration->home.find(home.interface);
    return file == configuration->home.end() ? nullptr : contents_.find(home, file->second.digest);
  }
  const auto saved = saved_.find(home);
  if (saved != saved_.end()) {
    if (auto announced = contents_.find(home, saved->second.announced)) {
      return announced;
    }
  }
  const auto mirror = configuration->mirrors.find(home);
  return mirror == configuration->mirrors.end() ? nullptr : contents_.find(home, mirror->second.digest);
}

// The CLIM that would take this home interface, or that has lent it to us, by the configuration in use.
std::optional<ClimName> Daemon::partner(const InterfaceRef& home) const {
  const auto& configuration = contents_.configuration();
  if (!configuration) {
    return std::nullopt;
  }
  if (home.clim != configuration->clim.name) {
    const auto& mirrors = configuration->clim.mirrors;
    const bool ours = std::any_of(mirrors.begin(), mirrors.end(), [&](const auto& each) { return each.home == home; });
    return ours ? std::optional(home.clim) : std::nullopt;
  }
  const auto file = configuration->home.find(home.interface);
  const bool paired = file != configuration->home.end() && file->second.interface->failover;
  return paired ? std::optional(file->second.interface->failover->clim) : std::nullopt;
}

// Home interfaces that are not wanted in this kernel now, and where they would be in it.
std::map<InterfaceRef, Placement> Daemon::possible_placements() const {
  std::map<InterfaceRef, Placement> possible;
  const auto& configuration = contents_.configuration();
  if (!configuration) {
    return possible;
  }
  const auto add = [&](const InterfaceRef& home, const InterfaceName& here) {
    if (reconciler_->placements().count(home) != 0) {
      return;
    }
    Placement placement;
    placement.content = best_content(home);
    placement.here = here;
    possible.emplace(home, std::move(placement));
  };
  for (const auto& [name, file] : configuration->home) {
    if (!never_fails_over(file.interface->kind)) {
      add(file.interface->name, name);
    }
  }
  for (const auto& mirror : configuration->clim.mirrors) {
    add(mirror.home, mirror.here);
  }
  return possible;
}

}  // namespace cip::daemon
