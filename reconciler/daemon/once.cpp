#include "reconciler/daemon/once.h"

#include <chrono>
#include <fmt/format.h>
#include <iostream>
#include <thread>
#include <utility>
#include <vector>

#include "reconciler/daemon/guards.h"
#include "reconciler/daemon/ipsec.h"
#include "reconciler/daemon/kernel_work.h"
#include "reconciler/daemon/unsupported.h"

namespace cip::daemon {

namespace {

int fail(const Error& error) {
  std::cerr << "cipd: " << error.message << "\n";
  return exit_code(error);
}

void warn(const std::vector<std::string>& sentences) {
  for (const auto& sentence : sentences) {
    std::cerr << "cipd: " << sentence << "\n";
  }
}

// Names another CLIM, or is stopped: nothing of it may be added here.
bool is_ours(const ClimName& own, const InterfaceRef& home, const std::map<InterfaceRef, failover::Saved>& records) {
  const auto saved = records.find(home);
  if (saved == records.end()) {
    return home.clim == own;
  }
  return saved->second.record.owner == own && !saved->second.record.stopped;
}

int show(const PlanText& text) {
  for (const auto& operation : text.operations) {
    std::cout << operation << "\n";
  }
  warn(text.problems);
  return text.operations.empty() ? exit_done : exit_changes;
}

// What needs an address waits until duplicate address detection has ended, so there may be several rounds.
Outcome apply(KernelWork& work, const Wanted& wanted) {
  constexpr std::chrono::milliseconds pause{100};
  constexpr std::chrono::seconds limit{5};
  const auto give_up = std::chrono::steady_clock::now() + limit;
  const auto desired = desired_state(wanted);
  std::size_t done = 0;
  for (;;) {
    auto outcome = work.reconcile(wanted, desired, false, {[] { return false; }});
    done += outcome.done;
    if (!outcome.detecting || outcome.failure || std::chrono::steady_clock::now() > give_up) {
      outcome.done = done;
      return outcome;
    }
    std::this_thread::sleep_for(pause);
  }
}

int show(const Outcome& outcome) {
  if (outcome.failure) {
    return fail({ErrorCode::system, *outcome.failure});
  }
  for (const auto& [home, fared] : outcome.homes) {
    warn(fared.failures);
  }
  for (const auto& [homes, text] : outcome.removal_failures) {
    warn({text});
  }
  warn(outcome.problems);
  std::cout << fmt::format("{} change{} made\n", outcome.done, outcome.done == 1 ? "" : "s");
  return outcome.failed ? exit_system : exit_done;
}

// What charon does with it afterwards is not waited for.
int tell_charon(const std::filesystem::path& socket, const ClimState& configuration) {
  const auto connections = connections_of(configuration);
  if (connections.empty()) {
    return exit_done;
  }
  const auto report = ipsec::Charon(socket).pass(connections, own_addresses(), std::chrono::steady_clock::now());
  if (report.absent) {
    return fail({ErrorCode::system, absence(*report.absent)});
  }
  int code = exit_done;
  for (const auto& connection : report.connections) {
    if (const auto problem = problem_of(connection); !problem.empty()) {
      code = fail({ErrorCode::system, problem});
    }
  }
  return code;
}

}  // namespace

int exit_code(const Error& error) {
  return error.code == ErrorCode::system ? exit_system : exit_refused;
}

std::string boot_id(const Options& options) {
  if (!options.boot_id_file) {
    return "";
  }
  auto text = read_file(*options.boot_id_file);
  return text ? "/" + *text : "/";
}

Wanted wanted_once(std::shared_ptr<const ClimState> configuration,
                   const std::map<InterfaceRef, failover::Saved>& records, const Mirrors& mirrors,
                   const std::set<InterfaceRef>& held) {
  const auto& own = configuration->clim.name;
  const auto& times = configuration->clim.times;
  // Nobody refreshes it after us.
  const plan::Lifetime linger =
      times.fence.count() == 0 ? plan::Lifetime{} : std::chrono::ceil<std::chrono::seconds>(times.linger);
  Wanted wanted;
  for (const auto& [name, file] : configuration->home) {
    const auto& home = file.interface->name;
    const auto saved = records.find(home);
    const bool stopped = saved != records.end() && saved->second.interface_stopped;
    if (stopped) {
      wanted.stopped.insert(name);
    }
    if (never_fails_over(file.interface->kind) || stopped) {
      continue;
    }
    if (!file.interface->failover) {
      wanted.placements[home] = {file.interface, name, std::nullopt, false};
    } else if (held.count(home) != 0) {
      wanted.placements[home] = {file.interface, name, linger, !is_ours(own, home, records)};
    }
  }
  for (const auto& entry : configuration->clim.mirrors) {
    if (held.count(entry.home) == 0) {
      continue;
    }
    const auto saved = records.find(entry.home);
    Placement placement{nullptr, entry.here, linger, true};
    if (saved != records.end() && is_ours(own, entry.home, records)) {
      const auto& announced = saved->second.announced;
      const auto of_home = mirrors.find(entry.home);
      if (entry.digest == announced) {
        placement.content = configuration->mirrors.at(entry.home).interface;
      } else if (of_home != mirrors.end() && of_home->second.count(announced) != 0) {
        placement.content = of_home->second.at(announced).interface;
      }
      placement.undecided = placement.content == nullptr;
    }
    wanted.placements[entry.home] = std::move(placement);
  }
  wanted.configuration = std::move(configuration);
  return wanted;
}

int run_once(const Options& options) {
  const bool dry_run = options.mode == Options::Mode::dry_run;
  auto state = supported(read_clim_state(options.state, options.clim));
  if (!state) {
    return fail(state.error());
  }
  DataDirectory data(options.data_dir);
  if (!dry_run) {
    if (auto locked = data.lock(); !locked) {
      return fail(locked.error());
    }
    std::error_code failed;
    std::filesystem::create_directories(options.runtime_dir, failed);
    if (failed) {
      return fail(
          {ErrorCode::system, fmt::format("cannot create {}: {}", options.runtime_dir.string(), failed.message())});
    }
  }
  std::vector<std::string> damaged;
  const auto records = data.read_records(damaged);
  const auto mirrors = data.read_mirrors(damaged);
  auto work = KernelWork::open(options.runtime_dir / "ledger.json", boot_id(options), options.state);
  if (!work) {
    return fail(work.error());
  }
  const auto found = work->find();
  damaged.insert(damaged.end(), found.problems.begin(), found.problems.end());
  warn(damaged);
  const auto wanted = wanted_once(std::make_shared<const ClimState>(std::move(*state)), records, mirrors, found.held);
  if (dry_run) {
    const auto text = work->plan(wanted);
    return text ? show(*text) : fail(text.error());
  }
  const int code = show(apply(*work, wanted));
  const int told = tell_charon(options.charon, *wanted.configuration);
  return code == exit_done ? told : code;
}

}  // namespace cip::daemon
