// cipc explain
#include <algorithm>
#include <boost/program_options/value_semantic.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <sstream>
#include <string_view>

#include "compiler/diagnostics/codes.h"
#include "compiler/diagnostics/json.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/tools/command.h"

namespace cip::tools {
namespace {

namespace po = boost::program_options;
using diagnostics::CodeEntry;
using diagnostics::Severity;

constexpr Usage explain_usage{
    "cipc explain [--format text|json|markdown] [CODE]",
    "Prints the rule behind a code, its reason, and a wrong and a right example; without a code, the list of\n"
    "all codes (as json and markdown, all of them in full).",
    "cipc explain E0205"};

std::string_view word(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

std::string indented(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    result += line.empty() ? "\n" : "    " + line + "\n";
  }
  return result;
}

void print_text(const CodeEntry& entry) {
  std::cout << entry.name << (entry.severity == Severity::warning ? " (warning): " : ": ") << entry.title << "\n\n"
            << entry.explanation;
  if (!entry.domain.empty()) {
    std::cout << "\nComes from docs/domain.md: " << entry.domain << "\n";
  }
  std::cout << "\nWrong:\n\n" << indented(entry.wrong) << "\nRight:\n\n" << indented(entry.right);
}

void print_list(std::span<const CodeEntry> entries) {
  for (const CodeEntry& entry : entries) {
    std::cout << entry.name << "  " << word(entry.severity) << (entry.severity == Severity::error ? "    " : "  ")
              << entry.title << "\n";
  }
}

void print_json(std::span<const CodeEntry> entries) {
  auto codes = nlohmann::json::array();
  for (const CodeEntry& entry : entries) {
    codes.push_back({{"code", entry.name},
                     {"severity", word(entry.severity)},
                     {"title", entry.title},
                     {"domain", diagnostics::domain_facts(entry)},
                     {"explanation", entry.explanation},
                     {"wrong", entry.wrong},
                     {"right", entry.right}});
  }
  std::cout << nlohmann::json{{"format", diagnostics::findings_format}, {"codes", codes}}.dump(2) << "\n";
}

// docs/diagnostics.md is this for all codes.
void print_markdown(std::span<const CodeEntry> entries) {
  std::cout
      << "# Diagnostics\n\nWhat each code means, and why it is an error or a warning. `cipc explain CODE` prints the "
         "same. This page is made\nfrom the compiler's own table, by `cipc explain --format markdown`.\n\n"
         "| code | | says | domain |\n| --- | --- | --- | --- |\n";
  for (const CodeEntry& entry : entries) {
    std::cout << "| [" << entry.name << "](#" << static_cast<char>(entry.name[0] - 'A' + 'a') << entry.name.substr(1)
              << ") | " << word(entry.severity) << " | " << entry.title << " | " << entry.domain << " |\n";
  }
  for (const CodeEntry& entry : entries) {
    std::cout << "\n## " << entry.name << "\n\n**" << entry.title << "**";
    if (!entry.domain.empty()) {
      std::cout << " ([domain](domain.md): " << entry.domain << ")";
    }
    std::cout << "\n\n"
              << entry.explanation << "\nWrong:\n\n```cip error=" << entry.name << "\n"
              << entry.wrong << "```\n\nRight:\n\n```cip\n"
              << entry.right << "```\n";
  }
}

// One row of the table, or all.
std::optional<std::span<const CodeEntry>> entries_of(const po::variables_map& values) {
  if (values.count("code") == 0) {
    return diagnostics::all_codes();
  }
  const auto& name = values["code"].as<std::string>();
  if (const auto code = diagnostics::find_code(name)) {
    return std::span(&diagnostics::entry(*code), 1);
  }
  std::vector<std::string_view> names;
  for (const CodeEntry& entry : diagnostics::all_codes()) {
    names.push_back(entry.name);
  }
  // Of codes that are equally near, one of the same family.
  const auto same = [&](std::string_view known) {
    return std::mismatch(known.begin(), known.end(), name.begin(), name.end()).first - known.begin();
  };
  std::stable_sort(names.begin(), names.end(), [&](auto a, auto b) { return same(a) > same(b); });
  const auto meant = diagnostics::suggestion(name, names);
  report_error("there is no code `" + name + "`; " +
               (meant ? "did you mean `" + std::string(*meant) + "`?" : "`cipc explain` lists all"));
  return std::nullopt;
}

Exit run_explain(const std::vector<std::string>& arguments) {
  po::options_description options;
  options.add_options()("code", po::value<std::string>()->value_name("CODE"), "");
  options.add_options()("format", po::value<std::string>()->default_value("text")->value_name("text|json|markdown"),
                        "how it is printed");
  Exit exit = Exit::done;
  const auto values =
      parse_options(explain_usage, options, po::positional_options_description().add("code", 1), arguments, exit);
  if (!values) {
    return exit;
  }
  const auto entries = entries_of(*values);
  if (!entries) {
    return Exit::invalid;
  }
  const auto& format = (*values)["format"].as<std::string>();
  if (format == "json") {
    print_json(*entries);
  } else if (format == "markdown") {
    print_markdown(*entries);
  } else if (format != "text") {
    report_error("there is no format `" + format + "`; it is text, json or markdown");
    return Exit::invalid;
  } else if (values->count("code") == 0) {
    print_list(*entries);
  } else {
    print_text(entries->front());
  }
  return finish_output(Exit::done);
}

}  // namespace

const Command explain_command{"explain", "print the rule behind a code, with examples", run_explain};

}  // namespace cip::tools
