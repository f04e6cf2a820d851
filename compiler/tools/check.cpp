// cipc check
#include <algorithm>
#include <array>
#include <boost/program_options/value_semantic.hpp>
#include <string_view>
#include <utility>

#include "compiler/tools/command.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;

constexpr Usage check_usage{
    "cipc check [OPTION]... FILE...",
    "Compiles the files as one specification and prints all that is wrong with it. Needs no privileges and no "
    "machine:\n"
    "nothing but the files is looked at. Exit code 0 if there are no errors, 1 if there are, 3 if the system failed.",
    "cipc check --werror examples/pair/pair.cip"};

constexpr std::array<std::pair<std::string_view, FindingsFormat>, 3> formats{
    {{"text", FindingsFormat::text}, {"json", FindingsFormat::json}, {"sarif", FindingsFormat::sarif}}};

Exit run_check(const std::vector<std::string>& arguments) {
  po::options_description options;
  add_compile_options(options);
  options.add_options()("format", po::value<std::string>()->default_value("text")->value_name("text|json|sarif"),
                        "how findings are printed: text on standard error, json and sarif on standard output");
  Exit exit = Exit::done;
  const auto values =
      parse_options(check_usage, options, po::positional_options_description().add("file", -1), arguments, exit);
  if (!values) {
    return exit;
  }
  const auto& name = (*values)["format"].as<std::string>();
  const auto* const format =
      std::find_if(formats.begin(), formats.end(), [&](auto& known) { return known.first == name; });
  if (format == formats.end()) {
    report_error("there is no format `" + name + "`; it is text, json or sarif");
    return Exit::invalid;
  }
  return finish_output(compile_files(*values, format->second).exit);
}

}  // namespace

const Command check_command{"check", "print all that is wrong with a specification", run_check};

}  // namespace cip::tools
