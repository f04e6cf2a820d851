#include "reconciler/daemon/connections.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <ctime>
#include <fmt/format.h>
#include <iterator>

namespace cip::daemon {
namespace {

using Clock = std::chrono::steady_clock;
using sockets::Connection;
using sockets::Report;

constexpr std::chrono::seconds list_limit{5};
// The engine asks for tickles until 2.4 s after it has come, with pauses of 0.6 s at first (docs/protocol.md, "TCP").
constexpr std::chrono::milliseconds late_for{600};
constexpr std::chrono::seconds of_use_for{3};

// Of this thread, so that a busy machine does not make looks rarer.
Clock::duration processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

// What one look at the kernel found.
struct Connections::Looked {
  struct Home {
    InterfaceRef home;
    ClimName partner;
    List before;  // nothing: none was told
    std::vector<Connection> now;
    std::vector<Report> reports;
  };
  std::vector<Home> homes;
  std::string failure;
  Clock::duration took{};  // of a processor

  void list(const std::unordered_map<IpAddress, std::size_t>& home_of) {
    const auto began = processor_time();
    std::vector<IpAddress> addresses;
    addresses.reserve(home_of.size());
    for (const auto& [address, home] : home_of) {
      addresses.push_back(address);
    }
    const auto listed = sockets::list_connections(addresses, list_limit);
    if (!listed) {
      failure = listed.error().message;
      return;
    }
    for (const auto& each : *listed) {
      homes[home_of.at(each.local)].now.push_back(each);
    }
    for (auto& home : homes) {
      std::sort(home.now.begin(), home.now.end());
      home.reports = home.before ? sockets::changes(*home.before, home.now) : sockets::whole(home.now);
    }
    took = processor_time() - began;
  }
};

Connections::Connections(boost::asio::io_context& loop, Post post, Events events)
    : events_(std::move(events)), timer_(loop), tickler_(loop), worker_(std::move(post)) {}

Connections::~Connections() = default;

void Connections::watch() {
  look();
}

void Connections::look() {
  if (looking_) {
    again_ = true;
    return;
  }
  looking_ = true;
  again_ = false;
  timer_.cancel();
  Looked looked;
  std::unordered_map<IpAddress, std::size_t> home_of;
  for (const auto& [home, held] : events_.held()) {
    const auto told = told_.find(home);
    for (const auto& address : held.addresses) {
      home_of.emplace(address, looked.homes.size());
      leaving_.erase(address);
    }
    looked.homes.push_back({home, held.partner, told == told_.end() ? nullptr : told->second, {}, {}});
  }
  worker_.run(
      [looked = std::move(looked), home_of = std::move(home_of)]() mutable {
        looked.list(home_of);
        return std::move(looked);
      },
      [this](Looked&& found) { this->looked(std::move(found)); });
}

void Connections::looked(Looked&& found) {
  looking_ = false;
  if (!found.failure.empty()) {
    events_.trouble("partners cannot be told of TCP connections", found.failure);
  }
  const auto held = events_.held();
  std::erase_if(told_, [&](const auto& entry) { return !held.contains(entry.first); });
  for (auto& home : found.homes) {
    const auto told = told_.find(home.home);
    // Left, or is told of from the beginning: another look is to come.
    if (!held.contains(home.home) || (told == told_.end() ? nullptr : told->second) != home.before) {
      continue;
    }
    if (home.reports.empty()) {
      continue;
    }
    if (tell(home.partner, home.home, home.reports)) {
      told_[home.home] = std::make_shared<const std::vector<Connection>>(std::move(home.now));
    } else {
      told_.erase(home.home);
    }
  }
  forget();
  if (again_) {
    look();
  } else {
    wait(std::max<Clock::duration>(often, share * found.took));
  }
}

void Connections::wait(Clock::duration pause) {
  timer_.expires_after(pause);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) {
      look();
    }
  });
}

// What is of no use any more: told too late to be tickled; of home interfaces that no configuration has.
void Connections::forget() {
  std::erase_if(untold_, [](const Untold& each) { return Clock::now() - each.since > of_use_for; });
  std::vector<InterfaceRef> gone;
  for (const auto& [home, connections] : known_.all()) {
    if (!events_.partner(home)) {
      gone.push_back(home);
    }
  }
  for (const auto& home : gone) {
    known_.forget(home);
  }
}

bool Connections::tell(const ClimName& to, const InterfaceRef& home, const std::vector<Report>& reports) {
  return std::all_of(reports.begin(), reports.end(), [&](const Report& report) {
    return events_.tell(to, {home, report.whole, sockets::pack(report.added), sockets::pack(report.removed)});
  });
}

void Connections::channel_up(const ClimName& partner) {
  forget();
  for (const auto& each : untold_) {
    if (each.partner == partner) {
      tell(partner, each.home, sockets::changes({}, each.ended));
    }
  }
  std::erase_if(untold_, [&](const Untold& each) { return each.partner == partner; });
  for (const auto& [home, held] : events_.held()) {
    if (held.partner == partner) {
      told_.erase(home);
    }
  }
  look();
}

void Connections::leaves(const InterfaceRef& home, const Held& held) {
  tickler_.withdraw(home);
  taken_.erase(home);
  told_.erase(home);
  for (const auto& address : held.addresses) {
    leaving_.insert_or_assign(address, std::pair(home, held.partner));
  }
}

void Connections::ended(const std::vector<Connection>& connections) {
  std::map<std::pair<InterfaceRef, ClimName>, std::vector<Connection>> by_home;
  for (const auto& each : connections) {
    if (const auto leaving = leaving_.find(each.local); leaving != leaving_.end()) {
      by_home[leaving->second].push_back(each);
    }
  }
  for (auto& [home, list] : by_home) {
    std::sort(list.begin(), list.end());
    if (!tell(home.second, home.first, sockets::changes({}, list))) {
      untold_.push_back({home.second, home.first, std::move(list), Clock::now()});
    }
  }
}

void Connections::heard(const ClimName& from, const peer::ConnectionReport& report) {
  if (events_.partner(report.home) != from) {
    return;
  }
  auto added = sockets::unpack(report.added);
  auto removed = sockets::unpack(report.removed);
  if (!added || !removed) {
    events_.trouble(fmt::format("what {} tells of its TCP connections is not understood", from.str()),
                    (added ? removed : added).error().message);
    return;
  }
  const auto taken = taken_.find(report.home);
  const bool late = taken != taken_.end() && Clock::now() - taken->second.tickled < late_for;
  const auto at_once = late ? *added : std::vector<Connection>();
  if (!known_.take(report.home, {report.whole, std::move(*added), std::move(*removed)})) {
    events_.trouble("not all TCP connections of other CLIMs can be kept",
                    fmt::format("{} are the most", sockets::KnownConnections::most));
  }
  if (late) {
    send_tickles(report.home, at_once);
  }
}

void Connections::tickle(const InterfaceRef& home, const InterfaceName& here, const std::vector<IpAddress>& addresses) {
  taken_[home] = {here, {addresses.begin(), addresses.end()}, Clock::now()};
  send_tickles(home, known_.of(home));
}

// Whatever a partner says: only from addresses that are ours now.
void Connections::send_tickles(const InterfaceRef& home, std::span<const Connection> connections) {
  const auto& taken = taken_.at(home);
  std::vector<Connection> to;
  std::copy_if(connections.begin(), connections.end(), std::back_inserter(to),
               [&](const Connection& each) { return taken.addresses.contains(each.local); });
  tickler_.tickle(home, taken.here, std::move(to));
}

Connections::Counters Connections::counters() const {
  Counters counters{0, known_.size(), tickler_.sent()};
  for (const auto& [home, list] : told_) {
    counters.told += list->size();
  }
  return counters;
}

}  // namespace cip::daemon
