// cipd --once and --dry-run.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "reconciler/daemon/data_directory.h"
#include "reconciler/daemon/desired_state.h"
#include "reconciler/daemon/options.h"

namespace cip::daemon {

// Exit codes of docs/commands.md.
inline constexpr int exit_done = 0;
inline constexpr int exit_refused = 1;
inline constexpr int exit_changes = 2;
inline constexpr int exit_system = 3;
int exit_code(const Error& error);

// What may be done without hearing anybody: links, interfaces that never fail over or have no failover interface, and
// those whose resources this kernel holds (`held`) and whose record names this CLIM. Others that it holds stay as they
// are. `ifstop` is heeded.
Wanted wanted_once(std::shared_ptr<const ClimState> configuration,
                   const std::map<InterfaceRef, failover::Saved>& records, const Mirrors& mirrors,
                   const std::set<InterfaceRef>& held);

// Prints what it did, or would do, to standard output, and what it cannot to standard error.
int run_once(const Options& options);

// The extra part of the kernel's instance (Options::boot_id_file).
std::string boot_id(const Options& options);

}  // namespace cip::daemon
