// IPsec on the event loop: charon is kept at what the configuration says (ipsec/charon.h) on a thread of its own, which
// may wait for it, and what becomes of it is told. Nothing else waits for charon.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconciler/daemon/event_log.h"
#include "reconciler/daemon/worker.h"
#include "reconciler/ipsec/charon.h"

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

// The IP addresses of this machine, of all interfaces.
std::set<IpAddress> own_addresses();

// "charon does not answer: ...", with a way out. `why` as ipsec::Report::absent has it.
std::string absence(const std::string& why);

// "IPsec partner: ..."; empty: there is none.
std::string problem_of(const ipsec::ConnectionReport& connection);

class Ipsec {
 public:
  struct Events {
    std::function<void(Level, What, const std::string& subject, const std::string& text, const std::string& evidence)>
        happened;
    std::function<void()> looked;  // after each look, at least every second while there is IPsec, when all else is said
  };

  // An IKE daemon that is started again, or after us, is no reason for an alarm.
  static constexpr std::chrono::seconds default_patience{10};

  // `socket`: charon's for vici.
  Ipsec(boost::asio::io_context& loop, Post post, std::filesystem::path socket, Events events,
        std::chrono::milliseconds patience = default_patience);
  ~Ipsec();
  Ipsec(const Ipsec&) = delete;
  Ipsec& operator=(const Ipsec&) = delete;

  void configure(std::vector<ipsec::Connection> connections);
  // Secrets and certificates may have changed.
  void read_files_again();

  // Addresses may have come or gone: this is looked at now, and otherwise every second.
  void look();
  // They are about to leave this kernel: SAs end while the other end can still be told. Until they have left, or
  // stay().
  void leave(const std::vector<IpAddress>& addresses);
  void stay(const std::vector<IpAddress>& addresses);

  // charon has been told of the last configuration, or could not be, or there is nothing that it needs.
  bool settled() const { return configured_ == told_ || wanted_->empty(); }
  std::vector<std::string> problems() const;
  // When it was looked at last; nothing: there is nothing that needs charon.
  std::optional<bool> charon_answers() const;
  const std::vector<ipsec::ConnectionReport>& connections() const { return report_.connections; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Timer;
  struct Looked {
    ipsec::Report report;
    std::set<IpAddress> own;
    Clock::duration took{};
  };

  void begin();
  void begin_after(Clock::duration pause);
  void ended(unsigned configured, Looked&& looked);
  void tell_absence();
  void tell_changes(const std::vector<ipsec::ConnectionReport>& before);

  std::unique_ptr<Timer> timer_;
  Events events_;
  std::chrono::milliseconds patience_;
  std::shared_ptr<ipsec::Charon> charon_;  // used on the worker's thread only
  std::shared_ptr<const std::vector<ipsec::Connection>> wanted_;
  ipsec::Report report_;
  std::set<IpAddress> leaving_;
  std::vector<std::string> ending_;                   // connections of those that charon has not been told of yet
  std::map<std::string, Clock::time_point> arrived_;  // connections whose address is here, and that are not up yet
  Clock::time_point answered_ = Clock::now();         // charon, last
  bool absent_ = false;                               // and that has been told
  bool reread_ = false;
  bool running_ = false;
  bool again_ = false;       // something happened since the look that runs began
  unsigned configured_ = 0;  // how often
  unsigned told_ = 0;        // which of these charon was told of
  Worker worker_;            // the last member: it ends first
};

}  // namespace cip::daemon
