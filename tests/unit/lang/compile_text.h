// Compiles a specification that stands in a test.
#pragma once

#include <string>

#include "compiler/lang/compile.h"

namespace cip::lang {

struct Compiled {
  syntax::Sources sources;
  diagnostics::Findings findings;
  Cluster cluster;

  explicit Compiled(const std::string& text) {
    const auto id = sources.add("test.cip", text).id();
    cluster = compile({id}, sources, findings);
  }
  // "line:column" of the origin.
  std::string place(const Origin& origin) const {
    const auto position = sources[origin.span.source].position(origin.span.begin);
    return std::to_string(position.line) + ":" + std::to_string(position.column);
  }
  // The codes of all findings, in the order of the text.
  std::string codes() const {
    std::string result;
    for (const auto* finding : findings.sorted()) {
      result += (result.empty() ? "" : " ") + std::string(diagnostics::name(finding->code));
    }
    return result;
  }
};

}  // namespace cip::lang
