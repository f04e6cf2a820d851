#include "reconciler/peer/channel.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <spdlog/spdlog.h>
#include <utility>

#include "reconciler/peer/alive.h"
#include "reconciler/peer/channel_link.h"
#include "reconciler/peer/endpoint.h"
#include "reconciler/peer/log_limit.h"
#include "reconciler/peer/tls.h"

namespace cip::peer {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds listen_again{1};
constexpr int backlog = 16;

// One of our control addresses, where peers with a lower name connect.
class Listener {
 public:
  using Accept = std::function<void(tcp::socket)>;

  Listener(boost::asio::io_context& io, tcp::endpoint local, Accept accept)
      : acceptor_(io), again_(io), local_(std::move(local)), accept_(std::move(accept)) {
    open();
  }

 private:
  void open() {
    error_code error;
    acceptor_.open(local_.protocol(), error);
    if (!error) {
      const bool v6 = local_.protocol() == tcp::v6();
      allow_missing_address(acceptor_.native_handle(), v6);
      error_code ignored;
      acceptor_.set_option(tcp::acceptor::reuse_address(true), ignored);
      if (v6) {
        acceptor_.set_option(boost::asio::ip::v6_only(true), ignored);
      }
      acceptor_.bind(local_, error);
    }
    if (!error) {
      acceptor_.listen(backlog, error);
    }
    if (!error) {
      told_.clear();
      return accept_next();
    }
    if (told_ != error.message()) {
      told_ = error.message();
      spdlog::error("channel: cannot listen on {}: {}; trying again", to_text(local_.address()), told_);
    }
    close_and_retry();
  }

  void close_and_retry() {
    error_code ignored;
    acceptor_.close(ignored);
    again_.expires_after(listen_again);
    again_.async_wait([this, watch = alive_.watch()](const error_code&) {
      if (!watch.expired()) {
        open();
      }
    });
  }

  void accept_next() {
    acceptor_.async_accept([this, watch = alive_.watch()](const error_code& error, tcp::socket socket) {
      if (watch.expired()) {
        return;
      }
      if (!error) {
        accept_(std::move(socket));
      } else if (error != boost::asio::error::connection_aborted) {
        return close_and_retry();  // no file descriptors left, for one: not in a tight loop
      }
      accept_next();
    });
  }

  Alive alive_;
  tcp::acceptor acceptor_;
  boost::asio::steady_timer again_;
  tcp::endpoint local_;
  Accept accept_;
  std::string told_;
};

std::vector<Tls::Key> tls_keys(const ClusterKey& key, const ClusterName& cluster) {
  const auto secrets = key.derive(KeyPurpose::tls_psk, cluster);
  const auto names = key.names();
  std::vector<Tls::Key> keys;
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    keys.push_back({secrets[i], "cip-1 " + cluster.str() + " " + names[i]});
  }
  return keys;
}

// An attempt to connect, from its first packet to the end of its handshake.
struct Attempt {
  explicit Attempt(boost::asio::io_context& io) : socket(io), deadline(io) {}
  tcp::socket socket;
  boost::asio::steady_timer deadline;
  std::shared_ptr<Link> link;
};

}  // namespace

class Channels::Hub {
 public:
  Hub(boost::asio::io_context& io, const ClusterKey& key, Options options, Events events)
      : io_(io),
        tls_(tls_keys(key, options.cluster)),
        key_names_(key.names()),
        options_(std::move(options)),
        events_(std::move(events)),
        rules_{options_.cluster, options_.self, options_.max_message, options_.max_queue, options_.handshake_limit} {
    for (const auto& address : options_.control) {
      listeners_.push_back(std::make_unique<Listener>(io, tcp::endpoint(to_asio(address), options_.port),
                                                      [this](tcp::socket socket) { accept(std::move(socket)); }));
    }
    set_peers(options_.peers);
  }

  ~Hub() {
    for (const auto& link : unidentified_) {
      link->close();
    }
    for (auto& [name, peer] : peers_) {
      close(peer);
    }
  }

  void set_peers(const std::vector<Peer>& peers) {
    for (auto entry = peers_.begin(); entry != peers_.end();) {
      const bool stays =
          std::any_of(peers.begin(), peers.end(), [&](const Peer& one) { return one.name == entry->first; });
      if (!stays) {
        close(entry->second);
      }
      entry = stays ? std::next(entry) : peers_.erase(entry);
    }
    for (const auto& peer : peers) {
      const auto [entry, added] = peers_.try_emplace(peer.name, io_);
      entry->second.control = peer.control;
      if (added && options_.self < peer.name) {
        dial(peer.name);
      }
    }
  }

  void set_key(const ClusterKey& key) {
    const auto names = key.names();
    const bool drops = std::any_of(key_names_.begin(), key_names_.end(), [&](const std::string& name) {
      return std::find(names.begin(), names.end(), name) == names.end();
    });
    tls_.set_keys(tls_keys(key, options_.cluster));
    key_names_ = names;
    if (!drops) {
      return;
    }
    // With which key each came up is not known: all of them, which costs a moment.
    for (auto& [name, peer] : peers_) {
      const bool was_up = peer.link != nullptr;
      close(peer);
      if (was_up) {
        spdlog::info("channel to {} is down: its key may have been dropped", name.str());
        events_.down(name);
      }
      if (options_.self < name) {
        dial(name);
      }
    }
  }

  bool send(const ClimName& name, const Message& message) {
    const auto* peer = find(name);
    if (peer == nullptr || !peer->link) {
      return false;
    }
    try {
      return peer->link->send(to_json(message));
    } catch (const nlohmann::json::exception&) {  // a text in it is not UTF-8
      return false;
    }
  }

  bool connected(const ClimName& name) const {
    const auto found = peers_.find(name);
    return found != peers_.end() && found->second.link;
  }

  const ChannelCounters& counters() const { return counters_; }

 private:
  struct PeerState {
    explicit PeerState(boost::asio::io_context& io) : retry(io) {}
    std::vector<IpAddress> control;
    std::shared_ptr<Link> link;  // identified
    std::shared_ptr<Attempt> attempt;
    boost::asio::steady_timer retry;
    unsigned failures = 0;  // in a row
  };

  PeerState* find(const ClimName& name) {
    const auto found = peers_.find(name);
    return found == peers_.end() ? nullptr : &found->second;
  }

  static void close(PeerState& peer) {
    if (peer.link) {
      std::exchange(peer.link, nullptr)->close();
    }
    if (const auto attempt = std::exchange(peer.attempt, nullptr)) {
      error_code ignored;
      attempt->socket.close(ignored);
      attempt->deadline.cancel();
      if (attempt->link) {
        attempt->link->close();
      }
    }
    peer.retry.cancel();
  }

  // ------------------------------------------------------------------------------------------------ we listen

  bool is_peer_address(const boost::asio::ip::address& address) const {
    return std::any_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
      const auto& control = entry.second.control;
      return std::any_of(control.begin(), control.end(), [&](const auto& one) { return to_asio(one) == address; });
    });
  }

  void accept(tcp::socket socket) {
    ++counters_.accepted;
    error_code error;
    const auto from = socket.remote_endpoint(error);
    if (error || !is_peer_address(from.address()) || unidentified_.size() >= options_.max_handshakes) {
      ++counters_.refused;
      return rejected("connection from " + (error ? "nowhere" : to_text(from.address())) + " refused");
    }
    // The events name the link that they belong to; it cannot be captured before it is made.
    const auto self = std::make_shared<std::weak_ptr<Link>>();
    Link::Events events;
    events.may_be = [this](const ClimName& name) { return name < options_.self && find(name) != nullptr; };
    events.identified = [this, self](const ClimName& name) {
      const auto link = self->lock();
      unidentified_.erase(link);
      established(name, link);
    };
    events.message = [this, self](const std::string& text) { return received(self->lock(), text); };
    events.ended = [this, self, address = to_text(from.address())](LinkEnd end, const std::string& detail) {
      const auto link = self->lock();
      unidentified_.erase(link);
      ended(link, address, end, detail);
    };
    auto link = std::make_shared<Link>(std::move(socket), tls_, rules_, std::move(events));
    *self = link;
    unidentified_.insert(link);
    link->start(Link::Role::listens);
  }

  // ------------------------------------------------------------------------------------------------ we connect

  void dial_later(const ClimName& name, PeerState& peer) {
    const auto paths = std::max<std::size_t>(1, std::min(options_.control.size(), peer.control.size()));
    const auto rounds = std::min<std::size_t>(peer.failures / paths, 16);  // of all paths
    const auto delay = std::min(options_.last_retry, options_.first_retry * (1U << rounds));
    peer.retry.expires_after(delay);
    peer.retry.async_wait([this, name, watch = alive_.watch()](const error_code& error) {
      if (!error && !watch.expired() && find(name) != nullptr && !find(name)->attempt) {
        dial(name);
      }
    });
  }

  void dial(const ClimName& name) {
    auto& peer = *find(name);
    const auto paths = std::min(options_.control.size(), peer.control.size());
    if (paths == 0) {
      return dial_failed(name);  // until set_peers() gives it an address
    }
    const auto path = peer.failures % paths;
    const tcp::endpoint local(to_asio(options_.control[path]), 0);
    const tcp::endpoint remote(to_asio(peer.control[path]), options_.port);
    const auto attempt = peer.attempt = std::make_shared<Attempt>(io_);
    error_code error;
    attempt->socket.open(remote.protocol(), error);
    if (!error) {
      attempt->socket.bind(local, error);  // the address may be missing: then the next path, or later
    }
    if (error) {
      return dial_failed(name);
    }
    attempt->deadline.expires_after(options_.handshake_limit);
    attempt->deadline.async_wait([attempt](const error_code& canceled) {
      error_code ignored;
      if (!canceled && !attempt->link) {
        attempt->socket.close(ignored);
      }
    });
    attempt->socket.async_connect(remote, [this, name, attempt, watch = alive_.watch()](const error_code& failed) {
      if (watch.expired() || find(name) == nullptr || find(name)->attempt != attempt) {
        return;
      }
      attempt->deadline.cancel();
      if (failed) {
        dial_failed(name);
      } else {
        start(name, attempt);
      }
    });
  }

  void dial_failed(const ClimName& name) {
    auto& peer = *find(name);
    peer.attempt.reset();
    ++peer.failures;
    dial_later(name, peer);
  }

  void start(const ClimName& name, const std::shared_ptr<Attempt>& attempt) {
    const std::weak_ptr<Attempt> self = attempt;
    Link::Events events;
    events.may_be = [name](const ClimName& claimed) { return claimed == name; };
    events.identified = [this, name, self](const ClimName&) {
      const auto link = self.lock()->link;
      find(name)->attempt.reset();
      find(name)->failures = 0;
      established(name, link);
    };
    const auto link_of_events = std::make_shared<std::weak_ptr<Link>>();
    events.message = [this, link_of_events](const std::string& text) { return received(link_of_events->lock(), text); };
    events.ended = [this, name, link_of_events](LinkEnd end, const std::string& detail) {
      if (auto* peer = find(name); peer != nullptr && peer->attempt) {
        dial_failed(name);
      } else if (peer != nullptr) {
        dial_later(name, *peer);
      }
      ended(link_of_events->lock(), name.str(), end, detail);
    };
    attempt->link = std::make_shared<Link>(std::move(attempt->socket), tls_, rules_, std::move(events));
    *link_of_events = attempt->link;
    attempt->link->start(Link::Role::connects);
  }

  // ------------------------------------------------------------------------------------------------ both

  void established(const ClimName& name, const std::shared_ptr<Link>& link) {
    ++counters_.established;
    spdlog::info("channel to {} is up", name.str());
    const auto old = std::exchange(find(name)->link, link);
    if (old) {  // the peer knew before us that it is dead
      old->close();
      events_.down(name);
    }
    events_.up(name);
  }

  // The identified peer of a link.
  ClimName peer_of(const std::shared_ptr<Link>& link) const {
    const auto found =
        std::find_if(peers_.begin(), peers_.end(), [&](const auto& entry) { return entry.second.link == link; });
    return found == peers_.end() ? ClimName{} : found->first;
  }

  bool received(const std::shared_ptr<Link>& link, const std::string& text) {
    const auto message = message_from_json(text);
    if (!message) {
      rejected("message from " + peer_of(link).str() + ": " + message.error().message);
      return false;
    }
    events_.message(peer_of(link), *message);
    return true;
  }

  void ended(const std::shared_ptr<Link>& link, const std::string& who, LinkEnd end, const std::string& detail) {
    count(end, link);
    const auto name = peer_of(link);
    if (end != LinkEnd::lost) {
      rejected("channel to " + who + " closed: " + detail);
    }
    if (!name.empty()) {
      spdlog::info("channel to {} is down: {}", name.str(), detail);
      find(name)->link.reset();
      events_.down(name);
    }
  }

  void count(LinkEnd end, const std::shared_ptr<Link>& link) {
    switch (end) {
      case LinkEnd::handshake:
        ++counters_.handshake_failed;
        break;
      case LinkEnd::stranger:
        ++counters_.stranger;
        break;
      case LinkEnd::malformed:
        ++counters_.malformed;
        break;
      case LinkEnd::overrun:
        ++counters_.overrun;
        break;
      case LinkEnd::lost:
        // Before its hello: a stranger may as well just hang up.
        counters_.handshake_failed += peer_of(link).empty() ? 1U : 0U;
        break;
    }
  }

  void rejected(const std::string& what) {
    if (const auto left_out = log_limit_.allow()) {
      spdlog::warn("{} ({} more since the last such line)", what, *left_out);
    }
  }

  Alive alive_;
  boost::asio::io_context& io_;
  Tls tls_;
  std::vector<std::string> key_names_;
  Options options_;
  Events events_;
  Link::Rules rules_;
  ChannelCounters counters_;
  LogLimit log_limit_;
  std::map<ClimName, PeerState> peers_;
  std::set<std::shared_ptr<Link>> unidentified_;  // accepted, no hello yet
  std::vector<std::unique_ptr<Listener>> listeners_;
};

Channels::Channels(boost::asio::io_context& io, const ClusterKey& key, Options options, Events events)
    : hub_(std::make_unique<Hub>(io, key, std::move(options), std::move(events))) {}

Channels::~Channels() = default;

bool Channels::send(const ClimName& peer, const Message& message) {
  return hub_->send(peer, message);
}

bool Channels::connected(const ClimName& peer) const {
  return hub_->connected(peer);
}

const ChannelCounters& Channels::counters() const {
  return hub_->counters();
}

void Channels::set_key(const ClusterKey& key) {
  hub_->set_key(key);
}

void Channels::set_peers(const std::vector<Peer>& peers) {
  hub_->set_peers(peers);
}

}  // namespace cip::peer
