// Literals: which token is which value, and what is said about those that are none.
#include <catch2/catch.hpp>

#include "compiler/syntax/literal.h"
#include "compiler/syntax/values.h"
#include "tests/unit/syntax/parsing.h"

using namespace cip::syntax;
using cip::syntax::testing::Parsed;

namespace {

// The kind of the only argument; fails if the text is not one token.
ArgumentKind kind_of(const std::string& text) {
  const Parsed parsed("x " + text + ";");
  REQUIRE(parsed.tree.statements.size() == 1);
  REQUIRE(parsed.tree.statements[0].arguments.size() == 1);
  const Argument& argument = parsed.tree.statements[0].arguments[0];
  CHECK(argument.text == text);
  CHECK((argument.kind == ArgumentKind::malformed) == parsed.tree.statements[0].broken);
  CHECK((argument.kind == ArgumentKind::malformed) == parsed.list.has_errors());
  return argument.kind;
}

}  // namespace

TEST_CASE("well-formed literals") {
  for (const std::string text : {"0", "1500", "007", "9223372036854775807"}) {
    CHECK(kind_of(text) == ArgumentKind::integer);
  }
  for (const std::string text : {"50ms", "2s", "5m", "1h", "0s"}) CHECK(kind_of(text) == ArgumentKind::duration);
  for (const std::string text : {"10.1.0.1", "0.0.0.0", "2001:db8:1::fe", "::", "::1", "fe80::1", "fd00:100::1",
                                 "::ffff:10.1.0.1", "1:2:3:4:5:6:7:8", "dead:beef::", "ABCD::EF"}) {
    CAPTURE(text);
    CHECK(kind_of(text) == ArgumentKind::ip);
  }
  for (const std::string text : {"10.1.0.1/24", "10.0.0.0/8", "::/0", "0.0.0.0/0", "2001:db8:ff::1/64", "::1/128"}) {
    CAPTURE(text);
    CHECK(kind_of(text) == ArgumentKind::network);
  }
  for (const std::string text : {"02:00:00:00:00:fd", "aa:bb:cc:dd:ee:ff", "AA:BB:CC:DD:EE:FF"}) {
    CHECK(kind_of(text) == ArgumentKind::mac);
  }
}

TEST_CASE("a malformed literal is one token and one E0007, at its place") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"10.1.0.256/24", "`10.1.0.256/24` is not an address: `256` is larger than 255"},
      {"10.1.0.1/33", "`10.1.0.1/33` is not an address: the prefix length `33` is larger than 32"},
      {"2001:db8::/129", "`2001:db8::/129` is not an address: the prefix length `129` is larger than 128"},
      {"10.1.0.1/024", "`10.1.0.1/024` is not an address: the prefix length has leading zeros"},
      {"10.1.0.1/", "`10.1.0.1/` is not an address: the prefix length is missing"},
      {"10.1.0.1/24/25", "`10.1.0.1/24/25` is not an address: the prefix length `24/25` is not a number"},
      {"10.1.0.1/255.255.255.0",
       "`10.1.0.1/255.255.255.0` is not an address: the prefix length `255.255.255.0` is not a number"},
      {"10.1.0", "`10.1.0` is not an address: it has 3 octets, an IPv4 address has 4"},
      {"10.1.0.1.2", "`10.1.0.1.2` is not an address: it has 5 octets, an IPv4 address has 4"},
      {"10.1.0.", "`10.1.0.` is not an address: an octet is empty"},
      {"10.1..4", "`10.1..4` is not an address: an octet is empty"},
      {"10.1.0.x", "`10.1.0.x` is not an address: `x` is not a number"},
      {"10.1.0.010", "`10.1.0.010` is not an address: `010` has leading zeros, which some read as octal"},
      {"10.1.0.99999999999999999999",
       "`10.1.0.99999999999999999999` is not an address: `99999999999999999999` is larger than 255"},
      {"10.1.0.1:53", "`10.1.0.1:53` is not an address: a port has no place here"},
      {"2001:db8::g", "`2001:db8::g` is not an address: `g` is not a hexadecimal digit"},
      {"2001::db8::1", "`2001::db8::1` is not an address: it has more than one `::`"},
      {"2001:db8:12345::", "`2001:db8:12345::` is not an address: `12345` has more than 4 digits"},
      {"1:2:3:4:5:6:7", "`1:2:3:4:5:6:7` is not an address: it has fewer than 8 groups and no `::`"},
      {"1:2:3:4:5:6:7:8:9", "`1:2:3:4:5:6:7:8:9` is not an address: it has more than 8 groups"},
      {"fe80::1%eth1",
       "`fe80::1%eth1` is not an address: a zone has no place here, the interface is the one that the statement is in"},
      {"::ffff:10.1.0.256", "`::ffff:10.1.0.256` is not an address: `256` is larger than 255"},
      {"02:00:00:00:00:zz", "`02:00:00:00:00:zz` is not a MAC address: `zz` is not two hexadecimal digits"},
      {"zz:00:00:00:00:01", "`zz:00:00:00:00:01` is not a MAC address: `zz` is not two hexadecimal digits"},
      {"02:00:00:00:00:1", "`02:00:00:00:00:1` is not a MAC address: `1` is not two hexadecimal digits"},
      {"02-00-00-00-00-fd", "`02-00-00-00-00-fd` is not a MAC address: its pairs of digits are separated by `:`"},
      {"0200.0000.00fd", "`0200.0000.00fd` is not an address: `0200` has leading zeros, which some read as octal"},
      {"1.5", "`1.5` is neither a whole number nor an address"},
      {"1.5s", "`1.5s` is neither a whole number nor an address"},
      {"100mss", "`100mss` is neither a number nor a duration (ms, s, m, h), and names start with a letter"},
      {"3com", "`3com` is neither a number nor a duration (ms, s, m, h), and names start with a letter"},
      {"1_000", "`1_000` is neither a number nor a duration (ms, s, m, h), and names start with a letter"},
      {"0x10", "`0x10` is not a number: numbers are decimal"},
      {"9223372036854775808", "`9223372036854775808` is too large for an integer"},
      {"9223372036854775807s", "`9223372036854775807s` is too long for a duration"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    CHECK(kind_of(text) == ArgumentKind::malformed);
    CHECK(Parsed("x " + text + ";").findings() == std::vector<std::string>{"1:3 E0007 " + message});
  }
}

TEST_CASE("several malformed literals of a statement are several errors") {
  CHECK(Parsed("x 10.1.0.256, f(100mss);").findings().size() == 2);
}

TEST_CASE("a long literal is not repeated in full") {
  const Parsed parsed("x " + std::string(100'000, '9') + ";");
  REQUIRE(parsed.findings().size() == 1);
  CHECK(parsed.findings()[0] == "1:3 E0007 `" + std::string(60, '9') + "...` is too large for an integer");
}

TEST_CASE("integers and durations as values") {
  CHECK(parse_integer("9223372036854775807") == 9223372036854775807);
  CHECK_FALSE(parse_integer("9223372036854775808"));
  for (const std::string_view text : {"", "-1", "+1", " 1", "1 ", "1a"}) CHECK_FALSE(parse_integer(text));
  using std::chrono::milliseconds;
  CHECK(parse_duration("50ms") == milliseconds(50));
  CHECK(parse_duration("2s") == milliseconds(2000));
  CHECK(parse_duration("5m") == milliseconds(300'000));
  CHECK(parse_duration("1h") == milliseconds(3'600'000));
  for (const std::string_view text : {"", "5", "ms", "5 ms", "5us", "-5ms", "1.5s", "9223372036854775807s"}) {
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("strings") {
  const auto argument = [](const Parsed& parsed) { return parsed.tree.statements.at(0).arguments.at(0); };
  SECTION("are unescaped") {
    const Parsed parsed(R"(x "a \"b\" \\ \{c\} # ; d";)");
    CHECK(parsed.findings().empty());
    CHECK(argument(parsed).text == R"("a \"b\" \\ \{c\} # ; d")");
    CHECK(plain_text(argument(parsed)) == R"(a "b" \ {c} # ; d)");
  }
  SECTION("may be empty") {
    CHECK(plain_text(argument(Parsed("x \"\";"))) == "");
  }
  SECTION("may have any character") {
    CHECK(plain_text(argument(Parsed("x \"\xC3\xA4\t\";"))) == "\xC3\xA4\t");
  }
  SECTION("have parts where they have expressions") {
    const Parsed parsed(R"(x "n{i}.{ f(a, b) }\}";)");
    CHECK(parsed.findings().empty());
    const Argument string = argument(parsed);
    CHECK(string.kind == ArgumentKind::string);
    CHECK_FALSE(plain_text(string));
    REQUIRE(string.parts.size() == 5);
    CHECK(string.parts[0].text == "n");
    CHECK_FALSE(string.parts[0].expression);
    CHECK(string.parts[1].text == "i");
    CHECK(string.parts[1].expression);
    CHECK(parsed.file.text(string.parts[1].span) == "i");
    CHECK(string.parts[2].text == ".");
    CHECK(parsed.file.text(string.parts[3].span) == " f(a, b) ");
    CHECK(string.parts[4].text == "}");
    CHECK(parsed.file.text(string.parts[4].span) == "\\}");
  }
  SECTION("are malformed with an unknown escape or a brace alone") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {R"("a\n")", "1:5 E0007 `\\n` in a string is no escape; a string has \\\", \\\\, \\{ and \\}"},
        {"\"\\\xC3\xA4\"", "1:4 E0007 `\\\xC3\xA4` in a string is no escape; a string has \\\", \\\\, \\{ and \\}"},
        {R"("a}")", "1:5 E0007 `}` in a string closes no expression; for the character write `\\}`"},
        {R"("a{b")", "1:5 E0007 `{` in a string opens an expression that has no `}`; for the character write `\\{`"},
        {R"("a{ }")", "1:5 E0007 `{ }` in a string has no expression in it"},
    };
    for (const auto& [text, message] : cases) {
      const Parsed parsed("x " + text + ";");
      CHECK(parsed.findings() == std::vector<std::string>{message});
      CHECK(argument(parsed).kind == ArgumentKind::malformed);
      CHECK(parsed.tree.statements[0].broken);
    }
  }
}
