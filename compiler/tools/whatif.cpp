// cipc whatif
#include "compiler/output/whatif.h"

#include <algorithm>
#include <boost/program_options/value_semantic.hpp>
#include <iostream>
#include <string_view>

#include "compiler/diagnostics/suggest.h"
#include "compiler/diagnostics/text.h"
#include "compiler/tools/command.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;
using check::Failure;

constexpr Usage whatif_usage{
    "cipc whatif [OPTION]... FILE... --fail NAME...",
    "Says where the resources of each interface are after failures, what is lost, and why. A failure is that of a\n"
    "whole CLIM (n1), or of an interface (n1.eth1), slaves of bonds included. Several happen one after another, in "
    "the\n"
    "order in which they are given; nothing is repaired between them. Exit code 0 if there is an answer, 1 if the\n"
    "specification or a name is at fault, 3 if the system failed.",
    "cipc whatif examples/pair/pair.cip --fail n1.eth1 --fail n2"};

// The failures by their names; reports those that nobody has.
std::vector<Failure> find_failures(const lang::Cluster& cluster, const std::vector<std::string>& names, Exit& exit) {
  const auto possible = check::possible_failures(cluster);
  std::vector<std::string> known;
  std::transform(possible.begin(), possible.end(), std::back_inserter(known), output::name_of);
  std::vector<Failure> failures;
  for (const auto& name : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found != known.end()) {
      failures.push_back(possible[static_cast<std::size_t>(found - known.begin())]);
      continue;
    }
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    const auto meant = diagnostics::suggestion(name, candidates);
    report_error("there is no CLIM or interface " + diagnostics::quote(name) +
                 (meant ? "; did you mean `" + std::string(*meant) + "`?" : ""));
    exit = Exit::invalid;
  }
  return failures;
}

Exit run_whatif(const std::vector<std::string>& arguments) {
  po::options_description options;
  add_compile_options(options);
  options.add_options()  //
      ("fail", po::value<std::vector<std::string>>()->required()->value_name("NAME"),
       "what fails, as n1 or n1.eth1; may be repeated")  //
      ("format", po::value<std::string>()->default_value("text")->value_name("text|json"),
       "a table and sentences, or the same for programs with all that each CLIM holds");
  Exit exit = Exit::done;
  const auto values =
      parse_options(whatif_usage, options, po::positional_options_description().add("file", -1), arguments, exit);
  if (!values) {
    return exit;
  }
  const auto& format = (*values)["format"].as<std::string>();
  if (format != "text" && format != "json") {
    report_error("format `" + format + "` is not known; there are text and json");
    return Exit::invalid;
  }
  const auto compilation = compile_files(*values);
  if (!compilation.cluster) {
    return compilation.exit;
  }
  const auto failures = find_failures(*compilation.cluster, (*values)["fail"].as<std::vector<std::string>>(), exit);
  if (exit != Exit::done) {
    return exit;
  }
  std::cout << (format == "json" ? output::whatif_json(*compilation.cluster, failures)
                                 : output::whatif_text(*compilation.cluster, failures));
  return finish_output(Exit::done);
}

}  // namespace

const Command whatif_command{"whatif", "say where everything is after failures, and what is lost", run_whatif};

}  // namespace cip::tools
