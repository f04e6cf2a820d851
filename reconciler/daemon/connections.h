// The TCP connections on addresses that can fail over (docs/protocol.md, "TCP"): the partner that would take them over
// is kept informed, and what it has told is tickled when its addresses have come here. Everything on the loop's thread,
// but for listing, which is done on a thread of its own.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "reconciler/daemon/worker.h"
#include "reconciler/peer/channel.h"
#include "reconciler/sockets/known.h"
#include "reconciler/sockets/tickle.h"
#include "state/names.h"

namespace cip::daemon {

class Connections {
 public:
  // A home interface that is here and has another side.
  struct Held {
    ClimName partner;
    std::vector<IpAddress> addresses;
  };
  struct Events {
    std::function<std::map<InterfaceRef, Held>()> held;  // now
    // False: it could not be sent, and nothing of this home interface is known there.
    std::function<bool(const ClimName& to, const peer::ConnectionReport& report)> tell;
    // The other side of a home interface, by the configuration in use.
    std::function<std::optional<ClimName>(const InterfaceRef& home)> partner;
    std::function<void(const std::string& sentence, const std::string& evidence)> trouble;
  };

  Connections(boost::asio::io_context& loop, Post post, Events events);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Partners are told of changes every `often`; more seldom where listing would take more than a 50th of the time.
  static constexpr std::chrono::seconds often{1};
  static constexpr int share = 50;

  // To be called once.
  void watch();

  // It knows nothing of what was told before.
  void channel_up(const ClimName& partner);

  // It is decided that it leaves. What is ended then is told at once, or as soon as there is a channel again: the last
  // that the partner hears of it.
  void leaves(const InterfaceRef& home, const Held& held);
  void ended(const std::vector<sockets::Connection>& connections);

  void heard(const ClimName& from, const peer::ConnectionReport& report);

  // It has come here: one tickle for each connection on these addresses that its former side had, and for those that
  // this side tells of late.
  void tickle(const InterfaceRef& home, const InterfaceName& here, const std::vector<IpAddress>& addresses);

  struct Counters {
    std::size_t told = 0;   // connections that partners know of
    std::size_t known = 0;  // of partners
    std::uint64_t tickles = 0;
  };
  Counters counters() const;

 private:
  using List = std::shared_ptr<const std::vector<sockets::Connection>>;
  struct Looked;
  struct Untold {
    ClimName partner;
    InterfaceRef home;
    std::vector<sockets::Connection> ended;
    std::chrono::steady_clock::time_point since;
  };
  struct Taken {
    InterfaceName here;
    std::unordered_set<IpAddress> addresses;
    std::chrono::steady_clock::time_point tickled;
  };

  void look();
  void wait(std::chrono::steady_clock::duration pause);
  void looked(Looked&& looked);
  bool tell(const ClimName& to, const InterfaceRef& home, const std::vector<sockets::Report>& reports);
  void send_tickles(const InterfaceRef& home, std::span<const sockets::Connection> connections);
  void forget();

  Events events_;
  boost::asio::steady_timer timer_;
  std::map<InterfaceRef, List> told_;  // and arrived, as long as there is the channel
  bool looking_ = false;
  bool again_ = false;  // at once
  std::unordered_map<IpAddress, std::pair<InterfaceRef, ClimName>> leaving_;
  std::vector<Untold> untold_;
  sockets::KnownConnections known_;
  std::map<InterfaceRef, Taken> taken_;
  sockets::Tickler tickler_;
  Worker worker_;  // the last member: it ends first
};

}  // namespace cip::daemon
