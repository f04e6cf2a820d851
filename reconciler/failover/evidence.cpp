// Facts that the rows are decided on: who is heard, who is out, who is able, and what the probe has found.
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reconciler/failover/engine_state.h"

namespace cip::failover {

namespace {

// What the probe needs after the other side has answered once: three lost packets in a row must not look like its end.
constexpr Duration quiet_after_answer = std::chrono::seconds{1};

}  // namespace

std::string_view sentence(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::none:
      return "usable";
    case Obstacle::unknown:
      return "the state of the interface is not known yet";
    case Obstacle::stopped:
      return "the interface was stopped by an operator";
    case Obstacle::shutdown:
      return "the machine shuts down";
    case Obstacle::down:
      return "the interface is down";
    case Obstacle::carrier:
      return "no link pulse";
    case Obstacle::settling:
      return "the link pulse came back a short time ago";
    case Obstacle::kernel:
      return "the kernel does not answer";
    case Obstacle::retry:
      return "no address could be added a short time ago";
    case Obstacle::beside:
      return "the interface's own home resources are not on it";
    case Obstacle::unshared:
      return "its home CLIM is heard, but does not name us as its failover side";
    case Obstacle::mirror:
      return "the mirror is not the configuration that was announced last";
  }
  return "unknown";
}

bool Engine::State::due(Time time) const {
  if (time <= now_) return true;
  if (!*wake_ || time < **wake_) *wake_ = time;
  return false;
}

// Before the state of its interface is known, nothing is decided about a home interface.
bool Engine::State::ready(const Home& home) const {
  return reading_ == 0 && home.link->known;
}

// ------------------------------------------------------------------------------------------- 1. heartbeats

bool Engine::State::heard(const Home& home) const {
  return home.said && !due(home.said->at + times_.dead);
}

// Whatever it speaks of.
bool Engine::State::peer_heard(const Home& home) const {
  return home.other->heard && !due(*home.other->heard + times_.dead);
}

bool Engine::State::heard_not_to_hold(const Home& home) const {
  return heard(home) && !home.said->state.holds;
}

bool Engine::State::heard_to_hold(const Home& home) const {
  return heard(home) && home.said->state.holds;
}

bool Engine::State::peer_can_take(const Home& home) const {
  return paired(home) && heard_not_to_hold(home) && home.said->state.able && !home.said->state.starting;
}

// For the dead time it was not heard to be starting, or to hold the resources and be able. Does not yet mean failed.
bool Engine::State::out(const Home& home) const {
  return due(std::max(listening_since_, home.serving_heard.value_or(listening_since_)) + times_.dead);
}

// ------------------------------------------------------------------------------------------------ 2. probe

// After this time without a witness we may have been cut off.
Duration Engine::State::witness_gap() const {
  return std::max(Duration{times_.probe}, 3 * probe_interval);
}

// Passed: the other side's MAC addresses have been quiet long enough, while third hosts were heard all the time. A
// witness only at the beginning would not do: our own cable may have been pulled since.
bool Engine::State::probe_passed(const Home& home) const {
  if (!home.config.has_lan_addresses) return true;
  if (!home.probe) return false;
  const Probe& probe = *home.probe;
  if (guards_.answered && home.answered && !due(*home.answered + quiet_after_answer)) return false;
  const Duration need =
      probe.answered && guards_.probe && guards_.answered ? quiet_after_answer : Duration{times_.probe};
  if (!guards_.witness) return due(probe.quiet_since.value_or(probe.began) + need);
  return probe.quiet_since && due(*probe.quiet_since + need) && probe.witness && !due(*probe.witness + witness_gap());
}

// The first heartbeat did not come. What answers earlier answers an earlier question.
bool Engine::State::missed(const Home& home) const {
  const Duration missed = std::min(Duration{times_.heartbeat} * 5 / 4, Duration{times_.dead - times_.probe});
  return due(std::max(listening_since_, home.serving_heard.value_or(listening_since_)) + missed);
}

// Whether only the other side's silence keeps us from adding the resources, so that the LAN is worth asking. Begins
// with the first missed heartbeat, and early enough to be through when the other side is out.
bool Engine::State::would_add(const Home& home) const {
  if (!paired(home) || !home.config.has_lan_addresses || home.kernel != Kernel::absent || home.saved.record.stopped) {
    return false;
  }
  if (obstacle_to_add(home) != Obstacle::none || (mine(home) && heard_not_to_hold(home))) return false;
  return missed(home);
}

// -------------------------------------------------------------------------------------------- for a person

// Why nothing can be agreed on with the other side.
std::string Engine::State::not_heard(const Home& home) const {
  if (!peer_heard(home)) return fmt::format("{} is not heard", home.peer.str());
  return fmt::format("{} is heard, but does not speak of {}: its state tree does not have this pair", home.peer.str(),
                     home.config.home.str());
}

// What is known now of all that decides where the resources are.
std::string Engine::State::evidence(const Home& home) const {
  const auto ms = [&](Time since) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - since).count();
  };
  std::vector<std::string> facts;
  if (home.link->known) {
    facts.push_back(home.link->carrier
                        ? fmt::format("{} has link pulse", home.interface.str())
                        : fmt::format("{} without link pulse for {} ms", home.interface.str(), ms(home.link->lost)));
  }
  if (home.other != nullptr) {
    std::vector<std::string> paths;
    for (const auto& [path, at] : home.other->paths) paths.push_back(fmt::format("{} {} ms ago", name(path), ms(at)));
    facts.push_back(paths.empty() ? fmt::format("{} was never heard", home.peer.str())
                                  : fmt::format("{} heard over {}", home.peer.str(), fmt::join(paths, ", ")));
  }
  if (home.said) {
    const PairState& said = home.said->state;
    facts.push_back(fmt::format("it said that it {} and {}", said.holds ? "has it" : "does not have it",
                                said.able ? "can serve it" : "cannot serve it"));
  }
  if (!home.config.has_lan_addresses) {
    facts.emplace_back("no LAN can be asked for it");
  } else if (home.probe) {
    const Probe& probe = *home.probe;
    facts.push_back(fmt::format(
        "its LAN asked for {} ms, {}, {}", ms(probe.began),
        probe.by ? fmt::format("{} answered", probe.by->str()) : "no answer",
        probe.witness ? fmt::format("third host heard {} ms ago", ms(*probe.witness)) : "no third host heard"));
  }
  return fmt::format("{}", fmt::join(facts, "; "));
}

// ---------------------------------------------------------------------------------------------------- able

Obstacle Engine::State::obstacle(const Home& home) const {
  return holds(home) ? obstacle_to_keep(home) : obstacle_to_add(home);
}

bool Engine::State::interface_stopped(const LinkState& link) const {
  return std::any_of(link.homes.begin(), link.homes.end(), [&](const Home* home) {
    const Saved& saved = home->pending ? home->pending->saved : home->saved;
    return saved.interface_stopped || (home->at_home && saved.record.stopped && saved.record.owner == own_);
  });
}

Obstacle Engine::State::obstacle_of_link(const LinkState& link, bool to_keep) const {
  if (!link.known) return Obstacle::unknown;
  if (interface_stopped(link)) return Obstacle::stopped;
  if (shutdown_until_) return Obstacle::shutdown;
  // One that is down, or was removed, for a moment is brought back by us (drift), or was rebuilt: no failure (F2).
  const bool lost = !link.carrier && (!to_keep || due(link.lost + times_.link_pulse));
  if (lost) return link.up ? Obstacle::carrier : Obstacle::down;
  if (!to_keep && guards_.settle && !due(link.settled)) return Obstacle::settling;
  return kernel_answers_ ? Obstacle::none : Obstacle::kernel;
}

// F5: beside a visitor the interface's own home resources, if it has any, are present and not about to leave.
bool Engine::State::own_home_stays(const Home& visitor) const {
  if (visitor.beside == nullptr || !guards_.beside_home) return true;
  return visitor.beside->kernel == Kernel::present && !must_leave(*visitor.beside);
}

Obstacle Engine::State::obstacle_to_keep(const Home& home) const {
  if (!paired(home)) return interface_stopped(*home.link) ? Obstacle::stopped : Obstacle::none;  // P1: they stay
  if (const Obstacle link = obstacle_of_link(*home.link, true); link != Obstacle::none) return link;
  return home.at_home || own_home_stays(home) ? Obstacle::none : Obstacle::beside;
}

Obstacle Engine::State::obstacle_to_add(const Home& home) const {
  const Obstacle link = obstacle_of_link(*home.link, false);
  const bool without_pulse = !paired(home) && (link == Obstacle::carrier || link == Obstacle::settling ||
                                               link == Obstacle::shutdown);  // P1: pulse does not matter
  if (link != Obstacle::none && !without_pulse) return link;
  if (home.retry_at && !due(*home.retry_at)) return Obstacle::retry;
  if (home.at_home) return Obstacle::none;
  if (!own_home_stays(home) || (home.beside != nullptr && home.beside->found && guards_.beside_home)) {
    return Obstacle::beside;
  }
  if (unshared(home)) return Obstacle::unshared;
  return mirror_is_current(home) ? Obstacle::none : Obstacle::mirror;
}

// On the failover side: the home CLIM has a newer tree, in which the home interface has no resources or another
// failover interface. Its heartbeats may come in parts, and one that crashes may have said one of them less often.
bool Engine::State::unshared(const Home& home) const {
  if (home.at_home || !guards_.shared || heard(home) || !peer_heard(home)) return false;
  // The last message comes a little later on another path, and is no message without it.
  return !home.said || *home.other->heard - home.said->at >= Duration{times_.heartbeat} / 2;
}

// It has been so for long enough that no lost part of a heartbeat explains it.
bool Engine::State::withdrawn(const Home& home) const {
  return home.unshared_since && due(*home.unshared_since + times_.dead);
}

// F10. Only for adding: a visitor that is here already stays while a newer mirror is on its way.
bool Engine::State::mirror_is_current(const Home& home) const {
  if (!guards_.mirror) return !home.config.mirrors.empty();
  return !home.saved.announced.empty() && home.config.mirrors.contains(home.saved.announced) &&
         !(home.pending && home.pending->saved.announced != home.saved.announced);
}

Digest Engine::State::digest_to_apply(const Home& home) const {
  if (home.at_home) return home.config.digest;
  return guards_.mirror ? home.saved.announced : *home.config.mirrors.begin();
}

// The home side applies what the failover side has heard of, so that no takeover can bring back an older configuration.
bool Engine::State::digest_may_be_applied(const Home& home) const {
  if (!home.at_home) return mirror_is_current(home);
  return !paired(home) || !heard(home) || home.said->state.digest == home.config.digest;
}

// ----------------------------------------------------------------------------------------------- the fence

std::optional<std::chrono::seconds> Engine::State::wanted_lifetime(const Home& home) const {
  if (!paired(home) || times_.fence.count() == 0 || !guards_.fence) return std::nullopt;
  const bool taken_over_if_we_end = (heard(home) && home.said->state.able) || !due(listening_since_ + times_.dead);
  const auto lifetime = taken_over_if_we_end || !guards_.linger ? times_.fence : times_.linger;
  return std::chrono::ceil<std::chrono::seconds>(lifetime);
}

// -------------------------------------------------------------------------------------------- what we say

// Every member: `state` was said before, maybe of another home interface.
void Engine::State::say(const Home& home, PairState& state) const {
  state.home = home.config.home;
  state.record = home.saved.record;
  state.digest = home.at_home ? home.config.digest : home.saved.announced;
  state.macs = home.link->macs;
  state.holds = home.kernel != Kernel::absent && (guards_.removal_first || mine(home));
  state.starting = !ready(home) || (starting(home) && !state.holds);
  state.obstacle = obstacle(home);
  state.able = !state.starting && state.obstacle == Obstacle::none;
}

}  // namespace cip::failover
