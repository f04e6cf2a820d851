#include "compiler/import/settle.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/import/text.h"
#include "compiler/lang/compile.h"

namespace cip::importing {
namespace {

constexpr int most_rounds = 64;

struct Said {
  Statement* statement;  // null: it is about none
  std::string text;      // "E0107: ..."
};

// What the compiler says of the text, by statement.
struct Verdict {
  std::vector<Said> errors;
  std::vector<Said> warnings;
};

Verdict verdict(const Written& written) {
  syntax::Sources sources;
  diagnostics::Findings findings;
  const auto& file = sources.add("import.cip", written.text);
  check::check(lang::compile({file.id()}, sources, findings), findings);
  Verdict result;
  for (const auto* finding : findings.sorted()) {
    const bool error = diagnostics::severity(finding->code) == diagnostics::Severity::error;
    const std::size_t line = file.line_of(finding->primary.span.begin) - 1;
    (error ? result.errors : result.warnings)
        .push_back({line < written.by_line.size() ? written.by_line[line] : nullptr,
                    std::string(diagnostics::name(finding->code)) + ": " + finding->message});
  }
  return result;
}

// Makes comments of the statements; whether there was one.
bool refuse(const std::vector<Said>& errors, Warnings& warnings) {
  bool any = false;
  for (const auto& [statement, text] : errors) {
    if (statement != nullptr && statement->refusal.empty()) {
      statement->refusal = text;
      warnings.emplace_back(statement->place, "`" + statement->text + "` became a comment: " + text);
      any = true;
    }
  }
  return any;
}

}  // namespace

Result<Written> settle(Specification& specification, Warnings& warnings) {
  for (int round = 0; round < most_rounds; ++round) {
    auto written = write(specification);
    const auto said = verdict(written);
    if (said.errors.empty()) {
      for (const auto& [statement, text] : said.warnings) {
        warnings.emplace_back(statement == nullptr ? Place{} : statement->place, text);
      }
      return written;
    }
    if (!refuse(said.errors, warnings)) {
      return Error{ErrorCode::invalid, "no specification can be made of this: " + said.errors.front().text};
    }
  }
  return Error{ErrorCode::invalid, "no specification can be made of this: too much of it contradicts itself"};
}

std::vector<std::string> shown(Warnings warnings, const std::vector<Input>& inputs) {
  std::stable_sort(warnings.begin(), warnings.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.input, a.first.line) < std::tie(b.first.input, b.first.line);
  });
  std::vector<std::string> result;
  result.reserve(warnings.size());
  for (const auto& [place, text] : warnings) {
    result.push_back(inputs[place.input].name + ":" + std::to_string(place.line) + ": " + comment_text(text));
  }
  return result;
}

}  // namespace cip::importing
