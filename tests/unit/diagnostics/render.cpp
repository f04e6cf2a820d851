// The exact text of findings.
#include "compiler/diagnostics/render.h"

#include <catch2/catch.hpp>
#include <string>

#include "compiler/diagnostics/text.h"
#include "tests/unit/diagnostics/support.h"

using namespace cip::diagnostics;
using namespace cip::tests;
using cip::syntax::SourceFile;
using cip::syntax::Sources;
using cip::syntax::Span;

TEST_CASE("the example of docs/language.md") {
  Sources sources;
  std::string text(13, '\n');
  text += "    failover n2.eth1;\n" + std::string(16, '\n') + "    failover n3.eth1;\n";
  const SourceFile& file = sources.add("plant.cip", text);
  Finding finding;
  finding.code = Code::e0205;
  finding.message = "n1.eth1 and its failover interface do not use each other";
  finding.primary = {find(file, "n2.eth1"), "n1.eth1 fails over to n2.eth1 ..."};
  finding.secondary.push_back({find(file, "n3.eth1"), "... but n2.eth1 fails over to n3.eth1"});
  finding.notes.emplace_back("two interfaces that both use failover must use each other");
  finding.help.emplace_back("write `failover n1.eth1;` here, or remove it");
  CHECK(to_text(finding, sources) ==
        "error[E0205]: n1.eth1 and its failover interface do not use each other\n"
        "  --> plant.cip:14:14\n"
        "   |\n"
        "14 |     failover n2.eth1;\n"
        "   |              ^^^^^^^ n1.eth1 fails over to n2.eth1 ...\n"
        "  ::: plant.cip:31:14\n"
        "   |\n"
        "31 |     failover n3.eth1;\n"
        "   |              ------- ... but n2.eth1 fails over to n3.eth1\n"
        "   = note: two interfaces that both use failover must use each other\n"
        "   = help: write `failover n1.eth1;` here, or remove it\n");
}

TEST_CASE("places in other files, on lines with numbers of other lengths, and the chain of an expansion") {
  Sources sources;
  const SourceFile& main = sources.add("a.cip", "use t(1);\n");
  const SourceFile& other = sources.add("lib/b.cip", std::string(99, '\n') + "mtu 1;\n");
  Finding finding = error_at(find(main, "t(1)"), "here");
  finding.code = Code::w0211;
  finding.secondary.push_back({find(other, "mtu"), {}});
  finding.chain.push_back({find(main, "use"), "in template t, used at"});
  CHECK(to_text(finding, sources) ==
        "warning[W0211]: wrong\n"
        "   --> a.cip:1:5\n"
        "    |\n"
        "  1 | use t(1);\n"
        "    |     ^^^^ here\n"
        "   ::: lib/b.cip:100:1\n"
        "    |\n"
        "100 | mtu 1;\n"
        "    | ---\n"
        "    = note: in template t, used at: a.cip:1:1\n");
}

TEST_CASE("labels of one line stand below that line") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", "mtu 1; mtu 2;\nlan x;\n");
  Finding finding = error_at(find(file, "mtu 2"), "again");
  finding.secondary.push_back({find(file, "lan x"), "elsewhere"});
  finding.secondary.push_back({find(file, "mtu 1"), "first"});
  CHECK(to_text(finding, sources) ==
        "error[E0007]: wrong\n"
        " --> a.cip:1:8\n"
        "  |\n"
        "1 | mtu 1; mtu 2;\n"
        "  |        ^^^^^ again\n"
        "  | ----- first\n"
        " ::: a.cip:2:1\n"
        "  |\n"
        "2 | lan x;\n"
        "  | ----- elsewhere\n");
}

TEST_CASE("an empty span is one mark, also at the ends of line and file") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", "mtu\r\n\nx");
  const auto shown = [&](std::uint32_t at) { return to_text(error_at({file.id(), at, at}, "here"), sources); };
  CHECK(shown(3) == "error[E0007]: wrong\n --> a.cip:1:4\n  |\n1 | mtu\n  |    ^ here\n");
  CHECK(shown(5) == "error[E0007]: wrong\n --> a.cip:2:1\n  |\n2 |\n  | ^ here\n");
  CHECK(shown(7) == "error[E0007]: wrong\n --> a.cip:3:2\n  |\n3 | x\n  |  ^ here\n");
  const SourceFile& empty = sources.add("b.cip", "");
  CHECK(to_text(error_at({empty.id(), 0, 0}), sources) == "error[E0007]: wrong\n --> b.cip:1:1\n  |\n1 |\n  | ^\n");
}

TEST_CASE("a span over several lines is underlined on its first") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", "clim n1 {\n  x;\n}\n");
  CHECK(to_text(error_at(find(file, "n1 {\n  x;\n}")), sources) ==
        "error[E0007]: wrong\n --> a.cip:1:6\n  |\n1 | clim n1 {\n  |      ^^^^\n");
}

TEST_CASE("tabs are expanded, columns count code points, underlines measure what is seen") {
  Sources sources;
  const SourceFile& file =
      sources.add("a.cip", "\tx\ty \xC3\xA4 e\xCC\x81 \xE6\xBC\xA2\xE5\xAD\x97 bad \xF0\x9F\x98\x80 end\n");
  const std::string line = "1 |     x   y \xC3\xA4 e\xCC\x81 \xE6\xBC\xA2\xE5\xAD\x97 bad \xF0\x9F\x98\x80 end\n";
  CHECK(to_text(error_at(find(file, "y")), sources) ==
        "error[E0007]: wrong\n --> a.cip:1:4\n  |\n" + line + "  |         ^\n");
  // One column for a letter with an accent however it is written, two for a CJK character.
  CHECK(to_text(error_at(find(file, "bad")), sources) ==
        "error[E0007]: wrong\n --> a.cip:1:14\n  |\n" + line + "  |                    ^^^\n");
  CHECK(to_text(error_at(find(file, "\xE6\xBC\xA2\xE5\xAD\x97")), sources).ends_with("|               ^^^^\n"));
  CHECK(to_text(error_at(find(file, "end")), sources).ends_with("|                           ^^^\n"));
}

TEST_CASE("nothing in a file, path or message can command the terminal or disguise the text") {
  Sources sources;
  const SourceFile& file = sources.add("a\x1b.cip", "mtu \x1b[31m\x7F\xC2\x9B\xE2\x80\xAE\xFF x;\n");
  Finding finding = error_at(find(file, "x"), "la\nbel");
  finding.message = "a\x1b[0m";
  finding.notes.emplace_back("n\x07");
  CHECK(to_text(finding, sources) ==
        "error[E0007]: a\xE2\x90\x9B[0m\n --> a\xE2\x90\x9B.cip:1:15\n  |\n"
        "1 | mtu \xE2\x90\x9B[31m\xE2\x90\xA1\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD x;\n"
        "  |               ^ la\xE2\x90\x8A"
        "bel\n"
        "  = note: n\xE2\x90\x87\n");
}

TEST_CASE("a long line is cut to a window around what is underlined") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", std::string(1000, 'a') + " bad " + std::string(1'000'000, 'b') + "\n");
  TextOptions options;
  options.line_width = 30;
  CHECK(to_text(error_at(find(file, "bad"), "here"), sources, options) ==
        "error[E0007]: wrong\n --> a.cip:1:1002\n  |\n"
        "1 | ..." +
            std::string(9, 'a') + " bad " + std::string(16, 'b') + "...\n  |    " + std::string(10, ' ') +
            "^^^ here\n");
  // What is longer than the window is underlined as far as it is shown; a label outside has a place of its own.
  Finding finding = error_at(find(file, std::string(1'000'000, 'b')));
  finding.secondary.push_back({find(file, "bad"), "far"});
  finding.secondary.push_back({Span{file.id(), 0, 3}, "start"});
  const std::string text = to_text(finding, sources, options);
  CHECK(text.find(" | ..." + std::string(30, 'b') + "...\n  |    " + std::string(30, '^') + "\n") != std::string::npos);
  CHECK(text.find(" ::: a.cip:1:1002\n") != std::string::npos);
  CHECK(text.find("1 | " + std::string(30, 'a') + "...\n  | --- start\n") != std::string::npos);
}

TEST_CASE("colour is an option") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", "mtu 1;\n");
  TextOptions options;
  options.color = true;
  CHECK(to_text(error_at(find(file, "1"), "here"), sources, options) ==
        "\x1b[1;31merror[E0007]\x1b[0m\x1b[1m: wrong\x1b[0m\n"
        " \x1b[1;34m--> \x1b[0ma.cip:1:5\n"
        "  \x1b[1;34m|\x1b[0m\n"
        "\x1b[1;34m1 |\x1b[0m mtu 1;\n"
        "  \x1b[1;34m|\x1b[0m     \x1b[1;31m^ here\x1b[0m\n");
}

TEST_CASE("a run ends with its count, and shows no more than it is asked for") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", "a b c d\n");
  Findings findings;
  CHECK(to_text(findings, sources).empty());
  findings.add(error_at(find(file, "a")));
  CHECK(to_text(findings, sources) == "error[E0007]: wrong\n --> a.cip:1:1\n  |\n1 | a b c d\n  | ^\n\n1 error\n");
  findings.add(error_at(find(file, "d")));
  findings.add(error_at(find(file, "c")));
  Finding warning = error_at(find(file, "b"));
  warning.code = Code::w0212;
  findings.add(warning);
  TextOptions options;
  options.max_errors = 1;
  CHECK(to_text(findings, sources, options) ==
        "error[E0007]: wrong\n --> a.cip:1:1\n  |\n1 | a b c d\n  | ^\n\n"
        "warning[W0212]: wrong\n --> a.cip:1:3\n  |\n1 | a b c d\n  |   ^\n\n"
        "... and 2 more errors\n3 errors, 1 warning\n");
  const std::string all = to_text(findings, sources);
  CHECK(all.find("a.cip:1:7") != std::string::npos);
  CHECK(all.find("more") == std::string::npos);
  CHECK(all.ends_with("\n\n3 errors, 1 warning\n"));
}

TEST_CASE("quoted text") {
  CHECK(quote("eth1") == "`eth1`");
  CHECK(quote("").size() == 2);
  CHECK(quote("a\nb") ==
        "`a\xE2\x90\x8A"
        "b`");
  CHECK(quote(std::string(60, 'x')) == "`" + std::string(60, 'x') + "`");
  CHECK(quote(std::string(61, 'x')) == "`" + std::string(60, 'x') + "...`");
}
