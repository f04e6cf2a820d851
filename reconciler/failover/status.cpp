// What an operator sees (docs/domain.md).
#include <chrono>
#include <fmt/format.h>

#include "reconciler/failover/engine_state.h"

namespace cip::failover {

namespace {

std::string_view placement(const Home& home, const Record& record) {
  if (record.owner == home.config.home.clim) return "HOME";
  switch (record.reason) {
    case Reason::command:
      return "BkOP";
    case Reason::found:
      return "BkUN";
    case Reason::initial:
    case Reason::failure:
      return "BkFO";
  }
  return "BkUN";
}

std::string why_here(Reason reason) {
  switch (reason) {
    case Reason::initial:
      return "it is at home";
    case Reason::failure:
      return "it came after a failure";
    case Reason::command:
      return "an operator switched it";
    case Reason::found:
      return "it was found here after a restart";
  }
  return "unknown";
}

// Why the side that said this cannot serve; empty: it can.
std::string why_not(const PairState& said) {
  if (said.obstacle != Obstacle::none) return std::string{sentence(said.obstacle)};
  return said.starting ? "it listens before it acts" : "";
}

}  // namespace

Status Engine::State::status() const {
  Status status;
  status.starting = !configured_ || reading_ > 0;
  for (const auto& [name, home] : homes_) {
    const Record& record = home.saved.record;
    const bool is_away = record.owner != name.clim;
    HomeStatus shown;
    shown.home = name;
    shown.failover = home.config.failover;
    shown.location = is_away && home.config.failover ? *home.config.failover : name;
    shown.placement = placement(home, record);
    shown.state = state_of(home);
    shown.link_pulse = home.link->carrier;
    shown.visiting = !home.at_home && mine(home);
    shown.away = home.at_home && is_away;
    shown.failover_invalid =
        paired(home) && (mine(home) ? !peer_can_take(home) : obstacle_to_add(home) != Obstacle::none);
    shown.record = record;
    shown.holds = home.kernel != Kernel::absent;
    shown.starting = starting(home);
    if (home.said) shown.other = other_side(home);
    shown.explanation = explain(home);
    shown.if_failed = foresee(home);
    status.homes.push_back(std::move(shown));
  }
  for (const auto& [name, peer] : peers_) {
    PeerStatus shown;
    shown.peer = name;
    shown.heard = peer.heard && !peer.silent;
    shown.last_heard = peer.heard;
    for (const auto& [path, at] : peer.paths) {
      if (now_ - at >= times_.dead) shown.silent_paths.push_back(failover::name(path));
    }
    status.peers.push_back(std::move(shown));
  }
  return status;
}

InterfaceState Engine::State::state_of(const Home& home) const {
  if (interface_stopped(*home.link)) return InterfaceState::stopped;
  if (home.kernel == Kernel::present && obstacle(home) == Obstacle::none) return InterfaceState::up;
  if (home.retry_at && !due(*home.retry_at)) return InterfaceState::down;  // F6: it is there, and of no use
  return obstacle_of_link(*home.link, false) == Obstacle::none ? InterfaceState::ready : InterfaceState::down;
}

// As state_of() says it of ours.
OtherSide Engine::State::other_side(const Home& home) const {
  const PairState& said = home.said->state;
  OtherSide other{home.peer, InterfaceState::down, why_not(said), home.said->at, !heard(home)};
  const bool usable = said.obstacle == Obstacle::none || said.obstacle == Obstacle::beside ||
                      said.obstacle == Obstacle::unshared || said.obstacle == Obstacle::mirror;
  if (said.obstacle == Obstacle::stopped) {
    other.state = InterfaceState::stopped;
  } else if (said.holds && said.able) {
    other.state = InterfaceState::up;
  } else if (usable) {
    other.state = InterfaceState::ready;
  }
  return other;
}

// Of another side that is heard, and cannot take it.
std::string Engine::State::cannot(const Home& home) const {
  const std::string why = why_not(home.said->state);
  if (why.empty()) return fmt::format("{} still has it in its kernel", home.peer.str());
  return fmt::format("{} cannot: {}", home.peer.str(), why);
}

std::string Engine::State::explain(const Home& home) const {
  const Record& record = home.saved.record;
  if (record.stopped) return fmt::format("stopped on {} by an operator", record.owner.str());
  if (home.kernel == Kernel::removing) return "leaves";
  if (starting(home)) return "listens before it acts";
  const Obstacle why = obstacle(home);
  if (mine(home)) {
    if (why != Obstacle::none) {
      const std::string other = !paired(home)         ? "it has no failover interface"
                                : !heard(home)        ? not_heard(home)
                                : peer_can_take(home) ? "it is being given away"
                                                      : cannot(home);
      return fmt::format("{}; {}", sentence(why), other);
    }
    if (holds(home)) return "served here: " + why_here(record.reason);
    return "the other side is heard to hold it, or is out and the LAN was not heard to be free of it";
  }
  const std::string here =
      why == Obstacle::none ? "we could take it" : fmt::format("we could not take it: {}", sentence(why));
  if (!out(home)) return fmt::format("{} serves it; {}", record.owner.str(), here);
  if (why != Obstacle::none) return fmt::format("{} is out; {}", record.owner.str(), here);
  if (home.probe && home.probe->answered) return fmt::format("{} is out, but answers on the LAN", record.owner.str());
  return fmt::format("{} is out; asking the LAN", record.owner.str());
}

std::string Engine::State::foresee(const Home& home) const {
  if (!paired(home)) return "its resources would stay where they are, and reach nobody (it has no failover interface)";
  const std::string when = fmt::format("{} ms without link pulse, or {} ms without a word",
                                       duration_cast<std::chrono::milliseconds>(times_.link_pulse).count(),
                                       duration_cast<std::chrono::milliseconds>(times_.dead).count());
  if (mine(home)) {
    if (peer_can_take(home)) return fmt::format("{} would take it after {}", home.peer.str(), when);
    return "nobody would take it: " + (heard(home) ? cannot(home) : not_heard(home));
  }
  const Obstacle why = obstacle_to_add(home);
  if (why == Obstacle::none) return fmt::format("we would take it after {}", when);
  return fmt::format("we could not take it: {}", sentence(why));
}

}  // namespace cip::failover
