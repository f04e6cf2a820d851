#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/diagnostics/finding.h"

using namespace cip::diagnostics;
using cip::syntax::SourceId;
using cip::syntax::Span;

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

namespace {

// A step of an expansion as the evaluator makes them.
class Step : public cip::syntax::Expansion {
 public:
  Step(const Span& span, std::string text, const Expansion* outer = nullptr, bool is_import = false)
      : span_(span), text_(std::move(text)), outer_(outer), is_import_(is_import) {}
  Span span() const override { return span_; }
  std::string text() const override { return text_; }
  const Expansion* outer() const override { return outer_; }
  bool is_import() const override { return is_import_; }

 private:
  Span span_;
  std::string text_;
  const Expansion* outer_;
  bool is_import_;
};

Span at(std::uint32_t file, std::uint32_t begin) {
  return {SourceId{file}, begin, begin + 1};
}

Finding expanded(const Span& span, const cip::syntax::Expansion* expansion, std::string message = "m") {
  Finding result;
  result.code = Code::e0107;
  result.message = std::move(message);
  result.primary = {cip::syntax::Origin{span, 0, expansion}, "here"};
  return result;
}

std::string chain(const Finding& finding) {
  std::string text;
  for (const ExpansionStep& step : finding.chain) {
    text += step.text + "@" + std::to_string(static_cast<unsigned>(step.span.source)) + ":" +
            std::to_string(step.span.begin) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("what a template or loop of the same file has is placed in it, with the chain innermost first") {
  const Step use(at(0, 90), "in template edge(id: 3)");
  const Step loop(at(0, 20), "with n = 2", &use);
  Findings findings;
  findings.add(expanded(at(0, 30), &loop));
  const Finding& only = *findings.sorted().at(0);
  CHECK(only.primary.span == at(0, 30));
  CHECK(only.primary.text == "here");
  CHECK(only.secondary.empty());
  CHECK(chain(only) == "with n = 2@0:20 in template edge(id: 3)@0:90 ");
}

TEST_CASE("what an imported template has is placed at the use, with the statement beside it") {
  const Step loop(at(0, 5), "with i = 1");
  const Step use(at(0, 9), "in template lib.edge(id: 3)", &loop, true);
  const Step inner(at(1, 40), "with n = 2", &use);
  Findings findings;
  Finding finding = expanded(at(1, 50), &inner);
  finding.secondary.push_back({at(1, 60), "the other"});
  findings.add(finding);
  const Finding& only = *findings.sorted().at(0);
  CHECK(only.primary.span == at(0, 9));
  REQUIRE(only.secondary.size() == 2);
  CHECK(only.secondary[0].span == at(1, 50));
  CHECK(only.secondary[0].text == "this statement of the template");
  CHECK(only.secondary[1].text == "the other");
  CHECK(chain(only) == "with i = 1@0:5 ");
}

TEST_CASE("two mistakes of an imported template are two findings at its use, each with its count") {
  const Step first(at(0, 9), "in template lib.edge(id: 1)", nullptr, true);
  const Step second(at(0, 9), "in template lib.edge(id: 2)", nullptr, true);
  Findings findings;
  for (const Step* use : {&first, &second}) {
    findings.add(expanded(at(1, 50), use));
    findings.add(expanded(at(1, 70), use));
  }
  REQUIRE(findings.sorted().size() == 2);
  for (const std::size_t i : {0U, 1U}) {
    CHECK(findings.sorted()[i]->primary.span == at(0, 9));
    CHECK(findings.sorted()[i]->repeats == 1);
  }
  CHECK(findings.sorted()[0]->secondary.at(0).span == at(1, 50));
  CHECK(findings.sorted()[1]->secondary.at(0).span == at(1, 70));
}

TEST_CASE("a template that an imported template imports is placed at the outermost use") {
  const Step outer(at(0, 9), "in template b.t()", nullptr, true);
  const Step inner(at(1, 19), "in template c.t()", &outer, true);
  Findings findings;
  findings.add(expanded(at(2, 29), &inner));
  const Finding& only = *findings.sorted().at(0);
  CHECK(only.primary.span == at(0, 9));
  REQUIRE(only.secondary.size() == 2);
  CHECK(only.secondary[0].span == at(1, 19));
  CHECK(only.secondary[1].span == at(2, 29));
}

TEST_CASE("a mistake in a loop is one finding, with the number of its iterations") {
  std::vector<std::unique_ptr<Step>> steps;
  Findings findings;
  findings.add(finding(Code::e0001, 0, 1, "a"));
  for (int i = 0; i < 1000; ++i) {
    steps.push_back(std::make_unique<Step>(at(0, 10), "with i = " + std::to_string(i)));
    findings.add(expanded(at(0, 30), steps.back().get(), "n" + std::to_string(i) + ".eth1 is wrong"));
    findings.add(expanded(at(0, 30), steps.back().get(), "n" + std::to_string(i) + ".eth1 is wrong"));  // of two rules
    findings.add(expanded(at(0, 20), steps.back().get()));
  }
  CHECK(findings.errors() == 3);
  REQUIRE(findings.sorted().size() == 3);
  CHECK(findings.sorted()[0]->repeats == 0);
  CHECK_FALSE(repeats_note(*findings.sorted()[0]));
  CHECK(findings.sorted()[1]->primary.span == at(0, 20));
  CHECK(findings.sorted()[2]->repeats == 999);
  CHECK(findings.sorted()[2]->message == "n0.eth1 is wrong");
  CHECK(chain(*findings.sorted()[2]) == "with i = 0@0:10 ");
  CHECK(repeats_note(*findings.sorted()[2]) == "the same in 999 more expansions of this statement");
}

TEST_CASE("the same place without and with an expansion are two findings") {
  const Step loop(at(0, 10), "with i = 1");
  Findings findings;
  findings.add(expanded(at(0, 30), nullptr));
  findings.add(expanded(at(0, 30), &loop));
  findings.add(expanded(at(0, 30), nullptr));
  CHECK(findings.errors() == 2);
  CHECK(findings.sorted()[0]->repeats == 0);
  CHECK(findings.sorted()[1]->repeats == 0);
}

TEST_CASE("no more findings are kept than anybody reads, but all are counted") {
  Findings findings;
  for (std::uint32_t i = 0; i < Findings::limit + 10; ++i) {
    if (findings.full() != (i >= Findings::limit)) FAIL("full after " << i);
    findings.add(finding(Code::e0001, 0, i, "a"));
  }
  findings.add(finding(Code::e0001, 0, 7, "a"));
  CHECK(findings.errors() == Findings::limit + 10);
  CHECK(findings.sorted().size() == Findings::limit);
}

TEST_CASE("texts without end are cut, between characters") {
  std::string name;
  while (name.size() < 100'000) name += "\xE6\xBC\xA2";
  const Step loop(at(0, 10), name);
  Finding endless = expanded(at(0, 30), &loop, name);
  endless.primary.text = endless.message;
  endless.secondary.push_back({at(0, 1), name});
  endless.notes = endless.help = {name, std::string(1000, 'a')};
  Findings findings;
  findings.add(endless);
  const Finding& only = *findings.sorted().at(0);
  const std::string cut = name.substr(0, 999) + "...";
  CHECK(only.message == cut);
  CHECK(only.primary.text == cut);
  CHECK(only.secondary.at(0).text == cut);
  CHECK(only.notes == std::vector<std::string>{cut, std::string(1000, 'a')});
  CHECK(only.help == only.notes);
  CHECK(only.chain.at(0).text == cut);
}

TEST_CASE("the first errors and the first warnings") {
  Findings findings;
  for (std::uint32_t i = 0; i < 3; ++i) {
    findings.add(finding(Code::e0001, 0, 10 - i, "e"));
    findings.add(finding(Code::w0211, 0, 20 - i, "w"));
  }
  CHECK(findings.first(0).size() == 6);
  const auto first = findings.first(2);
  REQUIRE(first.size() == 4);
  CHECK(first[0]->primary.span == at(0, 8));
  CHECK(first[3]->primary.span == at(0, 19));
}
