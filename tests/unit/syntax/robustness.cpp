// Text that nobody meant: cut off, damaged, hostile. Nothing may crash, hang, or lead out of the file.
#include <catch2/catch.hpp>
#include <chrono>
#include <random>

#include "compiler/diagnostics/render.h"
#include "tests/unit/syntax/parsing.h"

using namespace cip::syntax;
using namespace cip::syntax::testing;
using Lines = std::vector<std::string>;

namespace {

bool inside(const Span& inner, const Span& outer) {
  return inner.source == outer.source && inner.begin >= outer.begin && inner.end <= outer.end &&
         inner.begin <= inner.end;
}

bool sound(const std::vector<Argument>& arguments, const Span& around) {
  for (const Argument& argument : arguments) {
    if (!inside(argument.span, around) || !sound(argument.items, argument.span)) return false;
    for (const StringPart& part : argument.parts) {
      if (!inside(part.span, argument.span)) return false;
    }
  }
  return true;
}

// Spans lie in each other as the things do.
bool sound(const std::vector<Statement>& statements, const Span& around) {
  Span rest = around;
  for (const Statement& statement : statements) {
    if (statement.word.empty() || !inside(statement.span, rest) || !inside(statement.head, statement.span))
      return false;
    if (!inside(statement.word_span, statement.head) || !sound(statement.arguments, statement.head)) return false;
    if (!sound(statement.block, {statement.span.source, statement.head.end, statement.span.end})) return false;
    rest.begin = statement.span.end;
  }
  return true;
}

void check(const std::string& text) {
  const Parsed parsed(text);
  const Span all{parsed.file.id(), 0, static_cast<std::uint32_t>(text.size())};
  bool good = sound(parsed.tree.statements, all);
  for (const auto* finding : parsed.list.sorted()) {
    good = good && inside(finding->primary.span, all);
    for (const auto& label : finding->secondary) good = good && inside(label.span, all);
  }
  if (!good) {
    CAPTURE(text);
    FAIL_CHECK("a span leads out of what it belongs to");
  }
}

// Finishes in a time that only a quadratic algorithm exceeds, also with sanitizers on a busy machine.
template <class Work>
void check_time(std::chrono::seconds limit, Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  CHECK(std::chrono::steady_clock::now() - start < limit);
}

std::string repeat(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("files that are cut off or have lost a byte") {
  for (const std::string& name : data_files()) {
    const std::string text = read_data(name);
    // Of the large ones every third place, so that this stays a matter of seconds.
    const std::size_t step = text.size() > 1000 ? 7 : 3;
    for (std::size_t i = 0; i < text.size(); i += step) {
      check(text.substr(0, i));
      check(text.substr(0, i) + text.substr(i + 1));
    }
  }
}

TEST_CASE("random tokens") {
  const std::vector<std::string> pieces = {"{",    "}", ";",    "\"",        "(",   ")",  "[",           "]", "\n", " ",
                                           "\n  ", ",", "clim", "interface", "mtu", "x",  "10.1.0.1/24", "{", "}",  ";",
                                           "\\",   "#", "//",   "\xC3\xA4",  "f(",  "for"};
  std::mt19937 random(20240229);  // NOLINT(cert-msc51-cpp): the same text in every run
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += pieces[random() % pieces.size()];
    check(text);
  }
}

TEST_CASE("a cut-off specification has all its statements up to there") {
  const std::string text = read_data("plant.cip");
  const std::size_t cut = text.find("route 10.9.0.0/16");
  const Parsed parsed(text.substr(0, cut));
  CHECK(parsed.findings() == Lines{"21:26 E0001 missing 2 `}`"});
  REQUIRE(parsed.tree.statements.size() == 7);
  CHECK(parsed.tree.statements[6].block.at(2).block.size() == 5);
}

TEST_CASE("nesting without bound") {
  check_time(std::chrono::seconds(60), [] {
    const std::string open = repeat("a{", 100'000);
    CHECK(Parsed(open).findings() == Lines{"1:130 E0001 blocks are nested deeper than 64"});
    CHECK(Parsed(open + repeat("}", 100'000) + "\nmtu @;").findings() ==
          Lines{"1:130 E0001 blocks are nested deeper than 64", "2:5 E0001 unexpected character `@`"});
    CHECK(Parsed(repeat("}", 10'000)).findings().size() == 10'000);
    CHECK(Parsed("mtu " + repeat("(", 100'000) + ";\nmtu @;").findings() ==
          Lines{"1:69 E0001 parentheses and brackets are nested deeper than 64", "2:5 E0001 unexpected character `@`"});
    CHECK(Parsed("mtu " + repeat("(", 64) + repeat(")", 64) + ";").findings().empty());
    CHECK(Parsed(repeat("a{", 64) + repeat("}", 64)).findings().empty());
    CHECK(Parsed(repeat("clim n {\n", 10'000)).findings().size() == 10'000);
  });
}

TEST_CASE("long lines and files take no more than their share of time") {
  const std::size_t size = 200'000;  // with sanitizers; 2 MB take a second without
  const auto filled = [&](std::string_view piece) { return repeat(piece, size / piece.size()); };
  check_time(std::chrono::seconds(100), [&] {
    CHECK(Parsed(filled("mtu 9000; ")).tree.statements.size() == size / 10);
    CHECK(Parsed("x " + std::string(size, 'a') + ";").findings().empty());
    CHECK(Parsed("x a" + std::string(size, '-') + ";").findings().size() == 1);
    CHECK(Parsed("description \"" + std::string(size, 'x') + "\";").findings().empty());
    CHECK(Parsed("description \"" + std::string(size, 'x')).findings().size() == 1);
    CHECK(Parsed(filled("/* ")).findings().size() == 1);
    CHECK(Parsed("x " + filled("1,") + ";").findings() ==
          Lines{"1:65538 E0001 this statement has more than 65536 words"});
    CHECK(Parsed(filled("\n")).tree.statements.empty());
  });
}

TEST_CASE("many errors on one long line are shown in time") {
  check_time(std::chrono::seconds(60), [] {
    const Parsed parsed(repeat("mtu @; ", 4'000));
    REQUIRE(parsed.list.errors() == 4'000);
    const std::string shown = cip::diagnostics::to_text(parsed.list, parsed.sources, {});
    CHECK(shown.find("test.cip:1:27998\n") != std::string::npos);
    CHECK(shown.size() < 4'000UL * 500);
  });
}
