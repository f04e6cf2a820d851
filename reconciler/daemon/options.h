// The command line of cipd.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reconciler/daemon/metrics_address.h"
#include "state/names.h"
#include "state/result.h"

namespace cip::daemon {

struct Options {
  bool watch = true;  // reload when the tree is replaced
  enum class Mode : std::uint8_t { daemon, once, dry_run };

  ClimName clim;
  std::filesystem::path state;
  std::filesystem::path runtime_dir = "/run/cip";
  std::filesystem::path data_dir = "/var/lib/cip";
  std::filesystem::path key = "/etc/cip/cluster.key";
  // Its content is a part of what this boot is known by: a test boots a CLIM by changing it.
  std::optional<std::filesystem::path> boot_id_file;
  std::filesystem::path hooks = "/etc/cip/hooks";     // hooks.h
  std::optional<MetricsAddress> metrics;              // where they are served
  std::filesystem::path charon = "/run/charon.vici";  // strongSwan's control socket (ipsec.h)
  Mode mode = Mode::daemon;
};

// The text of --help or --version, or the options.
Result<std::variant<std::string, Options>> parse_options(const std::vector<std::string>& arguments);

}  // namespace cip::daemon
