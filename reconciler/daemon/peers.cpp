#include "reconciler/daemon/peers.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <utility>

#include "reconciler/daemon/control_protocol.h"
#include "reconciler/peer/channel.h"
#include "reconciler/peer/heartbeats.h"

namespace cip::daemon {

struct Peers::Question {
  Question(boost::asio::io_context& loop, ClimName asked, std::function<void(Result<std::string>)> on_answer)
      : to(std::move(asked)), then(std::move(on_answer)), limit(loop) {}
  ClimName to;
  std::function<void(Result<std::string>)> then;
  boost::asio::steady_timer limit;
  std::string unsent;  // waits for a connection: a CLIM that has just booted is heard before it has one
};

namespace {

std::vector<peer::HeartbeatPeer> heartbeat_peers(const ClimState& configuration) {
  std::vector<peer::HeartbeatPeer> peers;
  for (const auto& each : configuration.clim.peers) {
    peer::HeartbeatPeer peer{each.name, each.control, {}};
    const auto add = [&](const InterfaceName& ours, const InterfaceName& theirs) {
      const peer::DataPath path{ours, theirs};
      if (std::find(peer.data.begin(), peer.data.end(), path) == peer.data.end()) {
        peer.data.push_back(path);
      }
    };
    for (const auto& [name, file] : configuration.home) {
      const auto& failover = file.interface->failover;
      if (failover && failover->clim == each.name) {
        add(name, failover->interface);
      }
    }
    for (const auto& mirror : configuration.clim.mirrors) {
      if (mirror.home.clim == each.name) {
        add(mirror.here, mirror.home.interface);
      }
    }
    peers.push_back(std::move(peer));
  }
  return peers;
}

}  // namespace

Peers::Peers(boost::asio::io_context& loop, peer::ClusterKey key, Events events)
    : loop_(loop), key_(std::move(key)), events_(std::move(events)), alive_(std::make_shared<bool>(true)) {}

Peers::~Peers() = default;

void Peers::configure(const ClimState& configuration) {
  const auto peers = heartbeat_peers(configuration);
  const auto& clim = configuration.clim;
  // Sockets of other addresses, or keys of another cluster, need another start of the talk.
  const bool same =
      heartbeats_ && clim.cluster == cluster_ && clim.control == control_ && clim.times.heartbeat == heartbeat_;
  if (same) {
    heartbeats_->set_peers(peers);
    channels_->set_peers(clim.peers);
  } else {
    open(configuration, peers);
  }
}

void Peers::open(const ClimState& configuration, const std::vector<peer::HeartbeatPeer>& peers) {
  const auto& clim = configuration.clim;
  cluster_ = clim.cluster;
  control_ = clim.control;
  heartbeat_ = clim.times.heartbeat;
  heartbeats_.reset();
  channels_.reset();
  peer::Heartbeats::Options options;
  options.cluster = clim.cluster;
  options.self = clim.name;
  options.boot = peer::random_boot_id();
  options.control = clim.control;
  options.heartbeat = clim.times.heartbeat;
  heartbeats_ = std::make_unique<peer::Heartbeats>(loop_, key_, std::move(options), peers, events_.heartbeat);

  peer::Channels::Options channel;
  channel.cluster = clim.cluster;
  channel.self = clim.name;
  channel.control = clim.control;
  channel.peers = clim.peers;
  peer::Channels::Events events;
  events.up = [this](const ClimName& peer) { channel_changed(peer, true); };
  events.down = [this](const ClimName& peer) { channel_changed(peer, false); };
  events.message = [this](const ClimName& from, const peer::Message& message) {
    if (const auto* request = std::get_if<peer::MirrorRequest>(&message)) {
      auto bytes = events_.mirror_wanted(request->home, request->digest);
      if (bytes && !channels_->send(from, peer::Mirror{request->home, request->digest, std::move(*bytes)}) &&
          channels_->connected(from)) {
        events_.mirror_too_long(request->home);
      }
    } else if (const auto* mirror = std::get_if<peer::Mirror>(&message)) {
      // Nobody fills our disk with what was not asked for; and to a question that was asked twice there are two
      // answers.
      const auto asked = asked_mirrors_.find({from, mirror->home});
      if (asked != asked_mirrors_.end() && asked->second == mirror->digest) {
        asked_mirrors_.erase(asked);
        events_.mirror(mirror->home, mirror->bytes);
      }
    } else if (const auto* command = std::get_if<peer::Command>(&message)) {
      received_command(from, command->id, command->body);
    } else if (const auto* report = std::get_if<peer::ConnectionReport>(&message)) {
      events_.connections(from, *report);
    } else if (const auto* reply = std::get_if<peer::CommandReply>(&message)) {
      const auto question = questions_.find(reply->id);
      if (question == questions_.end() || question->second->to != from) {
        return;
      }
      const auto then = question->second->then;
      questions_.erase(question);
      then(reply->body);
    }
  };
  channels_ = std::make_unique<peer::Channels>(loop_, key_, std::move(channel), std::move(events));
  rejected_ = 0;
  look_ = std::make_unique<boost::asio::steady_timer>(loop_);
  watch_rejections();
}

// Somebody with another key, or none: an operator wants to know. What exactly is counted where it is dropped.
void Peers::watch_rejections() {
  look_->expires_after(std::chrono::seconds(1));
  look_->async_wait([this](boost::system::error_code error) {
    if (error) {
      return;
    }
    const auto tag = static_cast<std::size_t>(peer::WireError::tag);
    const auto heartbeats = heartbeats_->counters().wire.at(tag);
    const auto handshakes = channels_->counters().handshake_failed;
    if (heartbeats + handshakes > rejected_) {
      events_.rejected(heartbeats > 0 ? "heartbeats that are not authentic are ignored"
                                      : "connections that are not authentic are refused");
    }
    rejected_ = heartbeats + handshakes;
    watch_rejections();
  });
}

void Peers::received_command(const ClimName& from, std::uint64_t id, const std::string& body) {
  if (unanswered_[from] >= most_unanswered) {
    channels_->send(
        from,
        peer::CommandReply{id, reply_line(Error{ErrorCode::system, fmt::format("{} commands of {} are not answered yet",
                                                                               most_unanswered, from.str())})});
    return;
  }
  ++unanswered_[from];
  events_.command(from, body, [this, alive = std::weak_ptr<bool>(alive_), from, id](std::string line) {
    if (alive.expired()) {
      return;
    }
    --unanswered_[from];
    if (channels_) {
      channels_->send(from, peer::CommandReply{id, std::move(line)});
    }
  });
}

void Peers::channel_changed(const ClimName& peer, bool up) {
  if (up) {
    for (const auto& [key, digest] : asked_mirrors_) {
      if (key.first == peer) {
        channels_->send(peer, peer::MirrorRequest{key.second, digest});
      }
    }
    for (const auto& [id, question] : questions_) {
      if (question->to == peer && !question->unsent.empty()) {
        channels_->send(peer, peer::Command{id, std::exchange(question->unsent, {})});
      }
    }
  } else {
    const auto is_lost = [&](const Question& question) { return question.to == peer && question.unsent.empty(); };
    std::vector<std::shared_ptr<Question>> lost;
    for (const auto& [id, question] : questions_) {
      if (is_lost(*question)) {
        lost.push_back(question);
      }
    }
    std::erase_if(questions_, [&](const auto& each) { return is_lost(*each.second); });
    for (const auto& question : lost) {
      question->then(
          Error{ErrorCode::system, fmt::format("the connection to {} broke before it answered", peer.str())});
    }
  }
  events_.channel(peer, up);
}

bool Peers::set_key(const peer::ClusterKey& key) {
  if (key == key_) {
    return false;
  }
  key_ = key;
  if (heartbeats_) {
    heartbeats_->set_key(key_);
    channels_->set_key(key_);
  }
  return true;
}

std::string Peers::key_of(const ClimName& peer) const {
  return heartbeats_ ? heartbeats_->key_of(peer) : "";
}

void Peers::send(const ClimName& to, const failover::Heartbeat& heartbeat) {
  if (heartbeats_) {
    heartbeats_->send(to, heartbeat);
  }
}

void Peers::fetch_mirror(const ClimName& from, const InterfaceRef& home, const Digest& digest) {
  asked_mirrors_[{from, home}] = digest;
  if (channels_) {
    channels_->send(from, peer::MirrorRequest{home, digest});
  }
}

bool Peers::tell_connections(const ClimName& to, const peer::ConnectionReport& report) {
  return channels_ && channels_->send(to, report);
}

void Peers::command(const ClimName& to, std::string line, std::function<void(Result<std::string>)> then) {
  const auto id = ++last_question_;
  if (!channels_) {
    then(Error{ErrorCode::system, fmt::format("there is no connection to {}", to.str())});
    return;
  }
  auto question = std::make_shared<Question>(loop_, to, std::move(then));
  if (!channels_->send(to, peer::Command{id, line})) {
    question->unsent = std::move(line);
  }
  questions_[id] = question;
  question->limit.expires_after(command_limit);
  question->limit.async_wait([this, alive = std::weak_ptr<bool>(alive_), id](boost::system::error_code error) {
    if (error || alive.expired()) {
      return;
    }
    const auto found = questions_.find(id);
    if (found == questions_.end()) {
      return;
    }
    const auto late = found->second;
    questions_.erase(found);
    late->then(Error{ErrorCode::system, late->unsent.empty()
                                            ? fmt::format("{} did not answer in time", late->to.str())
                                            : fmt::format("there is no connection to {}", late->to.str())});
  });
}

void Peers::discard_queued() {
  if (heartbeats_) {
    heartbeats_->discard_queued();
  }
}

bool Peers::connected(const ClimName& peer) const {
  return channels_ && channels_->connected(peer);
}

}  // namespace cip::daemon
