// The data LANs: asking who is there before something is taken, and telling where addresses are (reconciler/peer).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "reconciler/peer/announce.h"
#include "reconciler/peer/probe.h"
#include "state/objects.h"

namespace cip::daemon {

class Lans {
 public:
  struct Events {
    std::function<void(const InterfaceRef& home, const MacAddress& mac)> answered;  // for an address of `home`
    std::function<void(const InterfaceRef& home, const MacAddress& mac)> witness;   // for another address, on its LAN
  };

  Lans(boost::asio::io_context& loop, Events events);
  ~Lans();
  Lans(const Lans&) = delete;
  Lans& operator=(const Lans&) = delete;

  // The interfaces on which may be asked. Hosts are listened to from then on.
  void set_interfaces(const std::set<InterfaceName>& interfaces);

  // One round for `home`, whose resources would be on `interface`. Answers are told for `attention` after the last one.
  void probe(const HomeInterface& home, const InterfaceName& interface);
  static constexpr std::chrono::milliseconds attention{200};

  // No answer to what was asked before counts any more.
  void forget();

  void announce(const InterfaceName& interface, const std::vector<IpAddress>& addresses);
  void withdraw(const HomeInterface& home, const InterfaceName& interface);

 private:
  class Lan;
  boost::asio::io_context& loop_;
  Events events_;
  std::map<InterfaceName, std::unique_ptr<Lan>> lans_;
  peer::Announcer announcer_;
};

// Up to three addresses of `home` to ask for: of both families, if it has both.
std::vector<IpAddress> probe_targets(const HomeInterface& home);

}  // namespace cip::daemon
