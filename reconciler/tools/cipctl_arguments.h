// The command line of cipctl.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "reconciler/tools/cipctl_commands.h"
#include "state/result.h"

namespace cip::tools {

// Something to print and be done with: --help, --version.
struct Text {
  std::string text;
};

struct Parsed {
  const Subcommand* subcommand = nullptr;
  Invocation invocation;
};

Result<std::variant<Text, Parsed>> parse_arguments(std::vector<std::string> arguments);

}  // namespace cip::tools
