// The rules of the formatter, one by one (docs/language.md, "Formatter"). Whole files are in
// tests/corpus/test_format.cpp.
#include "compiler/syntax/format.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/syntax/parsing.h"

using namespace cip;
using namespace cip::syntax;

namespace {

std::string once(const std::string& text) {
  Sources sources;
  diagnostics::Findings findings;
  const auto formatted = format(sources.add("test.cip", text), syntax::testing::vocabulary(), findings);
  INFO(text);
  REQUIRE(formatted);
  CHECK(findings.empty());
  return *formatted;
}

// The text in the one style, which a second run leaves as it is.
std::string formatted(const std::string& text) {
  std::string result = once(text);
  CHECK(once(result) == result);
  return result;
}

}  // namespace

TEST_CASE("one statement per line, with its indentation") {
  CHECK(formatted("cluster lab {\nheartbeat 100ms;dead 300ms;\n      settle 1s;}") ==
        "cluster lab {\n  heartbeat 100ms;\n  dead 300ms;\n  settle 1s;\n}\n");
  CHECK(formatted("provider blue; provider green;") == "provider blue;\nprovider green;\n");
  CHECK(formatted("clim n1\n{\n\tinterface eth1\n\t{\n\t\tmtu\n9000\n;\n\t}\n}") ==
        "clim n1 {\n  interface eth1 {\n    mtu 9000;\n  }\n}\n");
}

TEST_CASE("nothing, and nothing but space, is an empty file; anything else ends with one line end") {
  CHECK(formatted("").empty());
  CHECK(formatted(" \r\n\t\n").empty());
  CHECK(formatted("\xEF\xBB\xBF").empty());
  CHECK(formatted("# only this") == "# only this\n");
  CHECK(formatted("\n\nprovider blue;\n\n\n") == "provider blue;\n");
}

TEST_CASE("line ends are those of Unix, a byte order mark goes") {
  CHECK(formatted("\xEF\xBB\xBFprovider blue; # a\r\n\r\nprovider green;\r\n") ==
        "provider blue;  # a\n\nprovider green;\n");
  CHECK(formatted("provider blue; # old\rprovider green;\r\rprovider red;") ==
        "provider blue;  # old\nprovider green;\n\nprovider red;\n");
}

TEST_CASE("one empty line at most, none at the ends of a block") {
  CHECK(formatted("provider a;\n\n\n\nprovider b;\n \t\n# c\n\n\n# d\nclim n {\n\n\ncontrol 1.2.3.4;\n\n\n"
                  "control 1.2.3.5;\n\n}") ==
        "provider a;\n\nprovider b;\n\n# c\n\n# d\nclim n {\n  control 1.2.3.4;\n\n  control 1.2.3.5;\n}\n");
  CHECK(formatted("clim n {  # why\n\n  control 1.2.3.4;\n\n  # last\n\n}") ==
        "clim n {  # why\n  control 1.2.3.4;\n\n  # last\n}\n");
  CHECK(formatted("route a\n\n\n  b;") == "route a b;\n");
}

TEST_CASE("a short block that stands on one line stays there") {
  CHECK(formatted("clim n { interface  eth2{provider blue;} }") == "clim n { interface eth2 { provider blue; } }\n");
  CHECK(formatted("clim n { interface eth2 {\nprovider blue; } }") ==
        "clim n {\n  interface eth2 {\n    provider blue;\n  }\n}\n");
  CHECK(formatted("clim\nn\n{ control 1.2.3.4; }") == "clim n { control 1.2.3.4; }\n");
  CHECK(formatted("clim n { control 1.2.3.4; # why\n}") == "clim n {\n  control 1.2.3.4;  # why\n}\n");
  CHECK(formatted("clim n # why\n{ control 1.2.3.4; }") == "clim n {  # why\n  control 1.2.3.4;\n}\n");
  // Whatever stands on one line with another is no block on a line of its own.
  CHECK(formatted("clim n { interface a { mtu 1; } interface b { mtu 2;\n} }") ==
        "clim n {\n  interface a { mtu 1; }\n  interface b {\n    mtu 2;\n  }\n}\n");
}

TEST_CASE("a block on one line has 100 columns, of code points, its comment not counted") {
  const auto block = [](std::size_t width, const std::string& rest) {
    const std::string head = "interface eth1 { description \"";
    const std::string tail = "\"; }";
    return head + "\xC3\xBC" + std::string(width - head.size() - tail.size() - 1, 'x') + tail + rest;
  };
  CHECK(formatted(block(100, "")) == block(100, "\n"));
  CHECK(formatted(block(100, "  # comment\n")) == block(100, "  # comment\n"));
  CHECK(formatted(block(101, "")).substr(0, 34) == "interface eth1 {\n  description \"\xC3\xBC");
}

TEST_CASE("an empty block") {
  CHECK(formatted("clim n {}") == "clim n { }\n");
  CHECK(formatted("clim n {\n\n}\nclim m\n{ }") == "clim n { }\nclim m { }\n");
  CHECK(formatted("clim n {\n  # nothing yet\n}") == "clim n {\n  # nothing yet\n}\n");
  CHECK(formatted("clim n { # nothing yet\n}") == "clim n {  # nothing yet\n}\n");
  CHECK(formatted("clim n # why\n{ }") == "clim n {  # why\n}\n");
}

TEST_CASE("else stands behind the block before it") {
  CHECK(formatted("if a {\nmtu 1;\n}\nelse if b\n{\nmtu 2;\n}\n\nelse {\nmtu 3;\n}") ==
        "if a {\n  mtu 1;\n} else if b {\n  mtu 2;\n} else {\n  mtu 3;\n}\n");
  CHECK(formatted("if a{mtu 1;}else{mtu 2;}") == "if a { mtu 1; } else { mtu 2; }\n");
  // All blocks of it on one line, or none.
  CHECK(formatted("if a { mtu 1; }\nelse { mtu 2; }") == "if a {\n  mtu 1;\n} else {\n  mtu 2;\n}\n");
  CHECK(formatted("if a { mtu 1; } else {\nmtu 2; }") == "if a {\n  mtu 1;\n} else {\n  mtu 2;\n}\n");
  CHECK(formatted("if a { } else {\n}") == "if a { } else { }\n");
  CHECK(formatted("if a {\n} else { mtu 2; # b\n}") == "if a { } else {\n  mtu 2;  # b\n}\n");
  CHECK(formatted("if a { mtu 1; } # no\nelse { mtu 2; }") == "if a {\n  mtu 1;\n}  # no\nelse { mtu 2; }\n");
}

TEST_CASE("spaces between words, none before what ends them") {
  CHECK(formatted("slaves   eth2 ,eth3\t, eth4 ;") == "slaves eth2, eth3, eth4;\n");
  CHECK(formatted("failover a->b;failover a.x<->b.y ;") == "failover a -> b;\nfailover a.x <-> b.y;\n");
  CHECK(formatted("import \"a\"as b;") == "import \"a\" as b;\n");
  CHECK(formatted("use t( a :1,b: \"x  y\" ) ;") == "use t(a: 1, b: \"x  y\");\n");
  CHECK(formatted("template t(a:int=3,b :[ip4]) for clim{ }") == "template t(a: int = 3, b: [ip4]) for clim { }\n");
}

TEST_CASE("operators") {
  CHECK(formatted("const x=1+2 *y/ 3%z;") == "const x = 1 + 2 * y / 3 % z;\n");
  CHECK(formatted("assert a<=b and c!=d,\"m\";") == "assert a <= b and c != d, \"m\";\n");
  CHECK(formatted("for x in 1 .. 4 { }") == "for x in 1..4 { }\n");
  CHECK(formatted("for x in [ 1,n ..m ] { }") == "for x in [1, n..m] { }\n");
  CHECK(formatted("for x in (a)..  (b - 1) { }") == "for x in (a)..(b - 1) { }\n");
  CHECK(formatted("if not(a) { }") == "if not (a) { }\n");
  CHECK(formatted("if(a){}") == "if (a) { }\n");
  CHECK(formatted("mtu (n+1);") == "mtu (n + 1);\n");  // no call
}

TEST_CASE("a sign stands at its operand, a minus between two does not") {
  CHECK(formatted("const x = - 1;") == "const x = -1;\n");
  CHECK(formatted("const x = a - 1;") == "const x = a - 1;\n");
  CHECK(formatted("const x = a -1;") == "const x = a - 1;\n");
  CHECK(formatted("const x = (a) - (- b);") == "const x = (a) - (-b);\n");
  CHECK(formatted("const x = - - - b;") == "const x = - - -b;\n");
  CHECK(formatted("const x = f(-  1)- 1;") == "const x = f(-1) - 1;\n");
  CHECK(formatted("const x = - f(1) * [ - 2 ];") == "const x = -f(1) * [-2];\n");
  CHECK(formatted("for x in - 3 .. - 1 { }") == "for x in -3..-1 { }\n");
  CHECK(formatted("mtu - 1;") == "mtu -1;\n");
  CHECK(formatted("if a and - b < - c { }") == "if a and -b < -c { }\n");
  CHECK(formatted("route default metric - 1 via x - 1;") == "route default metric -1 via x - 1;\n");
}

TEST_CASE("tokens that would grow together stay apart") {
  CHECK(formatted("const x = 10.0.0.1 .. 10.0.0.4;") == "const x = 10.0.0.1 .. 10.0.0.4;\n");
  CHECK(formatted("use t(10.0.0.1 : 2);") == "use t(10.0.0.1 : 2);\n");
  CHECK(formatted("use t(a: : b);") == "use t(a: : b);\n");
  CHECK(formatted("use t(802.3ad : 2, 802.3ad .. 3);") == "use t(802.3ad : 2, 802.3ad .. 3);\n");
  CHECK(formatted("const x = a / / b;") == "const x = a / / b;\n");
  CHECK(formatted("const x = a < - > b;") == "const x = a < - > b;\n");
  CHECK(formatted("const x = .. .. , : ..;") == "const x = .. .., : ..;\n");
}

TEST_CASE("comments stay where they are, two spaces behind code") {
  CHECK(formatted("#a\nprovider blue;# b\n    # c\nclim n {# d\n# e  \ncontrol 1.2.3.4; # f\n# g\n} # h\n# i") ==
        "#a\nprovider blue;  # b\n# c\nclim n {  # d\n  # e\n  control 1.2.3.4;  # f\n  # g\n}  # h\n# i\n");
  CHECK(formatted("provider a; provider b; # of b") == "provider a;\nprovider b;  # of b\n");
}

TEST_CASE("a comment inside a statement breaks its line; `;`, `,` and `{` go before it") {
  CHECK(formatted("mtu # jumbo\n 9000;") == "mtu  # jumbo\n    9000;\n");
  CHECK(formatted("mtu 9000 # jumbo\n;") == "mtu 9000;  # jumbo\n");
  CHECK(formatted("mtu 9000\n# jumbo\n;\nmtu 1;") == "mtu 9000;\n# jumbo\nmtu 1;\n");
  CHECK(formatted("mtu 9000 # a\n; # b\nmtu 1;") == "mtu 9000;  # a\n# b\nmtu 1;\n");
  CHECK(formatted("slaves eth2 # left\n, eth3, # middle\n# and\neth4;") ==
        "slaves eth2,  # left\n    eth3,  # middle\n    # and\n    eth4;\n");
  CHECK(formatted("clim n # a\n# b\n\n{ # c\n\ncontrol 1.2.3.4;\n}") ==
        "clim n {  # a\n  # b\n  # c\n\n  control 1.2.3.4;\n}\n");
}

TEST_CASE("brackets with a comment in them have a line for each item") {
  CHECK(formatted("use t(a: 1, # one\n b: [2, 3] , c: f(4, 5) # more\n);") ==
        "use t(\n    a: 1,  # one\n    b: [2, 3],\n    c: f(4, 5)  # more\n);\n");
  CHECK(formatted("template t( # all\na: int, # one\n# before b\nb: int\n# after b\n) for clim { }") ==
        "template t(  # all\n    a: int,  # one\n    # before b\n    b: int\n    # after b\n) for clim { }\n");
  CHECK(formatted("const x = [[1, # a\n2], [3,\n4]];") ==
        "const x = [\n    [\n        1,  # a\n        2\n    ],\n    [3, 4]\n];\n");
  CHECK(formatted("use t(# nothing\n);") == "use t(  # nothing\n);\n");
  CHECK(formatted("use t(a # half\n+ b, c);") == "use t(\n    a  # half\n        + b,\n    c\n);\n");
  CHECK(formatted("use t(\n# a\n\n# b\nc);") == "use t(\n    # a\n    # b\n    c\n);\n");
}

TEST_CASE("a line of more than 100 columns is broken where it is cheapest") {
  const std::string a(30, 'a');
  const std::string b(30, 'b');
  const std::string c(30, 'c');
  // Behind a comma, as late as it fits.
  CHECK(formatted("slaves " + a + "," + b + "," + c + ";") == "slaves " + a + ", " + b + ",\n    " + c + ";\n");
  CHECK(formatted("slaves " + a + "," + b + "," + c.substr(4) + ";") ==
        "slaves " + a + ", " + b + ", " + c.substr(4) + ";\n");
  // Rather outside of brackets.
  CHECK(formatted("use t(" + a + ", f(" + b + ", " + c + "), d);") ==
        "use t(" + a + ",\n    f(" + b + ", " + c + "), d);\n");
  // Before a keyword of the statement.
  CHECK(formatted("route default via " + a + " metric " + b + " table f(" + c + ", 1);") ==
        "route default via " + a + " metric " + b + "\n    table f(" + c + ", 1);\n");
  CHECK(formatted("template t(" + a + ": int, " + b + ": int, " + c + ": int) for clim { mtu 1; }") ==
        "template t(" + a + ": int, " + b + ": int,\n    " + c + ": int) for clim {\n  mtu 1;\n}\n");
  // Behind an operator, if there is nothing better; and never between a name and its value.
  CHECK(formatted("const x = " + a + " + " + b + " + " + c + ";") ==
        "const x = " + a + " + " + b + " +\n    " + c + ";\n");
  CHECK(formatted("use t(" + a + b + ", " + c + ": " + b + ");") ==
        "use t(" + a + b + ",\n    " + c + ": " + b + ");\n");
  // What has no place stays.
  CHECK(formatted("use t(" + a + b + c + b + ");") == "use t(" + a + b + c + b + ");\n");
  CHECK(formatted("description \"" + a + b + c + b + "\";") == "description \"" + a + b + c + b + "\";\n");
  // The brace belongs to the last word.
  CHECK(formatted("ipsec p on " + a + ", " + b + ", " + c.substr(5) + " { }") ==
        "ipsec p on " + a + ", " + b + ",\n    " + c.substr(5) + " { }\n");
}

TEST_CASE("no line begins with a word that would begin a statement there") {
  const std::string a(50, 'a');
  const std::string b(41, 'b');
  CHECK(formatted("ipsec " + a + " " + b + " mtu;") == "ipsec " + a + "\n    " + b + " mtu;\n");
  // Behind a comma it is none.
  CHECK(formatted("template t(" + a + ": int, " + b.substr(20) + ": int, mtu: int) for clim { }") ==
        "template t(" + a + ": int, " + b.substr(20) + ": int,\n    mtu: int) for clim { }\n");
}

TEST_CASE("a file with a syntax error is refused, with its errors and no others") {
  Sources sources;
  diagnostics::Findings findings;
  const auto& file = sources.add("test.cip", "provider blue\nclim n { mtu 1x; }\n// no\n");
  CHECK_FALSE(format(file, syntax::testing::vocabulary(), findings));
  REQUIRE(findings.sorted().size() == 2);
  CHECK(findings.sorted()[0]->message == "missing `;`");
  CHECK(findings.sorted()[1]->message == "a comment starts with `#`, not with `//`");
  for (const std::string text : {"a\0b;", "\xFF", "}", "mtu 1", "clim n {", "use t(;", "description \"a;\n"}) {
    diagnostics::Findings own;
    CHECK_FALSE(format(sources.add("test.cip", text), syntax::testing::vocabulary(), own));
    CHECK(own.errors() == 1);
  }
}

TEST_CASE("malformed values are no matter of style") {
  CHECK(formatted("mtu   10.0.0.300/24 ; description \"\\x  {\" ;") == "mtu 10.0.0.300/24;\ndescription \"\\x  {\";\n");
}
