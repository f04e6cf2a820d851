// Every kind of syntax error: one error for one mistake, at its place, and the rest of the text is read.
#include <catch2/catch.hpp>

#include "tests/unit/syntax/parsing.h"

using cip::syntax::testing::Parsed;
using Lines = std::vector<std::string>;

TEST_CASE("a missing semicolon is reported at the end of the statement that lacks it") {
  SECTION("before the next line, which starts another statement") {
    const Parsed parsed("clim n1 {\n  control 192.168.100.1\n  interface eth1 { mtu 9000; }\n}\n");
    CHECK(parsed.findings() == Lines{"2:24 E0001 missing `;`"});
    CHECK(parsed.outline() == "clim n1 { control! 192.168.100.1; interface eth1 { mtu 9000; } }");
  }
  SECTION("before the end of the block") {
    const Parsed parsed("interface eth2 { provider blue }\nmtu 5;");
    CHECK(parsed.findings() == Lines{"1:31 E0001 missing `;`"});
    CHECK(parsed.outline() == "interface eth2 { provider! blue; } mtu 5;");
  }
  SECTION("before the end of the file") {
    CHECK(Parsed("provider blue").findings() == Lines{"1:14 E0001 missing `;`"});
    CHECK(Parsed("provider blue\n\n# end\n").findings() == Lines{"1:14 E0001 missing `;`"});
  }
  SECTION("on one line with the next statement") {
    const Parsed parsed("clim n1 { control 192.168.100.1 interface eth1 { mtu 9000 address 10.1.0.1/24; } }");
    CHECK(parsed.findings() == Lines{"1:32 E0001 missing `;`", "1:58 E0001 missing `;`"});
    CHECK(parsed.outline() == "clim n1 { control! 192.168.100.1; interface eth1 { mtu! 9000; address 10.1.0.1/24; } }");
  }
  SECTION("before a word that nobody knows, by its indentation") {
    const Parsed parsed("interface eth1 {\n  mtu 9000\n  adress 10.1.0.1/24;\n}\n");
    CHECK(parsed.findings() == Lines{"2:11 E0001 missing `;`"});
    CHECK(parsed.outline() == "interface eth1 { mtu! 9000; adress 10.1.0.1/24; }");
  }
  SECTION("behind a word that nobody knows") {
    const Parsed parsed("interface eth1 {\n  adress 10.1.0.1/24\n  mtu 9000;\n}\n");
    CHECK(parsed.findings() == Lines{"2:21 E0001 missing `;`"});
    CHECK(parsed.outline() == "interface eth1 { adress! 10.1.0.1/24; mtu 9000; }");
  }
  SECTION("twice in a row") {
    const Parsed parsed("provider blue\nprovider red\nprovider green;\n");
    CHECK(parsed.findings() == Lines{"1:14 E0001 missing `;`", "2:13 E0001 missing `;`"});
  }
  SECTION("of a const, assert or use") {
    const Parsed parsed("const A = 1\nconst B = A\nassert A == B, \"no\"\nuse t(A)\nprovider x;");
    CHECK(parsed.findings() ==
          Lines{"1:12 E0001 missing `;`", "2:12 E0001 missing `;`", "3:20 E0001 missing `;`", "4:9 E0001 missing `;`"});
  }
}

TEST_CASE("statements over several lines are no mistake, however they are laid out") {
  const std::vector<std::string> texts = {
      "route default\n  via 10.1.0.1\n  metric 5\n  mtu 1400;",
      "route default\nvia 10.1.0.1\nmetric 5\nmtu 1400\nonlink;",
      "slaves eth1,\neth2,\n  eth3;",
      "slaves\neth1\n,eth2;",
      "slaves\n  eth1, eth2;",
      "import \"std/tunnel.cip\"\nas\ntunnel;",
      "import \"std/tunnel.cip\" as tunnel;",
      "ipsec partner\non n1,\nn2 { mtu 5; }",
      "ipsec partner on\nn1 {}",
      "failover n1.eth1\n<->\nn2.eth1;",
      "provider\nlan;",
      "interface mtu\n{ mtu 9000; }",
      "template site(id: int,\n  mtu: int)\nfor interface { mtu mtu; }",
      "use site(\n  id: 1,\n  mtu: 9000\n);",
      "assert A\nand not B\nor A in [1,\n2], \"m\";",
      "assert A and not\nmtu, \"m\";",
      "if A { mtu 1; }\nelse if B { mtu 2; }\nelse { mtu 3; }",
      "for mtu in 1..4 { lan x; }",
      "const mtu = lan\n+ mtu;",
      "foo bar\n  baz\n  blah;",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(Parsed(text).findings().empty());
    CHECK(Parsed(text).tree.broken == false);
  }
}

TEST_CASE("a missing closing brace is reported at the end of the block that lacks it") {
  SECTION("at the end of the file") {
    const Parsed parsed("clim n1 {\n  control 1.1.1.1;\n\n");
    CHECK(parsed.findings() == Lines{"2:19 E0001 missing `}`"});
    REQUIRE(parsed.list.sorted()[0]->secondary.size() == 1);
    CHECK(parsed.list.sorted()[0]->secondary[0].span.begin == 8);
    CHECK(parsed.outline() == "clim? n1 { control 1.1.1.1; }");
  }
  SECTION("before a clim, which stands in no clim") {
    const Parsed parsed("clim n1 {\n  interface eth1 { mtu 1; }\nclim n2 {\n  control 1.1.1.1;\n}\n");
    CHECK(parsed.findings() == Lines{"2:28 E0001 missing `}`"});
    CHECK(parsed.outline() == "clim? n1 { interface eth1 { mtu 1; } } clim n2 { control 1.1.1.1; }");
  }
  SECTION("before a clim, without any indentation") {
    const Parsed parsed("clim n1 {\ninterface eth1 { mtu 1; }\nclim n2 {\ncontrol 1.1.1.1;\n}\nclim n3 {\n}\n");
    CHECK(parsed.findings() == Lines{"2:26 E0001 missing `}`"});
    CHECK(parsed.outline() == "clim? n1 { interface eth1 { mtu 1; } } clim n2 { control 1.1.1.1; } clim n3 { }");
  }
  SECTION("in the inner block, by the indentation of the outer one's brace") {
    const Parsed parsed("clim n1 {\n  interface eth1 {\n    mtu 1;\n}\nclim n2 {\n}\n");
    CHECK(parsed.findings() == Lines{"3:11 E0001 missing `}`"});
    CHECK(parsed.outline() == "clim n1 { interface? eth1 { mtu 1; } } clim n2 { }");
  }
  SECTION("in the inner block, by a word that cannot stand in it") {
    const Parsed parsed("clim n1 {\n  interface eth1 {\n    mtu 1;\n  interface eth2 { mtu 2; }\n}\nclim n2 {\n}\n");
    CHECK(parsed.findings() == Lines{"3:11 E0001 missing `}`"});
    CHECK(parsed.outline() == "clim n1 { interface? eth1 { mtu 1; } interface eth2 { mtu 2; } } clim n2 { }");
  }
  SECTION("of two blocks at once: one error, both braces") {
    const Parsed parsed("clim n1 {\n  interface eth1 {\n    mtu 1;\nclim n2 {\n}\n");
    CHECK(parsed.findings() == Lines{"3:11 E0001 missing 2 `}`"});
    CHECK(parsed.list.sorted()[0]->secondary.size() == 2);
    CHECK(parsed.outline() == "clim? n1 { interface? eth1 { mtu 1; } } clim n2 { }");
  }
  SECTION("together with a semicolon") {
    const Parsed parsed("clim n1 {\n  control 1.1.1.1\nclim n2 {\n}\n");
    CHECK(parsed.findings() == Lines{"2:18 E0001 missing `;` and `}`"});
    CHECK(parsed.outline() == "clim? n1 { control! 1.1.1.1; } clim n2 { }");
  }
  SECTION("of a template, by what follows at its own indentation") {
    const Parsed parsed("template t(a: int) for cluster {\n  clim n1 { }\n\nclim n2 { }\nclim n3 { }\n");
    CHECK(parsed.findings() == Lines{"2:14 E0001 missing `}`"});
    CHECK(parsed.tree.statements.size() == 3);
  }
  SECTION("in several CLIMs") {
    const Parsed parsed("clim n1 {\n  control 1.1.1.1;\nclim n2 {\n  control 1.1.1.2;\nclim n3 {\n}\n");
    CHECK(parsed.findings() == Lines{"2:19 E0001 missing `}`", "4:19 E0001 missing `}`"});
    CHECK(parsed.tree.statements.size() == 3);
  }
}

TEST_CASE("braces that pair are never doubted, whatever words stand in them and wherever they stand") {
  const std::vector<std::string> texts = {
      "clim n1 {\nclim n2 {\n}\n}",
      "clim n1 {\n    interface eth1 {\n mtu 1;\n}\n  mtu 2;\n    }",
      "interface a { interface b { clim c { mtu 1; } } }",
      "clim n1 { interface eth1 {\n} interface eth2 {\n}\n}",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(Parsed(text).findings().empty());
  }
}

TEST_CASE("a closing brace too many") {
  SECTION("behind everything") {
    const Parsed parsed("clim n1 { control 1.1.1.1; } }\nclim n2 { }\n");
    CHECK(parsed.findings() == Lines{"1:30 E0001 this `}` closes nothing"});
    CHECK(parsed.tree.statements.size() == 2);
  }
  SECTION("inside a block: what follows still belongs to it") {
    const Parsed parsed("clim n1 {\n  interface eth1 { mtu 1; } }\n  control 1.1.1.1;\n}\nclim n2 { }\n");
    CHECK(parsed.findings() == Lines{"2:29 E0001 one `}` too many"});
    CHECK(parsed.outline() == "clim n1 { interface eth1 { mtu 1; } control 1.1.1.1; } clim n2 { }");
  }
  SECTION("deeper inside") {
    const Parsed parsed("clim n1 {\n  interface eth1 {\n    lan x; }\n    mtu 1;\n  }\n  control 1.1.1.1;\n}\n");
    CHECK(parsed.findings() == Lines{"3:12 E0001 one `}` too many"});
    CHECK(parsed.outline() == "clim n1 { interface eth1 { lan x; mtu 1; } control 1.1.1.1; }");
  }
  SECTION("on the line above the right one") {
    const Parsed parsed("clim n1 {\n  interface eth1 { mtu 1; } }\n}\n");
    CHECK(parsed.findings() == Lines{"2:29 E0001 one `}` too many"});
  }
  SECTION("before an unknown word, by its indentation") {
    const Parsed parsed("clim n1 {\n  control 1.1.1.1; }\n  foo x;\n}\n");
    CHECK(parsed.findings() == Lines{"2:20 E0001 one `}` too many"});
    CHECK(parsed.outline() == "clim n1 { control 1.1.1.1; foo x; }");
  }
  SECTION("alone") {
    CHECK(Parsed("}").findings() == Lines{"1:1 E0001 this `}` closes nothing"});
    CHECK(Parsed("}}").findings().size() == 2);
  }
}

TEST_CASE("a missing opening brace") {
  const Parsed parsed("clim n1\n  control 1.1.1.1;\n}\nclim n2 { }\n");
  CHECK(parsed.findings() == Lines{"1:8 E0001 missing `{`"});
  CHECK(parsed.outline() == "clim! n1 { control 1.1.1.1; } clim n2 { }");

  // Without a brace that it could belong to, there is no block.
  const Parsed none("clim n1\nclim n2 { }\nclim n3");
  CHECK(none.findings() == Lines{"1:8 E0001 missing `{`", "3:8 E0001 missing `{`"});
  CHECK(none.outline() == "clim! n1; clim n2 { } clim! n3;");
}

TEST_CASE("an unterminated string is one error, whatever it swallows") {
  SECTION("its semicolon") {
    const Parsed parsed("description \"abc;\nmtu 1;\n");
    CHECK(parsed.findings() == Lines{"1:13 E0001 this string has no end"});
    CHECK(parsed.outline() == "description!; mtu 1;");
  }
  SECTION("the brace that closes the block") {
    const Parsed parsed("clim n1 {\n  interface eth1 { description \"abc; }\n  control 1.1.1.1;\n}\n");
    CHECK(parsed.findings() == Lines{"2:32 E0001 this string has no end"});
    CHECK(parsed.outline() == "clim n1 { interface eth1 { description!; } control 1.1.1.1; }");
  }
  SECTION("all braces of a line") {
    const Parsed parsed("clim n1 { interface eth1 { description \"abc; } }\nclim n2 { }\n");
    CHECK(parsed.findings() == Lines{"1:40 E0001 this string has no end"});
    CHECK(parsed.outline() == "clim n1 { interface eth1 { description!; } } clim n2 { }");
  }
  SECTION("the brace that opens a block") {
    const Parsed parsed("clim n1 {\n  interface \"eth1 {\n    mtu 1;\n  }\n  control 1.1.1.1;\n}\n");
    CHECK(parsed.findings() == Lines{"2:13 E0001 this string has no end"});
    CHECK(parsed.outline() == "clim n1 { interface!? { mtu 1; } control 1.1.1.1; }");
  }
  SECTION("a brace that was meant to be text") {
    const Parsed parsed("clim n1 {\n  interface eth1 {\n    description \"a } b;\n    mtu 1;\n  }\n}\nclim n2 { }\n");
    CHECK(parsed.findings() == Lines{"3:17 E0001 this string has no end"});
    CHECK(parsed.outline() == "clim n1 { interface eth1 { description!; mtu 1; } } clim n2 { }");
  }
  SECTION("other statements") {
    const Parsed parsed("interface eth1 { description \"abc; mtu 9000; }\n");
    CHECK(parsed.findings() == Lines{"1:30 E0001 this string has no end"});
    CHECK(parsed.outline() == "interface? eth1 { description!; }");
  }
  SECTION("nothing, at the end of the file") {
    CHECK(Parsed("description \"").findings() == Lines{"1:13 E0001 this string has no end"});
    CHECK(Parsed("description \"a\\").findings() == Lines{"1:13 E0001 this string has no end"});
  }
  SECTION("of which there are many") {
    const Parsed parsed("a \"1;\nb \"2;\nc 3;\n");
    CHECK(parsed.findings() == Lines{"1:3 E0001 this string has no end", "2:3 E0001 this string has no end"});
  }
}

TEST_CASE("parentheses and brackets") {
  CHECK(Parsed("mtu ip(a;\nmtu 1;").findings() == Lines{"1:9 E0001 missing `)`"});
  CHECK(Parsed("mtu [1, 2;").findings() == Lines{"1:10 E0001 missing `]`"});
  CHECK(Parsed("mtu (1 + 2;").findings() == Lines{"1:11 E0001 missing `)`"});
  CHECK(Parsed("mtu ip(a));").findings() == Lines{"1:10 E0001 this `)` closes nothing"});
  CHECK(Parsed("mtu 1];").findings() == Lines{"1:6 E0001 this `]` closes nothing"});
  // One statement, one syntax error; also where its end is missing, too.
  CHECK(Parsed("use t(a\nuse t(b);").findings() == Lines{"1:8 E0001 missing `)`"});
  CHECK(Parsed("interface eth1 { mtu ip(a }").findings() == Lines{"1:26 E0001 missing `)`"});
  CHECK(Parsed("mtu ( @ [ $;").findings().size() == 1);
  // The rest of the statement is kept.
  CHECK(Parsed("route ip(a via b;").outline() == "route! ip(a via b);");
  CHECK(Parsed("if(x) { mtu 1; }").outline() == "if (x) { mtu 1; }");
}

TEST_CASE("what is no statement") {
  CHECK(Parsed("mtu 1;\n;\nmtu 2;").findings() == Lines{"2:1 E0001 this `;` ends nothing"});
  CHECK(Parsed("clim n1 { };").findings() == Lines{"1:12 E0001 this `;` ends nothing"});
  const Parsed value("10.1.0.1/24;\nmtu 1;");
  CHECK(value.findings() == Lines{"1:1 E0001 a statement starts with a word, not with `10.1.0.1/24`"});
  CHECK(value.outline() == "mtu 1;");
  CHECK(value.tree.broken);
  CHECK(Parsed("host(1);").findings() == Lines{"1:1 E0001 a statement starts with a word, not with `host(`"});
  // Its block is read for its own errors, and not kept.
  const Parsed block("{ mtu 1 }\nmtu 2;");
  CHECK(block.findings() == Lines{"1:1 E0001 a statement starts with a word, not with `{`", "1:8 E0001 missing `;`"});
  CHECK(block.outline() == "mtu 2;");
  CHECK(Parsed("= 5 }").findings() ==
        Lines{"1:1 E0001 a statement starts with a word, not with `=`", "1:5 E0001 this `}` closes nothing"});
}

TEST_CASE("characters that no token has") {
  CHECK(Parsed("mtu @;").findings() == Lines{"1:5 E0001 unexpected character `@`"});
  CHECK(Parsed("mtu 'x';").findings() == Lines{"1:5 E0001 strings are written in double quotes"});
  CHECK(Parsed("mtu \xE2\x80\x9Cx\xE2\x80\x9D;").findings() ==
        Lines{"1:5 E0001 `\xE2\x80\x9C` is no quote here; strings are written in `\"`"});
  CHECK(Parsed("mtu\xC2\xA0"
               "9000;\nlan x;")
            .findings() == Lines{"1:1 E0001 U+00A0 looks like a space and is none; write an ordinary one"});
  CHECK(Parsed("lan gr\xC3\xBCn;").findings() ==
        Lines{"1:5 E0001 unexpected character `\xC3\xBC` (U+00FC); a name has ASCII letters, anything else is written "
              "as a string"});
  CHECK(Parsed("mtu \x1b[0m;").findings() == Lines{"1:5 E0001 unexpected control character U+001B"});
  CHECK(Parsed("mtu n1.;").findings() == Lines{"1:7 E0001 unexpected character `.`"});
}

TEST_CASE("comments of other languages are said to be wrong, and hide nothing") {
  const Parsed parsed("// one\nmtu 1; /* two\nmtu 2; */ mtu 3;\n/* three");
  CHECK(parsed.findings() == Lines{"1:1 E0001 a comment starts with `#`, not with `//`",
                                   "2:8 E0001 a comment starts with `#`, not with `/*`",
                                   "4:1 E0001 a comment starts with `#`, not with `/*`"});
  CHECK(parsed.outline() == "mtu 1; mtu 3;");
}

TEST_CASE("one broken statement hides no other error") {
  const Parsed parsed(
      "provider blue\nclim n1 {\n  control 10.0.0.256;\n  interface eth1 { mtu @; mtu 100mss }\n  control );\n}\n}\n");
  CHECK(parsed.findings() ==
        Lines{"1:14 E0001 missing `;`", "3:11 E0007 `10.0.0.256` is not an address: `256` is larger than 255",
              "4:24 E0001 unexpected character `@`",
              "4:31 E0007 `100mss` is neither a number nor a duration (ms, s, m, h), and names start with a letter",
              "4:37 E0001 missing `;`", "5:11 E0001 this `)` closes nothing", "7:1 E0001 this `}` closes nothing"});
}

TEST_CASE("text that is none") {
  const Parsed latin("provider blue; # caf\xE9\n");
  CHECK(latin.findings() == Lines{"1:21 E0001 not UTF-8: the byte 0xE9 belongs to no character"});
  CHECK(latin.tree.broken);
  CHECK(latin.tree.statements.empty());
  CHECK(Parsed(std::string("mtu 1;\nmtu\0 2;", 13)).findings() ==
        Lines{"2:4 E0001 a NUL byte: this is not a text file"});
  // The first of the two counts.
  CHECK(Parsed(std::string("\0\xFF", 2)).findings() == Lines{"1:1 E0001 a NUL byte: this is not a text file"});
  CHECK(Parsed(std::string("\xFF\0", 2)).findings() ==
        Lines{"1:1 E0001 not UTF-8: the byte 0xFF belongs to no character"});
}
