#include "reconciler/daemon/ipsec.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>
#include <utility>

namespace cip::daemon {

namespace {

constexpr std::chrono::milliseconds look_at_negotiation{100};
constexpr std::chrono::milliseconds look_gap{20};  // between looks that events start: addresses come by the thousand
// Of the time, where there are so many SAs that looking at them every second would take more.
constexpr int share = 50;

}  // namespace

std::set<IpAddress> own_addresses() {
  std::set<IpAddress> addresses;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    return addresses;
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const auto* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) {
      continue;
    }
    const auto bytes = [&](const auto& address) {
      const auto* first = reinterpret_cast<const std::uint8_t*>(&address);
      if (const auto parsed = IpAddress::from_bytes({first, sizeof address})) {
        addresses.insert(*parsed);
      }
    };
    if (each->ifa_addr->sa_family == AF_INET) {
      bytes(reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr);
    } else if (each->ifa_addr->sa_family == AF_INET6) {
      bytes(reinterpret_cast<const sockaddr_in6*>(each->ifa_addr)->sin6_addr);
    }
  }
  return addresses;
}

std::string absence(const std::string& why) {
  return fmt::format(
      "charon does not answer, so nothing that IPsec protects gets through: {}; is strongSwan running (systemctl "
      "status "
      "strongswan), and may user {} write to its socket (docs: Operations, IPsec)?",
      why, ::geteuid());
}

std::string problem_of(const ipsec::ConnectionReport& connection) {
  return connection.problem.empty() ? "" : fmt::format("IPsec {}: {}", connection.name, connection.problem);
}

struct Ipsec::Timer {
  explicit Timer(boost::asio::io_context& loop) : next(loop) {}
  boost::asio::steady_timer next;
};

Ipsec::Ipsec(boost::asio::io_context& loop, Post post, std::filesystem::path socket, Events events,
             std::chrono::milliseconds patience)
    : timer_(std::make_unique<Timer>(loop)),
      events_(std::move(events)),
      patience_(patience),
      charon_(std::make_shared<ipsec::Charon>(std::move(socket))),
      wanted_(std::make_shared<const std::vector<ipsec::Connection>>()),
      worker_(std::move(post)) {}

Ipsec::~Ipsec() = default;

void Ipsec::configure(std::vector<ipsec::Connection> connections) {
  // Nothing is asked of a charon that nobody needs, but for what an earlier configuration has left there.
  if (wanted_->empty() && !connections.empty()) {
    answered_ = Clock::now();
  }
  wanted_ = std::make_shared<const std::vector<ipsec::Connection>>(std::move(connections));
  ++configured_;
  look();
}

void Ipsec::read_files_again() {
  reread_ = true;
  look();
}

void Ipsec::leave(const std::vector<IpAddress>& addresses) {
  leaving_.insert(addresses.begin(), addresses.end());
  for (const auto& connection : *wanted_) {
    if (std::find(addresses.begin(), addresses.end(), connection.local) != addresses.end()) {
      ending_.push_back(connection.name);
    }
  }
  look();
}

void Ipsec::stay(const std::vector<IpAddress>& addresses) {
  for (const auto& address : addresses) {
    leaving_.erase(address);
  }
}

void Ipsec::look() {
  if (wanted_->empty() && configured_ == told_) {
    return;
  }
  again_ = true;
  if (!running_ && configured_ > 0) {
    begin();
  }
}

void Ipsec::begin() {
  running_ = true;
  again_ = false;
  timer_->next.cancel();
  worker_.run(
      [charon = charon_, wanted = wanted_, leaving = leaving_, ending = std::exchange(ending_, {}),
       reread = std::exchange(reread_, false)] {
        const auto began = Clock::now();
        charon->end_now(ending);
        if (reread) {
          charon->read_files_again();
        }
        Looked looked;
        looked.own = own_addresses();
        auto here = looked.own;
        for (const auto& address : leaving) {
          here.erase(address);
        }
        looked.report = charon->pass(*wanted, here, began);
        looked.took = Clock::now() - began;
        return looked;
      },
      [this, configured = configured_](Looked&& looked) { ended(configured, std::move(looked)); });
}

void Ipsec::ended(unsigned configured, Looked&& looked) {
  running_ = false;
  told_ = configured;
  for (auto address = leaving_.begin(); address != leaving_.end();) {
    address = looked.own.count(*address) == 0 ? leaving_.erase(address) : std::next(address);
  }
  const auto before = std::exchange(report_.connections, {});
  report_ = std::move(looked.report);
  tell_absence();
  tell_changes(before);
  auto pause = std::max<Clock::duration>(report_.again, share * looked.took);
  const bool negotiates = std::any_of(report_.connections.begin(), report_.connections.end(), [](const auto& each) {
    return each.state == ipsec::ConnectionState::negotiating;
  });
  if (negotiates) {
    pause = std::min<Clock::duration>(pause, look_at_negotiation);
  }
  if (!ending_.empty()) {
    begin();
  } else if (again_) {
    begin_after(look_gap);
  } else if (!wanted_->empty()) {
    begin_after(pause);
  }
  events_.looked();
}

void Ipsec::begin_after(Clock::duration pause) {
  timer_->next.expires_after(pause);
  timer_->next.async_wait([this](boost::system::error_code error) {
    if (!error && !running_) {
      begin();
    }
  });
}

void Ipsec::tell_absence() {
  const auto now = Clock::now();
  if (wanted_->empty() || !report_.absent) {
    answered_ = now;
    if (std::exchange(absent_, false) && !report_.absent) {
      events_.happened(Level::info, What::charon_present, "", "charon answers", "it has all connections again");
    }
    return;
  }
  if (now - answered_ >= patience_) {
    absent_ = true;
    // The log leaves out what repeats.
    events_.happened(Level::alarm, What::charon_absent, "", absence(*report_.absent), "tried again every second");
  }
}

void Ipsec::tell_changes(const std::vector<ipsec::ConnectionReport>& before) {
  using ipsec::ConnectionState;
  const auto now = Clock::now();
  for (const auto& connection : report_.connections) {
    const auto earlier =
        std::find_if(before.begin(), before.end(), [&](const auto& each) { return each.name == connection.name; });
    const auto was = earlier == before.end() ? ConnectionState::unknown : earlier->state;
    const auto is = connection.state;
    if (!connection.problem.empty() && (earlier == before.end() || earlier->problem != connection.problem)) {
      events_.happened(Level::alarm, What::ipsec_refused, connection.name, connection.problem,
                       "tried again every second");
    }
    if (is == ConnectionState::idle || is == ConnectionState::negotiating) {
      arrived_.try_emplace(connection.name, now);
    }
    if (is == ConnectionState::up && was != ConnectionState::up) {
      const auto since = arrived_.find(connection.name);
      const auto after =
          since == arrived_.end()
              ? std::string("they were there")
              : fmt::format("after {} ms",
                            std::chrono::duration_cast<std::chrono::milliseconds>(now - since->second).count());
      events_.happened(
          Level::info, What::ipsec_up, connection.name,
          fmt::format("{} and {} have security associations", connection.local.str(), connection.remote.str()), after);
    }
    if (was == ConnectionState::up && is != ConnectionState::up && is != ConnectionState::unknown) {
      const bool left = is == ConnectionState::away;
      events_.happened(left ? Level::info : Level::notice, What::ipsec_down, connection.name,
                       fmt::format("{} and {} have no security associations any more", connection.local.str(),
                                   connection.remote.str()),
                       left ? "its address is not here any more" : "they expired, or the other end has ended them");
    }
    if (is == ConnectionState::up || is == ConnectionState::away) {
      arrived_.erase(connection.name);
    }
  }
}

std::optional<bool> Ipsec::charon_answers() const {
  return wanted_->empty() || told_ == 0 ? std::nullopt : std::optional(!report_.absent);
}

std::vector<std::string> Ipsec::problems() const {
  std::vector<std::string> problems;
  if (report_.absent && !wanted_->empty()) {
    problems.push_back(absence(*report_.absent));
  }
  for (const auto& connection : report_.connections) {
    if (auto problem = problem_of(connection); !problem.empty()) {
      problems.push_back(std::move(problem));
    }
  }
  return problems;
}

}  // namespace cip::daemon
