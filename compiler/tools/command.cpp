#include "compiler/tools/command.h"

#include <algorithm>
#include <boost/program_options/parsers.hpp>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/diagnostics/json.h"
#include "compiler/diagnostics/render.h"
#include "compiler/diagnostics/sarif.h"
#include "compiler/diagnostics/text.h"
#include "compiler/lang/compile.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;

// Loads all files, and reports each that cannot be read.
std::vector<syntax::SourceId> load_files(const std::vector<std::string>& paths, syntax::Sources& sources, Exit& exit) {
  std::vector<syntax::SourceId> files;
  for (const auto& path : paths) {
    auto id = sources.load(path);
    if (id) {
      files.push_back(*id);
      continue;
    }
    report_error(id.error().message);
    const Exit own = exit_code(id.error().code);
    exit = exit == Exit::system ? exit : own;
  }
  return files;
}

void refuse_negative(std::int64_t number) {
  if (number < 0) {
    throw po::error("--max-errors must be 0 or more");
  }
}

void print_findings(const diagnostics::Findings& findings, const syntax::Sources& sources, FindingsFormat format,
                    const po::variable_value& max_errors) {
  constexpr std::size_t most_for_people = 100;
  const std::size_t max = !max_errors.empty()              ? static_cast<std::size_t>(max_errors.as<std::int64_t>())
                          : format == FindingsFormat::text ? most_for_people
                                                           : 0;
  switch (format) {
    case FindingsFormat::text:
      std::cerr << diagnostics::to_text(findings, sources, {.color = wants_color(STDERR_FILENO), .max_errors = max});
      return;
    case FindingsFormat::json:
      std::cout << diagnostics::to_json(findings, sources, max);
      return;
    case FindingsFormat::sarif:
      std::cout << diagnostics::to_sarif(findings, sources, max);
  }
}

void print_help(const Usage& usage, const po::options_description& options) {
  std::cout << "usage: " << usage.synopsis << "\n\n"
            << usage.text << "\n\n"
            << options << "\nexample:\n  " << usage.example << "\n";
}

}  // namespace

Exit exit_code(ErrorCode code) {
  return code == ErrorCode::system ? Exit::system : Exit::invalid;
}

bool wants_color(int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return (no_color == nullptr || *no_color == '\0') && !dumb && isatty(descriptor) != 0;
}

void report_error(const std::string& message) {
  std::cerr << "cipc: " << diagnostics::printable(message) << "\n";
}

Exit finish_output(Exit exit) {
  std::cout.flush();
  if (!std::cout) {
    report_error("cannot write to standard output");
    return Exit::system;
  }
  return exit;
}

std::optional<po::variables_map> parse_options(const Usage& usage, po::options_description options,
                                               const po::positional_options_description& positional,
                                               const std::vector<std::string>& arguments, Exit& exit) {
  po::options_description shown("options");
  shown.add_options()("help,h", "print this help");
  for (const auto& option : options.options()) {
    if (positional.name_for_position(0) != option->long_name()) {
      shown.add(option);
    }
  }
  options.add_options()("help,h", "");
  po::variables_map values;
  try {
    namespace style = po::command_line_style;
    constexpr int flags = style::unix_style & ~style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(options).positional(positional).style(flags).run(), values);
    if (values.count("help") != 0) {
      print_help(usage, shown);
      exit = finish_output(Exit::done);
      return std::nullopt;
    }
    po::notify(values);
  } catch (const po::required_option& error) {
    const bool is_positional = error.get_option_name() == "--" + positional.name_for_position(0);
    report_error(is_positional ? "no FILE is given" : error.what());
    std::cerr << "usage: " << usage.synopsis << "\n";
    exit = Exit::invalid;
    return std::nullopt;
  } catch (const po::error& error) {
    report_error(error.what());
    std::cerr << "usage: " << usage.synopsis << "\n";
    exit = Exit::invalid;
    return std::nullopt;
  }
  return values;
}

void add_compile_options(po::options_description& options) {
  options.add_options()                                                                    //
      ("file", po::value<std::vector<std::string>>()->required()->value_name("FILE"), "")  //
      ("werror", po::bool_switch(), "warnings are errors")                                 //
      ("max-errors", po::value<std::int64_t>()->value_name("N")->notifier(refuse_negative),
       "print at most N errors, and N warnings; 0: all. Without it 100 as text, and all for programs");
}

Compilation compile_files(const po::variables_map& options, FindingsFormat format, lang::Index* index) {
  Compilation result;
  const auto files = load_files(options["file"].as<std::vector<std::string>>(), result.sources, result.exit);
  if (result.exit != Exit::done) {
    return result;
  }
  diagnostics::Findings findings;
  auto cluster = index == nullptr ? lang::compile(files, result.sources, findings)
                                  : lang::compile(files, result.sources, findings, *index);
  check::check(cluster, findings);
  print_findings(findings, result.sources, format, options["max-errors"]);
  const bool werror = options["werror"].as<bool>() && findings.warnings() != 0;
  if (werror && !findings.has_errors()) {
    report_error("warnings are errors (--werror)");
  }
  if (findings.has_errors() || werror) {
    result.exit = Exit::invalid;
  } else {
    result.cluster = std::move(cluster);
  }
  return result;
}

}  // namespace cip::tools
