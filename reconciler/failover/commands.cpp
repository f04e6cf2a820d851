// What operators ask for: switch, ifstop, ifstart; and the orderly end of the machine or the daemon.
#include <algorithm>
#include <fmt/format.h>

#include "reconciler/failover/engine_state.h"

namespace cip::failover {

void Engine::State::reply(CommandId id, Reply::Outcome outcome, std::string sentence, ClimName peer) {
  act(Reply{id, outcome, std::move(sentence), std::move(peer)});
}

void Engine::State::absorb(const Command& event) {
  if (!configured_ || reading_ > 0) {
    return reply(event.id, Reply::Outcome::refused, "just started, and does not know yet where things are; try again");
  }
  concern_all();
  std::visit([&](const auto& what) { command(event.id, what); }, event.what);
}

// ------------------------------------------------------------------------------------------- row: `switch`

void Engine::State::command(CommandId id, const Switch& what) {
  Home* const home = find(what.home);
  const auto refuse = [&](std::string sentence) { reply(id, Reply::Outcome::refused, std::move(sentence)); };
  if (home == nullptr) return refuse(fmt::format("{} is not known here", what.home.str()));
  if (!paired(*home)) return refuse(fmt::format("{} has no failover interface", what.home.str()));
  // A CLIM that has just started does not know yet what its record is worth.
  if (home->pending || home->giving || starting(*home)) {
    return refuse(fmt::format("{} is being moved or has just started; try again", what.home.str()));
  }
  const Record& record = latest(*home).record;
  if (record.stopped) return refuse(fmt::format("{} is stopped; ifstart it first", what.home.str()));
  const ClimName& target = what.to == Switch::Target::home ? what.home.clim : home->config.failover->clim;
  if (record.owner == target) {
    return reply(id, Reply::Outcome::done, fmt::format("{} is on {} already", what.home.str(), target.str()));
  }
  if (target == own_) {
    switch_here(id, *home, what.force);
  } else {
    switch_away(id, *home);
  }
}

// We own it: give, if the other side is heard and able. The visitor beside it, if any, must be able to go home first.
void Engine::State::switch_away(CommandId id, Home& home) {
  if (!peer_can_take(home)) {
    return reply(id, Reply::Outcome::refused,
                 heard(home) ? fmt::format("{} cannot take it; see its status", home.peer.str()) : not_heard(home));
  }
  const Home* const visitor = home.at_home ? home.beside : nullptr;
  if (visitor != nullptr && mine(*visitor) && !peer_can_take(*visitor)) {
    return reply(id, Reply::Outcome::refused,
                 fmt::format("{} visits {} and cannot go home now", visitor->config.home.str(), home.interface.str()));
  }
  home.giving = Giving{id, now_ + times_.retry};
}

// The other side owns it. While it is heard it must give; when it is out we take, if the probe passed or with --force.
void Engine::State::switch_here(CommandId id, Home& home, bool force) {
  if (!out(home)) {
    return reply(id, Reply::Outcome::ask_peer, fmt::format("{} has it", home.peer.str()), home.peer);
  }
  if (const Obstacle why = obstacle_to_add(home); why != Obstacle::none) {
    return reply(id, Reply::Outcome::refused, fmt::format("cannot take it: {}", sentence(why)));
  }
  if (!force && !probe_passed(home)) {
    return reply(
        id, Reply::Outcome::refused,
        fmt::format("{} is out, but its addresses may still be in use ({}); --force takes them", home.peer.str(),
                    home.probe && home.probe->answered ? "they answer" : "no third host was heard"));
  }
  home.forced = true;
  report(Severity::warning, Happening::took_by_operator, home,
         fmt::format("taken from {} by an operator{}", home.peer.str(), force ? ", by force" : ""));
  change(home, Record{own_, next(home.saved.record.epoch), Reason::command, false});
  reply(id, Reply::Outcome::done, fmt::format("taken from {}", home.peer.str()));
}

void Engine::State::follow_commands() {
  for (auto& [name, home] : homes_) {
    if (!home.giving) continue;
    const CommandId id = home.giving->command;
    const bool under_way = home.pending || home.kernel == Kernel::removing;
    if (!mine(home)) {
      reply(id, Reply::Outcome::done, fmt::format("{} is given to {}", name.str(), home.peer.str()));
    } else if (!under_way && !peer_can_take(home)) {
      reply(id, Reply::Outcome::refused, fmt::format("{} cannot take it any more", home.peer.str()));
    } else if (due(home.giving->give_up)) {
      reply(id, Reply::Outcome::refused, "it did not leave in time");
    } else {
      continue;
    }
    home.giving.reset();
    home.concerned = true;
  }
}

// ------------------------------------------------------------------------------------- rows: `ifstop`, `ifstart`

void Engine::State::command(CommandId id, const StopInterface& what) {
  const auto refuse = [&](std::string sentence) { reply(id, Reply::Outcome::refused, std::move(sentence)); };
  const auto link = links_.find(what.interface);
  if (link == links_.end() || link->second.homes.empty()) {
    return refuse(fmt::format("nothing is configured on {}", what.interface.str()));
  }
  const std::vector<Home*>& here = link->second.homes;
  if (interface_stopped(link->second)) {
    return reply(id, Reply::Outcome::done, fmt::format("{} is stopped already", what.interface.str()));
  }
  for (const Home* home : here) {
    if (!home->at_home && latest(*home).record.owner == own_ && !peer_can_take(*home)) {
      return refuse(fmt::format("{} visits {} and cannot go home now", home->config.home.str(), what.interface.str()));
    }
  }
  for (Home* home : here) {
    Saved saved = latest(*home);
    saved.interface_stopped = true;
    change(*home, saved);
  }
  stopping_.push_back(Stopping{id, what.interface, now_ + times_.retry});
}

void Engine::State::command(CommandId id, const StartInterface& what) {
  const auto link = links_.find(what.interface);
  if (link == links_.end() || !interface_stopped(link->second)) {
    return reply(id, Reply::Outcome::refused, fmt::format("{} is not stopped", what.interface.str()));
  }
  for (Home* home : link->second.homes) {
    Saved saved = latest(*home);
    saved.interface_stopped = false;
    if (saved.record.owner == own_ && saved.record.stopped) {
      saved.record.stopped = false;
      saved.record.epoch = next(saved.record.epoch);
    }
    change(*home, saved);
    // The carrier needs a moment: it must not go away meanwhile.
    if (home->kernel == Kernel::absent) listen_first(*home);
  }
  link->second.set_down = false;
  act(SetLink{what.interface, true});
  reply(id, Reply::Outcome::done, fmt::format("{} is started", what.interface.str()));
}

// A stopped interface is set down once nothing is left on it.
void Engine::State::follow_links() {
  const auto is_left = [](const Home* home) { return home->kernel != Kernel::absent || home->pending.has_value(); };
  for (auto& [name, link] : links_) {
    const bool anything_left = std::any_of(link.homes.begin(), link.homes.end(), is_left);
    if (link.set_down || !interface_stopped(link) || anything_left) continue;
    link.set_down = true;
    act(SetLink{name, false});
  }
  std::erase_if(stopping_, [&](const Stopping& stopping) {
    const LinkState& link = links_[stopping.interface];
    if (link.set_down) {
      reply(stopping.command, Reply::Outcome::done, fmt::format("{} is stopped", stopping.interface.str()));
    } else if (!interface_stopped(link)) {
      reply(stopping.command, Reply::Outcome::refused, fmt::format("{} was started again", stopping.interface.str()));
    } else if (due(stopping.give_up)) {
      reply(stopping.command, Reply::Outcome::refused,
            fmt::format("{} is not empty yet; it is set down when it is", stopping.interface.str()));
    } else {
      return false;
    }
    return true;
  });
}

// ----------------------------------------------------------------------------------------------- orderly end

void Engine::State::absorb(const Stop& event) {
  concern_all();
  if (event.what == Stop::What::machine) {
    shutdown_until_ = now_ + std::chrono::seconds{5};
    return;
  }
  const auto linger = std::chrono::ceil<std::chrono::seconds>(times_.linger);
  for (const auto& [name, home] : homes_) {
    if (holds(home) && wanted_lifetime(home)) act(Refresh{name, home.interface, linger});
  }
  finished_ = true;
  act(Finished{});
}

// Row: O's machine shuts down. Done when nothing is left that the other side could take, and it has heard of what it
// got.
void Engine::State::follow_shutdown() {
  if (!shutdown_until_) return;
  const bool under_way = std::any_of(homes_.begin(), homes_.end(), [&](const auto& entry) {
    const Home& home = entry.second;
    if (!paired(home)) return false;
    const bool told = mine(home) || !heard(home) || home.said->state.record.epoch >= home.saved.record.epoch;
    return home.pending || home.kernel == Kernel::removing || should_give(home) || !told;
  });
  if (under_way && !due(*shutdown_until_)) return;
  finished_ = true;
  act(Finished{});
}

}  // namespace cip::failover
