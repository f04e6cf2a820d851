// Any bytes as a specification: parsed, read, checked; written if there is no error; formatted if it can be. Nothing
// crashes, every finding points into the text, and what the formatter makes says the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "compiler/check/check.h"
#include "compiler/diagnostics/render.h"
#include "compiler/lang/compile.h"
#include "compiler/lang/words.h"
#include "compiler/output/state_tree.h"
#include "compiler/syntax/format.h"

namespace {

using namespace cip;

// Ends the run with a report: the property does not hold.
void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

std::string compile(const std::string& text, bool& errors) {
  syntax::Sources sources;
  diagnostics::Findings findings;
  const auto id = sources.add("fuzz.cip", text).id();
  const auto cluster = lang::compile({id}, sources, findings);
  check::check(cluster, findings);
  for (const auto* finding : findings.sorted()) {
    const auto& span = finding->primary.span;
    require(span.begin <= span.end && span.end <= sources[span.source].bytes().size());
  }
  require(diagnostics::to_text(findings, sources).empty() == findings.empty());
  errors = findings.has_errors();
  std::string result;
  if (!errors) {
    for (const auto& [path, bytes] : output::state_tree(cluster, sources)) {
      if (!path.ends_with("source-map.json")) {
        result += path + "\n" + bytes;
      }
    }
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  const std::string text(reinterpret_cast<const char*>(data), size);
  // Paths lead out of the fuzzer: only the standard library is imported.
  for (std::size_t at = text.find("import"); at != std::string::npos; at = text.find("import", at + 1)) {
    const auto quote = text.find('"', at);
    if (quote != std::string::npos && text.compare(quote + 1, 4, "std/") != 0) {
      return 0;
    }
  }
  bool errors = false;
  const auto before = compile(text, errors);
  syntax::Sources sources;
  diagnostics::Findings findings;
  const auto& file = sources.add("fuzz.cip", text);
  if (const auto formatted = syntax::format(file, lang::vocabulary(), findings)) {
    bool errors_after = false;
    const auto after = compile(*formatted, errors_after);
    require(errors == errors_after && before == after);
  }
  return 0;
}
