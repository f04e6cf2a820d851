// Secrets appear in nothing that is printed, in whatever way they got into it.
#include "compiler/diagnostics/redact.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/json.h"
#include "compiler/diagnostics/render.h"
#include "compiler/diagnostics/sarif.h"
#include "compiler/diagnostics/text.h"
#include "tests/unit/diagnostics/support.h"

using namespace cip::diagnostics;
using namespace cip::tests;
using cip::syntax::SourceFile;
using cip::syntax::SourceId;
using cip::syntax::Sources;
using cip::syntax::Span;

namespace {

std::vector<std::string> secrets(std::string_view text) {
  std::vector<std::string> found;
  for (const Span& span : find_secrets(SourceId{0}, text))
    found.emplace_back(text.substr(span.begin, span.end - span.begin));
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("what stands behind `psk` is a secret, but for the name of a file") {
  CHECK(secrets("auth psk \"s3cret\";") == Texts{"\"s3cret\""});
  CHECK(secrets("auth psk\n  \"a\\\"b\" ;") == Texts{"\"a\\\"b\""});
  CHECK(secrets("auth psk \"s3cret;\n}") == Texts{"\"s3cret;"});
  CHECK(secrets("auth psk \"s3cret\\\n}") == Texts{"\"s3cret\\"});
  CHECK(secrets("auth psk \"s3cret") == Texts{"\"s3cret"});
  CHECK(secrets("auth psk s3cret;") == Texts{"s3cret"});
  CHECK(secrets("auth psk 0x1234\n}") == Texts{"0x1234"});
  CHECK(secrets("auth psk # here\n \"s3cret\";") == Texts{"\"s3cret\""});
  CHECK(secrets("auth psk \"a\"; auth psk \"b\";") == Texts{"\"a\"", "\"b\""});
  CHECK(secrets("psk = \"a\"; psk=\"b\"; psk: \"c\"; psk=d=e:f,g; psk, \"h\"; psk(\"i\");") ==
        Texts{"\"a\"", "\"b\"", "\"c\"", "d=e:f", "\"h\"", "\"i\""});
  CHECK(secrets("# auth psk \"old\";") == Texts{"\"old\""});
  for (const auto* text :
       {"auth psk file \"/etc/x.psk\";", "auth psk fiel \"/etc/x.psk\";", "# the psk is there\n", "auth psk;\n\"x\"",
        "pskx \"a\" xpsk \"b\"", "description \"psk\" ; x \"y\"", "psk { \"a\" }", "", "psk", "psk "}) {
    CAPTURE(text);
    CHECK(secrets(text).empty());
  }
}

TEST_CASE("a secret is shown as `\"...\"`, with the same underline, in every finding of its line") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", "x y \"correct horse\" z;\n");
  Findings findings;
  const Span secret = find(file, "\"correct horse\"");
  findings.redact(secret);
  findings.add(error_at(secret, "here"));
  findings.add(error_at(find(file, "x"), "here"));
  findings.add(error_at(find(file, "z"), "here"));
  findings.add(error_at(find(file, "y \"correct"), "here"));
  findings.add(error_at(find(file, "horse"), "here"));
  const std::string text = to_text(findings, sources);
  CHECK(text.find("1 | x y \"...\" z;\n  |     ^^^^^ here\n") != std::string::npos);
  CHECK(text.find("1 | x y \"...\" z;\n  | ^ here\n") != std::string::npos);
  CHECK(text.find("1 | x y \"...\" z;\n  |           ^ here\n") != std::string::npos);
  CHECK(text.find("1 | x y \"...\" z;\n  |   ^^^^^^^ here\n") != std::string::npos);
  CHECK(text.find("correct") == std::string::npos);
  CHECK(text.find("horse") == std::string::npos);
}

TEST_CASE("also in a line that is cut, over several lines, and where redactions overlap") {
  Sources sources;
  const std::string word(500, 's');
  const SourceFile& file = sources.add("a.cip", "x \"" + word + "\" y;\nq \"a\nbcd\" e;\n");
  Findings findings;
  for (const auto& literal : {"\"" + word + "\"", std::string("sss"), std::string("\"a\nbcd\"")}) {
    findings.redact(find(file, literal));
  }
  findings.add(error_at(find(file, "y"), "here"));
  findings.add(error_at(find(file, "x"), "here"));
  findings.add(error_at(find(file, "q"), "here"));
  findings.add(error_at(find(file, "e;"), "here"));
  const std::string text = to_text(findings, sources);
  CHECK(text.find("ss") == std::string::npos);
  CHECK(text.find("1 | x \"...\" y;\n  | ^ here\n") != std::string::npos);
  CHECK(text.find("\"...\" y;\n") != std::string::npos);
  CHECK(text.find("2 | q \"...\"\n  | ^ here\n") != std::string::npos);
  CHECK(text.find("3 | \"...\" e;\n  |       ^^ here\n") != std::string::npos);
}

TEST_CASE("no text of a finding quotes a secret, in any format") {
  Sources sources;
  const std::string secret = "clever zebra battery staple, and so on until it is more than sixty characters";
  const SourceFile& file =
      sources.add("a.cip", "auth psk \"" + secret + "\" x;\nauth psk \"a`b\";\nauth psk \"q\\\"r\" ;\n");
  Findings findings;
  Finding finding = error_at(find(file, "x;"), "here", "unexpected " + quote("\"" + secret + "\""));
  finding.notes.push_back("it is " + quote(secret) + " or `a`b` or " + quote("q\"r") + ", not `x`");
  finding.help.push_back("not " + quote("\"q\\\"r\""));
  finding.primary.text = quote(secret);
  finding.secondary.push_back({find(file, "auth"), quote(secret)});
  finding.chain.push_back({find(file, "auth"), "in " + quote(secret)});
  findings.add(finding);
  for (const std::string& shown :
       {to_text(findings, sources), to_json(findings, sources), to_sarif(findings, sources)}) {
    CHECK(shown.find("zebra") == std::string::npos);
    CHECK(shown.find("a`b") == std::string::npos);
    CHECK(shown.find("q\"r") == std::string::npos);
    CHECK(shown.find("q\\") == std::string::npos);
    CHECK(shown.find("not `x`") != std::string::npos);
  }
  CHECK(to_text(findings, sources).find("error[E0007]: unexpected `\"...\"`\n") == 0);
}

TEST_CASE("redactions that overlap in part hide all that any of them does") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", "x abcdefghij y;\n");
  Findings findings;
  for (const auto* literal : {"abcdef", "defghij", "ef"}) {
    findings.redact(find(file, literal));
  }
  findings.add(error_at(find(file, "x"), "here"));
  CHECK(to_text(findings, sources).find("1 | x \"...\" y;\n") != std::string::npos);
}

TEST_CASE("the place of E0402 is a secret") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", "x \"one\" \"two\" y;\n");
  Findings findings;
  Finding finding = error_at(find(file, "\"one\" \"two\""), "here");
  finding.code = Code::e0402;
  findings.add(finding);
  CHECK(to_text(findings, sources).find("1 | x \"...\" y;\n  |   ^^^^^ here\n") != std::string::npos);
}

TEST_CASE("what is hidden before and after a finding is hidden in it") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", "x \"one\" \"two\";\n");
  Findings findings;
  findings.redact(find(file, "\"one\""));
  findings.add(error_at(find(file, "x"), "here"));
  findings.redact(find(file, "\"two\""));
  findings.add(error_at(find(file, "x"), "here"));
  CHECK(to_text(findings, sources).find("1 | x \"...\" \"...\";\n") != std::string::npos);
}
