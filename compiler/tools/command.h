// What the subcommands of cipc share.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/lang/model.h"
#include "compiler/syntax/source.h"
#include "state/result.h"

namespace cip::tools {

// Exit codes of docs/commands.md.
enum class Exit : int { done = 0, invalid = 1, changes = 2, system = 3 };
Exit exit_code(ErrorCode code);

struct Command {
  const char* name;
  const char* summary;                                     // one line
  Exit (*run)(const std::vector<std::string>& arguments);  // what stands behind the command's name
};

extern const Command check_command;
extern const Command build_command;
extern const Command diff_command;
extern const Command explain_command;
extern const Command fmt_command;
extern const Command graph_command;
extern const Command import_command;
extern const Command whatif_command;

// The command line of one subcommand.
struct Usage {
  const char* synopsis;  // "cipc check [OPTION]... FILE..."
  const char* text;      // what it does
  const char* example;
};

// Parses the options. Nothing if the run ends here, with the exit code in `exit`: --help was given (printed), or
// something is wrong (reported).
std::optional<boost::program_options::variables_map> parse_options(
    const Usage& usage, boost::program_options::options_description options,
    const boost::program_options::positional_options_description& positional, const std::vector<std::string>& arguments,
    Exit& exit);

// docs/commands.md: colour only on a terminal, and never with NO_COLOR (no-color.org: set and not empty).
bool wants_color(int descriptor);
// "cipc: ..." on standard error.
void report_error(const std::string& message);
// Flushes standard output; a disk that is full must not pass for success.
Exit finish_output(Exit exit);

// Options of the subcommands that compile: the files, --werror, --max-errors.
void add_compile_options(boost::program_options::options_description& options);

// Files of one specification, compiled and checked, and all findings printed on standard error. `cluster` is there if
// there were no errors; with --werror, no warnings either.
struct Compilation {
  syntax::Sources sources;
  std::optional<lang::Cluster> cluster;
  Exit exit = Exit::done;
};
Compilation compile_files(const boost::program_options::variables_map& options);

}  // namespace cip::tools
