// cipc diff
#include <boost/program_options/value_semantic.hpp>
#include <iostream>
#include <unistd.h>

#include "compiler/output/diff_report.h"
#include "compiler/tools/command.h"
#include "compiler/tools/diff_input.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;

constexpr Usage diff_usage{
    "cipc diff [OPTION]... OLD NEW",
    "Says what differs between two configurations, and what applying it does to traffic. Meaning is compared: order,\n"
    "formatting and the way something is written (templates, constants, files) do not count.\n\n"
    "OLD and NEW are each a specification (its root file, which imports the others), a state tree (a directory that\n"
    "`cipc build` wrote), or either of these at a revision of the git repository of the current directory:\n"
    "git:REV:PATH. PATH is from the root of the repository, or from the current directory if it starts with ./ or "
    "../;\n"
    "imports come from the same revision. Nothing is checked out or written.\n\n"
    "Every change has one or more of these classes:\n"
    "  hitless                              no packet is lost, no connection ends\n"
    "  interrupts connections               connections end, or packets are lost\n"
    "  moves an address                     it leaves one interface and comes up on another\n"
    "  failover unprotected while applied   until both sides have the change, the interface does not fail over\n\n"
    "Exit code 0 if nothing differs, 2 if something does, 1 if OLD or NEW is at fault, 3 if the system failed.",
    "cipc diff git:origin/main:plant.cip plant.cip --format markdown"};

std::string shown(const output::DiffReport& report, const std::string& format) {
  if (format == "json") return output::diff_json(report);
  if (format == "markdown") return output::diff_markdown(report);
  return output::diff_text(report, wants_color(STDOUT_FILENO));
}

Exit compare(const DiffInput& before, const DiffInput& after, const std::string& format) {
  auto diff = diff_trees(*before.tree, *after.tree);
  if (!diff) {
    report_error(diff.error().message);
    return exit_code(diff.error().code);
  }
  const auto report =
      output::diff_report(std::move(*diff), {before.tree.get(), before.name, before.compiled, before.directory},
                          {after.tree.get(), after.name, after.compiled, after.directory});
  std::cout << shown(report, format);
  return finish_output(report.rows.empty() ? Exit::done : Exit::changes);
}

Exit run_diff(const std::vector<std::string>& arguments) {
  po::options_description options;
  options.add_options()("input", po::value<std::vector<std::string>>(), "")  //
      ("format", po::value<std::string>()->default_value("text")->value_name("text|json|markdown"),
       "how the difference is printed; markdown fits a merge request");
  Exit exit = Exit::done;
  const auto values =
      parse_options(diff_usage, options, po::positional_options_description().add("input", -1), arguments, exit);
  if (!values) return exit;
  const auto& format = (*values)["format"].as<std::string>();
  if (format != "text" && format != "json" && format != "markdown") {
    report_error("format `" + format + "` is not known; it is text, json or markdown");
    return Exit::invalid;
  }
  const auto inputs =
      values->count("input") != 0 ? (*values)["input"].as<std::vector<std::string>>() : std::vector<std::string>();
  if (inputs.size() != 2) {
    report_error(
        "diff takes two configurations, OLD and NEW; of a specification in several files, name the one that "
        "imports the others\nusage: " +
        std::string(diff_usage.synopsis));
    return Exit::invalid;
  }
  Exit old_exit = Exit::done;
  const auto before = open_diff_input(inputs[0], old_exit);
  const auto after = open_diff_input(inputs[1], exit);  // its errors are of interest, too
  if (before && after) return compare(*before, *after, format);
  return old_exit == Exit::system || after ? old_exit : exit;
}

}  // namespace

const Command diff_command{"diff", "say what differs, and what that does to traffic", run_diff};

}  // namespace cip::tools
