// cipc, the compiler: finds the subcommand and hands over.
#include <array>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/suggest.h"
#include "compiler/tools/command.h"

namespace {

using namespace cip::tools;

const std::array commands{
    &check_command,    //
    &build_command,    //
    &diff_command,     //
    &whatif_command,   //
    &fmt_command,      //
    &explain_command,  //
    &graph_command,    //
    &import_command,   //
};

void print_usage(std::ostream& out) {
  out << "usage: cipc COMMAND [OPTION]... [FILE]...\n\n"
         "Compiles specifications of clusters of CLIMs.\n\ncommands:\n";
  for (const Command* command : commands) {
    out << "  " << command->name << std::string(10 - std::string_view(command->name).size(), ' ') << command->summary
        << "\n";
  }
  out << "\noptions:\n  --help     print this help; with a command, the command's\n"
         "  --version  print the version\n\nexample:\n  cipc check examples/pair/pair.cip\n";
}

Exit report_unknown(std::string_view name) {
  std::vector<std::string_view> names;
  names.reserve(std::size(commands));
  for (const Command* command : commands) {
    names.emplace_back(command->name);
  }
  const auto meant = cip::diagnostics::suggestion(name, names);
  report_error("unknown command `" + std::string(name) + "`; " +
               (meant ? "did you mean `" + std::string(*meant) + "`?" : "`cipc --help` lists all"));
  return Exit::invalid;
}

Exit dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    print_usage(std::cerr);
    return Exit::invalid;
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h") {
    print_usage(std::cout);
    return finish_output(Exit::done);
  }
  if (name == "--version") {
    std::cout << "cipc " CIP_VERSION "\n";
    return finish_output(Exit::done);
  }
  for (const Command* command : commands) {
    if (name == command->name) {
      return command->run({arguments.begin() + 1, arguments.end()});
    }
  }
  return report_unknown(name);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return static_cast<int>(dispatch({argv + 1, argv + argc}));
  } catch (const std::exception& error) {  // out of memory, and what only a mistake of ours can throw
    std::cerr << "cipc: " << error.what() << "\n";
    return static_cast<int>(Exit::system);
  }
}
