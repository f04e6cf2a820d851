#include "reconciler/daemon/configuration_source.h"

#include <fmt/format.h>
#include <utility>
#include <vector>

#include "reconciler/daemon/contents.h"
#include "reconciler/daemon/unsupported.h"
#include "reconciler/failover/engine.h"

namespace cip::daemon {

FirstConfiguration first_configuration(const Options& options, const DataDirectory& data,
                                       const std::map<InterfaceRef, failover::Saved>& records) {
  auto fresh = supported(read_clim_state(options.state, options.clim));
  auto last = supported(data.read_last_tree(options.clim, fresh ? &*fresh : nullptr));
  if (!fresh) {
    if (!last) {
      return {std::nullopt, fresh.error().message, true};
    }
    return {std::move(*last), fresh.error().message, true};
  }
  std::vector<std::string> damaged;  // counts as absent
  const auto unproven = data.read_unproven(damaged);
  if (last && unproven && unproven->generation == fresh->generation) {
    return {std::move(*last), fmt::format("generation {} may not be used: {}; `cipctl reload` tries it again",
                                          fresh->generation.str().substr(0, 12), unproven->why)};
  }
  if (last) {
    // The engine's own rule: one that never runs is asked.
    failover::Engine engine(options.clim);
    const Contents contents;
    engine.handle({}, failover::Started{records, {}});
    engine.handle({}, failover::Configured{contents.for_engine(*last)});
    if (auto refused = engine.refusal(contents.for_engine(*fresh))) {
      return {std::move(*last), std::move(refused)};
    }
  }
  return {std::move(*fresh), std::nullopt};
}

Result<std::shared_ptr<const ClimState>> StateReader::read(const std::shared_ptr<const ClimState>& known) {
  auto state = supported(read_clim_state(options_.state, options_.clim, last_ ? last_.get() : known.get()));
  if (!state) {
    return state.error();
  }
  last_ = std::make_shared<const ClimState>(std::move(*state));
  return last_;
}

}  // namespace cip::daemon
