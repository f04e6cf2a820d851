// cipc build
#include <boost/program_options/value_semantic.hpp>

#include "compiler/output/state_tree.h"
#include "compiler/tools/command.h"
#include "state/tree.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;

constexpr Usage build_usage{
    "cipc build [OPTION]... FILE... -o DIR",
    "Compiles the files as one specification and writes its state tree, which the reconcilers (cipd) read. DIR is the "
    "old\n"
    "tree or the new one, never a mix; nothing is written if there is an error, and files that stay the same keep "
    "their\n"
    "time. Exit code 0 if the tree is there, 1 if the specification is at fault, 3 if the system failed.",
    "cipc build examples/pair/pair.cip -o /tmp/pair"};

Exit run_build(const std::vector<std::string>& arguments) {
  po::options_description options;
  add_compile_options(options);
  options.add_options()("output,o", po::value<std::string>()->required()->value_name("DIR"),
                        "where the state tree goes: a new directory, or an older state tree");
  Exit exit = Exit::done;
  const auto values =
      parse_options(build_usage, options, po::positional_options_description().add("file", -1), arguments, exit);
  if (!values) {
    return exit;
  }
  const auto compilation = compile_files(*values);
  if (!compilation.cluster) {
    return compilation.exit;
  }
  const auto files = output::state_tree(*compilation.cluster, compilation.sources);
  if (const auto written = write_tree((*values)["output"].as<std::string>(), files); !written) {
    report_error(written.error().message);
    return exit_code(written.error().code);
  }
  return Exit::done;
}

}  // namespace

const Command build_command{"build", "write the state tree of a specification", run_build};

}  // namespace cip::tools
