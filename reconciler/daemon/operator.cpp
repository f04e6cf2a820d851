#include "reconciler/daemon/operator.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/daemon/boot_clock.h"
#include "reconciler/daemon/daemon.h"
#include "reconciler/daemon/suggestion.h"
#include "reconciler/sockets/connections.h"

namespace cip::daemon {

using nlohmann::json;

namespace {

json outcome(const std::string& interface, bool done, const std::string& sentence) {
  return {{"interface", interface}, {"done", done}, {"sentence", sentence}};
}

// A peer that asks: its answer is a line.
class ForwardedAsker final : public Asker {
 public:
  explicit ForwardedAsker(std::function<void(std::string)> answer) : answer_(std::move(answer)) {}
  void tell(const json& /*result*/) override {}
  void answer(const json& result) override { answer_(reply_line(result)); }
  void refuse(const Error& error) override { answer_(reply_line(error)); }
  bool gone() const override { return false; }

 private:
  std::function<void(std::string)> answer_;
};

}  // namespace

// A switch of several home interfaces: collects what becomes of each, and answers when the last is known.
class Operator::Switching {
 public:
  explicit Switching(Asking asker) : asker_(std::move(asker)) {}
  ~Switching() {
    if (!asker_) {
      return;
    }
    json result{{"outcomes", outcomes_}};
    if (unconfirmed_ > 0) {
      result["needs-confirmation"] = true;
      result["connections"] = unconfirmed_;
      result["moving"] = moving_;
    }
    asker_->answer(result);
  }
  Switching(const Switching&) = delete;
  Switching& operator=(const Switching&) = delete;

  void add(const json& of_one) { outcomes_.push_back(of_one); }
  // `moving`: the home interfaces that these are on, with their providers.
  void unconfirmed(std::size_t connections, const json& moving) {
    unconfirmed_ += connections;
    moving_.insert(moving_.end(), moving.begin(), moving.end());
  }

  // Of the other side: its outcomes, or its wish for a confirmation.
  void add_reply(const InterfaceRef& home, const Result<std::string>& line) {
    const auto reply = line ? parse_reply(*line) : Result<json>(line.error());
    if (!reply) {
      add(outcome(home.str(), false, reply.error().message));
      return;
    }
    const auto connections = reply->value("connections", json());
    if (connections.is_number_unsigned()) {
      unconfirmed(connections.get<std::size_t>(), reply->value("moving", json::array()));
    }
    const auto theirs = reply->find("outcomes");
    if (theirs == reply->end() || !theirs->is_array()) {
      return;
    }
    for (const auto& each : *theirs) {
      add(each);
    }
  }

 private:
  Asking asker_;
  json outcomes_ = json::array();
  json moving_ = json::array();
  std::size_t unconfirmed_ = 0;
};

Operator::Operator(Daemon& daemon) : daemon_(daemon) {}
Operator::~Operator() = default;

void Operator::handle(const Request& request, const Asking& asker) {
  if (daemon_.stopping_ && request.command != Command::status && request.command != Command::events) {
    asker->refuse({ErrorCode::system, "cipd is ending"});
    return;
  }
  switch (request.command) {
    case Command::status:
      return status(request, asker);
    case Command::switch_failover:
    case Command::switch_restore:
      return switch_over(request, asker, false);
    case Command::ifstop:
    case Command::ifstart:
      return interface_command(request, asker);
    case Command::events:
      return events(request, asker);
    case Command::plan:
      return plan(asker);
    case Command::reload:
      return reload(request, asker);
    case Command::confirm:
      return confirm(asker);
    case Command::rollback:
      return roll_back(asker);
    case Command::resume:
      daemon_.log_.add(Level::info, What::repairs_resumed, "", "an operator has repairs resumed");
      daemon_.reconciler_->resume_repairs();
      return asker->answer(json::object());
    case Command::shutdown:
      return shutdown(asker);
  }
}

void Operator::handle_forwarded(const ClimName& from, const std::string& line,
                                std::function<void(std::string)> answer) {
  auto asker = std::make_shared<ForwardedAsker>(std::move(answer));
  const auto request = parse_request(line);
  if (!request) {
    asker->refuse(request.error());
    return;
  }
  if (request->command != Command::switch_failover && request->command != Command::switch_restore) {
    asker->refuse({ErrorCode::invalid, fmt::format("{} is not done for another CLIM", name(request->command))});
    return;
  }
  daemon_.log_.add(Level::info, What::peer_asks, from.str(),
                   fmt::format("asks for {} {}", name(request->command), request->target));
  switch_over(*request, asker, true);
}

// ----------------------------------------------------------------------------------------------------------- names

std::vector<InterfaceRef> Operator::known_homes() const {
  std::vector<InterfaceRef> homes;
  const auto& configuration = daemon_.contents_.configuration();
  for (const auto& [interface, file] : configuration->home) {
    homes.push_back(file.interface->name);
  }
  for (const auto& mirror : configuration->clim.mirrors) {
    homes.push_back(mirror.home);
  }
  std::sort(homes.begin(), homes.end());
  return homes;
}

std::vector<std::string> Operator::known_names() const {
  std::vector<std::string> names;
  for (const auto& home : known_homes()) {
    names.push_back(home.str());
    if (home.clim == daemon_.options_.clim) {
      names.push_back(home.interface.str());
    }
  }
  return names;
}

// Before the first configuration nothing has a name.
Result<void> Operator::configured() const {
  if (daemon_.contents_.configuration()) {
    return {};
  }
  return Error{ErrorCode::invalid, daemon_.refused_tree_.empty()
                                       ? "just started, and does not know yet where things are; try again"
                                       : fmt::format("no state tree is in use: {}", daemon_.refused_tree_)};
}

Result<InterfaceRef> Operator::interface_named(const std::string& text) const {
  if (const auto ready = configured(); !ready) {
    return ready.error();
  }
  for (const auto& home : known_homes()) {
    if (home.str() == text || (home.clim == daemon_.options_.clim && home.interface.str() == text)) {
      return home;
    }
  }
  return Error{ErrorCode::not_found,
               fmt::format("no interface {} is known here{}", text, did_you_mean(text, known_names()))};
}

Result<std::vector<InterfaceRef>> Operator::homes_named(const Request& request) const {
  if (const auto ready = configured(); !ready) {
    return ready.error();
  }
  std::vector<InterfaceRef> homes;
  std::vector<std::string> names = known_names();
  std::vector<std::string> providers;
  bool clim_known = false;
  const auto& configuration = daemon_.contents_.configuration();
  for (const auto& home : known_homes()) {
    const auto own = configuration->home.find(home.interface);
    const bool is_own = home.clim == configuration->clim.name;
    const auto& interface = *(is_own ? own->second : configuration->mirrors.at(home)).interface;
    names.push_back(home.clim.str());
    if (!interface.provider.empty()) {
      providers.push_back(interface.provider.str());
    }
    const bool by_clim = request.target.empty() || request.target == home.clim.str();
    clim_known = clim_known || by_clim;
    const bool by_name = request.target == home.str() || (is_own && request.target == home.interface.str());
    if (!by_clim && !by_name) {
      continue;
    }
    if (!request.provider.empty() && request.provider != interface.provider.str()) {
      continue;
    }
    if (by_name || interface.failover) {
      homes.push_back(home);
    }
  }
  if (!homes.empty()) {
    return homes;
  }
  const bool provider_known =
      std::find(providers.begin(), providers.end(), request.provider) != providers.end() || request.provider.empty();
  if (!provider_known) {
    return Error{ErrorCode::not_found, fmt::format("no interface of provider {} is known here{}", request.provider,
                                                   did_you_mean(request.provider, providers))};
  }
  if (clim_known) {
    return Error{ErrorCode::invalid, fmt::format("{} has no interface with failover that is known here",
                                                 request.target.empty() ? request.provider : request.target)};
  }
  return Error{ErrorCode::not_found, fmt::format("no CLIM or interface {} is known here{}", request.target,
                                                 did_you_mean(request.target, names))};
}

// ---------------------------------------------------------------------------------------------------------- status

void Operator::status(const Request& request, const Asking& asker) {
  std::optional<InterfaceRef> only;
  if (!request.target.empty()) {
    const auto named = interface_named(request.target);
    if (!named) {
      asker->refuse(named.error());
      return;
    }
    only = *named;
  }
  const auto& configuration = daemon_.contents_.configuration();
  json problems = json::array();
  if (!daemon_.refused_tree_.empty()) {
    problems.push_back(fmt::format("the state tree on disk is refused: {}", daemon_.refused_tree_));
  }
  if (const auto unconfirmed = daemon_.generations_.unconfirmed()) {
    problems.push_back(
        fmt::format("generation {} goes back in {} s unless it is confirmed: cipctl confirm, or cipctl "
                    "rollback",
                    unconfirmed->generation.substr(0, 12), unconfirmed->confirm_within->count()));
  }
  if (const auto problem = daemon_.disk_.problem(); !problem.empty()) {
    problems.push_back(fmt::format("not everything is on disk: {}", problem));
  }
  for (const auto& problem : daemon_.reconciler_->problems(std::nullopt)) {
    problems.push_back(problem);
  }
  for (const auto& problem : daemon_.ipsec_->problems()) {
    problems.push_back(problem);
  }
  asker->answer({{"clim", daemon_.options_.clim.str()},
                 {"generation", configuration ? configuration->generation.str() : ""},
                 {"starting", !configuration || daemon_.engine_->engine().status().starting},
                 {"interfaces", rows(only)},
                 {"peers", peers()},
                 {"ipsec", connections()},
                 {"keys", daemon_.peers_ ? daemon_.peers_->key_names() : std::vector<std::string>{}},
                 {"problems", problems}});
}

// Whether tunnels go with it. Of what is not in the configuration any more it is not known.
bool Operator::has_tunnels(const InterfaceRef& home) const {
  const auto& configuration = daemon_.contents_.configuration();
  if (!configuration) {
    return false;
  }
  if (home.clim == configuration->clim.name) {
    const auto file = configuration->home.find(home.interface);
    return file != configuration->home.end() && !file->second.interface->tunnels.empty();
  }
  const auto file = configuration->mirrors.find(home);
  return file != configuration->mirrors.end() && !file->second.interface->tunnels.empty();
}

json Operator::rows(const std::optional<InterfaceRef>& only) const {
  json rows = json::array();
  const auto now = boot_now();
  const auto finish = [&](json row, const InterfaceRef& home) {
    json problems = json::array();
    for (const auto& problem : daemon_.reconciler_->problems(home)) {
      problems.push_back(problem);
    }
    row["home"] = home.str();
    row["problems"] = std::move(problems);
    if (!only || *only == home) {
      rows.push_back(std::move(row));
    }
  };
  for (const auto& home : daemon_.engine_->engine().status().homes) {
    std::string flags;
    if (home.visiting) {
      flags += 'V';
    }
    if (home.away) {
      flags += 'F';
    }
    if (has_tunnels(home.home)) {
      flags += 'T';
    }
    if (home.failover_invalid) {
      flags += 'X';
    }
    json row{{"location", home.location.str()},
             {"placement", home.placement},
             {"state", name(home.state)},
             {"link-pulse", home.link_pulse ? "UP" : "DOWN"},
             {"flags", flags},
             {"holds", home.holds},
             {"epoch", failover::number(home.record.epoch)},
             {"explanation", home.explanation},
             {"if-failed", home.if_failed}};
    if (home.failover) {
      row["failover"] = home.failover->str();
    }
    if (home.other) {
      row["other-side"] = {
          {"clim", home.other->clim.str()},
          {"state", name(home.other->state)},
          {"obstacle", home.other->obstacle},
          {"silent", home.other->silent},
          {"age-ms", std::chrono::duration_cast<std::chrono::milliseconds>(now - home.other->heard).count()}};
    }
    finish(std::move(row), home.home);
  }
  const auto& configuration = daemon_.contents_.configuration();
  if (!configuration) {
    return rows;
  }
  // Those that the engine knows nothing of: they never fail over, or there is nothing to move.
  for (const auto& [name, file] : configuration->home) {
    const bool spare = !has_resources(*file.interface);
    if (!never_fails_over(file.interface->kind) && !spare) {
      continue;
    }
    const auto link = daemon_.links_.find(name);
    const bool pulse = link != daemon_.links_.end() && link->second.state.carrier;
    finish({{"location", file.interface->name.str()},
            {"placement", "HOME"},
            {"state", !pulse  ? "DOWN"
                      : spare ? "RDY"
                              : "UP"},
            {"link-pulse", pulse ? "UP" : "DOWN"},
            {"flags", ""},
            {"explanation", spare ? "has no resources of its own" : "never fails over"},
            {"if-failed", spare ? "nothing would move" : "its resources would stay where they are"}},
           file.interface->name);
  }
  return rows;
}

json Operator::connections() const {
  json connections = json::array();
  for (const auto& each : daemon_.ipsec_->connections()) {
    connections.push_back({{"name", each.name},
                           {"local", each.local.str()},
                           {"remote", each.remote.str()},
                           {"state", ipsec::name(each.state)},
                           {"up", each.up},
                           {"protections", each.protections}});
  }
  return connections;
}

json Operator::peers() const {
  json peers = json::array();
  const auto now = boot_now();
  for (const auto& peer : daemon_.engine_->engine().status().peers) {
    json row{{"name", peer.peer.str()}, {"heard", peer.heard}, {"silent-paths", peer.silent_paths}};
    row["channel"] = daemon_.peers_ && daemon_.peers_->connected(peer.peer);
    row["key"] = daemon_.peers_ ? daemon_.peers_->key_of(peer.peer) : "";
    if (peer.last_heard) {
      row["age-ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(now - *peer.last_heard).count();
    }
    peers.push_back(std::move(row));
  }
  return peers;
}

// ---------------------------------------------------------------------------------------------------------- switch

void Operator::switch_over(const Request& request, const Asking& asker, bool forwarded) {
  // A whole CLIM: it knows all its interfaces, we only those that it shares with us.
  const ClimName clim{request.target};
  const bool its_own_business = clim != daemon_.options_.clim && !forwarded && !request.force;
  if (its_own_business && daemon_.peers_ && daemon_.peers_->connected(clim)) {
    daemon_.peers_->command(clim, to_line(request), [asker](const Result<std::string>& line) {
      const auto reply = line ? parse_reply(*line) : Result<json>(line.error());
      if (reply) {
        asker->answer(*reply);
      } else {
        asker->refuse(reply.error());
      }
    });
    return;
  }
  auto homes = homes_named(request);
  if (!homes) {
    asker->refuse(homes.error());
    return;
  }
  // Open connections end: those of what is here are counted first.
  std::vector<IpAddress> addresses;
  json moving = json::array();
  for (const auto& home : *homes) {
    const auto placement = daemon_.reconciler_->placements().find(home);
    if (placement == daemon_.reconciler_->placements().end() || !placement->second.content) {
      continue;
    }
    const auto target = request.command == Command::switch_restore ? std::optional(home.clim)
                        : placement->second.content->failover.has_value()
                            ? std::optional(placement->second.content->failover->clim)
                            : std::nullopt;
    if (!target || *target == daemon_.options_.clim) {
      continue;
    }  // it stays
    const auto of_home = addresses_of(*placement->second.content);
    addresses.insert(addresses.end(), of_home.begin(), of_home.end());
    moving.push_back({{"home", home.str()}, {"provider", placement->second.content->provider.str()}});
  }
  if (request.confirmed || addresses.empty()) {
    switch_homes(request, *homes, asker, forwarded);
    return;
  }
  daemon_.files_.run([addresses] { return sockets::count_connections(addresses); },
                     [this, request, homes = *homes, moving, asker, forwarded](const Result<std::size_t>& count) {
                       if (!count || *count > 0) {
                         Switching asking(asker);
                         asking.unconfirmed(count ? *count : 1, moving);
                         return;
                       }
                       switch_homes(request, homes, asker, forwarded);
                     });
}

void Operator::switch_homes(const Request& request, const std::vector<InterfaceRef>& homes, const Asking& asker,
                            bool forwarded) {
  const auto switching = std::make_shared<Switching>(asker);
  const auto to =
      request.command == Command::switch_failover ? failover::Switch::Target::failover : failover::Switch::Target::home;
  for (const auto& home : homes) {
    command(failover::Switch{home, to, request.force},
            [this, switching, home, request, forwarded](const failover::Reply& reply) {
              const bool ask_peer = reply.outcome == failover::Reply::Outcome::ask_peer;
              // Who passed on a single interface has just said that it must be decided here.
              const bool passed_on = forwarded && request.target == home.str();
              if (!ask_peer || passed_on || !daemon_.peers_) {
                switching->add(outcome(home.str(), reply.outcome == failover::Reply::Outcome::done, reply.sentence));
                return;
              }
              Request there;
              there.command = request.command;
              there.target = home.str();
              there.confirmed = request.confirmed;
              daemon_.peers_->command(reply.peer, to_line(there), [switching, home](const Result<std::string>& line) {
                switching->add_reply(home, line);
              });
            });
  }
}

void Operator::command(std::variant<failover::Switch, failover::StopInterface, failover::StartInterface> what,
                       std::function<void(const failover::Reply&)> then) {
  const auto id = ++last_command_;
  commands_[id] = std::move(then);
  daemon_.engine_->feed(failover::Command{failover::CommandId{id}, std::move(what)});
}

void Operator::replied(const failover::Reply& reply) {
  const auto found = commands_.find(static_cast<std::uint64_t>(reply.id));
  if (found == commands_.end()) {
    return;
  }
  const auto then = std::move(found->second);
  commands_.erase(found);
  then(reply);
}

// ---------------------------------------------------------------------------------------------------------- others

void Operator::interface_command(const Request& request, const Asking& asker) {
  const auto named = interface_named(request.target);
  if (!named) {
    asker->refuse(named.error());
    return;
  }
  if (named->clim != daemon_.options_.clim) {
    asker->refuse(
        {ErrorCode::invalid, fmt::format("{} is an interface of {}: ask there", named->str(), named->clim.str())});
    return;
  }
  const auto& file = daemon_.contents_.configuration()->home.at(named->interface);
  if (never_fails_over(file.interface->kind)) {
    asker->refuse({ErrorCode::invalid, fmt::format("{} is not a data interface: it cannot be stopped", named->str())});
    return;
  }
  const auto then = [asker, name = named->str()](const failover::Reply& reply) {
    const bool done = reply.outcome == failover::Reply::Outcome::done;
    asker->answer({{"outcomes", json::array({outcome(name, done, reply.sentence)})}});
  };
  if (request.command == Command::ifstop) {
    command(failover::StopInterface{named->interface}, then);
  } else {
    command(failover::StartInterface{named->interface}, then);
  }
}

void Operator::events(const Request& request, const Asking& asker) {
  json past = json::array();
  for (const auto& event : daemon_.log_.events()) {
    if (event.number > request.after) {
      past.push_back(to_json(event));
    }
  }
  if (!request.follow) {
    asker->answer({{"events", past}});
    return;
  }
  asker->tell({{"events", past}});
  const auto id = std::make_shared<std::uint64_t>(0);
  *id = daemon_.log_.subscribe([this, id, asker](const Event& event) {
    if (asker->gone()) {
      daemon_.log_.unsubscribe(*id);
      return;
    }
    asker->tell({{"events", json::array({to_json(event)})}});
  });
}

void Operator::plan(const Asking& asker) {
  daemon_.reconciler_->plan([asker](const Result<PlanText>& text) {
    if (!text) {
      asker->refuse(text.error());
      return;
    }
    asker->answer({{"operations", text->operations}, {"problems", text->problems}, {"foreign", text->foreign}});
  });
}

namespace {

Generations::Told tell(const std::shared_ptr<Asker>& asker) {
  return [asker](const Result<TrialOutcome>& outcome) {
    if (!outcome) {
      asker->refuse(outcome.error());
      return;
    }
    json result{{"generation", outcome->generation}, {"problems", outcome->problems}, {"waits", outcome->waits}};
    if (outcome->confirm_within) {
      result["confirm-within"] = outcome->confirm_within->count();
    }
    asker->answer(result);
  };
}

}  // namespace

void Operator::reload(const Request& request, const Asking& asker) {
  if (request.confirm_within > longest_confirm_within) {
    asker->refuse(
        {ErrorCode::invalid, fmt::format("a confirmation is waited for {} s at most", longest_confirm_within)});
    return;
  }
  TrialOptions options;
  options.partial = request.partial;
  if (request.confirm_within != 0) {
    options.confirm_within = std::chrono::seconds(request.confirm_within);
  }
  daemon_.reload(options, tell(asker));
}

void Operator::confirm(const Asking& asker) {
  daemon_.generations_.confirm(tell(asker));
}

void Operator::roll_back(const Asking& asker) {
  daemon_.generations_.roll_back(tell(asker));
}

void Operator::shutdown(const Asking& asker) {
  shutting_down_.push_back(asker);
  daemon_.stop(failover::Stop::What::machine);
}

void Operator::shut_down() {
  for (const auto& asker : shutting_down_) {
    asker->answer(json::object());
  }
  shutting_down_.clear();
}

}  // namespace cip::daemon
