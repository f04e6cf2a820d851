// The shape of the tree: words, arguments, spans, blocks.
#include <catch2/catch.hpp>

#include "compiler/syntax/tokens.h"
#include "tests/unit/syntax/parsing.h"

using namespace cip::syntax;
using cip::syntax::testing::Parsed;

namespace {

std::vector<ArgumentKind> kinds(const Parsed& parsed) {
  std::vector<ArgumentKind> kinds;
  for (const Argument& argument : parsed.tree.statements.at(0).arguments) kinds.push_back(argument.kind);
  return kinds;
}

std::string_view at(const Parsed& parsed, const Span& span) {
  return parsed.file.text(span);
}

}  // namespace

TEST_CASE("an empty file is an empty tree") {
  for (const std::string text : {"", "\n", "# comment", "  \t\r\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF# x\n"}) {
    const Parsed parsed(text);
    CHECK(parsed.findings().empty());
    CHECK(parsed.tree.statements.empty());
    CHECK_FALSE(parsed.tree.broken);
  }
}

TEST_CASE("a statement has its spans") {
  const Parsed parsed("provider blue;\nclim n1 { # here\n  control 192.168.100.1, fd00::1;\n}\n");
  REQUIRE(parsed.tree.statements.size() == 2);
  const Statement& clim = parsed.tree.statements[1];
  CHECK(clim.word == "clim");
  CHECK(at(parsed, clim.word_span) == "clim");
  CHECK(at(parsed, clim.head) == "clim n1");
  CHECK(at(parsed, clim.span) == "clim n1 { # here\n  control 192.168.100.1, fd00::1;\n}");
  REQUIRE(clim.block.size() == 1);
  const Statement& control = clim.block[0];
  CHECK(at(parsed, control.head) == "control 192.168.100.1, fd00::1");
  CHECK(at(parsed, control.span) == "control 192.168.100.1, fd00::1;");
  REQUIRE(control.arguments.size() == 3);
  CHECK(at(parsed, control.arguments[0].span) == "192.168.100.1");
  CHECK(control.arguments[1].is_punctuation(","));
  CHECK(control.arguments[2].is(ArgumentKind::ip, "fd00::1"));
  CHECK_FALSE(control.has_block);
  CHECK(control.block.empty());
}

TEST_CASE("spans count bytes, behind a byte order mark and other characters, too") {
  const Parsed parsed(
      "\xEF\xBB\xBFprovider blue; # \xC3\xA4\xE2\x82\xAC\xF0\x9F\x8C\x8D\ndescription \"\xC3\xA4\" x;\n");
  CHECK(parsed.findings().empty());
  REQUIRE(parsed.tree.statements.size() == 2);
  CHECK(at(parsed, parsed.tree.statements[0].head) == "provider blue");
  CHECK(at(parsed, parsed.tree.statements[1].head) == "description \"\xC3\xA4\" x");
  CHECK(parsed.tree.statements[1].arguments.at(1).text == "x");
}

TEST_CASE("lines may end as on other systems") {
  const Parsed parsed("clim n1 {\r\n  control 1.1.1.1\r\n  mtu \"a\";\r\n}\r\n");
  CHECK(parsed.findings() == std::vector<std::string>{"2:18 E0001 missing `;`"});
}

TEST_CASE("names") {
  using Kind = ArgumentKind;
  CHECK(kinds(Parsed("x eth1 link-pulse _a a--b 802.3ad layer3+4;")) == std::vector<Kind>(6, Kind::word));
  CHECK(kinds(Parsed("x n1.eth1 n1.eth2.100 bond.active_backup n-1.eth0-a a.1-2;")) ==
        std::vector<Kind>(5, Kind::reference));
  // `n-1` is a name, `n - 1` is not.
  CHECK(Parsed("x n-1;").outline() == "x n-1;");
  CHECK(kinds(Parsed("x n - 1;")) == std::vector<Kind>{Kind::word, Kind::punctuation, Kind::integer});
  CHECK(kinds(Parsed("x a- b;")) == std::vector<Kind>{Kind::word, Kind::punctuation, Kind::word});
  CHECK(kinds(Parsed("x layer2+3;")) == std::vector<Kind>{Kind::word, Kind::punctuation, Kind::integer});
  CHECK(kinds(Parsed("x eth2:1;")) == std::vector<Kind>{Kind::word, Kind::punctuation, Kind::integer});
}

TEST_CASE("arrows and operators need no spaces") {
  CHECK(Parsed("failover n1.eth1<->n2.eth1;").tree.statements[0].arguments.at(1).is_punctuation("<->"));
  CHECK(Parsed("failover n1.eth1->n2.eth1;").tree.statements[0].arguments.at(1).is_punctuation("->"));
  CHECK(Parsed("x 1..4;").outline() == "x 1 .. 4;");
  CHECK(Parsed("x 0..(N - 1);").outline() == "x 0 .. (N - 1);");
  CHECK(Parsed("x a..b;").outline() == "x a .. b;");
  CHECK(Parsed("x 10/2*3%4+5-6;").outline() == "x 10 / 2 * 3 % 4 + 5 - 6;");
  CHECK(Parsed("x a==b!=c<=d>=e<f>g;").outline() == "x a == b != c <= d >= e < f > g;");
  CHECK(Parsed("x -5;").outline() == "x - 5;");
  CHECK(Parsed("x(id:1,peer: 2);").findings().size() == 1);
  CHECK(Parsed("use site(id:1,net:10.0.0.0/8);").outline() == "use site(id : 1 , net : 10.0.0.0/8);");
}

TEST_CASE("calls, groups and lists") {
  const Parsed parsed("route subnet(172.16.0.0/12, 8, n) via ip(host(net, 250 + n % 2)) metric (n + 1) [a, [b]];");
  CHECK(parsed.findings().empty());
  CHECK(parsed.outline() ==
        "route subnet(172.16.0.0/12 , 8 , n) via ip(host(net , 250 + n % 2)) metric (n + 1) [a , [b]];");
  const std::vector<Argument>& arguments = parsed.tree.statements[0].arguments;
  CHECK(arguments.at(0).is(ArgumentKind::call, "subnet"));
  CHECK(at(parsed, arguments[0].span) == "subnet(172.16.0.0/12, 8, n)");
  CHECK(arguments.at(2).items.at(0).kind == ArgumentKind::call);
  CHECK(arguments.at(4).kind == ArgumentKind::group);
  CHECK(at(parsed, arguments[4].span) == "(n + 1)");
  CHECK(arguments.at(5).kind == ArgumentKind::list);
  CHECK(Parsed("use bond.active_backup(primary: \"eth2\");")
            .tree.statements[0]
            .arguments.at(0)
            .is(ArgumentKind::call, "bond.active_backup"));
  // A reserved word calls nothing, and a space makes no call.
  CHECK(Parsed("x not(a);").tree.statements[0].arguments.at(1).kind == ArgumentKind::group);
  CHECK(Parsed("x f (a);").tree.statements[0].arguments.at(1).kind == ArgumentKind::group);
}

TEST_CASE("reserved words") {
  for (const std::string_view word :
       {"and", "assert", "const", "else", "false", "for", "if", "in", "not", "or", "template", "true", "use"}) {
    CHECK(is_reserved(word));
  }
  CHECK_FALSE(is_reserved("clim"));
  CHECK_FALSE(is_reserved(""));
}

TEST_CASE("the words of the language's later parts are statements like others") {
  const Parsed parsed(
      "const A = 10.1.0.254;\ntemplate t(a: int = 4, b: prefix4) for cluster { use u(a: a); }\n"
      "for p in 0..(A - 1) { if p % 2 == 0 { mtu 1; } else { mtu 2; } }\nassert A <= 100, \"too many\";\n");
  CHECK(parsed.findings().empty());
  CHECK(parsed.outline() ==
        "const A = 10.1.0.254; template t(a : int = 4 , b : prefix4) for cluster { use u(a : a); } "
        "for p in 0 .. (A - 1) { if p % 2 == 0 { mtu 1; } else { mtu 2; } } assert A <= 100 , \"too many\";");
}
