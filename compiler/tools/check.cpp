// cipc check
#include <boost/program_options/value_semantic.hpp>

#include "compiler/tools/command.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;

constexpr Usage usage{
    "cipc check [OPTION]... FILE...",
    "Compiles the files as one specification and prints all that is wrong with it. Needs no privileges and no "
    "machine:\n"
    "nothing but the files is looked at. Exit code 0 if there are no errors, 1 if there are, 3 if the system failed.",
    "cipc check --werror examples/pair/pair.cip"};

Exit run(const std::vector<std::string>& arguments) {
  po::options_description options;
  add_compile_options(options);
  options.add_options()("format", po::value<std::string>()->default_value("text")->value_name("text"),
                        "how findings are printed");
  Exit exit = Exit::done;
  const auto values =
      parse_options(usage, options, po::positional_options_description().add("file", -1), arguments, exit);
  if (!values) {
    return exit;
  }
  if (const auto& format = (*values)["format"].as<std::string>(); format != "text") {
    report_error("format `" + format + "` is not known to this version; it has text");
    return Exit::invalid;
  }
  return compile_files(*values).exit;
}

}  // namespace

const Command check_command{"check", "print all that is wrong with a specification", run};

}  // namespace cip::tools
