#include "reconciler/peer/heartbeats.h"

#include <algorithm>
#include <map>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>
#include <stdexcept>
#include <string>
#include <utility>

#include "reconciler/peer/data_lan.h"
#include "reconciler/peer/log_limit.h"
#include "reconciler/peer/session.h"

namespace cip::peer {
namespace {

using failover::Path;
using Clock = std::chrono::steady_clock;

// A candidate is answered at once, so that it can prove itself without waiting for the next heartbeat; but a recording
// that is replayed at full speed is not.
constexpr std::chrono::milliseconds answer_interval{10};
// Senders that are no peers of ours and have one of our keys; those beyond are not answered.
constexpr std::size_t most_guests = 1000;

Path control_path(std::size_t index) {
  return {Path::Kind::control, static_cast<unsigned>(index), {}};
}
Path data_path(const InterfaceName& ours) {
  return {Path::Kind::data, 0, ours};
}

std::string to_text(const Path& path) {
  return path.kind == Path::Kind::control ? "control path " + std::to_string(path.index)
                                          : "data LAN of " + path.interface.str();
}

std::vector<Seal> seals(const std::vector<Secret>& keys) {
  return {keys.begin(), keys.end()};
}

// What came in, and over what.
struct Arrival {
  Path path;
  Clock::time_point now;
  std::optional<IpAddress> from{};     // control LAN
  std::optional<MacAddress> source{};  // data LAN
};

}  // namespace

class Heartbeats::Hub {
 public:
  Hub(boost::asio::io_context& io, const ClusterKey& key, Options options, Receive receive)
      : io_(io),
        options_(std::move(options)),
        receive_(std::move(receive)),
        control_(io, options_.control, options_.port, [this](std::size_t path, const IpAddress& from, auto datagram) {
          arrived({control_path(path), Clock::now(), from, {}}, datagram, control_keys_);
        }) {
    set_key(key);
  }

  void set_key(const ClusterKey& key) {
    control_keys_ = seals(key.derive(KeyPurpose::control, options_.cluster));
    data_keys_ = seals(key.derive(KeyPurpose::data_lan, options_.cluster));
    key_names_ = key.names();
  }

  std::string key_of(const ClimName& peer) const {
    const auto found = peers_.find(peer);
    return found == peers_.end() ? "" : found->second.key;
  }

  void send(const ClimName& to, const failover::Heartbeat& heartbeat) {
    const auto found = peers_.find(to);
    if (found == peers_.end()) {
      return;
    }
    auto& peer = found->second;
    const auto now = Clock::now();
    for (auto& part : split(heartbeat)) {
      WireMessage message;
      message.from = options_.self;
      message.to = to;
      message.stamp = peer.session.stamp(now);
      message.heartbeat = std::move(part);
      send_on_all_paths(peer, message, now);
    }
  }

  void set_peers(const std::vector<HeartbeatPeer>& peers) {
    auto former = std::exchange(peers_, {});
    std::map<InterfaceName, std::unique_ptr<DataLan>> lans;
    for (const auto& peer : peers) {
      auto known = former.extract(peer.name);
      auto guest = guests_.extract(peer.name);
      PeerState state =
          known ? std::move(known.mapped()) : PeerState(guest ? std::move(guest.mapped().session) : new_session());
      state.set(peer, control_.paths());
      peers_.emplace(peer.name, std::move(state));
      for (const auto& path : peer.data) {
        auto kept = lans_.extract(path.ours);
        if (!kept.empty()) {
          lans.insert(std::move(kept));
        } else if (!lans.contains(path.ours)) {
          lans.emplace(path.ours, open(path.ours));
        }
      }
    }
    lans_ = std::move(lans);
    for (auto& [name, peer] : former) {
      guests_.insert_or_assign(name, Guest{std::move(peer.session), {}});  // it goes on counting our messages
    }
  }

  void discard_queued() {
    control_.discard_queued();
    for (const auto& [interface, lan] : lans_) {
      lan->discard_queued();
    }
  }

  HeartbeatCounters counters() const {
    auto counters = counters_;
    counters.control = control_.counters();
    for (const auto& [interface, lan] : lans_) {
      counters.data.sent += lan->counters().sent;
      counters.data.received += lan->counters().received;
      counters.data.not_sent += lan->counters().not_sent;
    }
    return counters;
  }

  std::vector<PathState> paths() const {
    std::vector<PathState> all;
    for (const auto& [name, peer] : peers_) {
      all.insert(all.end(), peer.paths.begin(), peer.paths.end());
    }
    return all;
  }

 private:
  struct PeerState {
    explicit PeerState(Session first) : session(std::move(first)) {}

    void set(const HeartbeatPeer& peer, std::size_t our_paths) {
      config = peer;
      std::vector<PathState> now;
      for (std::size_t i = 0; i < std::min(our_paths, peer.control.size()); ++i) {
        now.push_back({peer.name, control_path(i), heard_over(control_path(i))});
      }
      for (const auto& path : peer.data) {
        now.push_back({peer.name, data_path(path.ours), heard_over(data_path(path.ours))});
      }
      paths = std::move(now);
    }
    PathState* find(const Path& path) {
      const auto found = std::find_if(paths.begin(), paths.end(), [&](const auto& one) { return one.path == path; });
      return found == paths.end() ? nullptr : &*found;
    }
    std::optional<Clock::time_point> heard_over(const Path& path) {
      const auto* known = find(path);
      return known == nullptr ? std::nullopt : known->heard;
    }

    HeartbeatPeer config;
    Session session;
    std::vector<PathState> paths;
    Clock::time_point next_answer;
    std::string key;  // what it sent last had
  };

  // A CLIM that we share nothing with by our tree, while it says that we do, by its own.
  struct Guest {
    Session session;
    Clock::time_point next_answer;
  };

  Session new_session() const {
    const auto recent = std::max<std::chrono::milliseconds>(std::chrono::seconds(1), 3 * options_.heartbeat);
    return Session(options_.boot, recent, Clock::now());
  }

  std::unique_ptr<DataLan> open(const InterfaceName& ours) {
    return std::make_unique<DataLan>(io_, ours, [this, ours](const MacAddress& source, auto payload) {
      arrived({data_path(ours), Clock::now(), {}, source}, payload, data_keys_);
    });
  }

  void send_on_all_paths(PeerState& peer, WireMessage& message, Clock::time_point now) {
    message.kind = Path::Kind::control;
    for (std::size_t i = 0; i < std::min(control_.paths(), peer.config.control.size()); ++i) {
      message.path = static_cast<std::uint8_t>(i);
      control_.send(i, peer.config.control[i], encode(message, control_keys_.front()));
    }
    message.kind = Path::Kind::data;
    message.path = 0;
    for (const auto& path : peer.config.data) {
      message.interface = path.ours;
      lans_.at(path.ours)->send(encode(message, data_keys_.front()), now);
    }
    message.interface = {};
  }

  void arrived(const Arrival& arrival, std::span<const std::uint8_t> bytes, const std::vector<Seal>& keys) {
    std::size_t key = 0;
    auto decoded = decode(bytes, keys.front());
    while (std::holds_alternative<WireError>(decoded) && std::get<WireError>(decoded) == WireError::tag &&
           ++key < keys.size()) {
      decoded = decode(bytes, keys[key]);
    }
    if (const auto* error = std::get_if<WireError>(&decoded)) {
      ++counters_.wire[static_cast<std::size_t>(*error)];
      return rejected(arrival.path, name(*error));
    }
    auto& message = std::get<WireMessage>(decoded);
    if (message.to != options_.self) {
      ++counters_.not_for_us;
      return rejected(arrival.path, "from " + message.from.str() + " to " + message.to.str());
    }
    const auto found = peers_.find(message.from);
    if (found == peers_.end()) {
      ++counters_.not_for_us;
      answer_guest(arrival, message);
      return rejected(
          arrival.path,
          message.from.str() + " takes us for its partner, and our state tree does not: one of the trees is old");
    }
    auto* path = found->second.find(arrival.path);
    if (path == nullptr || !came_over_its_path(found->second, message, arrival.path)) {
      ++counters_.wrong_path;
      return rejected(arrival.path, "from " + message.from.str() + ", sent over another path");
    }
    if (judge(arrival, found->second, *path, message)) {
      found->second.key = key_names_[key];
    }
  }

  static bool came_over_its_path(const PeerState& peer, const WireMessage& message, const Path& path) {
    if (message.kind != path.kind) {
      return false;
    }
    if (message.kind == Path::Kind::control) {
      return message.path == path.index;
    }
    const auto& data = peer.config.data;
    return std::find(data.begin(), data.end(), DataPath{path.interface, message.interface}) != data.end();
  }

  // Whether it was accepted.
  bool judge(const Arrival& arrival, PeerState& peer, PathState& path, WireMessage& message) {
    const auto trusted = peer.session.trusted();
    switch (peer.session.judge(message.stamp, arrival.path, arrival.now)) {
      case Verdict::accepted:
        break;
      case Verdict::candidate:
        ++counters_.candidate;
        answer(peer, arrival.now);
        return false;
      case Verdict::replayed:
        ++counters_.replayed;  // not logged: a network may duplicate
        return false;
      case Verdict::retired:
        ++counters_.retired;
        rejected(arrival.path, "of an earlier run of " + message.from.str());
        return false;
    }
    ++counters_.accepted;
    if (peer.session.trusted() != trusted) {
      spdlog::info("{} has a new run", message.from.str());
      answer(peer, arrival.now);  // so that it trusts us as soon as we trust it
    }
    path.heard = arrival.now;
    if (arrival.source) {
      lans_.at(arrival.path.interface)->heard(*arrival.source, arrival.now);
    }
    receive_({message.from, arrival.path, message.stamp.boot, message.stamp.sequence, std::move(message.heartbeat)});
    return true;
  }

  // Says nothing of any interface; its echo is what the candidate needs.
  void answer(PeerState& peer, Clock::time_point now) {
    if (now >= peer.next_answer) {
      peer.next_answer = now + answer_interval;
      send(peer.config.name, {});
    }
  }

  // By a message that names nothing, it learns that we are there and that its tree is not of now: silence would let it
  // take what it believes to be ours (docs/protocol.md, "Configuration").
  void answer_guest(const Arrival& arrival, const WireMessage& message) {
    if (!arrival.from || message.kind != Path::Kind::control || message.path != arrival.path.index ||
        message.heartbeat.pairs.empty()) {  // two guests of each other would answer for ever
      return;
    }
    auto found = guests_.find(message.from);
    if (found == guests_.end()) {
      if (guests_.size() >= most_guests) {
        return;
      }
      found = guests_.emplace(message.from, Guest{new_session(), {}}).first;
    }
    auto& [session, next_answer] = found->second;
    const auto verdict = session.judge(message.stamp, arrival.path, arrival.now);
    const bool is_news = verdict == Verdict::accepted || verdict == Verdict::candidate;
    if (!is_news || arrival.now < next_answer) {
      return;
    }
    next_answer = arrival.now + answer_interval;
    WireMessage answer;
    answer.from = options_.self;
    answer.to = message.from;
    answer.stamp = session.stamp(arrival.now);
    answer.kind = Path::Kind::control;
    answer.path = message.path;
    control_.send(arrival.path.index, *arrival.from, encode(answer, control_keys_.front()));
  }

  void rejected(const Path& path, std::string_view why) {
    if (const auto left_out = log_limit_.allow()) {
      spdlog::warn("heartbeat on {} rejected: {} ({} more since the last such line)", to_text(path), why, *left_out);
    }
  }

  boost::asio::io_context& io_;
  Options options_;
  Receive receive_;
  std::vector<Seal> control_keys_;  // the first is what we send with
  std::vector<Seal> data_keys_;
  std::vector<std::string> key_names_;
  ControlLan control_;
  std::map<InterfaceName, std::unique_ptr<DataLan>> lans_;
  std::map<ClimName, PeerState> peers_;
  std::map<ClimName, Guest> guests_;
  HeartbeatCounters counters_;
  LogLimit log_limit_;
};

Heartbeats::Heartbeats(boost::asio::io_context& io, const ClusterKey& key, Options options,
                       const std::vector<HeartbeatPeer>& peers, Receive receive)
    : hub_(std::make_unique<Hub>(io, key, std::move(options), std::move(receive))) {
  hub_->set_peers(peers);
}

Heartbeats::~Heartbeats() = default;

void Heartbeats::send(const ClimName& to, const failover::Heartbeat& heartbeat) {
  hub_->send(to, heartbeat);
}

void Heartbeats::set_peers(const std::vector<HeartbeatPeer>& peers) {
  hub_->set_peers(peers);
}

void Heartbeats::set_key(const ClusterKey& key) {
  hub_->set_key(key);
}

std::string Heartbeats::key_of(const ClimName& peer) const {
  return hub_->key_of(peer);
}

void Heartbeats::discard_queued() {
  hub_->discard_queued();
}

HeartbeatCounters Heartbeats::counters() const {
  return hub_->counters();
}

std::vector<PathState> Heartbeats::paths() const {
  return hub_->paths();
}

failover::BootId random_boot_id() {
  failover::BootId id;
  if (RAND_bytes(id.bytes.data(), static_cast<int>(id.bytes.size())) != 1) {
    throw std::runtime_error("no random bytes for a boot id");
  }
  return id;
}

}  // namespace cip::peer
