// cipc fmt
#include <algorithm>
#include <array>
#include <boost/program_options/value_semantic.hpp>
#include <cerrno>
#include <iostream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "compiler/diagnostics/render.h"
#include "compiler/lang/words.h"
#include "compiler/syntax/format.h"
#include "compiler/tools/command.h"
#include "state/file.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;

constexpr Usage fmt_usage{
    "cipc fmt [--check] FILE...",
    "Brings each file into the one style of the language. Comments stay, and so does the meaning. `-` is standard\n"
    "input; its text goes to standard output. A file with a syntax error is left as it is, one that has the style\n"
    "already is not touched. Exit code 0 if all have it, 1 if a file has a syntax error or is not there, 2 if --check\n"
    "lists files that would change, 3 if the system failed.",
    "cipc fmt --check examples/pair/pair.cip"};

constexpr std::string_view standard_input = "-";
constexpr std::size_t most_errors = 100;  // shown of one file, as in check

// What counts if several files end differently.
Exit worse(Exit one, Exit other) {
  constexpr std::array from_best{Exit::done, Exit::changes, Exit::invalid, Exit::system};
  const auto rank = [&](Exit exit) { return std::find(from_best.begin(), from_best.end(), exit); };
  return std::max(rank(one), rank(other)) == rank(one) ? one : other;
}

Result<syntax::SourceId> load_input(syntax::Sources& sources) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const auto count = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return system_error("standard input", errno);
    }
    if (count == 0) {
      return sources.add("<standard input>", std::move(text)).id();
    }
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > syntax::Sources::size_limit) {
      return Error{ErrorCode::invalid, "standard input is larger than any specification may be"};
    }
  }
}

Exit report(const Error& error) {
  report_error(error.message);
  return exit_code(error.code);
}

Exit format_file(const std::string& path, bool check) {
  const bool from_input = path == standard_input;
  syntax::Sources sources;
  const auto id = from_input ? load_input(sources) : sources.load(path);
  if (!id) {
    return report(id.error());
  }
  diagnostics::Findings findings;
  const auto text = syntax::format(sources[*id], lang::vocabulary(), findings);
  if (!text) {
    diagnostics::TextOptions options;
    options.color = wants_color(STDERR_FILENO);
    options.max_errors = most_errors;
    std::cerr << diagnostics::to_text(findings, sources, options);
    return Exit::invalid;
  }
  const bool changes = *text != sources[*id].bytes();
  if (check) {
    std::cout << (changes ? path + "\n" : "");
    return changes ? Exit::changes : Exit::done;
  }
  if (from_input) {
    std::cout << *text;
    return Exit::done;
  }
  const auto written = changes ? replace_file(path, *text) : Result<void>{};
  return written ? Exit::done : report(written.error());
}

Exit run_fmt(const std::vector<std::string>& arguments) {
  po::options_description options;
  options.add_options()                                                                    //
      ("file", po::value<std::vector<std::string>>()->required()->value_name("FILE"), "")  //
      ("check", po::bool_switch(), "write nothing, list the files that would change");
  Exit exit = Exit::done;
  const auto values =
      parse_options(fmt_usage, options, po::positional_options_description().add("file", -1), arguments, exit);
  if (!values) {
    return exit;
  }
  for (const auto& path : (*values)["file"].as<std::vector<std::string>>()) {
    exit = worse(exit, format_file(path, (*values)["check"].as<bool>()));
  }
  return finish_output(exit);
}

}  // namespace

const Command fmt_command{"fmt", "bring specifications into the one style", run_fmt};

}  // namespace cip::tools
