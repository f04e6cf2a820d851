// cipc why
#include "compiler/output/why.h"

#include <boost/any.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <iostream>
#include <unistd.h>

#include "compiler/output/why_report.h"
#include "compiler/tools/command.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;

constexpr Usage why_usage{
    "cipc why [OPTION]... FILE... PATH",
    "Says where a value comes from: the statement, and what it is made of (constants, arguments of templates, lists "
    "of\n"
    "loops), each with its place. PATH is one of\n"
    "  n1.eth1.mtu                  an attribute of an interface; of a list all of it\n"
    "  n1.eth1.address[0]           one of a list, by its position from 0,\n"
    "  n1.eth1.route[10.9.0.0/16]   or by its value\n"
    "  n1.eth1, n1                  an interface or a CLIM, with all that it has\n"
    "  cluster.dead, cluster        the times; provider.blue\n\n"
    "Exit code 0 if there is an answer, 1 if PATH or the specification is at fault, 3 if the system failed.",
    "cipc why examples/pair/pair.cip n1.eth1.failover"};

// The last argument is no file but the path.
std::optional<std::string> take_path(po::variables_map& values) {
  auto files = values.at("file").as<std::vector<std::string>>();
  std::string path = std::move(files.back());
  files.pop_back();
  if (files.empty()) {
    report_error(std::string("no PATH is given, such as n1.eth1.mtu\nusage: ") + why_usage.synopsis);
    return std::nullopt;
  }
  values.at("file").value() = boost::any(std::move(files));
  return path;
}

Exit run_why(const std::vector<std::string>& arguments) {
  po::options_description options;
  add_compile_options(options);
  options.add_options()("format", po::value<std::string>()->default_value("text")->value_name("text|json"),
                        "how the answer is printed");
  Exit exit = Exit::done;
  auto values =
      parse_options(why_usage, options, po::positional_options_description().add("file", -1), arguments, exit);
  if (!values) {
    return exit;
  }
  const auto format = (*values)["format"].as<std::string>();
  if (format != "text" && format != "json") {
    report_error("format `" + format + "` is not known; it is text or json");
    return Exit::invalid;
  }
  const auto path = take_path(*values);
  if (!path) {
    return Exit::invalid;
  }
  lang::Index index;
  const auto compilation = compile_files(*values, FindingsFormat::text, &index);
  if (!compilation.cluster) {
    return compilation.exit;
  }
  const auto answer = output::why(*path, *compilation.cluster, index);
  if (const auto* problem = std::get_if<std::string>(&answer)) {
    report_error(*problem);
    return Exit::invalid;
  }
  const auto& facts = std::get<std::vector<output::Fact>>(answer);
  diagnostics::TextOptions text;
  text.color = wants_color(STDOUT_FILENO);
  std::cout << (format == "json" ? output::why_json(facts, compilation.sources)
                                 : output::why_text(facts, compilation.sources, text));
  return finish_output(Exit::done);
}

}  // namespace

const Command why_command{"why", "say where a value comes from", run_why};

}  // namespace cip::tools
