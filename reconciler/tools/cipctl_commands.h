// The subcommands of cipctl, a row each.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/daemon/control_protocol.h"

namespace cip::tools {

// Exit codes (docs/commands.md).
inline constexpr int exit_done = 0;
inline constexpr int exit_refused = 1;
inline constexpr int exit_changes = 2;
inline constexpr int exit_system = 3;

int exit_code(const Error& error);

// A command line that has been understood.
struct Invocation {
  std::filesystem::path socket;
  daemon::Request request;
  bool json = false;
  bool watch = false;          // status
  std::filesystem::path file;  // keygen
  enum class KeyStep { generate, add, use, drop, show } key_step = KeyStep::generate;
};

struct Subcommand {
  std::string_view name;
  std::string_view arguments;  // "[INTERFACE]"
  std::string_view summary;    // one line for the list
  std::string_view help;       // what it does, when it refuses
  std::string_view example;
  int (*run)(const Invocation& invocation);
};

std::span<const Subcommand> subcommands();

int run_status(const Invocation& invocation);
int run_switch(const Invocation& invocation);
int run_interface(const Invocation& invocation);  // ifstop, ifstart
int run_events(const Invocation& invocation);
int run_plan(const Invocation& invocation);
int run_reload(const Invocation& invocation);
int run_confirm(const Invocation& invocation);
int run_explain(const Invocation& invocation);
int run_shutdown(const Invocation& invocation);
int run_keygen(const Invocation& invocation);

}  // namespace cip::tools
