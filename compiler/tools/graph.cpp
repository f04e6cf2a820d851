// cipc graph
#include "compiler/output/graph.h"

#include <algorithm>
#include <array>
#include <boost/program_options/value_semantic.hpp>
#include <filesystem>
#include <iostream>

#include "compiler/tools/command.h"
#include "state/file.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;

constexpr Usage graph_usage{
    "cipc graph [OPTION]... FILE...",
    "Draws the specification: its CLIMs, their interfaces and LANs, and which interface fails over to which. FILE... "
    "are\n"
    "compiled and checked as with `cipc check`; nothing is written if there is an error.\n\n"
    "  dot   for graphviz\n"
    "  svg   a drawing, for documents; light or dark as its reader prefers\n"
    "  html  one page with the drawing, a table of the pairs, addresses and routes of each interface, and a search;\n"
    "        it needs no network",
    "cipc graph plant.cip -o plant.html"};

struct Format {
  const char* name;
  std::array<const char*, 2> endings;  // of names of files
  std::string (*write)(const output::graph::Picture& picture);
};

constexpr std::array graph_formats{
    Format{"dot", {".dot", ".gv"}, output::graph::to_dot},
    Format{"svg", {".svg", ".svg"}, output::graph::to_svg},
    Format{"html", {".html", ".htm"}, output::graph::to_html},
};

// The format that is asked for, else that of the file's name, else DOT. Null: it is not known.
const Format* format_of(const po::variables_map& values, const std::string& output) {
  if (values.count("format") != 0) {
    const auto& name = values["format"].as<std::string>();
    const auto* const found = std::find_if(graph_formats.begin(), graph_formats.end(),
                                           [&](const Format& format) { return name == format.name; });
    return found == graph_formats.end() ? nullptr : found;
  }
  const auto ending = std::filesystem::path(output).extension().string();
  const auto* const found = std::find_if(graph_formats.begin(), graph_formats.end(), [&](const Format& format) {
    return std::find(format.endings.begin(), format.endings.end(), ending) != format.endings.end();
  });
  return found == graph_formats.end() ? graph_formats.begin() : found;
}

Exit write_output(const std::string& output, const std::string& text) {
  if (output == "-") {
    std::cout << text;
    return finish_output(Exit::done);
  }
  if (const auto written = write_file_atomically(output, text); !written) {
    report_error(written.error().message);
    return exit_code(written.error().code);
  }
  return Exit::done;
}

Exit run_graph(const std::vector<std::string>& arguments) {
  po::options_description options;
  add_compile_options(options);
  options.add_options()  //
      ("format", po::value<std::string>()->value_name("dot|svg|html"),
       "what is written; by default what the ending of -o's FILE says, else dot")  //
      ("output,o", po::value<std::string>()->default_value("-")->value_name("FILE"),
       "where it goes, atomically; -: standard output");
  Exit exit = Exit::done;
  const auto values =
      parse_options(graph_usage, options, po::positional_options_description().add("file", -1), arguments, exit);
  if (!values) return exit;
  const auto& output = (*values)["output"].as<std::string>();
  const Format* format = format_of(*values, output);
  if (format == nullptr) {
    report_error("format `" + (*values)["format"].as<std::string>() + "` is not known; it is dot, svg or html");
    return Exit::invalid;
  }
  const auto compilation = compile_files(*values);
  if (!compilation.cluster) return compilation.exit;
  return write_output(output, format->write(output::graph::picture_of(*compilation.cluster)));
}

}  // namespace

const Command graph_command{"graph", "draw CLIMs, LANs and failover pairs", run_graph};

}  // namespace cip::tools
