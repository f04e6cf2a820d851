#include "compiler/lang/reading.h"

#include <utility>

namespace cip::lang {
namespace {

using diagnostics::Code;

// Whether what a finding says is true whatever the values are.
bool holds_for_all_values(Code code) {
  switch (code) {
    case Code::e0001:
    case Code::e0002:
    case Code::e0003:
    case Code::e0005:
    case Code::e0006:
    case Code::e0008:
    case Code::e0010:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Reporter::add(diagnostics::Finding finding) {
  if (muted || (unknown && !holds_for_all_values(finding.code))) {
    return;
  }
  if (diagnostics::severity(finding.code) == diagnostics::Severity::error) {
    ++errors_;
  }
  findings_.add(std::move(finding));
}

void report(Reading& reading, Code code, std::string message, const syntax::Span& span, std::string label,
            std::string help) {
  diagnostics::Finding finding{
      code, std::move(message), {syntax::Origin{span, 0, reading.scope->step()}, std::move(label)}};
  if (!help.empty()) {
    finding.help.push_back(std::move(help));
  }
  reading.findings.add(std::move(finding));
}

}  // namespace cip::lang
