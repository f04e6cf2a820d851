#include "reconciler/daemon/reconciler.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <malloc.h>
#include <utility>

#include "reconciler/daemon/boot_clock.h"
#include "reconciler/daemon/desired_index.h"

namespace cip::daemon {

namespace {

constexpr std::chrono::milliseconds first_retry{100};
constexpr std::chrono::milliseconds last_retry{10000};
constexpr std::chrono::milliseconds event_gap{10};  // between runs that events start
// Somebody undoes what we repair: no more than this many repairs a second.
constexpr unsigned most_repairs = 20;
constexpr std::chrono::seconds repair_window{1};
constexpr std::chrono::seconds kernel_limit{1};  // docs/protocol.md, Transitions: "the kernel answers within 1 s"
constexpr std::chrono::milliseconds look_at_kernel{250};
// For changed settings; more seldom where there are so many links that it would take more than 0.1 % of the time.
constexpr std::chrono::seconds settings_gap{1};
constexpr int settings_share = 1000;

}  // namespace

struct Reconciler::Timers {
  explicit Timers(boost::asio::io_context& loop) : run(loop), kernel(loop), settings(loop) {}
  boost::asio::steady_timer run;
  boost::asio::steady_timer kernel;
  boost::asio::steady_timer settings;
};

struct Reconciler::Shared {
  std::atomic<bool> interrupt{false};
  std::atomic<std::int64_t> progress{0};      // boot time of the worker's last sign of life, microseconds
  std::atomic<std::int64_t> dead{0};          // the engine takes a longer silence of its own for a pause
  std::shared_ptr<const DesiredIndex> index;  // the loop's only

  static std::int64_t now() { return boot_now().time_since_epoch().count(); }

  // True: stop, and let the loop look at what happened.
  bool must_stop(failover::Time engine_ran) {
    const auto time = now();
    progress = time;
    return interrupt.load() || time - engine_ran.time_since_epoch().count() > dead.load();
  }
};

Reconciler::Reconciler(boost::asio::io_context& loop, Post post, KernelWork work, Events events)
    : post_(post),
      events_(std::move(events)),
      timers_(std::make_unique<Timers>(loop)),
      shared_(std::make_shared<Shared>()),
      work_(std::make_shared<KernelWork>(std::move(work))),
      worker_(std::move(post)) {
  shared_->index = std::make_shared<const DesiredIndex>();
}

Reconciler::~Reconciler() {
  shared_->interrupt = true;
}

// ------------------------------------------------------------------------------------------------------- decisions

void Reconciler::find(std::function<void(const Found&)> then) {
  began();
  worker_.run([work = work_] { return work->find(); },
              [this, then = std::move(then)](const Found& found) {
                ended();
                then(found);
              });
}

void Reconciler::configure(std::shared_ptr<const ClimState> configuration) {
  shared_->dead = failover::Duration(configuration->clim.times.dead).count();
  if (!configured()) {
    look_at_settings();
  }
  wanted_.configuration = std::move(configuration);
  decide();
}

void Reconciler::adopt(const InterfaceRef& home, Placement placement) {
  placement.undecided = true;
  wanted_.placements.insert_or_assign(home, std::move(placement));
  decide();
}

void Reconciler::apply(const InterfaceRef& home, Placement placement, failover::Operation operation) {
  wanted_.placements.insert_or_assign(home, std::move(placement));
  waiting_[home] = {operation, false, {}};
  decide();
}

void Reconciler::remove(const InterfaceRef& home, failover::Operation operation) {
  const auto placement = wanted_.placements.find(home);
  const bool known = configured() && placement != wanted_.placements.end() && placement->second.content;
  std::vector<IpAddress> addresses;
  if (known) {
    addresses = addresses_of(*placement->second.content);
  }
  if (placement != wanted_.placements.end()) {
    wanted_.placements.erase(placement);
  }
  if (!known) {
    waiting_.erase(home);
    remove_by_ledger(home, operation);
    return;
  }
  waiting_[home] = {operation, true, std::move(addresses)};
  decide();
}

void Reconciler::remove_by_ledger(const InterfaceRef& home, failover::Operation operation) {
  began();
  worker_.run_urgent(
      [work = work_, home] { return work->remove(home); },
      [this, home, operation](const Result<void>& result) {
        ended();
        events_.removed({home, operation, static_cast<bool>(result), result ? std::string() : result.error().message});
        decide();  // what the ledger does not have: routes
      });
}

void Reconciler::set_link(const InterfaceName& interface, bool up) {
  if (up) {
    wanted_.stopped.erase(interface);
  } else {
    wanted_.stopped.insert(interface);
  }
  decide();
}

void Reconciler::refresh(const InterfaceRef& home, std::chrono::seconds lifetime) {
  const auto placement = wanted_.placements.find(home);
  if (placement != wanted_.placements.end()) {
    placement->second.lifetime = lifetime;
  }
  if (refreshes_.empty()) {
    post_([this] { flush_refreshes(); });
  }
  refreshes_[home] = lifetime;
}

void Reconciler::flush_refreshes() {
  if (refreshes_.empty()) {
    return;
  }
  began();
  worker_.run_urgent(
      [work = work_, lifetimes = std::exchange(refreshes_, {})] {
        work->refresh(lifetimes);
        return true;
      },
      [this](bool /*done*/) { ended(); });
}

// ------------------------------------------------------------------------------------------------------------ runs

// A decision: at once, and what runs makes way. Several of one moment share a run.
void Reconciler::decide() {
  decided_ = true;
  settled_ = false;
  shared_->interrupt = true;
  schedule(Clock::now());
}

void Reconciler::schedule(Clock::time_point when) {
  if (!configured() || suspended_ > 0 || (scheduled_ && *scheduled_ <= when)) {
    return;
  }
  scheduled_ = when;
  if (running_) {
    return;
  }  // finished() looks at it
  timers_->run.expires_at(when);
  timers_->run.async_wait([this](boost::system::error_code error) {
    if (!error) {
      run();
    }
  });
}

void Reconciler::run() {
  if (running_ || suspended_ > 0 || !configured() || !scheduled_) {
    return;
  }
  events_.before_run();
  if (suspended_ > 0) {
    return;
  }
  scheduled_.reset();
  running_ = true;
  run_began_ = Clock::now();
  run_decided_ = std::exchange(decided_, false);
  shared_->interrupt = false;
  shared_->progress = Shared::now();
  std::vector<IpAddress> leaving;
  for (const auto& [home, waiting] : waiting_) {
    leaving.insert(leaving.end(), waiting.addresses.begin(), waiting.addresses.end());
  }
  struct Done {
    Outcome outcome;
    std::shared_ptr<const DesiredIndex> index;  // nothing: as it was
  };
  began();
  worker_.run(
      [this, work = work_, shared = shared_, wanted = wanted_, repairs = !run_decided_, leaving = std::move(leaving)] {
        Meanwhile meanwhile;
        meanwhile.interrupt = [&] {
          worker_.let_urgent_pass();
          return shared->must_stop(events_.engine_ran());
        };
        meanwhile.added = [this](std::vector<AddedAddress> addresses) {
          post_([this, addresses = std::move(addresses)] { added(addresses); });
        };
        Outcome first;
        if (repairs) {
          first = work->repair_all_but_routes(wanted, meanwhile);
          if (first.failure || first.interrupted) {
            return Done{std::move(first), nullptr};
          }
        }
        // Before the addresses go, so that the remote end gets its RST; and after, for what was opened meanwhile (R6).
        const auto end_connections = [&] {
          if (auto ended = work->end_connections(leaving); !ended.empty()) {
            post_([this, ended = std::move(ended)] { events_.ended(ended); });
          }
        };
        end_connections();
        const auto desired = desired_state(wanted);
        auto outcome = work->reconcile(wanted, desired, repairs, meanwhile);
        end_connections();
        outcome.add(first);
        auto index = std::make_shared<const DesiredIndex>(desired, outcome.links);
        return Done{std::move(outcome), std::move(index)};
      },
      [this, waited = waiting_](const Done& done) {
        ended();
        if (done.index) {
          shared_->index = done.index;
        }
        finished(done.outcome, waited);
      });
}

// What was decided meanwhile counts: nobody hears of an address that is about to leave.
void Reconciler::added(const std::vector<AddedAddress>& addresses) {
  std::map<InterfaceName, std::vector<IpAddress>> by_link;
  for (const auto& each : addresses) {
    const bool stays = std::any_of(each.homes.begin(), each.homes.end(), [&](const InterfaceRef& home) {
      const auto placement = wanted_.placements.find(home);
      return placement != wanted_.placements.end() && placement->second.here == each.link;
    });
    if (stays) {
      by_link[each.link].push_back(each.address);
    }
  }
  for (const auto& [link, added] : by_link) {
    events_.added(link, added);
  }
}

void Reconciler::finished(const Outcome& outcome, const Decisions& waited) {
  running_ = false;
  last_run_ = Clock::now();
  count(outcome);
  waits_for_event_ = outcome.waiting || outcome.failed;
  kernel_answers(!outcome.failure);
  if (!outcome.failure && !outcome.interrupted) {
    answer(outcome, waited);
  }
  if (!outcome.interrupted) {
    remember_problems(outcome);
  }
  if (!outcome.failure) {
    events_.links(outcome.links, run_began_);
  }
  if (!run_decided_ && outcome.done > 0) {
    ++repairs_;
    events_.repaired(
        fmt::format("repaired {} object{} that somebody changed", outcome.done, outcome.done == 1 ? "" : "s"),
        fmt::format("{}{}", fmt::join(outcome.repaired, "; "), outcome.done > outcome.repaired.size() ? "; ..." : ""));
  }
  const bool was_settled = settled_;
  settled_ = !outcome.interrupted && !outcome.failure && !outcome.detecting && !decided_ &&
             (!outcome.unverified || outcome.failed);
  follow_up(outcome);
  events_.ran();
  if (settled_ && !was_settled) {
    give_memory_back();
  }
}

// What a new configuration of 100,000 routes needs for a moment is twice what it needs then.
void Reconciler::give_memory_back() {
  worker_.run(
      [] {
        ::malloc_trim(0);
        return true;
      },
      [](bool /*done*/) {});
}

void Reconciler::count(const Outcome& outcome) {
  ++(outcome.interrupted ? counters_.interrupted : outcome.failed ? counters_.failed : counters_.done);
  counters_.operations_done += outcome.done;
  counters_.operations_failed += outcome.not_done;
  counters_.repaired += run_decided_ ? 0 : outcome.done;
  counters_.durations.add(last_run_ - run_began_);
}

void Reconciler::answer(const Outcome& outcome, const Decisions& waited) {
  for (const auto& [home, waiting] : waited) {
    const auto now = waiting_.find(home);
    if (now == waiting_.end() || now->second.operation != waiting.operation) {
      continue;
    }  // overtaken
    waiting_.erase(now);
    if (waiting.removes) {
      failover::RemoveResult result{home, waiting.operation, true, {}};
      for (const auto& [homes, text] : outcome.removal_failures) {
        if (!homes.empty() && homes.count(home) == 0) {
          continue;
        }
        result.ok = false;
        result.detail = text;
      }
      events_.removed(result);
      continue;
    }
    failover::ApplyResult result{home, waiting.operation, failover::Applied::complete, {}};
    const auto fared = outcome.homes.find(home);
    if (fared != outcome.homes.end() && !fared->second.failures.empty()) {
      result.applied = fared->second.applied;
      result.detail = fared->second.failures.front();
      if (fared->second.failures.size() > 1) {
        result.detail += fmt::format(" (and {} more)", fared->second.failures.size() - 1);
      }
    }
    events_.applied(result);
  }
}

void Reconciler::remember_problems(const Outcome& outcome) {
  std::map<std::string, std::vector<std::string>> problems;
  for (const auto& [home, fared] : outcome.homes) {
    if (!fared.failures.empty()) {
      problems[home.str()] = fared.failures;
    }
  }
  auto& rest = problems[""];
  rest = outcome.problems;
  for (const auto& [homes, text] : outcome.removal_failures) {
    rest.push_back(text);
  }
  if (outcome.failure) {
    rest.push_back(*outcome.failure);
  }
  for (const auto& [subject, sentences] : problems) {
    const auto& before = problems_[subject];
    for (const auto& sentence : sentences) {
      if (std::find(before.begin(), before.end(), sentence) == before.end()) {
        events_.trouble(subject, sentence);
      }
    }
  }
  problems_ = std::move(problems);
}

// When to run again: at once if this one was interrupted or changed something (to see that it is so), later if
// something failed, and when it was scheduled meanwhile.
void Reconciler::follow_up(const Outcome& outcome) {
  const auto now = Clock::now();
  if (now - repairs_since_ > repair_window) {
    repairs_since_ = now;
    repairs_ = 0;
  }
  auto wanted = std::exchange(scheduled_, std::nullopt);
  const auto want = [&](Clock::time_point when) { wanted = wanted ? std::min(*wanted, when) : when; };
  decided_ = decided_ || outcome.interrupted || outcome.failed;
  if (outcome.interrupted) {
    want(now);
  } else if (outcome.failed) {
    backoff_ = std::clamp(backoff_ * 2, first_retry, last_retry);
    want(now + backoff_);
  } else {
    backoff_ = {};
    if (outcome.unverified) {
      want(now);
    }
  }
  if (!wanted) {
    return;
  }
  schedule(repairs_ > most_repairs && !decided_ ? std::max(*wanted, repairs_since_ + repair_window) : *wanted);
}

void Reconciler::kernel_changed(const kernel::Event& event) {
  // What happened while a run was under way may be newer than what it has read.
  if (!shared_->index->concerns_us(event, waits_for_event_ || running_)) {
    return;
  }
  const auto earliest = std::max(Clock::now(), last_run_ + event_gap);
  const bool fight = repairs_ > most_repairs;
  schedule(fight ? std::max(earliest, repairs_since_ + repair_window) : earliest);
}

bool Reconciler::idle() const {
  return !running_ && jobs_ == 0 && waiting_.empty() && refreshes_.empty();
}

void Reconciler::look_at_settings() {
  struct Looked {
    std::vector<plan::ObservedLink> links;
    Clock::duration took;
  };
  worker_.run(
      [work = work_] {
        const auto began = Clock::now();
        auto links = work->read_links();
        return Looked{std::move(links), Clock::now() - began};
      },
      [this](const Looked& looked) {
        for (const auto& link : looked.links) {
          kernel_changed(kernel::LinkChanged{link, false});
        }
        timers_->settings.expires_after(std::max<Clock::duration>(settings_gap, settings_share * looked.took));
        timers_->settings.async_wait([this](boost::system::error_code error) {
          if (!error) {
            look_at_settings();
          }
        });
      });
}

void Reconciler::look_at_guards() {
  if (!configured() || std::exchange(looking_at_guards_, true)) {
    return;
  }
  worker_.run([work = work_, configuration = wanted_.configuration] { return work->guarded(*configuration); },
              [this](bool guarded) {
                looking_at_guards_ = false;
                if (!guarded) {
                  schedule(Clock::now());
                }
              });
}

// ------------------------------------------------------------------------------- a daemon that did not run

void Reconciler::suspend() {
  ++suspended_;
  shared_->interrupt = true;
  scheduled_.reset();
  timers_->run.cancel();
  refreshes_.clear();
}

void Reconciler::read_held(std::map<InterfaceRef, Placement> others,
                           std::function<void(const std::optional<std::set<InterfaceRef>>&)> then) {
  auto contents = std::move(others);
  contents.insert(wanted_.placements.begin(), wanted_.placements.end());
  began();
  worker_.run(
      [work = work_, wanted = wanted_, contents] { return work->held(wanted, contents); },
      [this, contents, number = ++last_read_, then = std::move(then)](const Result<std::set<InterfaceRef>>& held) {
        ended();
        kernel_answers(static_cast<bool>(held));
        if (number != last_read_) {
          then(std::nullopt);
          return;
        }
        // A kernel that cannot be read: as if all were there, so that nothing is added beside it.
        std::set<InterfaceRef> there;
        if (held) {
          there = *held;
        } else {
          for (const auto& [home, placement] : contents) {
            there.insert(home);
          }
        }
        keep_held(contents, there);
        then(there);
      });
}

// What is held is adopted, the rest forgotten; but for what is being added: the engine waits for the end of that.
void Reconciler::keep_held(const std::map<InterfaceRef, Placement>& contents, const std::set<InterfaceRef>& held) {
  for (const auto& [home, placement] : contents) {
    const auto waiting = waiting_.find(home);
    if (waiting != waiting_.end()) {
      continue;
    }
    wanted_.placements.erase(home);
    if (held.count(home) != 0) {
      adopt(home, placement);
    }
  }
}

void Reconciler::resume() {
  if (--suspended_ == 0) {
    decide();
  }
}

// ------------------------------------------------------------------------------------------------------ the kernel

void Reconciler::began() {
  if (++jobs_ > 1) {
    return;
  }
  shared_->progress = Shared::now();
  watch_kernel();
}

void Reconciler::ended() {
  if (--jobs_ == 0) {
    timers_->kernel.cancel();
  }
  shared_->progress = Shared::now();
  if (std::exchange(stalled_, false)) {
    kernel_answers(true);
  }
}

void Reconciler::watch_kernel() {
  timers_->kernel.expires_after(look_at_kernel);
  timers_->kernel.async_wait([this](boost::system::error_code error) {
    if (error || jobs_ == 0) {
      return;
    }
    const failover::Duration silent(Shared::now() - shared_->progress.load());
    if (silent > kernel_limit) {
      stalled_ = true;
      kernel_answers(false);
    }
    watch_kernel();
  });
}

void Reconciler::kernel_answers(bool answers) {
  if (answers == answers_) {
    return;
  }
  answers_ = answers;
  events_.kernel_answers(answers);
}

void Reconciler::resume_repairs() {
  began();
  worker_.run_urgent(
      [work = work_] {
        work->resume_repairs();
        return true;
      },
      [this](bool /*done*/) {
        ended();
        decide();
      });
}

void Reconciler::plan(std::function<void(const Result<PlanText>&)> then) {
  if (!configured()) {
    then(Error{ErrorCode::system, "there is no configuration"});
    return;
  }
  began();
  worker_.run([work = work_, wanted = wanted_] { return work->plan(wanted); },
              [this, then = std::move(then)](const Result<PlanText>& text) {
                ended();
                then(text);
              });
}

std::vector<std::string> Reconciler::all_problems() const {
  std::vector<std::string> all;
  for (const auto& [subject, sentences] : problems_) {
    for (const auto& sentence : sentences) {
      all.push_back(subject.empty() ? sentence : fmt::format("{}: {}", subject, sentence));
    }
  }
  return all;
}

std::vector<std::string> Reconciler::problems(const std::optional<InterfaceRef>& home) const {
  const auto found = problems_.find(home ? home->str() : "");
  return found == problems_.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace cip::daemon
