// Keeps the kernel at what the configuration and the failover engine want. Lives on the event loop; the work itself is
// done on a thread of its own (kernel_work.h), so that neither 10,000 objects nor a kernel that hangs hold up a
// heartbeat.
//
// There is one kind of run: desired - observed, executed. It is started by a decision, by an event of the kernel
// (drift), after a failure (with backoff), and once more after each run that changed something (which verifies it). The
// kernel tells nobody of a changed arp_ignore and its like: they are looked at every second. A run that is under way
// stops for a newer decision. Refreshing lifetimes goes before all else.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconciler/daemon/desired_state.h"
#include "reconciler/daemon/kernel_work.h"
#include "reconciler/daemon/run_counters.h"
#include "reconciler/daemon/worker.h"
#include "reconciler/failover/event.h"
#include "reconciler/kernel/events.h"
#include "reconciler/sockets/connections.h"

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

class Reconciler {
 public:
  // All but the last called on the event loop's thread, never from within a call of ours.
  struct Events {
    std::function<void(const failover::ApplyResult&)> applied;
    std::function<void(const failover::RemoveResult&)> removed;
    // Addresses of a home interface, as they are added, before it is all there; also those that were repaired.
    std::function<void(const InterfaceName& link, const std::vector<IpAddress>& addresses)> added;
    // TCP connections of home interfaces that were decided to leave: before their addresses go, and once more after.
    std::function<void(const std::vector<sockets::Connection>&)> ended;
    // After each run: the links as they were some time after `since`.
    std::function<void(const std::vector<plan::ObservedLink>&, std::chrono::steady_clock::time_point since)> links;
    std::function<void()> ran;  // after each run, when all else is said
    std::function<void(bool answers)> kernel_answers;
    std::function<void(const std::string& sentence, const std::string& evidence)> repaired;  // drift
    std::function<void(const std::string& subject, const std::string& sentence)> trouble;    // each when it is new
    std::function<void()> before_run;  // the engine may have to look first, if the process was stopped meanwhile
    // When the engine ran last. Called on the worker's thread: what the engine decided before a pause must not be
    // carried out after it.
    std::function<failover::Time()> engine_ran;
  };

  Reconciler(boost::asio::io_context& loop, Post post, KernelWork work, Events events);
  ~Reconciler();
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  // Before any configuration: what is held. The answer comes to `then`.
  void find(std::function<void(const Found&)> then);

  void configure(std::shared_ptr<const ClimState> configuration);
  bool configured() const { return wanted_.configuration != nullptr; }

  // Held from before, until apply() or remove() decides about it. Content: as far as it is known.
  void adopt(const InterfaceRef& home, Placement placement);

  void apply(const InterfaceRef& home, Placement placement, failover::Operation operation);
  void remove(const InterfaceRef& home, failover::Operation operation);
  void refresh(const InterfaceRef& home, std::chrono::seconds lifetime);
  void set_link(const InterfaceName& interface, bool up);

  // Nothing is done to the kernel until as many calls of resume().
  void suspend();
  // Which of the placements, and of `others`, are in the kernel. Those that are not are forgotten; those that are count
  // as adopted. `then` is called for each call, in their order; with nothing for one that was overtaken by another.
  void read_held(std::map<InterfaceRef, Placement> others,
                 std::function<void(const std::optional<std::set<InterfaceRef>>&)> then);
  void resume();

  // An event of the kernel: whether it may need a repair is found out here.
  void kernel_changed(const kernel::Event& event);

  // Somebody may have deleted policies of IPsec (guards.h): nobody tells. To be called every second.
  void look_at_guards();

  void plan(std::function<void(const Result<PlanText>&)> then);
  // What was left to somebody who undoes it again and again is repaired again.
  void resume_repairs();

  // What does not work now, of a home interface or (with none) of the rest.
  std::vector<std::string> problems(const std::optional<InterfaceRef>& home) const;
  bool stopped(const InterfaceName& interface) const { return wanted_.stopped.count(interface) != 0; }
  std::vector<std::string> all_problems() const;  // each with its subject
  // The last run was about all that is decided, and left nothing but what cannot be done (now).
  bool settled() const { return settled_; }
  const std::map<InterfaceRef, Placement>& placements() const { return wanted_.placements; }

  const RunCounters& counters() const { return counters_; }

  // Nothing runs and nothing is to be done now.
  bool idle() const;

 private:
  struct Timers;
  struct Shared;  // with the worker's thread
  struct Waiting {
    failover::Operation operation{};
    bool removes = false;
    std::vector<IpAddress> addresses;  // removes
  };
  using Decisions = std::map<InterfaceRef, Waiting>;
  using Clock = std::chrono::steady_clock;

  void decide();
  void schedule(Clock::time_point when);
  void run();
  void added(const std::vector<AddedAddress>& addresses);
  void finished(const Outcome& outcome, const Decisions& waited);
  void answer(const Outcome& outcome, const Decisions& waited);
  void count(const Outcome& outcome);
  void remember_problems(const Outcome& outcome);
  void follow_up(const Outcome& outcome);
  void give_memory_back();
  void look_at_settings();
  void keep_held(const std::map<InterfaceRef, Placement>& contents, const std::set<InterfaceRef>& held);
  void remove_by_ledger(const InterfaceRef& home, failover::Operation operation);
  void flush_refreshes();
  void began();
  void ended();
  void watch_kernel();
  void kernel_answers(bool answers);

  Post post_;
  Events events_;
  std::unique_ptr<Timers> timers_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<KernelWork> work_;  // used on the worker's thread only

  Wanted wanted_;
  Decisions waiting_;  // that no run has answered yet
  bool running_ = false;
  bool decided_ = true;      // since the last run began: what the next one does is no drift
  bool run_decided_ = true;  // the same of the one that runs
  bool settled_ = false;
  int suspended_ = 0;
  std::optional<Clock::time_point> scheduled_;
  Clock::time_point run_began_;
  Clock::time_point last_run_;  // ended
  std::chrono::milliseconds backoff_{0};
  Clock::time_point repairs_since_;
  unsigned repairs_ = 0;
  RunCounters counters_;

  std::map<InterfaceRef, std::chrono::seconds> refreshes_;  // to be sent to the worker together

  std::map<std::string, std::vector<std::string>> problems_;  // by home interface; "" for the rest
  bool waits_for_event_ = false;
  std::uint64_t last_read_ = 0;
  unsigned jobs_ = 0;
  bool answers_ = true;
  bool stalled_ = false;
  bool looking_at_guards_ = false;

  Worker worker_;  // the last member: it ends first
};

}  // namespace cip::daemon
