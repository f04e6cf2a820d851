// cipc explain
#include <boost/program_options/value_semantic.hpp>
#include <iostream>
#include <sstream>
#include <string_view>

#include "compiler/diagnostics/codes.h"
#include "compiler/tools/command.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;
using diagnostics::CodeEntry;
using diagnostics::Severity;

constexpr Usage usage{
    "cipc explain [CODE]",
    "Prints the rule behind a code, its reason, and a wrong and a right example; without a code, the list of\n"
    "all codes.",
    "cipc explain E0205"};

std::string indented(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    result += line.empty() ? "\n" : "    " + line + "\n";
  }
  return result;
}

void print(const CodeEntry& entry) {
  std::cout << entry.name << (entry.severity == Severity::warning ? " (warning): " : ": ") << entry.title << "\n\n"
            << entry.explanation;
  if (!entry.domain.empty()) {
    std::cout << "\nComes from docs/domain.md: " << entry.domain << "\n";
  }
  std::cout << "\nWrong:\n\n" << indented(entry.wrong) << "\nRight:\n\n" << indented(entry.right);
}

Exit run(const std::vector<std::string>& arguments) {
  po::options_description options;
  options.add_options()("code", po::value<std::string>()->value_name("CODE"), "");
  Exit exit = Exit::done;
  const auto values =
      parse_options(usage, options, po::positional_options_description().add("code", 1), arguments, exit);
  if (!values) {
    return exit;
  }
  if (values->count("code") == 0) {
    for (const CodeEntry& entry : diagnostics::all_codes()) {
      std::cout << entry.name << "  " << entry.title << "\n";
    }
    return finish_output(Exit::done);
  }
  const auto& name = (*values)["code"].as<std::string>();
  const auto code = diagnostics::find_code(name);
  if (!code) {
    report_error("there is no code `" + name + "`; `cipc explain` lists all");
    return Exit::invalid;
  }
  print(diagnostics::entry(*code));
  return finish_output(Exit::done);
}

}  // namespace

const Command explain_command{"explain", "print the rule behind a code, with examples", run};

}  // namespace cip::tools
