#include "reconciler/daemon/lans.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>

#include "reconciler/daemon/desired_state.h"

namespace cip::daemon {

std::vector<IpAddress> probe_targets(const HomeInterface& home) {
  std::vector<IpAddress> targets;
  const auto take = [&](const IpAddress& address) {
    const bool known = std::find(targets.begin(), targets.end(), address) != targets.end();
    if (!known && targets.size() < peer::Prober::max_targets) {
      targets.push_back(address);
    }
  };
  const auto addresses = addresses_of(home);
  for (const auto family : {Family::ipv4, Family::ipv6}) {
    const auto first = std::find_if(addresses.begin(), addresses.end(),
                                    [&](const IpAddress& address) { return address.family() == family; });
    if (first != addresses.end()) {
      take(*first);
    }
  }
  for (const auto& address : addresses) {
    take(address);
  }
  return targets;
}

// One interface, and the home interfaces that are asked about on it (its own, and one that would visit).
class Lans::Lan {
 public:
  Lan(boost::asio::io_context& loop, const InterfaceName& interface, const Events& events)
      : events_(events), timer_(loop), prober_(loop, interface, [this](const auto& answer) { heard(answer); }) {}

  void probe(const HomeInterface& home) {
    auto& question = questions_[home.name];
    if (question.until == Clock::time_point{}) {
      const auto addresses = addresses_of(home);
      question.addresses = {addresses.begin(), addresses.end()};
    }
    question.until = Clock::now() + attention;
    prober_.ask(probe_targets(home), witnesses_of(home));
    timer_.expires_after(attention);
    // Asio still calls a handler that was due already when its timer is destroyed.
    timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code error) {
      if (!error && !alive.expired()) {
        forget();
      }
    });
  }

  void forget() {
    questions_.clear();
    prober_.stop();
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Question {
    std::set<IpAddress> addresses;
    Clock::time_point until;
  };

  // By address, not by what this round asked for: two home interfaces may be asked about in turn.
  void heard(const peer::ProbeAnswer& answer) {
    const auto now = Clock::now();
    for (auto each = questions_.begin(); each != questions_.end();) {
      each = each->second.until < now ? questions_.erase(each) : std::next(each);
    }
    const auto questions = questions_;  // an event may ask or forget
    for (const auto& [home, question] : questions) {
      if (question.addresses.count(answer.address) != 0) {
        events_.answered(home, answer.mac);
      } else {
        events_.witness(home, answer.mac);
      }
    }
  }

  const Events& events_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  boost::asio::steady_timer timer_;
  std::map<InterfaceRef, Question> questions_;
  peer::Prober prober_;
};

Lans::Lans(boost::asio::io_context& loop, Events events) : loop_(loop), events_(std::move(events)), announcer_(loop) {}

Lans::~Lans() = default;

void Lans::set_interfaces(const std::set<InterfaceName>& interfaces) {
  for (auto each = lans_.begin(); each != lans_.end();) {
    each = interfaces.count(each->first) == 0 ? lans_.erase(each) : std::next(each);
  }
  for (const auto& interface : interfaces) {
    auto& lan = lans_[interface];
    if (!lan) {
      lan = std::make_unique<Lan>(loop_, interface, events_);
    }
  }
}

void Lans::probe(const HomeInterface& home, const InterfaceName& interface) {
  if (const auto lan = lans_.find(interface); lan != lans_.end()) {
    lan->second->probe(home);
  }
}

void Lans::forget() {
  for (const auto& [interface, lan] : lans_) {
    lan->forget();
  }
}

void Lans::announce(const InterfaceName& interface, const std::vector<IpAddress>& addresses) {
  announcer_.announce(interface, addresses);
}

void Lans::withdraw(const HomeInterface& home, const InterfaceName& interface) {
  announcer_.withdraw(interface, addresses_of(home));
}

}  // namespace cip::daemon
