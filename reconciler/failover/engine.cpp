// Takes events in, runs the rows until none acts, and sends heartbeats.
#include "reconciler/failover/engine.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "reconciler/failover/engine_state.h"

namespace cip::failover {

Engine::Engine(ClimName own) : Engine(std::move(own), Guards{}) {}
Engine::Engine(ClimName own, const Guards& guards) : state_(std::make_unique<State>(std::move(own), guards)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

std::vector<Action> Engine::handle(Time now, const Event& event) {
  return state_->handle(now, event);
}
std::optional<Time> Engine::deadline() const {
  return state_->deadline();
}
std::optional<std::string> Engine::refusal(const Configuration& configuration) const {
  return state_->refusal(configuration);
}
Status Engine::status() const {
  return state_->status();
}
const ClimName& Engine::own() const {
  return state_->own();
}

std::vector<Action> Engine::State::handle(Time now, const Event& event) {
  actions_.clear();
  if (finished_) return {};
  now_ = std::max(now, now_);
  common_wake_.reset();
  notice_pause();
  last_run_ = now_;
  std::visit([this](const auto& what) { this->absorb(what); }, event);
  evaluate();
  due(now_ + times_.heartbeat);  // also without peers: else a quiet daemon would look like a paused one
  deadline_ = common_wake_;
  for (const auto& [name, home] : homes_) {
    if (home.wake) deadline_ = std::min(*deadline_, *home.wake);
  }
  return std::exchange(actions_, {});
}

void Engine::State::concern_all() {
  for (auto& [name, home] : homes_) home.concerned = true;
}

// Whom the event concerns, whose time has come, and who shares an interface with one of these (F5).
void Engine::State::gather_concerned() {
  if (!guards_.only_concerned || reading_ > 0) concern_all();
  for (auto& [name, home] : homes_) {
    if (!home.concerned && (!home.wake || *home.wake > now_)) continue;
    for (Home* each : home.link->homes) each->concerned = true;
  }
  concerned_.clear();
  for (auto& [name, home] : homes_) {
    if (!std::exchange(home.concerned, false)) continue;
    home.wake.reset();
    concerned_.push_back(&home);
  }
}

template <typename Work>
void Engine::State::for_each_concerned(Work work) {
  for (Home* home : concerned_) {
    wake_ = &home->wake;
    work(*home);
  }
  wake_ = &common_wake_;
}

// Every row of a home interface is looked at again after every event that concerns it, and after every row that did
// something, as the home interfaces of one interface depend on each other (F5).
void Engine::State::evaluate() {
  if (!started_ || finished_) return;
  follow_dropped();
  if (!configured_) return refresh_found();
  gather_concerned();
  if (reading_ > 0) return for_each_concerned([this](Home& home) { disk_is_late(home); });
  for_each_concerned([this](Home& home) { refresh(home); });  // before other kernel work
  for (bool acted = true; acted;) {
    acted = false;
    for_each_concerned([&](Home& home) {
      if (!rows(home)) return;
      acted = true;
      home.concerned = true;  // by what it did itself: the next event looks again at what was looked at before
    });
  }
  for_each_concerned([this](Home& home) {
    ask_lan(home);
    repeat(home);
    fetch_mirror(home);
    watch_lan(home);
  });
  follow_commands();
  follow_links();
  watch_peers();
  send_heartbeats();
  follow_shutdown();
}

Home* Engine::State::find(const InterfaceRef& home) {
  const auto found = homes_.find(home);
  return found == homes_.end() ? nullptr : &found->second;
}

void Engine::State::report(Severity severity, Happening what, const Home& home, std::string sentence,
                           std::string evidence) {
  act(Report{severity, what, home.config.home, std::move(sentence), std::move(evidence)});
}

// --------------------------------------------------------------------------------- row: daemon starts

// What the kernel holds and the record names is refreshed before all else, even the configuration; the rest is removed.
void Engine::State::absorb(const Started& event) {
  started_ = true;
  found_ = event;
  listening_since_ = now_;
  found_refresh_at_ = now_;
  for (const InterfaceRef& home : event.held) {
    const auto saved = event.saved.find(home);
    const Record record = saved == event.saved.end() ? Record{home.clim} : saved->second.record;
    if (record.owner == own_ && !record.stopped) continue;
    const Operation operation{++operations_};
    leaving_[home] = Leaving{{}, operation, {}};
    act(Remove{home, {}, operation});
  }
}

void Engine::State::refresh_found() {
  if (!due(found_refresh_at_)) return;
  const auto lifetime = std::chrono::ceil<std::chrono::seconds>(Times{}.fence);
  for (const InterfaceRef& home : found_.held) {
    if (!leaving_.contains(home)) act(Refresh{home, {}, lifetime});
  }
  found_refresh_at_ = now_ + Duration{lifetime} / 3;
  due(found_refresh_at_);
}

void Engine::State::take_over_found(Home& home) {
  const auto saved = found_.saved.find(home.config.home);
  home.saved = saved == found_.saved.end() ? Saved{Record{home.config.home.clim}, {}, false} : saved->second;
  if (const auto leaving = leaving_.extract(home.config.home)) {
    home.kernel = Kernel::removing;
    home.operation = leaving.mapped().operation;
    home.remove_again_at = leaving.mapped().again_at;
  } else if (found_.held.contains(home.config.home)) {
    home.kernel = Kernel::present;
    home.found = true;
  }
  if (!holds(home)) listen_first(home);
}

// As a CLIM that boots: nothing is added before the peer was heard, at most `startup-wait`.
void Engine::State::listen_first(Home& home) {
  if (paired(home)) home.starting_until = now_ + times_.startup_wait;
}

// -------------------------------------------------------------------------------- row: Configuration

std::optional<std::string> Engine::State::refusal(const Configuration& configuration) const {
  for (const auto& [name, home] : homes_) {
    const bool away = paired(home) && latest(home).record.owner != name.clim;
    if (!away || withdrawn(home)) continue;  // withdrawn: it has no home that it could be brought back to
    const auto same = [&, &key = name, &current = home](const HomeConfig& next) {
      return next.home == key && next.failover == current.config.failover;
    };
    if (std::none_of(configuration.homes.begin(), configuration.homes.end(), same)) {
      return fmt::format("{} is on {} now and must keep its failover interface; switch restore it first", name.str(),
                         home.config.failover->str());
    }
  }
  return std::nullopt;
}

void Engine::State::absorb(const Configured& event) {
  const bool fence_changed =
      configured_ && (times_.fence.count() == 0) != (event.configuration.times.fence.count() == 0);
  times_ = event.configuration.times;
  if (!configured_) listening_since_ = now_;
  const bool refreshed = std::any_of(found_.held.begin(), found_.held.end(),
                                     [&](const InterfaceRef& home) { return !leaving_.contains(home); });
  // Some of it may have gone before it was refreshed. It is not added again as if it were here.
  if (!configured_ && refreshed && guards_.reread) read_kernel();
  configured_ = true;
  std::set<InterfaceRef> kept;
  for (const HomeConfig& config : event.configuration.homes) {
    if (configure(config)) kept.insert(config.home);
  }
  std::erase_if(homes_, [&](const auto& entry) {
    const auto& [name, home] = entry;
    if (kept.contains(name)) return false;
    if (home.giving) {
      reply(home.giving->command, Reply::Outcome::refused,
            fmt::format("{} is not in the configuration any more", name.str()));
    }
    // Its record counts again when a later configuration has it again (I8).
    found_.saved.insert_or_assign(name, latest(home));
    if (holds(home)) {
      remove_dropped(name, home.interface);
    } else if (home.kernel == Kernel::removing) {
      leaving_[name] = Leaving{home.interface, home.operation, home.remove_again_at};
    }
    return true;
  });
  for (const InterfaceRef& home : found_.held) {
    if (!homes_.contains(home) && !leaving_.contains(home)) remove_dropped(home, {});
  }
  found_.held.clear();
  pair_up();
  concern_all();
  for (auto& [name, home] : homes_) {
    if (fence_changed) home.applied.reset();  // lifetimes come or go: apply again
  }
}

void Engine::State::remove_dropped(const InterfaceRef& home, const InterfaceName& interface) {
  leaving_[home] = Leaving{interface, Operation{++operations_}, {}};
  act(Remove{home, interface, leaving_[home].operation});
}

// A removal that failed is tried again, also when no configuration has the home interface any more.
void Engine::State::follow_dropped() {
  for (auto& [name, leaving] : leaving_) {
    if (leaving.again_at && due(*leaving.again_at)) remove_dropped(name, leaving.interface);
  }
}

bool Engine::State::configure(const HomeConfig& config) {
  const bool at_home = config.home.clim == own_;
  if (!at_home && (!config.failover || config.failover->clim != own_)) return false;
  const bool is_new = !homes_.contains(config.home);
  Home& home = homes_[config.home];
  const ClimName peer = !at_home ? config.home.clim : config.failover ? config.failover->clim : ClimName{};
  const bool other_side = !is_new && (peer != home.peer || config.failover != home.config.failover);
  home.config = config;
  home.at_home = at_home;
  home.interface = at_home ? config.home.interface : config.failover->interface;
  home.peer = peer;
  if (is_new || other_side) home.sequence = newest_of(peer);  // a late message was not said under this tree
  if (other_side) {
    forget_heard(home);
    home.peer_macs.clear();
    home.answered.reset();
    if (home.kernel == Kernel::absent) listen_first(home);  // nothing was heard of it yet: that is no silence
  }
  if (is_new) take_over_found(home);
  Record& record = home.saved.record;
  if (record.owner != own_ && record.owner != home.peer) {  // a CLIM of an earlier configuration
    record = Record{config.home.clim, next(record.epoch), Reason::initial, false};
  }
  return true;
}

std::uint64_t Engine::State::newest_of(const ClimName& peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? 0 : found->second.newest;
}

void Engine::State::pair_up() {
  for (auto& [name, link] : links_) link.homes.clear();
  for (auto& [name, peer] : peers_) peer.homes.clear();
  for (auto& [name, home] : homes_) {
    home.link = &links_[home.interface];
    home.link->homes.push_back(&home);
    home.other = paired(home) ? &peers_[home.peer] : nullptr;
    if (home.other == nullptr) continue;
    home.place = home.other->homes.size();
    home.other->homes.push_back(&home);
  }
  std::erase_if(peers_, [](const auto& entry) { return entry.second.homes.empty(); });
  for (auto& [name, peer] : peers_) peer.next.pairs.resize(peer.homes.size());
  for (auto& [name, home] : homes_) {
    home.beside = nullptr;
    for (Home* each : home.link->homes) {
      if (each->at_home != home.at_home) home.beside = each;
    }
  }
}

// ---------------------------------------------------------------- row: daemon did not run for `dead`

// As if just started: forget what was heard or is queued; the kernel is read first.
void Engine::State::notice_pause() {
  if (!started_ || !guards_.reread || now_ - last_run_ <= times_.dead) return;
  act(Report{Severity::warning,
             Happening::paused,
             {},
             fmt::format("did not run for {} ms; listening and reading the kernel again",
                         std::chrono::duration_cast<std::chrono::milliseconds>(now_ - last_run_).count())});
  read_kernel();
  forgotten_ = true;
  for (auto& [name, home] : homes_) forget_heard(home);
  for (auto& [name, peer] : peers_) peer.silent = true;
}

void Engine::State::read_kernel() {
  ++reading_;
  act(ReadKernel{});
}

void Engine::State::forget_heard(Home& home) {
  home.said.reset();
  home.serving_heard.reset();
  home.able_since.reset();
  home.probe.reset();
  home.forced = false;
  home.was_heard = false;
  home.data_heard.reset();
}

void Engine::State::absorb(const KernelRead& event) {
  if (reading_ == 0 || --reading_ > 0) return;  // it was paused again since: only the last answer is of now
  if (std::exchange(forgotten_, false)) listening_since_ = now_;
  if (!configured_) found_.held = event.held;
  concern_all();
  for (auto& [name, home] : homes_) {
    const bool held = event.held.contains(name);
    home.applied.reset();
    home.found = held;
    home.lifetime.reset();
    if (held && home.kernel == Kernel::absent) home.kernel = Kernel::present;
    if (!held && home.kernel == Kernel::present) {
      home.kernel = home.updating ? Kernel::adding : Kernel::absent;  // an Apply under way may yet add it
    }
    if (!holds(home)) listen_first(home);
  }
}

// ------------------------------------------------------------------------------------ what is told to us

void Engine::State::absorb(const Link& event) {
  LinkState& link = links_[event.interface];
  for (Home* home : link.homes) home->concerned = true;
  const bool pulse = event.up && event.carrier;
  if (!link.known) {
    link.lost = link.settled = now_;
  } else if (pulse && !link.carrier) {
    link.settled = now_ + times_.settle;
  } else if (!pulse && link.carrier) {
    link.lost = now_;
  }
  link.known = true;
  link.up = event.up;
  link.carrier = pulse;
  link.macs = event.macs;
}

void Engine::State::absorb(const HeartbeatReceived& event) {
  const auto found = peers_.find(event.from);
  if (found == peers_.end() || reading_ > 0) return;
  if (!guards_.data_lan && event.path.kind == Path::Kind::data) return;
  PeerState& peer = found->second;
  if (event.boot != peer.boot) {
    if (std::find(peer.former.begin(), peer.former.end(), event.boot) != peer.former.end()) return;
    constexpr std::size_t remembered = 16;
    if (peer.former.size() == remembered) peer.former.erase(peer.former.begin());
    peer.former.push_back(peer.boot);
    peer.boot = event.boot;
    peer.newest = 0;
    for (Home* home : peer.homes) home->sequence = 0;
  }
  hear(peer, event);
}

// Two paths deliver in any order: what is older than what is known is no news.
void Engine::State::hear(PeerState& peer, const HeartbeatReceived& event) {
  const bool control = event.path.kind == Path::Kind::control;
  peer.paths[event.path] = now_;
  if (event.sequence >= peer.newest) {
    peer.newest = event.sequence;
    peer.heard = now_;
  }
  for (Home* home : peer.homes) {
    home->concerned = true;
    if (!control && home->interface == event.path.interface) home->data_heard = now_;
  }
  for (const PairState& state : event.message.pairs) {
    Home* const home = find(state.home);
    if (home == nullptr || home->peer != event.from) continue;
    if (guards_.newer_message && event.sequence <= home->sequence) continue;
    home->sequence = event.sequence;
    home->said = Said{state, now_};
    if (!state.macs.empty()) home->peer_macs = state.macs;
    if (state.starting || (state.holds && state.able)) {
      home->serving_heard = now_;
      home->answered.reset();
    }
  }
}

// Only the other side's MAC addresses count. Before it has told us which they are, any might be its. An answer counts
// also while we could not add it and so do not ask: we may be able a moment later.
void Engine::State::absorb(const ProbeAnswer& event) {
  Home* const home = find(event.home);
  if (home == nullptr || reading_ > 0 || !guards_.probe) return;
  home->concerned = true;
  const auto& macs = home->peer_macs;
  Probe* const probe = home->probe ? &*home->probe : nullptr;
  if (!macs.empty() && std::find(macs.begin(), macs.end(), event.mac) == macs.end()) {
    if (probe == nullptr) return;
    if (!probe->stranger) {
      report(Severity::alarm, Happening::stranger_answers, *home,
             fmt::format("{}, which is no address of {}, answers for it", event.mac.str(), home->peer.str()));
    }
    probe->stranger = true;
    return;
  }
  if (missed(*home)) home->answered = now_;
  if (probe == nullptr) return;
  probe->answered = true;
  probe->by = event.mac;
  probe->quiet_since.reset();
  if (!guards_.witness) probe->quiet_since = now_;
}

void Engine::State::absorb(const Witness& event) {
  Home* const home = find(event.home);
  if (home == nullptr || !home->probe || reading_ > 0) return;
  home->concerned = true;
  const auto& macs = home->peer_macs;
  if (std::find(macs.begin(), macs.end(), event.mac) != macs.end()) return;  // a third host is asked for
  Probe& probe = *home->probe;
  if (!guards_.witness) return;
  if (!probe.quiet_since || !probe.witness || now_ - *probe.witness >= witness_gap()) probe.quiet_since = now_;
  probe.witness = now_;
}

void Engine::State::absorb(const ApplyResult& event) {
  Home* const home = find(event.home);
  if (home == nullptr || event.operation != home->operation || !holds(*home)) return;
  home->concerned = true;
  const bool added = home->kernel == Kernel::adding;
  home->updating = false;
  if (event.applied == Applied::nothing) {  // row: no address can be added (F6)
    home->failed = true;
    home->retry_at = now_ + times_.retry;
    report(Severity::alarm, Happening::apply_failed, *home,
           fmt::format("no address could be added on {}: {}", home->interface.str(), event.detail));
    return;
  }
  home->kernel = Kernel::present;
  home->found = false;
  home->lifetime = home->applying;
  if (event.applied == Applied::partial) {
    report(Severity::alarm, Happening::apply_incomplete, *home,
           fmt::format("not complete on {}: {}", home->interface.str(), event.detail));
  }
  if (!added) return;
  using std::chrono::milliseconds;
  report(Severity::info, Happening::resources_here, *home, fmt::format("is on {}", home->interface.str()));
  home->announce_at = {now_ + milliseconds{1000}, now_ + milliseconds{3000}};
  if (paired(*home)) {
    home->reset_at = {now_, now_ + milliseconds{600}, now_ + milliseconds{1200}, now_ + milliseconds{2400}};
  }
}

void Engine::State::absorb(const RemoveResult& event) {
  if (const auto found = leaving_.find(event.home); found != leaving_.end()) {
    if (event.operation != found->second.operation) return;
    if (event.ok) {
      found_.held.erase(event.home);
      leaving_.erase(found);
    } else {
      found->second.again_at = now_ + std::chrono::seconds{1};
    }
    return;
  }
  Home* const home = find(event.home);
  if (home == nullptr || event.operation != home->operation || home->kernel != Kernel::removing) return;
  home->concerned = true;
  if (event.ok) {
    home->kernel = Kernel::absent;
    return;
  }
  report(Severity::alarm, Happening::removal_failed, *home,
         fmt::format("could not be removed from {}: {}", home->interface.str(), event.detail));
  home->remove_again_at = now_ + std::chrono::seconds{1};
}

void Engine::State::absorb(const Persisted& event) {
  disk_late_ = !event.ok;
  Home* const home = find(event.home);
  if (home == nullptr) return;
  home->concerned = true;
  if (!event.ok) {
    report(Severity::alarm, Happening::disk_failed, *home,
           fmt::format("its record could not be written: {}", event.detail));
  }
  if (home->pending && home->pending->write == event.write) come_into_effect(*home);
}

void Engine::State::absorb(const MirrorAvailable& event) {
  Home* const home = find(event.home);
  if (home == nullptr) return;
  home->concerned = true;
  home->config.mirrors.insert(event.digest);
}

// A kernel that did not answer may have dropped what could not be refreshed.
void Engine::State::absorb(const KernelAnswers& event) {
  if (event.answers && !kernel_answers_) read_kernel();
  kernel_answers_ = event.answers;
  concern_all();
}

// ----------------------------------------------------------------------------------------------- heartbeats

// Made after every event, to see whether there is something to say: in place, so that it costs no allocation.
void Engine::State::make_messages() {
  for_each_concerned([this](Home& home) {
    if (home.other == nullptr) return;
    say(home, home.other->next.pairs[home.place]);
    home.other->concerned = true;
  });
}

// At every heartbeat interval, and at once after a change.
void Engine::State::send_heartbeats() {
  make_messages();
  // All peers at one time, and not one after the other as they were heard of first: who is due soon is due now.
  const bool one_is_due =
      std::any_of(peers_.begin(), peers_.end(), [&](const auto& entry) { return due(entry.second.send_at); });
  const Time soon = one_is_due ? now_ + times_.heartbeat / 2 : now_;
  for (auto& [name, peer] : peers_) {
    const bool is_news = std::exchange(peer.concerned, false) && peer.next != peer.sent;
    if (peer.send_at <= soon || is_news) {
      peer.sent = peer.next;
      peer.send_at = now_ + times_.heartbeat;
      act(Send{name, peer.sent});
    }
    due(peer.send_at);
  }
}

// Says who is silent and who came back; a side that keeps an address announces it again when a partition has healed.
void Engine::State::watch_peers() {
  for (auto& [name, peer] : peers_) {
    const bool silent = due(std::max(listening_since_, peer.heard.value_or(listening_since_)) + times_.dead);
    const bool is_heard = peer.heard && *peer.heard >= listening_since_ && !silent;
    if (is_heard && peer.silent)
      act(Report{Severity::info, Happening::peer_heard, {}, fmt::format("{} is heard", name.str())});
    if (silent && !peer.silent) {
      act(Report{Severity::warning, Happening::peer_silent, {}, fmt::format("{} is silent on all paths", name.str())});
    }
    if (is_heard || silent) peer.silent = silent;
  }
  for (auto& [name, home] : homes_) {
    const bool is_heard = heard(home);
    const bool came_back = is_heard && !home.was_heard && home.kernel == Kernel::present && home.announce_at.empty();
    if (came_back) act(Announce{name, home.interface});
    home.was_heard = is_heard;
  }
}

// P7: both sides are in one broadcast domain. Heard on the control LAN only: said once.
void Engine::State::watch_lan(Home& home) {
  const auto link = links_.find(home.interface);
  if (!heard(home) || link == links_.end() || !link->second.carrier) return;
  const Time since = std::max({listening_since_, link->second.settled, home.data_heard.value_or(listening_since_)});
  const bool silent = due(since + std::chrono::seconds{3});
  if (silent && !home.data_reported) {
    report(Severity::warning, Happening::data_lan_silent, home,
           fmt::format("{} is heard, but not on the data LAN of {}", home.peer.str(), home.interface.str()));
  }
  home.data_reported = silent;
}

}  // namespace cip::failover
