// What the other parts tell, and what follows from it.
#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "reconciler/daemon/daemon.h"
#include "reconciler/daemon/operator.h"
#include "reconciler/peer/channel.h"
#include "state/json.h"

namespace cip::daemon {

namespace {

bool same(const failover::Link& a, const failover::Link& b) {
  return a.up == b.up && a.carrier == b.carrier && a.macs == b.macs;
}

// What it answers with: a bond in some modes with the addresses of its slaves.
std::vector<MacAddress> macs_of(const plan::ObservedLink& link, const std::vector<plan::ObservedLink>& links) {
  std::vector<MacAddress> macs{link.mac};
  for (const auto& slave : links) {
    if (slave.master != link.id.index || !std::holds_alternative<plan::BondOptions>(link.shape)) {
      continue;
    }
    for (const auto& mac : {slave.mac, slave.permanent_mac}) {
      if (std::find(macs.begin(), macs.end(), mac) == macs.end()) {
        macs.push_back(mac);
      }
    }
  }
  return macs;
}

}  // namespace

Reconciler::Events Daemon::reconciler_events() {
  Reconciler::Events events;
  events.applied = [this](const failover::ApplyResult& result) {
    engine_->feed(result);
    ipsec_->look();  // after the LAN has been told, or what the other end sends would still go to the other side
  };
  events.removed = [this](const failover::RemoveResult& result) { engine_->feed(result); };
  events.added = [this](const InterfaceName& link, const std::vector<IpAddress>& addresses) {
    lans_->announce(link, addresses);
  };
  events.ended = [this](const std::vector<sockets::Connection>& connections) { connections_->ended(connections); };
  events.links = [this](const auto& links, auto since) { links_read(links, since); };
  events.ran = [this] { generations_.progress(); };
  events.kernel_answers = [this](bool answers) {
    if (!answers) {
      alarm(What::kernel_silent, "", "the kernel does not answer");
    }
    engine_->feed(failover::KernelAnswers{answers});
  };
  events.repaired = [this](const std::string& sentence, const std::string& evidence) {
    log_.add(Level::notice, What::drift_repaired, "", sentence, evidence);
  };
  events.trouble = [this](const std::string& subject, const std::string& sentence) {
    alarm(What::problem, subject, sentence);
  };
  events.before_run = [this] { engine_->catch_up(); };
  events.engine_ran = [this] { return engine_->last_run(); };
  return events;
}

Ipsec::Events Daemon::ipsec_events() {
  Ipsec::Events events;
  events.happened = [this](Level level, What what, const std::string& subject, const std::string& text,
                           const std::string& evidence) { log_.add(level, what, subject, text, evidence); };
  events.looked = [this] {
    generations_.progress();
    reconciler_->look_at_guards();
  };
  return events;
}

std::vector<std::string> Daemon::problems() const {
  auto all = reconciler_->all_problems();
  const auto of_ipsec = ipsec_->problems();
  all.insert(all.end(), of_ipsec.begin(), of_ipsec.end());
  return all;
}

Lans::Events Daemon::lan_events() {
  Lans::Events events;
  events.answered = [this](const InterfaceRef& home, const MacAddress& mac) {
    engine_->feed(failover::ProbeAnswer{home, mac});
  };
  events.witness = [this](const InterfaceRef& home, const MacAddress& mac) {
    engine_->feed(failover::Witness{home, mac});
  };
  return events;
}

Peers::Events Daemon::peer_events() {
  Peers::Events events;
  events.heartbeat = [this](const failover::HeartbeatReceived& heartbeat) { engine_->feed(heartbeat); };
  events.mirror_wanted = [this](const InterfaceRef& home, const Digest& digest) -> std::optional<std::string> {
    const auto content = home.clim == options_.clim ? contents_.find(home, digest) : nullptr;
    return content ? std::optional(to_json(*content)) : std::nullopt;
  };
  events.mirror = [this](const InterfaceRef& home, const std::string& bytes) { mirror_arrived(home, bytes); };
  events.mirror_too_long = [this](const InterfaceRef& home) {
    alarm(What::mirror_too_long, home.str(), "its failover side cannot have a mirror of it: it is too long",
          fmt::format("a message has {} MiB at most", peer::Channels::Options().max_message >> 20U));
  };
  events.command = [this](const ClimName& from, const std::string& line, std::function<void(std::string)> answer) {
    operator_->handle_forwarded(from, line, std::move(answer));
  };
  events.rejected = [this](const std::string& what) {
    alarm(What::message_rejected, "", what, "another key, or a stranger on the LAN");
  };
  events.connections = [this](const ClimName& from, const peer::ConnectionReport& report) {
    connections_->heard(from, report);
  };
  events.channel = [this](const ClimName& peer, bool up) {
    if (up) {
      connections_->channel_up(peer);
    }
    log_.add(Level::info, up ? What::channel_up : What::channel_down, peer.str(),
             up ? "channel is up" : "channel is down");
  };
  return events;
}

Connections::Events Daemon::connection_events() {
  Connections::Events events;
  events.partner = [this](const InterfaceRef& home) { return partner(home); };
  events.held = [this] {
    std::map<InterfaceRef, Connections::Held> all;
    for (const auto& [home, placement] : reconciler_->placements()) {
      const auto other = partner(home);
      if (other && placement.content) {
        all[home] = {*other, addresses_of(*placement.content)};
      }
    }
    return all;
  };
  events.tell = [this](const ClimName& to, const peer::ConnectionReport& report) {
    return peers_ && peers_->tell_connections(to, report);
  };
  events.trouble = [this](const std::string& sentence, const std::string& evidence) {
    alarm(What::connections_unknown, "", sentence, evidence);
  };
  return events;
}

void Daemon::kernel_changed(const kernel::Event& event) {
  if (const auto* changed = std::get_if<kernel::LinkChanged>(&event)) {
    const auto& link = changed->link;
    auto& seen = links_[link.id.name];
    seen.state.interface = link.id.name;
    seen.state.up = link.up && !changed->gone;
    seen.state.carrier = link.carrier && !changed->gone;
    seen.changed = std::chrono::steady_clock::now();
    tell_link(link.id.name);
  } else if (std::holds_alternative<kernel::Overrun>(event)) {
    ++overruns_;
  } else if (std::holds_alternative<kernel::AddressChanged>(event)) {
    ipsec_->look();
  }
  reconciler_->kernel_changed(event);
}

// Events are newer than what a run has read before them; only they know of a flap.
void Daemon::links_read(const std::vector<plan::ObservedLink>& links, std::chrono::steady_clock::time_point since) {
  std::set<InterfaceName> present;
  for (const auto& link : links) {
    present.insert(link.id.name);
    auto& seen = links_[link.id.name];
    seen.state.interface = link.id.name;
    seen.state.macs = macs_of(link, links);
    if (seen.changed < since) {
      seen.state.up = link.up;
      seen.state.carrier = link.carrier;
    }
  }
  for (const auto& [name, file] : contents_.configuration()->home) {
    auto& seen = links_[name];
    seen.state.interface = name;
    if (present.count(name) == 0 && seen.changed < since) {
      seen.state.up = seen.state.carrier = false;
    }
    tell_link(name);
  }
}

void Daemon::tell_link(const InterfaceName& name) {
  const auto& configuration = contents_.configuration();
  if (!configuration) {
    return;
  }
  const auto file = configuration->home.find(name);
  if (file == configuration->home.end() || never_fails_over(file->second.interface->kind)) {
    return;
  }
  const auto& now = links_[name].state;
  const auto told = told_links_.find(name);
  if (told != told_links_.end() && same(told->second, now)) {
    return;
  }
  told_links_.insert_or_assign(name, now);
  engine_->feed(now);
}

void Daemon::mirror_arrived(const InterfaceRef& home, const std::string& bytes) {
  auto interface = home_interface_from_json(bytes, fmt::format("mirror of {}", home.str()));
  if (!interface || interface->name != home) {
    alarm(What::mirror_refused, home.str(), "a mirror that arrived is refused",
          interface ? "it is about another interface" : interface.error().message);
    return;
  }
  const HomeFile mirror{std::make_shared<const HomeInterface>(std::move(*interface)), Digest::of(bytes)};
  contents_.add_mirror(mirror);
  keep_mirror(mirror, bytes);
}

// A disk that fails holds up nothing: the mirror counts, and is fetched again after a restart.
void Daemon::keep_mirror(const HomeFile& mirror, const std::string& bytes) {
  const auto home = mirror.interface->name;
  disk_.write(
      data_.mirror_file(home, mirror.digest), bytes, [this, home, digest = mirror.digest](const Result<void>& written) {
        if (!written) {
          alarm(What::mirror_not_written, home.str(), "its mirror could not be written", written.error().message);
        }
        engine_->feed(failover::MirrorAvailable{home, digest});
      });
  const auto saved = saved_.find(home);
  const auto announced = saved == saved_.end() ? Digest() : saved->second.announced;
  for (const auto& digest : contents_.prune(home, announced)) {
    disk_.remove(data_.mirror_file(home, digest), [](const Result<void>& /*removed*/) {});
  }
}

}  // namespace cip::daemon
