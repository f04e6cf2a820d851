#include <catch2/catch.hpp>
#include <string>

#include "compiler/diagnostics/finding.h"

using namespace cip::diagnostics;
using cip::syntax::SourceId;

namespace {

Finding finding(Code code, std::uint32_t file, std::uint32_t begin, std::string message) {
  Finding result;
  result.code = code;
  result.message = std::move(message);
  result.primary.span = {SourceId{file}, begin, begin + 1};
  return result;
}

std::string order(const Findings& findings) {
  std::string text;
  for (const Finding* one : findings.sorted()) text += one->message;
  return text;
}

}  // namespace

TEST_CASE("findings come in the order of the text, those of one place as they arrived") {
  Findings findings;
  findings.add(finding(Code::e0001, 1, 0, "d"));
  findings.add(finding(Code::e0001, 0, 9, "c"));
  findings.add(finding(Code::e0007, 0, 2, "a"));
  findings.add(finding(Code::e0001, 0, 2, "b"));
  CHECK(order(findings) == "abcd");
}

TEST_CASE("the same finding counts once") {
  Findings findings;
  CHECK(findings.empty());
  CHECK_FALSE(findings.has_errors());
  findings.add(finding(Code::w0211, 0, 1, "a"));
  CHECK_FALSE(findings.has_errors());
  findings.add(finding(Code::e0001, 0, 1, "a"));
  findings.add(finding(Code::e0001, 0, 1, "a"));
  findings.add(finding(Code::e0001, 0, 1, "b"));
  findings.add(finding(Code::e0001, 0, 2, "a"));
  findings.add(finding(Code::e0001, 1, 1, "a"));
  CHECK(findings.errors() == 4);
  CHECK(findings.warnings() == 1);
  CHECK(findings.has_errors());
}
