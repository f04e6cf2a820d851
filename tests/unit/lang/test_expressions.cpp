// Types, operators and functions. What holds is said in the language itself, by `assert`.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/lang/compile_text.h"

namespace cip::lang {
namespace {

// The codes of `assert EXPRESSION`, with a few names that it may use.
std::string codes_of(const std::string& expression) {
  const std::string names =
      "const N = 3; const NET = 10.1.0.0/24; const NET6 = 2001:db8::/64; const A = 10.1.0.7/24; const L = [1, 2, 3];\n"
      "const T = true; const F = false; const S = \"s\"; const D = 100ms; const IP = 10.1.0.7;\n";
  return Compiled(names + "assert " + expression + ", \"does not hold\";").codes();
}

bool holds(const std::string& expression) {
  INFO(expression);
  const auto codes = codes_of(expression);
  CHECK(codes.empty());
  // The opposite is false, and known to be.
  CHECK(codes_of("not (" + expression + ")") == "E0009");
  return codes.empty();
}

// The message of the only finding.
std::string message_of(const std::string& text) {
  const Compiled compiled(text);
  const auto findings = compiled.findings.sorted();
  REQUIRE(findings.size() == 1);
  return findings.front()->message;
}

}  // namespace

TEST_CASE("operators bind as the language says, tightest first") {
  CHECK(holds("1 + 2 * 3 == 7"));
  CHECK(holds("(1 + 2) * 3 == 9"));
  CHECK(holds("10 - 4 - 3 == 3"));
  CHECK(holds("24 / 4 / 2 == 3"));
  CHECK(holds("-2 * 3 == -6"));
  CHECK(holds("- - 2 == 2"));
  CHECK(holds("2 - -2 == 4"));
  CHECK(holds("1 + 1 .. 2 * 2 == 2..4"));
  CHECK(holds("2 in 1 .. 3"));
  CHECK(holds("not 1 == 2"));
  CHECK(holds("not false and true"));
  CHECK(holds("true or false and false"));
  CHECK(holds("not not true"));
  CHECK(holds("1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3 and 1 != 2"));
}

TEST_CASE("division rounds down, and the remainder belongs to it") {
  CHECK(holds("7 / 2 == 3 and 7 % 2 == 1"));
  CHECK(holds("-7 / 2 == -4 and -7 % 2 == 1"));
  CHECK(holds("7 / -2 == -4 and 7 % -2 == -1"));
  CHECK(holds("-7 / -2 == 3 and -7 % -2 == -1"));
  CHECK(holds("6 / -1 == -6 and 6 % -1 == 0"));
}

TEST_CASE("numbers that do not fit and divisions by zero are errors, not numbers") {
  const std::string most = "9223372036854775807";
  CHECK(codes_of(most + " + 1 > 0") == "E0007");
  CHECK(codes_of("-" + most + " - 2 < 0") == "E0007");
  CHECK(codes_of(most + " * 2 > 0") == "E0007");
  CHECK(codes_of("(-" + most + " - 1) / -1 > 0") == "E0007");
  CHECK(codes_of("-(-" + most + " - 1) > 0") == "E0007");
  CHECK(holds("(-" + most + " - 1) % -1 == 0"));
  CHECK(codes_of("1 / 0 == 1") == "E0007");
  CHECK(codes_of("1 % (N - 3) == 1") == "E0007");
  CHECK(codes_of("9223372036854775807s > 1s") == "E0007");
}

TEST_CASE("durations are added, compared and scaled") {
  CHECK(holds("D + 1s == 1100ms"));
  CHECK(holds("3 * D == 300ms and D * 3 == 300ms"));
  CHECK(holds("1s / 4 == 250ms and 1s / 300ms == 3 and 1s % 300ms == 100ms"));
  CHECK(holds("2m == 120s and 1h > 59m"));
  CHECK(codes_of("D * D == D") == "E0005");
  CHECK(codes_of("D + 1 == D") == "E0005");
  CHECK(codes_of("D == 100") == "E0005");
}

TEST_CASE("lists join, ranges are inclusive, and `in` looks into lists and networks") {
  CHECK(holds("len(1..4) == 4 and len(4..1) == 0 and len([]) == 0"));
  CHECK(holds("[1, 2] + [3] == L and 1..3 == L and [] + L == L"));
  CHECK(holds("3 in L and not (4 in L) and \"a\" in [\"a\", \"b\"]"));
  CHECK(holds("IP in NET and not (10.2.0.1 in NET) and not (2001:db8::1 in NET)"));
  CHECK(holds("A in NET and 10.1.0.0/25 in NET and not (10.1.0.0/16 in NET)"));
  CHECK(holds("5 in 1..9000000000000000000"));
  CHECK(holds("[[1], [2]] != [[1], [3]]"));
  CHECK(codes_of("len([1, \"a\"]) == 2") == "E0005");
  CHECK(codes_of("L + 4 == L") == "E0005");
  CHECK(codes_of("1 in 2") == "E0005");
  CHECK(codes_of("\"a\" in L") == "E0005");
  CHECK(codes_of("\"a\"..\"b\" == L") == "E0005");
  CHECK(codes_of("IP in A") == "E0005");
}

TEST_CASE("the right side of `and` and `or` need not make sense if the left decides") {
  CHECK(holds("not (F and 1 / 0 == 1)"));
  CHECK(holds("T or 1 / (N - 3) == 1"));
  CHECK(codes_of("F and 1 + \"a\" == 2") == "E0005");
  CHECK(codes_of("F and M") == "E0003");
}

TEST_CASE("addresses of networks") {
  CHECK(holds("host(NET, 1) == 10.1.0.1/24 and host(NET, -1) == 10.1.0.255/24 and host(NET, 0) == 10.1.0.0/24"));
  CHECK(holds("host(NET6, 1) == 2001:db8::1/64 and host(NET6, -1) == 2001:db8::ffff:ffff:ffff:ffff/64"));
  CHECK(holds("host(0.0.0.0/0, -1) == 255.255.255.255/0 and host(::/0, -1) != host(::/0, -2)"));
  CHECK(holds("subnet(10.0.0.0/8, 16, 1) == 10.0.1.0/24 and subnet(NET, 0, 0) == NET"));
  CHECK(holds("subnet(::/0, 128, 1) == ::1/128"));
  CHECK(holds("network(A) == NET and ip(A) == IP and network(host(NET6, 5)) == NET6"));
  CHECK(codes_of("host(NET, 256) == A") == "E0007");
  CHECK(codes_of("host(NET, -257) == A") == "E0007");
  CHECK(codes_of("host(10.1.0.0/32, 1) == A") == "E0007");
  CHECK(codes_of("subnet(NET, 9, 0) == NET") == "E0007");
  CHECK(codes_of("subnet(NET, -1, 0) == NET") == "E0007");
  CHECK(codes_of("subnet(NET, 2, 4) == NET") == "E0007");
  CHECK(codes_of("host(A, 1) == A") == "E0007");  // host bits
  CHECK(codes_of("host(IP, 1) == A") == "E0005");
  CHECK(codes_of("ip(IP) == IP") == "E0005");
}

TEST_CASE("functions take what they say") {
  CHECK(holds("pad(7, 3) == \"007\" and pad(1234, 2) == \"1234\" and pad(0, 0) == \"0\""));
  CHECK(codes_of("pad(-1, 3) == \"\"") == "E0007");
  CHECK(codes_of("pad(1, 100) == \"\"") == "E0007");
  CHECK(codes_of("pad(1) == \"\"") == "E0008");
  CHECK(codes_of("len(1) == 1") == "E0005");
  CHECK(codes_of("lenn(L) == 1") == "E0003");
  CHECK(codes_of("len(M) == 1") == "E0003");
}

TEST_CASE("strings take values in, and compare") {
  CHECK(holds("\"eth{N}\" == \"eth3\" and \"{N + 1}{S}\" == \"4s\" and \"\\{N\\}\" != \"3\""));
  CHECK(holds("\"{NET} {A} {IP} {D} {T}\" == \"10.1.0.0/24 10.1.0.7/24 10.1.0.7 100ms true\""));
  CHECK(holds("\"{pad(N, 2)}\" == \"03\""));
  CHECK(codes_of("\"{L}\" == \"\"") == "E0005");
  CHECK(codes_of("\"{M}\" == \"\"") == "E0003");
  CHECK(codes_of("\"{N N}\" == \"\"") == "E0001");
  CHECK(codes_of("\"{N +}\" == \"\"") == "E0001");
  CHECK(codes_of("\"{;}\" == \"\"") == "E0001");
  CHECK(codes_of("S + \"b\" == \"sb\"") == "E0005");
  CHECK(codes_of("S < \"b\"") == "E0005");
}

TEST_CASE("one mistake in an expression is one error, in its place") {
  CHECK(codes_of("M + 1 == 2 and M < 3") == "E0003 E0003");
  CHECK(codes_of("(M + \"a\") * 2 == 1") == "E0003");
  CHECK(codes_of("1 + == 2") == "E0001");
  CHECK(codes_of("(1 + 2 == 3") == "E0001");
  CHECK(codes_of("1 2") == "E0001");
  CHECK(codes_of("[1,, 2] == L") == "E0001");
  CHECK(codes_of("[1, 2,] == L") == "E0001");
  CHECK(codes_of("() == 1") == "E0001");
  CHECK(codes_of("N") == "E0005");
  const Compiled compiled("const a = 1;\nassert a == \"x\", \"m\";");
  REQUIRE(compiled.codes() == "E0005");
  CHECK(compiled.sources[syntax::SourceId{0}].position(compiled.findings.sorted()[0]->primary.span.begin).column == 8);
}

TEST_CASE("an unknown name gets a suggestion, and a subtraction without spaces a hint") {
  const Compiled near("const GATEWAY = 1; const X = GATEWY;");
  REQUIRE(near.codes() == "E0003");
  CHECK(near.findings.sorted()[0]->help == std::vector<std::string>{"did you mean `GATEWAY`?"});
  const Compiled dash("const n = 1; const X = n-1;");
  REQUIRE(dash.codes() == "E0003");
  CHECK(dash.findings.sorted()[0]->help[0].find("`n - 1`") != std::string::npos);
}

TEST_CASE("constants come in any order, know no cycles, and are declared once") {
  CHECK(Compiled("const A = B + 1; const B = C; const C = 1; assert A == 2, \"m\";").codes().empty());
  CHECK(Compiled("const A = B; const B = A;").codes() == "E0010");
  CHECK(Compiled("const A = A;").codes() == "E0010");
  CHECK(Compiled("const A = 1; const A = 2;").codes() == "E0004");
  CHECK(Compiled("const A = M; const B = A; assert B == 1, \"m\";").codes() == "E0003");
  CHECK(Compiled("const A; const B = ; const = 1; const 5 = 1; const D 1; const E = 1 { }").codes() ==
        "E0001 E0001 E0001 E0001 E0001 E0001");
  CHECK(Compiled("clim n1 { const M = 9000; interface eth1 { mtu M; } }\n"
                 "clim n2 { interface eth1 { mtu M; } }")
            .codes() == "E0003");
  CHECK(Compiled("const M = 1; clim n1 { const M = 2; }").codes() == "E0004");
}

TEST_CASE("long rows of constants and of operators do not break the stack") {
  std::string text = "const c0 = 1;\n";
  for (int i = 1; i < 20'000; ++i) {
    text += "const c" + std::to_string(i) + " = c" + std::to_string(i - 1) + " + 1;\n";
  }
  CHECK(Compiled(text + "assert c19999 == 20000, \"m\";").codes().empty());
  std::string backward;
  for (int i = 0; i < 20'000; ++i) {
    backward += "const c" + std::to_string(i) + " = c" + std::to_string(i + 1) + ";\n";
  }
  CHECK(Compiled(backward + "const c20000 = 1;").codes().find("E0010") == 0);
  std::string signs = "const X = ";
  for (int i = 0; i < 20'000; ++i) {
    signs += "- ";
  }
  CHECK(Compiled(signs + "1; assert X == 1, \"m\";").codes().empty());
}

TEST_CASE("strings and lists that would grow without end are stopped") {
  std::string text = "const s0 = \"0123456789\"; const l0 = 1..10;\n";
  for (int i = 1; i < 40; ++i) {
    const auto now = std::to_string(i);
    const auto last = std::to_string(i - 1);
    text += "const s" + now + " = \"{s" + last + "}{s" + last + "}\"; const l" + now + " = l" + last + " + l" + last +
            ";\n";
  }
  CHECK(Compiled(text).codes() == "E0010 E0010");
}

TEST_CASE("messages name types as the language does") {
  CHECK(message_of("assert 1, \"m\";") == "`assert` takes a bool");
  CHECK(message_of("assert true;") == "`assert` needs a message");
  CHECK(message_of("assert true, 1;") == "the message of `assert` is a string");
  CHECK(message_of("assert 1 + 1s == 2s, \"m\";") == "`+` does not go between an int and a duration");
  CHECK(message_of("const n = 5; assert n < 3, \"n is too large\";") == "n is too large");
}

TEST_CASE("what a false assertion is about is shown") {
  const Compiled compiled("const n = 5; const m = [1, 2]; assert n < 3 and n in m, \"no\";");
  REQUIRE(compiled.codes() == "E0009");
  CHECK(compiled.findings.sorted()[0]->primary.text == "`n` is 5, `m` is [1, 2]");
}

}  // namespace cip::lang
