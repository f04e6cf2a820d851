// What names in the text mean.
#include <catch2/catch.hpp>
#include <string>

#include "compiler/lang/compile.h"
#include "compiler/lang/index.h"

namespace cip::lang {
namespace {

struct Indexed {
  syntax::Sources sources;
  diagnostics::Findings findings;
  Index index;
  Cluster cluster;
  std::string text;

  explicit Indexed(std::string source) : text(std::move(source)) {
    const auto id = sources.add("test.cip", text).id();
    cluster = compile({id}, sources, findings, index);
  }
  // At the last byte of `before`, which the text has once.
  const Meaning* at(const std::string& before) const {
    REQUIRE(text.find(before) == text.rfind(before));
    const auto offset = static_cast<std::uint32_t>(text.find(before) + before.size() - 1);
    const auto* found = index.name_at(syntax::SourceId{0}, offset);
    return found == nullptr ? nullptr : &found->second;
  }
  std::string declared(const std::string& before) const {
    const Meaning* meaning = at(before);
    if (meaning == nullptr || meaning->declarations.empty()) return "";
    const auto position = sources[syntax::SourceId{0}].position(meaning->declarations.front().begin);
    return std::to_string(position.line) + ":" + std::to_string(position.column);
  }
};

}  // namespace

TEST_CASE("an index knows each use of a constant, parameter, loop variable, template and function") {
  const Indexed spec(
      "const A = 1400;\n"
      "template t(size: int, text: string = \"x{A}\") for interface { mtu size; description text; }\n"
      "for i in [A, A + 1, A + 1] {\n"
      "  clim \"n{i}\" { interface eth1 { use t(size: i); address host(10.0.0.0/16, i); } }\n"
      "}\n");
  CHECK(spec.declared("x{A") == "1:7");
  CHECK(spec.declared("mtu size") == "2:12");
  CHECK(spec.declared("use t") == "2:10");
  CHECK(spec.declared("use t(size: i") == "3:5");
  CHECK(spec.declared("use t(size") == "2:12");
  REQUIRE(spec.at("address host") != nullptr);
  CHECK(spec.at("address host")->function->name == "host");
  CHECK(spec.at("address host")->declarations.empty());
  const Meaning* size = spec.at("mtu size");
  CHECK(size->kind == Meaning::Kind::parameter);
  CHECK(size->type == Type{Kind::integer});
  REQUIRE(size->values.size() == 2);  // each once
  CHECK(size->values[1].shown() == "1401");
  CHECK(spec.at("mtu") == nullptr);
}

TEST_CASE("an index splits an interface's name, and goes from a use to its declaration") {
  const Indexed spec(
      "provider blue { lan front; }\n"
      "clim n1 { interface eth1 { provider blue; lan front; failover n2.eth1; } bond b0 { slaves eth2; primary eth2; } "
      "interface eth2 { } }\n"
      "clim n2 { interface eth1 { } }\n");
  CHECK(spec.declared("provider blue; lan front") == "1:21");
  CHECK(spec.declared("provider blue;" + std::string()) == "1:10");
  CHECK(spec.declared("failover n2") == "3:6");
  CHECK(spec.declared("failover n2.eth1") == "3:21");
  CHECK(spec.declared("slaves eth2") == "2:123");
  CHECK(spec.declared("primary eth2") == "2:123");
}

TEST_CASE("an index has what could be read of a specification with errors, and stays small in a loop") {
  const Indexed spec(
      "const A = 1;\nconst B = A +;\nfor i in 1..5000 {\n  assert i > 0, \"\";\n}\nclim n1 { mtu A; }\n");
  CHECK(spec.findings.has_errors());
  CHECK(spec.declared("= A") == "1:7");
  const Meaning* variable = spec.at("assert i");
  REQUIRE(variable != nullptr);
  CHECK(variable->values.size() == Index::list_limit);
  CHECK(variable->more_values);
  CHECK(spec.index.names().size() < 10);
}

TEST_CASE("an index finds the statement that begins where another ends") {
  const Indexed spec("provider a;provider b;clim n1{interface e{mtu 1400;}}\n");
  const auto word = [&](std::uint32_t offset) { return spec.index.statement_at(syntax::SourceId{0}, offset)->word; };
  CHECK(spec.index.statement_at(syntax::SourceId{0}, 11)->arguments[0].text == "b");
  CHECK(word(22) == "clim");
  CHECK(word(44) == "mtu");
  CHECK(spec.index.statements_at(syntax::SourceId{0}, 44).size() == 3);
}

}  // namespace cip::lang
