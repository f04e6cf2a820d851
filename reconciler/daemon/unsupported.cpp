#include "reconciler/daemon/unsupported.h"

#include <fmt/format.h>
#include <string>
#include <vector>

namespace cip::daemon {

Result<ClimState> supported(Result<ClimState> state) {
  if (!state) {
    return state;
  }
  std::vector<std::string> sentences;
  const auto refuse = [&](std::string_view file, std::string_view what) {
    sentences.push_back(
        fmt::format("{}/{}: this version of cipd does not configure {}", state->clim.name.str(), file, what));
  };
  if (state->clim.ipsec) {
    refuse("ipsec/swanctl.conf", "IPsec");
  }
  if (!state->clim.etcd.empty()) {
    refuse("clim.json", "leases in etcd");
  }
  if (!sentences.empty()) {
    return Error{ErrorCode::invalid, fmt::format("{}", fmt::join(sentences, "; "))};
  }
  return state;
}

}  // namespace cip::daemon
