// What is done to the kernel, on the worker's thread: observed state, plan, ledger, execution. The event loop sees only
// the outcomes.
//
// The ledger is kept in the runtime directory: it is about this boot's kernel and is worth nothing after it, so it has
// to survive a death of the daemon, not of the machine, and needs no disk that syncs.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/daemon/desired_state.h"
#include "reconciler/daemon/guards.h"
#include "reconciler/daemon/origins.h"
#include "reconciler/failover/event.h"
#include "reconciler/kernel/kernel.h"
#include "reconciler/plan/fights.h"
#include "reconciler/plan/plan.h"
#include "reconciler/sockets/connections.h"

namespace cip::daemon {

// How the resources of one home interface fared.
struct HomeOutcome {
  failover::Applied applied = failover::Applied::complete;
  std::vector<std::string> failures;  // the kernel's words, each with its object
};

struct Outcome {
  // Something more urgent came, or the process was stopped meanwhile: the rest was not done.
  bool interrupted = false;
  std::optional<std::string> failure;         // the kernel could not be read: nothing was done
  std::size_t done = 0;                       // operations that the kernel acknowledged
  bool unverified = false;                    // some of them after the kernel was read last
  std::size_t not_done = 0;                   // operations that it refused
  std::vector<std::string> repaired;          // what they were, the first few
  std::map<InterfaceRef, HomeOutcome> homes;  // of every home interface that is wanted
  // What did not go, and whose it was (empty: nobody knows).
  std::vector<std::pair<plan::Homes, std::string>> removal_failures;
  std::vector<std::string> problems;  // of links, and of nobody
  bool failed = false;                // anything of the above: try again
  bool waiting = false;               // for an event: a foreign object that goes, duplicate address detection
  bool detecting = false;             // duplicate addresses: what needs the address comes after it
  std::vector<plan::ObservedLink> links;

  // This one came after `first`.
  void add(const Outcome& first);
};

// An address that the kernel has just added, and that can be used: nobody waits for duplicate address detection.
struct AddedAddress {
  InterfaceName link;
  IpAddress address;
  plan::Homes homes;
};

// What happens between the operations of a long change, on the worker's thread.
struct Meanwhile {
  std::function<bool()> interrupt;                            // true: stop
  std::function<void(std::vector<AddedAddress>)> added = {};  // while the rest is still being added
};

// What is ours in the kernel at the start, before any configuration is known.
struct Found {
  std::set<InterfaceRef> held;
  std::vector<std::string> problems;  // a damaged ledger
};

// What a plan looks like to a person.
struct PlanText {
  std::vector<std::string> operations;
  std::vector<std::string> problems;
  std::vector<std::string> foreign;
};

class Tally;

// One thread at a time.
class KernelWork {
 public:
  // `boot_id` is an extra part of the kernel's instance (tests boot a CLIM without booting the machine). `tree` is the
  // state tree, to say where in the specification something stands.
  static Result<KernelWork> open(std::filesystem::path ledger_file, std::string boot_id, std::filesystem::path tree);

  std::uint32_t port() const { return kernel_.port(); }  // kernel::Kernel::port

  Found find();
  // `desired` is desired_state(wanted).
  // `repairs`: nothing new was decided, so that what is to be done has been undone by somebody.
  Outcome reconcile(const Wanted& wanted, const plan::Desired& desired, bool repairs, const Meanwhile& meanwhile);
  // To come before it when it repairs: an address is back before 100,000 routes are read.
  Outcome repair_all_but_routes(const Wanted& wanted, const Meanwhile& meanwhile);
  // Of which the kernel may not have told: changed settings (docs/testing.md).
  std::vector<plan::ObservedLink> read_links();

  // Whether the policies of IPsec (guards.h) are as they should be: the kernel does not tell, either.
  bool guarded(const ClimState& configuration);

  // What was left to somebody who undoes it again and again (plan/fights.h) is tried again.
  void resume_repairs() { fights_.forget(); }

  // Of home interfaces whose resources leave: ends the TCP connections on their addresses (R6), and gives them.
  std::vector<sockets::Connection> end_connections(const std::vector<IpAddress>& addresses);

  // By the ledger, without a configuration. Refreshing adds nothing; the error is the kernel's.
  void refresh(const std::map<InterfaceRef, std::chrono::seconds>& lifetimes);
  Result<void> remove(const InterfaceRef& home);

  // Which of `contents` (a home interface and the link that it would be on) are in the kernel: any address of it; or
  // any route or neighbour, if it has no addresses.
  Result<std::set<InterfaceRef>> held(const Wanted& wanted, const std::map<InterfaceRef, Placement>& contents);

  Result<PlanText> plan(const Wanted& wanted);

  // What it would be, for cipd --dry-run: nothing is written.
  const plan::Ledger& ledger() const { return ledger_; }

 private:
  KernelWork(kernel::Kernel kernel, std::filesystem::path ledger_file, std::string boot_id, Origins origins);
  Result<plan::Observed> read(plan::Extent extent = plan::Extent::all);
  Outcome pass(const Wanted& wanted, const plan::Desired& desired, plan::Extent extent, bool repairs,
               const Meanwhile& meanwhile);
  std::vector<plan::OperationResult> execute(const std::vector<plan::Operation>& operations, const Meanwhile& meanwhile,
                                             bool& interrupted);
  void keep_guards(const ClimState& configuration, std::vector<plan::Operation>& operations, Tally& tally);
  std::optional<std::string> write_ledger(const plan::Ledger& ledger);

  kernel::Kernel kernel_;
  std::filesystem::path ledger_file_;
  std::string boot_id_;
  Origins origins_;
  plan::Ledger ledger_;
  bool written_ = false;  // it is what its file says
  plan::Fights fights_;
  Guards guards_;
};

}  // namespace cip::daemon
