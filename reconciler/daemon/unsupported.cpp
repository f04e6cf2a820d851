#include "reconciler/daemon/unsupported.h"

#include <fmt/format.h>
#include <set>
#include <string>
#include <utility>

namespace cip::daemon {

namespace {

// One sentence per kind, in the order in which they are met.
class Refusal {
 public:
  void add(std::string_view where, std::string_view kind) {
    if (kinds_.insert(std::string(kind)).second) {
      sentences_ +=
          fmt::format("{}{}: this version of cipd does not configure {}", sentences_.empty() ? "" : "; ", where, kind);
    }
  }
  void add(const HomeInterface& interface, std::string_view where) {
    if (interface.bond) {
      add(where, "bonds");
    }
    if (interface.vlan) {
      add(where, "VLANs");
    }
    if (!interface.tunnels.empty()) {
      add(where, "tunnels");
    }
    if (!interface.rules.empty()) {
      add(where, "policy rules");
    }
    if (interface.match_mac) {
      add(where, "an interface that is found by its MAC address");
    }
  }
  std::optional<Error> error() const {
    return sentences_.empty() ? std::nullopt : std::optional(Error{ErrorCode::invalid, sentences_});
  }

 private:
  std::set<std::string> kinds_;
  std::string sentences_;
};

}  // namespace

Result<ClimState> supported(Result<ClimState> state) {
  if (!state) {
    return state;
  }
  Refusal refusal;
  const auto& own = state->clim.name.str();
  for (const auto& [name, file] : state->home) {
    refusal.add(file.interface, fmt::format("{}/home/{}.json", own, name.str()));
  }
  for (const auto& [home, file] : state->mirrors) {
    refusal.add(file.interface, fmt::format("{}/mirror/{}/{}.json", own, home.clim.str(), home.interface.str()));
  }
  if (state->clim.ipsec) {
    refusal.add(own + "/ipsec/swanctl.conf", "IPsec");
  }
  if (!state->clim.etcd.empty()) {
    refusal.add(own + "/clim.json", "leases in etcd");
  }
  if (auto error = refusal.error()) {
    return std::move(*error);
  }
  return state;
}

std::optional<Error> unsupported(const HomeInterface& interface, std::string_view where) {
  Refusal refusal;
  refusal.add(interface, where);
  return refusal.error();
}

}  // namespace cip::daemon
