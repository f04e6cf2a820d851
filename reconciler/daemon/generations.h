// Which generation of the configuration is in use, and whether it may stay. A new one is on trial: it is used, and if
// something of it cannot be done that could be done before, the one before it comes back, with a report. With a
// confirmation to wait for (`cipctl reload --confirm-within`) it also goes unless somebody confirms it in time.
//
// On disk (data_directory.h) the last tree is the one that may stay, and the unproven generation is named beside it
// before it is used: who dies in between comes back to the one that may stay. The new one is written beside it while it
// is applied.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/daemon/event_log.h"
#include "reconciler/daemon/worker.h"
#include "state/tree.h"

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

using Configuration = std::shared_ptr<const ClimState>;

struct TrialOptions {
  std::optional<std::chrono::seconds> confirm_within;  // else it stays as soon as it has been applied
  bool partial = false;                                // it stays although something of it cannot be done
};

// What became of it.
struct TrialOutcome {
  std::string generation;
  std::vector<std::string> problems;                   // with `partial`: what cannot be done
  bool waits = false;                                  // something of it is still under way: a peer has to hear of it
  std::optional<std::chrono::seconds> confirm_within;  // what is left of it
};

class Generations {
 public:
  struct Events {
    std::function<void(const Configuration&)> use;
    std::function<std::optional<std::string>(const ClimState&)> refusal;  // why it cannot be used now
    // Whether all of this one that is to be in this kernel is there, or is known to be impossible.
    std::function<bool(const ClimState&)> applied;
    std::function<std::vector<std::string>()> problems;  // what cannot be done now, each with its subject
    std::function<void(What what, const std::string& sentence, const std::string& evidence)> alarm;
    std::function<void(What what, const std::string& sentence)> note;
    std::function<void(const std::string& why)> refused;  // the tree on disk is not in use; empty: it is
  };
  using Told = std::function<void(const Result<TrialOutcome>&)>;

  // `files`: where disk is written to.
  Generations(boost::asio::io_context& loop, Worker& files, std::filesystem::path data_dir, Events events);
  ~Generations();
  Generations(const Generations&) = delete;
  Generations& operator=(const Generations&) = delete;

  // The first one, without a trial: there is nothing to go back to. `proven`: it is that of the tree on disk.
  void begin(Configuration configuration, bool proven);

  // A tree that is whole. Errors: invalid, if it is refused or does not stay.
  void reload(Configuration candidate, const TrialOptions& options, const Told& told);
  // Both tell when it is on disk, so that it holds even if the machine dies then.
  void confirm(const Told& told);
  void roll_back(const Told& told);  // to the one before, also of one that has been confirmed

  // Something may have become of what is under way: after each run of the reconciler.
  void progress();

  // Waits to be confirmed: its generation and what is left of the time.
  std::optional<TrialOutcome> unconfirmed() const;

 private:
  enum class State { none, proven, preparing, applying, unconfirmed };
  struct Timers;

  void prepared(const Result<void>& written);
  void applied();
  void keep(const Told& told = {});
  void go_back(const std::string& why, const Told& told = {});
  void write_unproven(const Configuration& kept, const Configuration& unproven, const std::string& why,
                      std::function<void(const Result<void>&)> then);
  void wait_for_confirmation();
  void answer(const Result<TrialOutcome>& outcome);
  TrialOutcome outcome() const;
  void stage();
  void write_kept(std::function<void(const Result<void>&)> then);

  Worker& files_;
  std::filesystem::path data_dir_;
  struct Staged {
    Digest generation;
    StagedTree tree;
  };
  // Both are used where `files` runs, where one thing is done after the other.
  std::shared_ptr<std::optional<Staged>> staged_;  // what may become the last tree
  std::shared_ptr<Digest> on_disk_;                // the generation of the last tree; empty: not known
  Events events_;
  std::unique_ptr<Timers> timers_;
  State state_ = State::none;
  Configuration current_;   // in use
  Configuration previous_;  // may come back
  TrialOptions options_;
  std::vector<Told> told_;  // all who asked for it
  bool fresh_ = false;      // it was not in use before
  std::vector<std::string> problems_before_;
  std::chrono::steady_clock::time_point until_;  // applying: give up waiting; unconfirmed: go back
};

}  // namespace cip::daemon
