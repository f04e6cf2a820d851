#include "tests/corpus/corpus.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>

#include "compiler/check/check.h"
#include "compiler/diagnostics/render.h"
#include "compiler/lang/compile.h"

namespace cip::corpus {

namespace fs = std::filesystem;

std::vector<Expectation> announced(const std::string& text) {
  constexpr std::string_view mark = "# expect: ";
  std::vector<Expectation> result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.starts_with(mark);) {
    result.push_back(line.substr(mark.size()));
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::string Compiled::text() const {
  return diagnostics::to_text(findings, sources);
}

std::vector<Expectation> Compiled::found(const std::vector<Expectation>& announced) const {
  std::set<std::string> codes;
  for (const auto& expectation : announced) {
    codes.insert(expectation.substr(0, expectation.find(' ')));
  }
  std::vector<Expectation> result;
  for (const auto* finding : findings.sorted()) {
    const std::string code(diagnostics::name(finding->code));
    if (diagnostics::severity(finding->code) == diagnostics::Severity::warning && codes.count(code) == 0) {
      continue;
    }
    const auto& file = sources[finding->primary.span.source];
    const std::string where = file.id() == syntax::SourceId{0} ? "" : fs::path(file.path()).filename().string() + ":";
    result.push_back(code + " " + where + std::to_string(file.line_of(finding->primary.span.begin)));
  }
  std::sort(result.begin(), result.end());
  return result;
}

void compile_file(const fs::path& path, Compiled& result) {
  const auto id = result.sources.load(path.string());
  if (!id) {
    throw std::runtime_error(id.error().message);
  }
  result.cluster = lang::compile({*id}, result.sources, result.findings);
  check::check(result.cluster, result.findings);
}

void compile_text(const std::string& text, Compiled& result) {
  const auto& file = result.sources.add("example.cip", text);
  result.cluster = lang::compile({file.id()}, result.sources, result.findings);
  check::check(result.cluster, result.findings);
}

std::vector<fs::path> specifications(const fs::path& dir) {
  std::vector<fs::path> result;
  for (const auto& entry : fs::directory_iterator(dir)) {
    if (entry.is_regular_file() && entry.path().extension() == ".cip") {
      result.push_back(entry.path());
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error("cannot read " + path.string());
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace cip::corpus
