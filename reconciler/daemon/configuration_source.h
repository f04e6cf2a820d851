// Where the configuration comes from: the state tree, and behind it the last one that was good.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "reconciler/daemon/data_directory.h"
#include "reconciler/daemon/options.h"

namespace cip::daemon {

struct FirstConfiguration {
  std::optional<ClimState> state;      // none: there is nothing to go by
  std::optional<std::string> refused;  // why it is not the tree of --state
  bool unreadable = false;             // because that is not whole
};

// For a daemon that starts. The last good tree is used if that of --state is broken, was on trial when a daemon ended
// or has been undone (generations.h), or drops (or pairs anew) a home interface whose resources are away, by its
// record: docs/protocol.md, Configuration.
FirstConfiguration first_configuration(const Options& options, const DataDirectory& data,
                                       const std::map<InterfaceRef, failover::Saved>& records);

// Reads the state tree again and again. What is as it was the last time is not parsed again.
class StateReader {
 public:
  explicit StateReader(const Options& options) : options_(options) {}
  // `known`: what is in use. Errors: as read_clim_state and supported.
  Result<std::shared_ptr<const ClimState>> read(const std::shared_ptr<const ClimState>& known);

 private:
  const Options& options_;
  std::shared_ptr<const ClimState> last_;
};

}  // namespace cip::daemon
