#include "reconciler/daemon/kernel_work.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <span>
#include <utility>

#include "reconciler/plan/describe.h"
#include "reconciler/plan/hint.h"
#include "reconciler/sockets/connections.h"
#include "state/file.h"

namespace cip::daemon {

namespace {

// Operations between two looks at what is more urgent. An IPv6 address may take 1.7 ms (docs/testing.md).
constexpr std::size_t chunk = 64;
constexpr std::size_t most_repairs_told = 3;
constexpr std::chrono::milliseconds socket_limit{500};

bool is_removal(const plan::Action& action) {
  return std::holds_alternative<plan::RemoveAddress>(action) || std::holds_alternative<plan::RemoveRoute>(action) ||
         std::holds_alternative<plan::RemoveNeighbor>(action) || std::holds_alternative<plan::RemoveRule>(action) ||
         std::holds_alternative<plan::RemoveLink>(action);
}

bool is_gone(int error) {
  return error == EADDRNOTAVAIL || error == ENODEV || error == ENOENT || error == ESRCH;
}

// Satisfied, or not in our hands: no failure of the home interface.
bool is_harmless(plan::Problem::Kind kind) {
  return kind == plan::Problem::Kind::foreign || kind == plan::Problem::Kind::waiting;
}

std::string text_of(const plan::Problem& problem) {
  return fmt::format("{}: {}", plan::describe(problem.subject), problem.text);
}

}  // namespace

// Collects failures per home interface, and how many of its addresses there are not.
class Tally {
 public:
  Tally(const Wanted& wanted, Origins& origins) : wanted_(wanted), origins_(origins) {
    for (const auto& [home, placement] : wanted.placements) {
      if (placement.undecided || !placement.content) {
        continue;
      }
      outcome.homes[home];
      addresses_[home] = placement.content->addresses.size();
    }
    // Those that the engine knows nothing of.
    for (const auto& [name, file] : wanted.configuration->home) {
      if (never_fails_over(file.interface->kind)) {
        outcome.homes[file.interface->name];
      }
    }
  }

  void take(const plan::Operation& operation, const plan::OperationResult& result) {
    if (result.ok()) {
      ++outcome.done;
      if (outcome.repaired.size() < most_repairs_told) {
        outcome.repaired.push_back(plan::describe(operation));
      }
      return;
    }
    if (result.error == ECANCELED || (is_removal(operation.action) && is_gone(result.error))) {
      return;
    }
    ++outcome.not_done;
    auto text = fmt::format("{}: {}", plan::describe(operation), result.text);
    if (const auto hint = plan::hint(operation.action, result.error); !hint.empty()) {
      text += fmt::format("; {}", hint);
    }
    const bool removes = is_removal(operation.action);
    if (removes) {
      outcome.removal_failures.emplace_back(operation.homes, text);
    }
    const bool adds = std::holds_alternative<plan::AddAddress>(operation.action);
    fail(operation.homes, plan::subject_of(operation.action), text, adds, !removes);
  }

  // To somebody who undoes it.
  void leave(const plan::Operation& operation) {
    const auto text = fmt::format(
        "{}: somebody undoes it again and again, so it is left undone; find who (another network manager?), then "
        "cipctl resume",
        plan::describe(operation));
    fail(operation.homes, plan::subject_of(operation.action), text, false, true);
  }

  // An address that must not be here.
  void withhold(const plan::Operation& operation, const std::string& why) {
    fail(operation.homes, plan::subject_of(operation.action), fmt::format("{}: {}", plan::describe(operation), why),
         true, true);
  }

  // Something that is about no home interface.
  void take_others(const std::vector<std::string>& done) {
    outcome.done += done.size();
    for (const auto& line : done) {
      if (outcome.repaired.size() < most_repairs_told) {
        outcome.repaired.push_back(line);
      }
    }
  }
  void fail(const std::string& sentence) {
    outcome.failed = true;
    outcome.problems.push_back(sentence);
  }

  void take(const plan::Problem& problem) {
    outcome.waiting = true;
    outcome.detecting = outcome.detecting || problem.kind == plan::Problem::Kind::waiting;
    if (is_harmless(problem.kind)) {
      return;
    }
    const bool is_address = std::holds_alternative<InterfaceAddress>(problem.subject.what);
    fail(problem.homes, problem.subject, text_of(problem), is_address, true);
  }

  Outcome finish() {
    for (auto& [home, fared] : outcome.homes) {
      if (fared.failures.empty()) {
        continue;
      }
      const auto wanted = addresses_.find(home);
      const bool none = wanted != addresses_.end() && wanted->second > 0 && missing_[home] >= wanted->second;
      fared.applied = none ? failover::Applied::nothing : failover::Applied::partial;
    }
    return std::move(outcome);
  }

  Outcome outcome;

 private:
  void fail(const plan::Homes& homes, const plan::Subject& subject, const std::string& text, bool is_address,
            bool tell_unknown) {
    outcome.failed = true;
    bool told = false;
    std::string last;
    for (const auto& home : homes) {
      const auto [content, here] = content_of(home);
      last = text + origin(content, here, subject);
      const auto fared = outcome.homes.find(home);
      if (fared == outcome.homes.end()) {
        continue;
      }
      fared->second.failures.push_back(last);
      // A tunnel that fails is an alarm, no reason to leave (docs/protocol.md, Transitions).
      missing_[home] += is_address && subject.link == here ? 1U : 0U;
      told = true;
    }
    if (!told && tell_unknown) {
      outcome.problems.push_back(last.empty() ? text : last);
    }
  }

  std::pair<const HomeInterface*, InterfaceName> content_of(const InterfaceRef& home) const {
    const auto placement = wanted_.placements.find(home);
    if (placement != wanted_.placements.end() && placement->second.content) {
      return {placement->second.content.get(), placement->second.here};
    }
    const auto file = wanted_.configuration->home.find(home.interface);
    const bool own = home.clim == wanted_.configuration->clim.name && file != wanted_.configuration->home.end();
    return {own ? file->second.interface.get() : nullptr, home.interface};
  }

  std::string origin(const HomeInterface* content, const InterfaceName& here, const plan::Subject& subject) {
    const auto place = content == nullptr ? "" : origins_.of(*wanted_.configuration, *content, here, subject);
    return place.empty() ? "" : " [" + place + "]";
  }

  const Wanted& wanted_;
  Origins& origins_;

  std::map<InterfaceRef, std::size_t> addresses_;
  std::map<InterfaceRef, std::size_t> missing_;
};

namespace {

// Routes and rules do not say whose they are: while it is not known what an undecided home interface has, none is
// removed.
void spare_unknown(const Wanted& wanted, std::vector<plan::Operation>& operations) {
  const bool unknown = std::any_of(wanted.placements.begin(), wanted.placements.end(),
                                   [](const auto& each) { return each.second.undecided && !each.second.content; });
  if (!unknown) {
    return;
  }
  operations.erase(std::remove_if(operations.begin(), operations.end(),
                                  [](const plan::Operation& operation) {
                                    return std::holds_alternative<plan::RemoveRoute>(operation.action) ||
                                           std::holds_alternative<plan::RemoveRule>(operation.action);
                                  }),
                   operations.end());
}

// A reader sees the old content or the new one. Not synced: see kernel_work.h.
Result<void> write_unsynced(const std::filesystem::path& file, const std::string& text) {
  auto beside = file;
  beside += ".new";
  std::ofstream stream(beside, std::ios::trunc | std::ios::binary);
  stream << text;
  stream.close();
  std::error_code failed;
  if (stream) {
    std::filesystem::rename(beside, file, failed);
  }
  if (!stream || failed) {
    return Error{ErrorCode::system, fmt::format("cannot write {}", file.string())};
  }
  return {};
}

std::vector<AddedAddress> added_addresses(std::span<const plan::Operation> operations,
                                          const std::vector<plan::OperationResult>& results) {
  std::vector<AddedAddress> added;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const auto* const add = std::get_if<plan::AddAddress>(&operations[i].action);
    if (add != nullptr && results[i].ok() && (add->skip_dad || add->address.family() == Family::ipv4)) {
      added.push_back({add->link.name, add->address.address, operations[i].homes});
    }
  }
  return added;
}

// `desired` is that of `wanted`.
plan::Plan plan_for(const Wanted& wanted, const plan::Desired& desired, const plan::Observed& observed,
                    const plan::Ledger& ledger) {
  auto plan = plan::make_plan(desired, observed, ledger);
  plan.operations = decided(wanted, std::move(plan.operations));
  spare_unknown(wanted, plan.operations);
  return plan;
}

}  // namespace

KernelWork::KernelWork(kernel::Kernel kernel, std::filesystem::path ledger_file, std::string boot_id, Origins origins)
    : kernel_(std::move(kernel)),
      ledger_file_(std::move(ledger_file)),
      boot_id_(std::move(boot_id)),
      origins_(std::move(origins)) {}

Result<KernelWork> KernelWork::open(std::filesystem::path ledger_file, std::string boot_id,
                                    std::filesystem::path tree) {
  auto kernel = kernel::Kernel::open();
  if (!kernel) {
    return kernel.error();
  }
  return KernelWork(std::move(*kernel), std::move(ledger_file), std::move(boot_id), Origins(std::move(tree)));
}

Result<plan::Observed> KernelWork::read(plan::Extent extent) {
  auto observed = kernel_.read(extent);
  if (observed) {
    observed->instance += boot_id_;
  }
  return observed;
}

std::optional<std::string> KernelWork::write_ledger(const plan::Ledger& ledger) {
  if (written_ && ledger == ledger_) {
    return std::nullopt;
  }
  ledger_ = ledger;
  const auto done = write_unsynced(ledger_file_, plan::to_json(ledger_));
  written_ = static_cast<bool>(done);
  return done ? std::nullopt : std::optional(done.error().message);
}

Found KernelWork::find() {
  Found found;
  auto text = read_file(ledger_file_);
  if (text) {
    auto ledger = plan::ledger_from_json(*text, ledger_file_.string());
    if (ledger) {
      ledger_ = std::move(*ledger);
      written_ = true;
    } else {
      found.problems.push_back(ledger.error().message);
    }
  } else if (text.error().code != ErrorCode::not_found) {
    found.problems.push_back(text.error().message);
  }
  auto observed = kernel_.read_addresses();
  if (!observed) {
    found.problems.push_back(observed.error().message);
    return found;
  }
  observed->instance += boot_id_;
  for (const auto& owned : plan::held_addresses(*observed, ledger_)) {
    found.held.insert(owned.homes.begin(), owned.homes.end());
  }
  return found;
}

std::vector<plan::OperationResult> KernelWork::execute(const std::vector<plan::Operation>& operations,
                                                       const Meanwhile& meanwhile, bool& interrupted) {
  std::vector<plan::OperationResult> results;
  results.reserve(operations.size());
  const std::span<const plan::Operation> all(operations);
  while (results.size() < operations.size()) {
    if (meanwhile.interrupt()) {
      interrupted = true;
      results.resize(operations.size(), {ECANCELED, "not done: something more urgent came"});
      break;
    }
    const auto asked = all.subspan(results.size(), std::min(chunk, operations.size() - results.size()));
    auto some = kernel_.execute(asked);
    if (auto added = added_addresses(asked, some); meanwhile.added && !added.empty()) {
      meanwhile.added(std::move(added));
    }
    results.insert(results.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return results;
}

void Outcome::add(const Outcome& first) {
  done += first.done;
  repaired.insert(repaired.begin(), first.repaired.begin(), first.repaired.end());
  repaired.resize(std::min(repaired.size(), most_repairs_told));
}

Outcome KernelWork::reconcile(const Wanted& wanted, const plan::Desired& desired, bool repairs,
                              const Meanwhile& meanwhile) {
  return pass(wanted, desired, plan::Extent::all, repairs, meanwhile);
}

Outcome KernelWork::repair_all_but_routes(const Wanted& wanted, const Meanwhile& meanwhile) {
  constexpr auto most = plan::Extent::without_routes;
  return pass(wanted, desired_state(wanted, most), most, true, meanwhile);
}

Outcome KernelWork::pass(const Wanted& wanted, const plan::Desired& desired, plan::Extent extent, bool repairs,
                         const Meanwhile& meanwhile) {
  auto observed = read(extent);
  if (!observed) {
    Outcome outcome;
    outcome.failure = observed.error().message;
    outcome.failed = true;
    return outcome;
  }
  auto plan = plan_for(wanted, desired, *observed, ledger_);
  Tally tally(wanted, origins_);
  for (const auto& operation : fights_.take_left(plan.operations, std::chrono::steady_clock::now())) {
    tally.leave(operation);
  }
  for (const auto& problem : plan.problems) {
    tally.take(problem);
  }
  keep_guards(*wanted.configuration, plan.operations, tally);
  if (!plan.empty()) {
    // Worse than a ledger that cannot be written is a service that does not come back.
    if (const auto failure = write_ledger(plan.before)) {
      tally.outcome.problems.push_back(*failure);
    }
    const auto results = execute(plan.operations, meanwhile, tally.outcome.interrupted);
    for (std::size_t i = 0; i < results.size(); ++i) {
      tally.take(plan.operations[i], results[i]);
      if (repairs && results[i].ok()) {
        fights_.repaired(plan.operations[i], std::chrono::steady_clock::now());
      }
    }
    if (const auto failure = write_ledger(plan::settle(plan, results))) {
      tally.outcome.problems.push_back(*failure);
    }
  } else if (const auto failure = write_ledger(plan.before)) {
    tally.outcome.problems.push_back(*failure);
  }
  origins_.let_go();
  tally.outcome.unverified = tally.outcome.done > 0;
  tally.outcome.links = std::move(observed->links);
  return tally.finish();
}

// Before addresses are added; where that fails, those that something is protected for are not.
void KernelWork::keep_guards(const ClimState& configuration, std::vector<plan::Operation>& operations, Tally& tally) {
  const auto kept = guards_.keep(configuration);
  if (kept) {
    tally.take_others(*kept);
    return;
  }
  tally.fail(fmt::format("IPsec: {}", kept.error().message));
  const auto withheld = std::stable_partition(operations.begin(), operations.end(), [&](const auto& operation) {
    const auto* adds = std::get_if<plan::AddAddress>(&operation.action);
    return adds == nullptr || !guards_.protects(adds->address.address);
  });
  for (auto operation = withheld; operation != operations.end(); ++operation) {
    tally.withhold(*operation, "not added, as what IPsec protects would get out in clear text");
  }
  operations.erase(withheld, operations.end());
}

bool KernelWork::guarded(const ClimState& configuration) {
  const auto changes = guards_.plan(configuration);
  return !changes || changes->empty();
}

std::vector<sockets::Connection> KernelWork::end_connections(const std::vector<IpAddress>& addresses) {
  auto ended = sockets::end_connections(addresses, socket_limit);
  return ended ? std::move(ended->found) : std::vector<sockets::Connection>();
}

std::vector<plan::ObservedLink> KernelWork::read_links() {
  auto links = kernel_.read_links();
  return links ? std::move(*links) : std::vector<plan::ObservedLink>{};
}

void KernelWork::refresh(const std::map<InterfaceRef, std::chrono::seconds>& lifetimes) {
  std::vector<plan::Operation> operations;
  for (const auto& owned : ledger_.addresses) {
    if (!owned.movable) {
      continue;
    }
    for (const auto& home : owned.homes) {
      const auto lifetime = lifetimes.find(home);
      if (lifetime == lifetimes.end()) {
        continue;
      }
      operations.push_back({plan::RefreshAddress{owned.link, owned.address, lifetime->second}, owned.homes});
      break;
    }
  }
  // One that is gone is found by the next reconcile, which the kernel's event starts.
  if (!operations.empty()) {
    kernel_.execute(operations);
  }
}

Result<void> KernelWork::remove(const InterfaceRef& home) {
  auto observed = kernel_.read_addresses();
  if (!observed) {
    return observed.error();
  }
  observed->instance += boot_id_;
  std::vector<plan::OwnedAddress> held;
  std::vector<IpAddress> addresses;
  for (auto& owned : plan::held_addresses(*observed, ledger_)) {
    if (owned.homes.count(home) == 0) {
      continue;
    }
    addresses.push_back(owned.address.address);
    held.push_back(std::move(owned));
  }
  end_connections(addresses);
  const auto operations = plan::remove(held);
  const auto results = kernel_.execute(operations);
  end_connections(addresses);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i].ok() && !is_gone(results[i].error)) {
      return Error{ErrorCode::system, fmt::format("{}: {}", plan::describe(operations[i]), results[i].text)};
    }
  }
  return {};
}

Result<std::set<InterfaceRef>> KernelWork::held(const Wanted& wanted,
                                                const std::map<InterfaceRef, Placement>& contents) {
  auto observed = wanted.configuration ? read() : kernel_.read_addresses();
  if (!observed) {
    return observed.error();
  }
  if (!wanted.configuration) {
    observed->instance += boot_id_;
  }
  std::set<InterfaceRef> held;
  for (const auto& owned : plan::held_addresses(*observed, ledger_)) {
    held.insert(owned.homes.begin(), owned.homes.end());
  }
  if (!wanted.configuration) {
    return held;
  }
  for (const auto& [home, content] : contents) {
    if (!content.content || held.count(home) != 0) {
      continue;
    }
    // Neighbours and routes outlive addresses that the fence took away: they do not count where there are addresses, or
    // a daemon that was frozen would put back what has moved meanwhile. They go as leftovers.
    auto home_only = *content.content;
    if (!home_only.addresses.empty()) {
      home_only.routes.clear();
      home_only.neighbors.clear();
      home_only.rules.clear();
    }
    auto others = wanted;
    others.placements.erase(home);
    if (plan::holds(*observed, ledger_, home_only, content.here, desired_state(others))) held.insert(home);
  }
  return held;
}

Result<PlanText> KernelWork::plan(const Wanted& wanted) {
  auto observed = read();
  if (!observed) {
    return observed.error();
  }
  const auto plan = plan_for(wanted, desired_state(wanted), *observed, ledger_);
  PlanText text;
  if (auto guards = guards_.plan(*wanted.configuration)) {
    text.operations = std::move(*guards);
  } else {
    text.problems.push_back(fmt::format("IPsec: {}", guards.error().message));
  }
  for (const auto& operation : plan.operations) {
    text.operations.push_back(plan::describe(operation));
  }
  for (const auto& problem : plan.problems) {
    (problem.kind == plan::Problem::Kind::foreign ? text.foreign : text.problems).push_back(text_of(problem));
  }
  std::set<InterfaceName> ours;
  for (const auto& [name, file] : wanted.configuration->home) {
    ours.insert(name);
  }
  std::set<std::pair<int, InterfaceAddress>> owned;
  for (const auto& each : plan.before.addresses) {
    owned.emplace(each.link.index, each.address);
  }
  for (const auto& address : observed->addresses) {
    const bool automatic = address.address.address.is_link_local() || address.address.address.is_loopback();
    if (ours.count(address.link.name) == 0 || automatic || owned.count({address.link.index, address.address}) != 0) {
      continue;
    }
    text.foreign.push_back(fmt::format("address {} on {}", address.address.str(), address.link.name.str()));
  }
  constexpr unsigned kernel_protocol = 2;  // RTPROT_KERNEL
  constexpr std::size_t most_routes = 100;
  std::size_t routes = 0;
  for (const auto& route : observed->routes) {
    if (route.protocol == plan::our_protocol || route.protocol == kernel_protocol) {
      continue;
    }
    if (ours.count(route.link.name) == 0 || ++routes > most_routes) {
      continue;
    }
    text.foreign.push_back(
        fmt::format("{} of protocol {}", plan::describe(route.route, route.link.name), route.protocol));
  }
  if (routes > most_routes) {
    text.foreign.push_back(fmt::format("{} more routes", routes - most_routes));
  }
  return text;
}

}  // namespace cip::daemon
