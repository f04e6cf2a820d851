// What the tests of imports share.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "compiler/check/check.h"
#include "compiler/import/import.h"
#include "compiler/lang/compile.h"

namespace cip::importing {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The codes of all errors in the specification.
inline std::string errors_of(const std::string& text) {
  syntax::Sources sources;
  diagnostics::Findings findings;
  const auto& file = sources.add("import.cip", text);
  check::check(lang::compile({file.id()}, sources, findings), findings);
  std::string result;
  for (const auto* finding : findings.sorted()) {
    if (diagnostics::severity(finding->code) == diagnostics::Severity::error) {
      result += std::string(diagnostics::name(finding->code)) + ": " + finding->message + "\n";
    }
  }
  return result;
}

// An import that must work, and must give a specification without errors.
inline Imported must(const Result<Imported>& imported) {
  INFO((imported ? "" : imported.error().message));
  REQUIRE(imported);
  CHECK(errors_of(imported->text).empty());
  return *imported;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The lines of the specification without its introduction, joined by ` | `, without indentation.
inline std::string body(const std::string& text) {
  std::string result;
  for (std::size_t at = text.find("\n\n"); at != std::string::npos && at + 1 < text.size();) {
    const auto end = text.find('\n', at + 1);
    const auto begin = text.find_first_not_of(' ', at + 1);
    if (begin < end) {
      result += (result.empty() ? "" : " | ") + text.substr(begin, end - begin);
    }
    at = end;
  }
  return result;
}

}  // namespace cip::importing
