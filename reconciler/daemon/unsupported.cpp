#include "reconciler/daemon/unsupported.h"

#include <fmt/format.h>
#include <string>
#include <vector>

#include "reconciler/ipsec/connections.h"

namespace cip::daemon {

Result<ClimState> supported(Result<ClimState> state) {
  if (!state) {
    return state;
  }
  std::vector<std::string> sentences;
  const auto refuse = [&](std::string_view file, const std::string& why) {
    sentences.push_back(fmt::format("{}/{}: {}", state->clim.name.str(), file, why));
  };
  if (state->clim.ipsec) {
    if (const auto connections = ipsec::read_connections(state->swanctl); !connections) {
      refuse("ipsec/swanctl.conf", connections.error().message);
    }
  }
  if (!state->clim.etcd.empty()) {
    refuse("clim.json", "this version of cipd does not configure leases in etcd");
  }
  if (!sentences.empty()) {
    return Error{ErrorCode::invalid, fmt::format("{}", fmt::join(sentences, "; "))};
  }
  return state;
}

}  // namespace cip::daemon
