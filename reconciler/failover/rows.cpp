// The table of docs/protocol.md ("Transitions"), a function for each row, looked at again after every event. A function
// returns whether it did something; nothing else decides where resources are.
#include <algorithm>
#include <fmt/format.h>

#include "reconciler/failover/engine_state.h"

namespace cip::failover {

bool Engine::State::rows(Home& home) {
  if (disk_is_late(home)) return true;
  if (!ready(home)) return false;
  if (obstacle_to_add(home) != Obstacle::none) {
    home.able_since.reset();
  } else if (!home.able_since) {
    home.able_since = now_;
  }
  if (!unshared(home)) {
    home.unshared_since.reset();
  } else if (!home.unshared_since) {
    home.unshared_since = now_;
  }
  return start_is_over(home) || interface_is_stopped(home) || one_holds(home) || neither_holds(home) ||
         announcement_heard(home) || announcement_withdrawn(home) || leaves(home) || gives(home) || takes(home) ||
         owner_applies(home) || new_digest(home) || removal_again(home);
}

// ------------------------------------------------------------------------------------------------ the record

void Engine::State::change(Home& home, const Record& next) {
  Saved saved = home.saved;
  saved.record = next;
  change(home, saved);
}

// A record is on disk before it is said or acted on. A disk that fails or takes longer than `dead` holds up nothing.
void Engine::State::change(Home& home, const Saved& next) {
  home.pending = Pending{next, Write{++writes_}, now_ + times_.dead};
  act(Persist{home.config.home, next, home.pending->write});
  if (disk_late_ || !guards_.persist_first) come_into_effect(home);
}

void Engine::State::come_into_effect(Home& home) {
  const Saved before = home.saved;
  home.saved = home.pending->saved;
  home.pending.reset();
  const Record& record = home.saved.record;
  if (record.owner != own_) home.forced = false;
  // Given away: the other side may take `dead` to write it down. It is not out before it had time to add it, too.
  if (before.record.owner == own_ && record.owner != own_) home.serving_heard = now_ + times_.dead;
  if (record.owner == before.record.owner && record.stopped == before.record.stopped) return;
  report(Severity::info, record.stopped ? Happening::stopped : Happening::owner_changed, home,
         fmt::format("{} {} it, epoch {} ({})", record.owner.str(),
                     record.stopped ? "keeps and does not serve" : "owns", number(record.epoch), name(record.reason)));
}

bool Engine::State::disk_is_late(Home& home) {
  if (!home.pending || !due(home.pending->give_up)) return false;
  if (!disk_late_) {
    report(Severity::alarm, Happening::disk_late, home,
           "the disk takes too long to write the record; going on without it");
  }
  disk_late_ = true;
  come_into_effect(home);
  return true;
}

// -------------------------------------------------------------------- row: CLIM boots (and daemon starts)

// Starting until the peer is heard and we could serve (carrier is there and has settled), at most `startup-wait`.
bool Engine::State::start_is_over(Home& home) {
  if (!starting(home)) return false;
  const bool could_serve = heard(home) && obstacle_to_add(home) == Obstacle::none;
  if (guards_.starting && paired(home) && !could_serve && !due(*home.starting_until)) return false;
  home.starting_until.reset();
  return true;
}

// ------------------------------------------------------------------------------------------- row: `ifstop`

// The interface's own home resources are not served by anybody. Those that are away stay there.
bool Engine::State::interface_is_stopped(Home& home) {
  if (!home.at_home || !mine(home) || home.pending || home.saved.record.stopped) return false;
  if (!interface_stopped(*home.link)) return false;
  Record record = home.saved.record;
  record.epoch = next(record.epoch);
  record.stopped = true;
  change(home, record);
  return true;
}

// ---------------------------------------------------------------------------------- row: both hold it

// The able one keeps it; of two, the higher epoch; of equals, home. One that says itself that it is ours is leaving.
bool Engine::State::lost_against_other_holder(const Home& home) const {
  if (!paired(home) || !holds(home) || !heard_to_hold(home) || !guards_.both_hold) return false;
  const PairState& other = home.said->state;
  if (other.record.owner == own_) return false;
  const bool able = obstacle_to_keep(home) == Obstacle::none;
  if (able != other.able) return other.able;
  if (home.saved.record.epoch != other.record.epoch) return home.saved.record.epoch < other.record.epoch;
  return !home.at_home;
}

// ----------------------------------------------------------------------------------- row: one holds it

// It keeps it, and raises its epoch if the other's is not lower (an old disk).
bool Engine::State::one_holds(Home& home) {
  if (!paired(home) || !holds(home) || home.pending || !heard_not_to_hold(home)) return false;
  const Record& other = home.said->state.record;
  const Record& record = home.saved.record;
  if (!mine(home) || record.stopped || other.epoch < record.epoch || other == record) return false;
  Record raised = record;
  raised.epoch = next(other.epoch);
  if (!home.at_home) raised.reason = Reason::found;
  change(home, raised);
  return true;
}

// ------------------------------------------------- row: neither holds it; and who does not hold it follows

// The higher epoch's record counts; of equals, home's.
bool Engine::State::neither_holds(Home& home) {
  if (!paired(home) || holds(home) || home.pending || !heard(home)) return false;
  const Record& other = home.said->state.record;
  const Record& record = home.saved.record;
  if ((other.owner != own_ && other.owner != home.peer) || other == record) return false;
  if (guards_.epoch && other.epoch < record.epoch) return false;
  if (other.epoch == record.epoch && home.at_home) return false;
  change(home, other);
  return true;
}

// ---------------------------------------------------------------------------------- row: Configuration

// On the failover side: what the home side announces is on disk before we say that we heard it.
bool Engine::State::announcement_heard(Home& home) {
  if (!paired(home) || home.at_home || home.pending || !heard(home)) return false;
  const Digest& digest = home.said->state.digest;
  if (digest.empty() || digest == home.saved.announced) return false;
  Saved saved = home.saved;
  saved.announced = digest;
  change(home, saved);
  home.fetch_at = now_;
  return true;
}

// On disk, so that it counts, too, when the home CLIM is not heard any more or we have crashed (I5).
bool Engine::State::announcement_withdrawn(Home& home) {
  if (!withdrawn(home) || mine(home) || home.pending || home.saved.announced.empty()) return false;
  Saved saved = home.saved;
  saved.announced = {};
  change(home, saved);
  return true;
}

bool Engine::State::new_digest(Home& home) {
  if (home.kernel != Kernel::present || home.updating || home.pending || !mine(home)) return false;
  if (!digest_may_be_applied(home) || home.applied == digest_to_apply(home)) return false;
  // Without a link pulse it stays where it is while nobody can take it: a change is what may help.
  const Obstacle why = obstacle(home);
  if ((why != Obstacle::none && why != Obstacle::carrier) || (home.retry_at && !due(*home.retry_at))) return false;
  apply(home);
  return true;
}

// ----------------------------------------------------------- rows: O not able; switch; machine shuts down

bool Engine::State::should_give(const Home& home) const {
  if (!paired(home) || !mine(home) || home.saved.record.stopped || starting(home) || !peer_can_take(home)) return false;
  return home.giving.has_value() || obstacle(home) != Obstacle::none || (!guards_.stays && !home.at_home);
}

// Give: O ends its TCP connections, removes, waits for the kernel's acknowledgement (leaves()), persists and says
// {P, epoch+1}.
bool Engine::State::gives(Home& home) {
  const bool removed = home.kernel == Kernel::absent || !guards_.removal_first;
  if (!removed || home.pending || !should_give(home)) return false;
  if (!home.giving) {
    report(Severity::warning, Happening::gave, home,
           fmt::format("goes to {}: {}", home.peer.str(), sentence(obstacle(home))), evidence(home));
  }
  change(home,
         Record{home.peer, next(home.saved.record.epoch), home.giving ? Reason::command : Reason::failure, false});
  return true;
}

// ------------------------------------------------------------- rows: what must leave the kernel, and when

bool Engine::State::must_leave(const Home& home) const {
  if (!holds(home)) return home.kernel == Kernel::removing;
  if (!mine(home) || home.saved.record.stopped || home.failed) return true;
  if (lost_against_other_holder(home) || should_give(home)) return true;
  return !home.at_home && !own_home_stays(home);
}

// Home resources beside a visitor leave: the visitor leaves first (F5).
bool Engine::State::leaves(Home& home) {
  if (!holds(home) || !must_leave(home)) return false;
  const bool visitor_is_here = home.at_home && home.beside != nullptr && home.beside->kernel != Kernel::absent;
  if (visitor_is_here && guards_.beside_home) return false;
  report(Severity::info, Happening::resources_leave, home,
         fmt::format("leaves {}: {}", home.interface.str(), reason_to_leave(home)));
  remove(home);
  return true;
}

std::string Engine::State::reason_to_leave(const Home& home) const {
  if (!mine(home)) return fmt::format("the record names {}", home.saved.record.owner.str());
  if (home.saved.record.stopped) return "stopped by an operator";
  if (home.failed) return "no address could be added";
  if (lost_against_other_holder(home)) return fmt::format("{} holds it too, and keeps it", home.peer.str());
  if (home.giving) return "switched by an operator";
  return std::string{sentence(obstacle(home))};
}

bool Engine::State::removal_again(Home& home) {
  if (home.kernel != Kernel::removing || !home.remove_again_at || !due(*home.remove_again_at)) return false;
  remove(home);
  return true;
}

// ---------------------------------------------------------------- row: O out, P able, probe passed (or not)

// Take: P persists and says {P, epoch+1}; owner_applies() does the rest. An owner that is heard, but does not serve,
// gives by itself once it hears that we are able: it gets the time for it.
bool Engine::State::takes(Home& home) {
  if (!paired(home) || mine(home) || home.saved.record.stopped || home.pending || holds(home) || starting(home)) {
    return false;
  }
  if (!out(home) || obstacle_to_add(home) != Obstacle::none || home.kernel != Kernel::absent) return false;
  if (heard(home) && !(home.able_since && due(*home.able_since + times_.dead))) return false;
  if (!probe_passed(home)) return false;
  report(Severity::warning, Happening::took, home,
         fmt::format("taken from {}: out, and its addresses are not on the LAN", home.peer.str()), evidence(home));
  change(home, Record{own_, next(home.saved.record.epoch), Reason::failure, false});
  return true;
}

// --------------------------------------------------------------------- row: O able, does not hold it

// Apply, if P is heard not to hold it, or is out and the probe passed.
bool Engine::State::owner_applies(Home& home) {
  if (!mine(home) || home.saved.record.stopped || home.pending || home.kernel != Kernel::absent) return false;
  if (starting(home) || obstacle_to_add(home) != Obstacle::none || should_give(home)) return false;
  if (paired(home)) {
    const bool free = heard_not_to_hold(home) || (out(home) && (probe_passed(home) || home.forced));
    if (!free || !(digest_may_be_applied(home) || out(home))) return false;
  }
  apply(home);
  return true;
}

void Engine::State::apply(Home& home) {
  home.updating = home.kernel == Kernel::present;
  if (!home.updating) home.kernel = Kernel::adding;
  home.operation = Operation{++operations_};
  home.applied = digest_to_apply(home);
  home.forced = false;
  home.failed = false;
  home.lifetime = home.applying = wanted_lifetime(home);
  if (home.lifetime) home.refresh_at = now_ + Duration{*home.lifetime} / 3;
  act(Apply{home.config.home, home.interface, *home.applied, home.lifetime, home.operation});
}

void Engine::State::remove(Home& home) {
  home.kernel = Kernel::removing;
  home.updating = false;
  home.applied.reset();
  home.remove_again_at.reset();
  home.announce_at.clear();
  home.reset_at.clear();
  home.lifetime.reset();
  home.operation = Operation{++operations_};
  act(Remove{home.config.home, home.interface, home.operation});
}

// ------------------------------------------------------------------------- work that goes on by the clock

void Engine::State::ask_lan(Home& home) {
  if (!ready(home) || !would_add(home)) {
    home.probe.reset();
    return;
  }
  if (!home.probe) {
    home.probe = Probe{};
    home.probe->began = home.probe->send_at = now_;
  }
  Probe& probe = *home.probe;
  if (due(probe.send_at)) {
    act(SendProbe{home.config.home, home.interface});
    probe.send_at = now_ + probe_interval;
    due(probe.send_at);
  }
  if (probe.alarmed || starting(home) || !out(home) || !due(probe.began + std::chrono::seconds{1})) return;
  probe.alarmed = true;
  const std::string found = probe.answered && probe.by ? fmt::format("{} still answers for it", probe.by->str())
                                                       : std::string{"no third host is heard on the LAN"};
  report(Severity::alarm, Happening::probe_not_passed, home,
         fmt::format("{} is out, but {}; nothing moves", home.peer.str(), found), evidence(home));
}

void Engine::State::refresh(Home& home) {
  if (!holds(home) || home.failed) return;  // failed: nothing of it is there, and it is about to be removed
  const auto lifetime = wanted_lifetime(home);
  // An Apply that adds it gives a lifetime itself, and may just have failed: another one waits for its end.
  const bool another = lifetime != home.lifetime && home.kernel == Kernel::present;
  if (!lifetime || (!another && !due(home.refresh_at))) return;
  home.lifetime = lifetime;
  home.refresh_at = now_ + Duration{*lifetime} / 3;
  due(home.refresh_at);
  act(Refresh{home.config.home, home.interface, *lifetime});
}

// Announcements and tickles, repeated while we have the addresses.
void Engine::State::repeat(Home& home) {
  if (home.kernel != Kernel::present) return;
  const auto take_due = [&](std::vector<Time>& times) {
    const auto past = std::partition(times.begin(), times.end(), [&](Time time) { return !due(time); });
    const bool any = past != times.end();
    times.erase(past, times.end());
    return any;
  };
  if (take_due(home.announce_at)) act(Announce{home.config.home, home.interface});
  if (take_due(home.reset_at)) act(ResetConnections{home.config.home, home.interface});
}

void Engine::State::fetch_mirror(Home& home) {
  if (home.at_home || !heard(home) || home.saved.announced.empty()) return;
  if (home.config.mirrors.contains(home.saved.announced) || !due(home.fetch_at.value_or(now_))) return;
  home.fetch_at = now_ + times_.retry;
  due(*home.fetch_at);
  act(FetchMirror{home.config.home, home.peer, home.saved.announced});
}

}  // namespace cip::failover
