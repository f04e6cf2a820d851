// The other CLIMs that this one shares failover pairs with: heartbeats, mirrors and forwarded commands
// (reconciler/peer), as the configuration wants them.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/failover/event.h"
#include "reconciler/peer/cluster_key.h"
#include "state/result.h"
#include "state/tree.h"

namespace boost::asio {
class io_context;
}
namespace cip::peer {
class Channels;
struct ConnectionReport;
class Heartbeats;
struct HeartbeatPeer;
}  // namespace cip::peer

namespace cip::daemon {

class Peers {
 public:
  struct Events {
    std::function<void(const failover::HeartbeatReceived&)> heartbeat;
    // The bytes of a home interface of ours that a peer wants; nothing: we do not have it.
    std::function<std::optional<std::string>(const InterfaceRef& home, const Digest& digest)> mirror_wanted;
    // One that was asked for; of its bytes only the digest is known to be right.
    std::function<void(const InterfaceRef& home, std::string bytes)> mirror;
    std::function<void(const InterfaceRef& home)> mirror_too_long;  // for a message: the peer cannot have it
    // A request of the control protocol; what is to be answered goes to `answer`, once, now or later.
    std::function<void(const ClimName& from, const std::string& line, std::function<void(std::string)> answer)> command;
    std::function<void(const ClimName& from, const peer::ConnectionReport& report)> connections;
    std::function<void(const ClimName& peer, bool up)> channel;
    std::function<void(const std::string& what)> rejected;  // messages that are not authentic; at most once a second
  };

  Peers(boost::asio::io_context& loop, peer::ClusterKey key, Events events);
  ~Peers();
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  // Not from within an event.
  void configure(const ClimState& configuration);

  // Not from within an event. False: it is the one in use.
  bool set_key(const peer::ClusterKey& key);
  std::vector<std::string> key_names() const { return key_.names(); }
  // Which key what it sent last had; empty: nothing came.
  std::string key_of(const ClimName& peer) const;

  void send(const ClimName& to, const failover::Heartbeat& heartbeat);
  // Now, or as soon as there is a channel.
  void fetch_mirror(const ClimName& from, const InterfaceRef& home, const Digest& digest);
  // False: there is no channel.
  bool tell_connections(const ClimName& to, const peer::ConnectionReport& report);
  // `then` gets the answer's line, or an error: no channel, no answer in time.
  void command(const ClimName& to, std::string line, std::function<void(Result<std::string>)> then);

  void discard_queued();
  bool connected(const ClimName& peer) const;

  static constexpr std::chrono::seconds command_limit{20};
  static constexpr unsigned most_unanswered = 64;  // commands of one peer; more are refused

 private:
  struct Question;
  void received_command(const ClimName& from, std::uint64_t id, const std::string& body);
  void channel_changed(const ClimName& peer, bool up);
  void watch_rejections();
  void open(const ClimState& configuration, const std::vector<peer::HeartbeatPeer>& peers);

  boost::asio::io_context& loop_;
  peer::ClusterKey key_;
  Events events_;
  ClusterName cluster_;
  std::vector<IpAddress> control_;
  std::chrono::milliseconds heartbeat_{0};
  std::unique_ptr<peer::Heartbeats> heartbeats_;
  std::unique_ptr<peer::Channels> channels_;
  std::map<std::pair<ClimName, InterfaceRef>, Digest> asked_mirrors_;  // and not come yet
  std::map<ClimName, unsigned> unanswered_;                            // commands of theirs
  std::uint64_t last_question_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Question>> questions_;
  std::unique_ptr<boost::asio::steady_timer> look_;  // at the counters
  std::uint64_t rejected_ = 0;
  std::shared_ptr<bool> alive_;  // for answers that come when this is gone
};

}  // namespace cip::daemon
