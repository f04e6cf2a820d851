// Loops, conditions, templates and modules; where they are checked, and what they expand to.
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "compiler/diagnostics/render.h"
#include "tests/unit/lang/compile_text.h"

namespace cip::lang {
namespace {

// All CLIMs with their interfaces and MTUs: "n1(eth1:9000 eth2) n2()".
std::string shape(const Compiled& compiled) {
  std::string result;
  for (const Clim& clim : compiled.cluster.clims) {
    std::string interfaces;
    for (const Interface& interface : clim.interfaces) {
      interfaces += (interfaces.empty() ? "" : " ") + interface.name.interface.str() +
                    (interface.mtu ? ":" + std::to_string(interface.mtu->value) : "");
    }
    result += (result.empty() ? "" : " ") + clim.name.str() + "(" + interfaces + ")";
  }
  return result;
}

std::string text_of(const Compiled& compiled) {
  return diagnostics::to_text(compiled.findings, compiled.sources);
}

}  // namespace

TEST_CASE("an import that nobody would follow is an error") {
  CHECK(Compiled("for i in 1..1 { import \"a.cip\"; }").codes() == "E0002");
  CHECK(Compiled("if false { import \"a.cip\"; }").codes() == "E0002");
  CHECK(Compiled("template t() for cluster { import \"a.cip\"; }").codes() == "E0002");
  const Compiled nested("if true { template t() for clim { } }");
  REQUIRE(nested.codes() == "E0002");
  CHECK(nested.findings.sorted()[0]->message == "`template` cannot stand inside another block");
  CHECK(Compiled("import \"std/bond.cip\";").codes().empty());
}

TEST_CASE("a loop stands for its statements, once for each value") {
  const Compiled compiled(
      "for i in 1..2 { clim \"n{i}\" { for e in [1, 3] { interface \"eth{e}\" { mtu 1000 + e; } } } }");
  CHECK(compiled.codes().empty());
  CHECK(shape(compiled) == "n1(eth1:1001 eth3:1003) n2(eth1:1001 eth3:1003)");
  CHECK(Compiled("for i in [] { clim \"n{i}\" { } }").cluster.clims.empty());
  CHECK(Compiled("for i in 3 { }").codes() == "E0005");
  CHECK(Compiled("for i 1..2 { } for in 1..2 { } for i in { } for i in 1..2;").codes() == "E0001 E0001 E0001 E0001");
  CHECK(Compiled("const i = 1; for i in 1..2 { }").codes() == "E0004");
  CHECK(Compiled("for i in 1..2 { for i in 1..2 { } }").codes() == "E0004");
}

TEST_CASE("a condition takes one branch, and the others are looked at all the same") {
  const std::string chain =
      "clim n1 { interface eth1 { if N == 1 { mtu 1001; } else if N == 2 { mtu 1002; } else { mtu 1003; } } }";
  for (const int n : {1, 2, 3}) {
    const Compiled compiled("const N = " + std::to_string(n) + ";" + chain);
    CHECK(compiled.codes().empty());
    CHECK(shape(compiled) == "n1(eth1:100" + std::to_string(n) + ")");
  }
  CHECK(Compiled("const N = 1; if N == 2 { clmi n1 { } }").codes() == "E0002");
  CHECK(Compiled("const N = 1; if N == 2 { const X = M; }").codes() == "E0003");
  CHECK(Compiled("const N = 0; if N != 0 { assert 10 / N == 1, \"m\"; }").codes().empty());
  // What says that a branch must not be taken is true where it is not.
  CHECK(Compiled("if true { } else { assert false, \"m\"; }").codes().empty());
  CHECK(Compiled("if false { } else { assert false, \"m\"; }").codes() == "E0009");
  CHECK(Compiled("template t(n: int) for cluster { if n != 1 { assert false, \"m\"; } } use t(1);").codes().empty());
  CHECK(Compiled("template t(n: int) for cluster { if n != 1 { assert false, \"m\"; } } use t(2);").codes() == "E0009");
  CHECK(Compiled("if 1 { } ").codes() == "E0005");
  CHECK(Compiled("else { }").codes() == "E0001");
  CHECK(Compiled("if true { } clim n1 { } else { }").codes() == "E0001");
  CHECK(Compiled("if true { } else 5 { }").codes() == "E0001");
  CHECK(Compiled("if { } ").codes() == "E0001");
}

TEST_CASE("what is not read is not concluded from") {
  // The provider may be in the branch, the CLIM in the loop.
  CHECK(Compiled("if M { provider blue; } clim n1 { interface eth1 { provider blue; } }").codes() == "E0003");
  CHECK(Compiled("for i in M { clim \"n{i}\" { } } failover n1.eth1 -> n2.eth1;").codes() == "E0003");
  CHECK(Compiled("clim n1 { interface eth1 { use nothing(); route default via 10.0.0.1; } }").codes() == "E0003");
}

TEST_CASE("a template is used with its arguments, by position and by name") {
  const std::string with =
      "template t(a: int, b: int = 7, c: string = \"x\") for interface { mtu 1000 * a + b; description c; }\n"
      "clim n1 { interface eth1 { ";
  const auto mtu = [&](const std::string& use) {
    const Compiled compiled(with + use + " } }");
    return compiled.codes().empty() ? shape(compiled) : compiled.codes();
  };
  CHECK(mtu("use t(1);") == "n1(eth1:1007)");
  CHECK(mtu("use t(1, 2);") == "n1(eth1:1002)");
  CHECK(mtu("use t(a: 1, c: \"z\");") == "n1(eth1:1007)");
  CHECK(mtu("use t(b: 3, a: 2);") == "n1(eth1:2003)");
  CHECK(mtu("use t(1, c: \"z\", b: 1);") == "n1(eth1:1001)");
  CHECK(mtu("use t();") == "E0008");
  CHECK(mtu("use t(1, 2, \"c\", 4, 5);") == "E0008");
  CHECK(mtu("use t(b: 1, 2);") == "E0008");
  CHECK(mtu("use t(1, a: 2);") == "E0008");
  CHECK(mtu("use t(1, d: 2);") == "E0008");
  CHECK(mtu("use t(\"1\");") == "E0005");
  CHECK(mtu("use t(1, c: 1);") == "E0005");
  CHECK(mtu("use t(M);") == "E0003");
  CHECK(mtu("use t(1, );") == "E0001");
  CHECK(mtu("use t(1 2);") == "E0001");
  CHECK(mtu("use t;") == "E0001");
  CHECK(mtu("use t(1) + 1;") == "E0001");
  CHECK(mtu("use u(1);") == "E0003");
  CHECK(mtu("use a.t(1);") == "E0003");
}

TEST_CASE("parameters have types, and what does not fit is an error at the use") {
  const auto codes = [](const std::string& type, const std::string& value) {
    return Compiled("template t(p: " + type + ") for cluster { const X = p; }\nuse t(" + value + ");").codes();
  };
  CHECK(codes("bool", "1 == 1").empty());
  CHECK(codes("duration", "5ms").empty());
  CHECK(codes("ip", "10.0.0.1").empty());
  CHECK(codes("ip4", "10.0.0.1").empty());
  CHECK(codes("ip6", "10.0.0.1") == "E0005");
  CHECK(codes("prefix", "10.0.0.0/8").empty());
  CHECK(codes("prefix", "10.0.0.1/8") == "E0007");
  CHECK(codes("prefix6", "10.0.0.0/8") == "E0005");
  CHECK(codes("prefix6", "2001:db8::/32").empty());
  CHECK(codes("ifaddr", "10.0.0.1/8").empty());
  CHECK(codes("ifaddr", "subnet(10.0.0.0/8, 8, 0)").empty());
  CHECK(codes("ifaddr", "10.0.0.1") == "E0005");
  CHECK(codes("mac", "02:00:00:00:00:01").empty());
  CHECK(codes("[int]", "1..3").empty());
  CHECK(codes("[int]", "[]").empty());
  CHECK(codes("[int]", "[\"a\"]") == "E0005");
  CHECK(codes("[prefix4]", "[10.0.0.0/8, 10.1.0.0/16]").empty());
  CHECK(codes("[prefix4]", "[10.0.0.0/8, 2001:db8::/32]") == "E0005");
  CHECK(codes("[[string]]", "[[\"a\"], []]").empty());
  CHECK(codes("int", "[1]") == "E0005");
}

TEST_CASE("templates are checked where they are defined, used or not") {
  const auto codes = [](const std::string& body, const std::string& where = "interface") {
    return Compiled("template t(n: int, s: string, a: ip, p: prefix, b: bool, l: [int]) for " + where + " { " + body +
                    " }")
        .codes();
  };
  CHECK(codes("mtu n; address host(p, n); route p via a metric n; description s; failover \"{s}.{s}\";").empty());
  CHECK(codes("mtuu n;") == "E0002");
  CHECK(codes("mtu s;") == "E0005");
  CHECK(codes("mtu m;") == "E0003");
  CHECK(codes("mtu 70000;") == "E0007");
  CHECK(codes("mtu n; mtu n;") == "E0004");
  CHECK(codes("if b { mtu n; } else { mtu n + 1; }").empty());
  CHECK(codes("if n { mtu n; }") == "E0005");
  CHECK(codes("for i in l { route subnet(p, 8, i); }").empty());
  CHECK(codes("for i in n { }") == "E0005");
  CHECK(codes("for i in l { description i; }") == "E0005");
  CHECK(codes("assert 1 / n > 0, s;").empty());
  CHECK(codes("assert 1 / n, s;") == "E0005");
  CHECK(codes("clim \"{s}\" { interface \"{s}\" { mtu n; } interface \"{s}{n}\" { } }", "cluster").empty());
  CHECK(codes("clim \"{s}\" { intreface eth1 { } }", "cluster") == "E0002");
  CHECK(codes("template u() for clim { }", "clim") == "E0002");
  CHECK(codes("template u() for clim { }", "cluster") == "E0002");
  CHECK(codes("use u(n);") == "E0003");
}

TEST_CASE("the head of a template says names, types and a place") {
  CHECK(Compiled("template t() for nowhere { }").codes() == "E0002");
  CHECK(Compiled("template t() { }").codes() == "E0001");
  CHECK(Compiled("template t for clim { }").codes() == "E0001");
  CHECK(Compiled("template t(a) for clim { }").codes() == "E0001");
  CHECK(Compiled("template t(a: innt) for clim { }").codes() == "E0002");
  CHECK(Compiled("template t(a: int, a: int) for clim { }").codes() == "E0004");
  CHECK(Compiled("template t(a: int = \"x\") for clim { }").codes() == "E0005");
  CHECK(Compiled("template t(a: int = ) for clim { }").codes() == "E0001");
  CHECK(Compiled("template t(a: int,) for clim { }").codes() == "E0001");
  CHECK(Compiled("const a = 1; template t(a: int) for clim { }").codes() == "E0004");
  CHECK(Compiled("template t() for clim { } template t() for clim { }").codes() == "E0004");
  CHECK(Compiled("template t() for clim;").codes() == "E0001");
}

TEST_CASE("a template does not see the names of the place that uses it") {
  CHECK(Compiled("template t() for interface { mtu M; }\n"
                 "clim n1 { const M = 9000; interface eth1 { use t(); } }")
            .codes() == "E0003");
  CHECK(Compiled("const M = 9000; template t() for interface { mtu M; } clim n1 { interface eth1 { use t(); } }")
            .codes()
            .empty());
}

TEST_CASE("a template stands where it is made for") {
  CHECK(Compiled("template t() for clim { } use t();").codes() == "E0008");
  CHECK(Compiled("template t() for cluster { } clim n1 { use t(); }").codes() == "E0008");
  CHECK(Compiled("template t() for interface { } clim n1 { loopback lo { use t(); } }").codes() == "E0008");
}

TEST_CASE("what comes out of a template or loop shows the way that it came") {
  const Compiled compiled(
      "template port(n: int) for clim { interface \"eth{n}\" { mtu n; } }\n"
      "template box(id: int) for cluster { clim \"n{id}\" { use port(id - 40); } }\n"
      "for i in [41] { use box(i); }\n");
  CHECK(text_of(compiled) ==
        "error[E0007]: 1 is out of range for an MTU\n"
        " --> test.cip:1:59\n"
        "  |\n"
        "1 | template port(n: int) for clim { interface \"eth{n}\" { mtu n; } }\n"
        "  |                                                           ^ must be 68 to 65535\n"
        "  = note: in template port(n: 1), used here: test.cip:2:52\n"
        "  = note: in template box(id: 41), used here: test.cip:3:17\n"
        "  = note: with i = 41 in this loop: test.cip:3:1\n"
        "\n"
        "1 error\n");
}

TEST_CASE("what would explode is refused before it does") {
  const auto soon = [](const std::string& text) {
    const auto start = std::chrono::steady_clock::now();
    const Compiled compiled(text);
    INFO(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    return compiled.codes();
  };
  CHECK(soon("for a in 1..5000000 { provider x; }") == "E0010");
  CHECK(soon("for a in 1..3000 { for b in 1..3000 { provider x; } }") == "E0010");
  CHECK(soon("for a in 1..3000 { for b in a..a + 3000 { provider x; } }") == "E0010");
  CHECK(soon("for a in 1..9223372036854775807 { }") == "E0010");
  std::string doubling = "template t0() for cluster { provider x; }\n";
  for (int i = 1; i < 60; ++i) {
    const auto last = "use t" + std::to_string(i - 1) + "(); ";
    doubling += "template t" + std::to_string(i) + "() for cluster { " + last + last + "}\n";
  }
  CHECK(soon(doubling + "use t59();") == "E0010");
  std::string deep = "template t0() for cluster { provider x; }\n";
  for (int i = 1; i < 1000; ++i) {
    deep += "template t" + std::to_string(i) + "() for cluster { use t" + std::to_string(i - 1) + "(); }\n";
  }
  CHECK(soon(deep + "use t999();") == "E0010");
}

TEST_CASE("an explosion is one error at the outermost statement, and hides no other") {
  const Compiled compiled(
      "const A = M;\n"
      "template t(n: int) for cluster { for a in 1..n { for b in 1..n { clim \"n{a}\" { } } } }\n"
      "for i in 1..2 {\n  use t(3000);\n}\n"
      "clim x1 { interface eth1 { mtu 5; } }\n");
  CHECK(compiled.codes() == "E0003 E0010 E0007");
  CHECK(compiled.sources[syntax::SourceId{0}].position(compiled.findings.sorted()[1]->primary.span.begin).line == 3);
}

TEST_CASE("templates that use themselves are refused, whatever they would do") {
  CHECK(Compiled("template t(n: int) for clim { if n > 0 { use t(n - 1); } } clim n1 { use t(3); }").codes() ==
        "E0010");
  CHECK(Compiled("template a() for clim { use b(); } template b() for clim { use a(); }\n"
                 "template c() for clim { use d(); } template d() for clim { use c(); }")
            .codes() == "E0010 E0010");
}

}  // namespace cip::lang
