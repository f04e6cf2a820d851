#include "reconciler/peer/announce.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <fstream>
#include <map>
#include <set>
#include <utility>

#include "reconciler/peer/alive.h"
#include "reconciler/peer/frames.h"
#include "reconciler/peer/packet_socket.h"

namespace cip::peer {
namespace {

// Asked each time: an operator may change it, and the interface may have come and gone.
bool forwards_ipv6(const InterfaceName& interface) {
  std::ifstream setting("/proc/sys/net/ipv6/conf/" + interface.str() + "/forwarding");
  int value = 0;
  return setting >> value && value != 0;
}

}  // namespace

// Addresses wait in `order_`; those that were withdrawn meanwhile are no longer in `wanted_` and are passed over.
class Announcer::Queue {
 public:
  explicit Queue(boost::asio::io_context& io) : io_(io), timer_(io) {}

  void add(const InterfaceName& interface, std::span<const IpAddress> addresses) {
    for (const auto& address : addresses) {
      if (wanted_[interface].insert(address).second) {
        order_.emplace_back(interface, address);
      }
    }
    if (!waiting_) {
      send_burst();
    }
  }

  void remove(const InterfaceName& interface, std::span<const IpAddress> addresses) {
    if (const auto found = wanted_.find(interface); found != wanted_.end()) {
      for (const auto& address : addresses) {
        found->second.erase(address);
      }
    }
  }

  void remove(const InterfaceName& interface) { wanted_.erase(interface); }

  std::size_t size() const {
    std::size_t count = 0;
    for (const auto& [interface, addresses] : wanted_) {
      count += addresses.size();
    }
    return count;
  }

 private:
  void send_burst() {
    std::map<InterfaceName, bool> router;  // those of this burst
    for (std::size_t sent = 0; sent < burst && !order_.empty();) {
      const auto [interface, address] = order_.front();
      order_.pop_front();
      const auto found = wanted_.find(interface);
      if (found == wanted_.end() || found->second.erase(address) == 0) {
        continue;  // withdrawn
      }
      if (!router.contains(interface)) {
        router[interface] = forwards_ipv6(interface);
        refresh(interface);
      }
      send(*sockets_.at(interface), address, router[interface]);
      ++sent;
    }
    if (order_.empty()) {
      wanted_.clear();
      sockets_.clear();
    }
    // Also after the last one: who announces again at once is paced too.
    waiting_ = true;
    timer_.expires_after(pause);
    timer_.async_wait([this, watch = alive_.watch()](const boost::system::error_code&) {
      if (watch.expired()) {
        return;
      }
      waiting_ = false;
      if (!order_.empty()) {
        send_burst();
      }
    });
  }

  void refresh(const InterfaceName& interface) {
    auto& socket = sockets_[interface];
    if (!socket) {
      socket = std::make_unique<PacketSocket>(io_, PacketSocket::Options{interface, 0, {}, {}}, nullptr);
    }
    socket->refresh();
  }

  static void send(PacketSocket& socket, const IpAddress& address, bool router) {
    const auto own = socket.mac();
    if (!own) {
      return;  // the interface is gone; whatever held its addresses will announce them anew
    }
    if (address.family() == Family::ipv4) {
      socket.send(arp_announcement(*own, address, false));
      socket.send(arp_announcement(*own, address, true));
    } else {
      socket.send(neighbor_advertisement(*own, address, router));
    }
  }

  boost::asio::io_context& io_;
  Alive alive_;
  boost::asio::steady_timer timer_;
  bool waiting_ = false;
  std::deque<std::pair<InterfaceName, IpAddress>> order_;
  std::map<InterfaceName, std::set<IpAddress>> wanted_;
  std::map<InterfaceName, std::unique_ptr<PacketSocket>> sockets_;
};

Announcer::Announcer(boost::asio::io_context& io) : queue_(std::make_unique<Queue>(io)) {}

Announcer::~Announcer() = default;

void Announcer::announce(const InterfaceName& interface, std::span<const IpAddress> addresses) {
  queue_->add(interface, addresses);
}

void Announcer::withdraw(const InterfaceName& interface, std::span<const IpAddress> addresses) {
  queue_->remove(interface, addresses);
}

void Announcer::withdraw(const InterfaceName& interface) {
  queue_->remove(interface);
}

std::size_t Announcer::pending() const {
  return queue_->size();
}

}  // namespace cip::peer
