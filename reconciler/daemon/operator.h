// What an operator asks for over the control socket, and what a peer forwards of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/daemon/control_server.h"
#include "reconciler/failover/event.h"

namespace cip::daemon {

class Daemon;

class Operator {
 public:
  explicit Operator(Daemon& daemon);
  ~Operator();
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  void handle(const Request& request, const std::shared_ptr<Asker>& asker);
  // From a peer: only a switch is taken from there, and that of a single interface is not passed back.
  void handle_forwarded(const ClimName& from, const std::string& line, std::function<void(std::string)> answer);

  void replied(const failover::Reply& reply);
  void shut_down();  // the answer to `cipctl shutdown`

 private:
  class Switching;
  using Asking = std::shared_ptr<Asker>;

  void status(const Request& request, const Asking& asker);
  void switch_over(const Request& request, const Asking& asker, bool forwarded);
  void switch_homes(const Request& request, const std::vector<InterfaceRef>& homes, const Asking& asker,
                    bool forwarded);
  void interface_command(const Request& request, const Asking& asker);
  void events(const Request& request, const Asking& asker);
  void plan(const Asking& asker);
  void reload(const Request& request, const Asking& asker);
  void confirm(const Asking& asker);
  void roll_back(const Asking& asker);
  void shutdown(const Asking& asker);

  void command(std::variant<failover::Switch, failover::StopInterface, failover::StartInterface> what,
               std::function<void(const failover::Reply&)> then);
  bool has_tunnels(const InterfaceRef& home) const;
  nlohmann::json rows(const std::optional<InterfaceRef>& only) const;
  nlohmann::json peers() const;
  nlohmann::json connections() const;
  Result<void> configured() const;
  Result<InterfaceRef> interface_named(const std::string& text) const;
  Result<std::vector<InterfaceRef>> homes_named(const Request& request) const;
  std::vector<InterfaceRef> known_homes() const;
  std::vector<std::string> known_names() const;

  Daemon& daemon_;
  std::uint64_t last_command_ = 0;
  std::map<std::uint64_t, std::function<void(const failover::Reply&)>> commands_;
  std::vector<Asking> shutting_down_;
};

}  // namespace cip::daemon
