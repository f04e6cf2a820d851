// Programs of the operator that run when something happens: DIR/NAME for the event of that name (docs/operations.md,
// Events), for example DIR/resources-here. A program gets the event as JSON on its standard input, as `cipctl events
// --format json` has it, and its parts in its environment; what it prints goes to our log. It runs as our user, with
// our rights.
//
// One at a time, in the order of the events, so that what comes and goes arrives in order. A program that takes longer
// than the limit is killed, with all that it started. Nothing waits for a hook, and nothing depends on its success.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "reconciler/daemon/event_log.h"
#include "state/names.h"
#include "state/result.h"

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

class Hooks {
 public:
  // A hook that fails: which, and how. Called from happened(), or from the event loop.
  using Failed = std::function<void(const std::string& event, const std::string& sentence)>;

  static constexpr std::chrono::seconds default_limit{10};
  static constexpr std::size_t most_waiting = 100;  // events; the oldest is left out for a newer one, and that is said

  Hooks(boost::asio::io_context& loop, std::filesystem::path directory, ClimName clim, Failed failed,
        std::chrono::milliseconds limit = default_limit);
  ~Hooks();  // kills what runs
  Hooks(const Hooks&) = delete;
  Hooks& operator=(const Hooks&) = delete;

  // What is wrong with the directory: names that are no event, programs that are not safe to run. A directory that is
  // not there has no hooks.
  std::vector<std::string> complaints() const;

  void happened(const Event& event);

 private:
  struct Running;

  void run_next();
  Result<pid_t> start(const Event& event) const;
  void ended();

  boost::asio::io_context& loop_;
  std::filesystem::path directory_;
  ClimName clim_;
  Failed failed_;
  std::chrono::milliseconds limit_;
  std::deque<Event> waiting_;
  std::unique_ptr<Running> running_;
};

}  // namespace cip::daemon
