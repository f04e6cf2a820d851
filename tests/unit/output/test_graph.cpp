// cipc graph: the picture of a cluster, and that its writers cannot be misled by what is in it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "compiler/lang/compile.h"
#include "compiler/output/graph.h"
#include "compiler/output/graph_layout.h"
#include "compiler/output/graph_markup.h"

using namespace cip;
using namespace cip::output::graph;

namespace {

struct Compiled {
  syntax::Sources sources;
  diagnostics::Findings findings;
  Picture picture;

  explicit Compiled(const std::string& text) {
    const auto id = sources.add("test.cip", text).id();
    picture = picture_of(lang::compile({id}, sources, findings));
    REQUIRE_FALSE(findings.has_errors());
  }
};

// "eth1", "  eth2" for what lies on one.
std::vector<std::string> rows(const output::graph::Clim& clim) {
  std::vector<std::string> names;
  for (const auto& interface : clim.interfaces) names.push_back(std::string(interface.depth * 2, ' ') + interface.name);
  return names;
}

std::vector<std::string> pairs(const Picture& picture) {
  std::vector<std::string> result;
  for (const auto& pair : picture.pairs) {
    result.push_back(picture.name(pair.home) + " " + picture.name(pair.target) + ": " + words(pair.kind));
  }
  return result;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

// A CLIM with one interface in provider blue, and more statements in its block.
std::string clim(const std::string& name, const std::string& more) {
  return "clim " + name + " { control 192.168.100.1; interface eth1 { provider blue; " + more + " } }\n";
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void check_golden(const std::string& path, const std::string& text) {
  if (std::getenv("UPDATE_EXPECTED") != nullptr) std::ofstream(path, std::ios::binary) << text;
  CHECK(text == text_of(path));
}

Picture picture_of_file(const std::string& path) {
  syntax::Sources sources;
  diagnostics::Findings findings;
  const auto cluster = lang::compile({*sources.load(path)}, sources, findings);
  REQUIRE_FALSE(findings.has_errors());
  return picture_of(cluster);
}

Picture kinds() {
  return picture_of_file("tests/unit/output/graph/kinds.cip");
}

Picture example_pair() {
  return picture_of_file("examples/pair/pair.cip");
}

}  // namespace

TEST_CASE("what lies on an interface stands below it, a slave that is not declared, too") {
  const auto picture = kinds();
  REQUIRE(picture.clims.size() == 2);
  const auto& n1 = picture.clims[0];
  CHECK(rows(n1) == std::vector<std::string>{"lo", "  tun5", "eth0", "  tun6", "eth1", "  tun2", "  tun1", "bond0",
                                             "  eth2", "  eth3", "  bond0.100", "    tun4", "  tun3", "bond1", "  eth4",
                                             "tun9"});
  for (const auto& interface : n1.interfaces) {
    CHECK(interface.slave == (std::set<std::string>{"eth2", "eth3", "eth4"}.count(interface.name) == 1));
    CHECK(interface.parent.has_value() == (interface.depth != 0));
    if (interface.parent) CHECK(n1.interfaces[*interface.parent].depth + 1 == interface.depth);
  }
}

TEST_CASE("an interface has all that the specification says of it") {
  const auto picture = kinds();
  const auto& n1 = picture.clims[0];
  using Facts = std::vector<std::pair<std::string, std::string>>;
  CHECK(n1.control == std::vector<std::string>{"192.168.100.1"});
  CHECK(n1.interfaces[4].addresses == std::vector<std::string>{"10.1.0.1/24"});
  CHECK(n1.interfaces[4].facts == Facts{{"match-mac", "02:00:00:00:00:01"},
                                        {"rule", "from 10.1.0.0/24 priority 1000 table 100"},
                                        {"rule", "from 2001:db8::/32 to 2001:db8:9::/48 priority 900 table 101"}});
  CHECK(n1.interfaces[6].facts ==
        Facts{{"mtu", "1400"}, {"local", "10.1.0.1"}, {"remote", "192.0.2.9"}, {"route", "2001:db8:aa::/48"}});
  CHECK(n1.interfaces[7].facts == Facts{{"mode", "active-backup"}, {"primary", "eth3"}});
  CHECK(n1.interfaces[8].facts == Facts{{"description", "a slave"}, {"match-mac", "02:00:00:00:00:02"}});
  CHECK(n1.interfaces[10].facts == Facts{{"link", "bond0"}, {"id", "100"}});
}

TEST_CASE("a pair is mutual, one way, or to a spare; each is there once") {
  const std::string head = "provider blue;\n";
  CHECK(pairs(Compiled(head + clim("n1", "failover n2.eth1;") + clim("n2", "failover n1.eth1;")).picture) ==
        std::vector<std::string>{"n1.eth1 n2.eth1: each fails over to the other"});
  CHECK(pairs(Compiled(head + clim("n1", "") + clim("n2", "") + "failover n2.eth1 <-> n1.eth1;").picture) ==
        std::vector<std::string>{"n2.eth1 n1.eth1: each fails over to the other"});
  CHECK(pairs(Compiled(head + clim("n1", "failover n2.eth1;") + clim("n2", "address 10.1.0.2/24;")).picture) ==
        std::vector<std::string>{"n1.eth1 n2.eth1: one way"});
  CHECK(pairs(Compiled(head + clim("n1", "failover n2.eth1;") + clim("n2", "")).picture) ==
        std::vector<std::string>{"n1.eth1 n2.eth1: to a spare"});
  CHECK(pairs(Compiled(head + clim("n1", "") + clim("n2", "")).picture).empty());
}

TEST_CASE("LANs are those that the provider declares, else those that interfaces name") {
  const auto picture = Compiled("provider blue { lan left; lan right; } provider green;\n" + clim("n1", "lan right;") +
                                "clim n2 { control 192.168.100.2; interface eth1 { provider green; lan up; } "
                                "interface eth2 { provider green; } }")
                           .picture;
  REQUIRE(picture.providers.size() == 2);
  CHECK(picture.providers[0].lans == std::vector<std::string>{"left", "right"});
  CHECK(picture.providers[1].lans == std::vector<std::string>{"up"});
  CHECK(picture.at({0, 0}).lan_name(picture.providers) == "blue/right");
  CHECK(picture.at({1, 0}).lan_name(picture.providers) == "green/up");
  CHECK(picture.at({1, 1}).lan_name(picture.providers) == "green");
}

TEST_CASE("text cannot become markup") {
  CHECK(xml("a<b>&\"c'") == "a&lt;b&gt;&amp;&quot;c&#39;");
  CHECK(xml("caf\u00e9 \u4e2d") == "caf\u00e9 \u4e2d");
  CHECK(xml(std::string("a\0b\x1b", 4)) == "a\u2400b\u241b");
  CHECK(xml("\xff\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd") == "\ufffd\ufffd\ufffd\ufffd");
  CHECK(dot_quoted("a\"b\\n\\") == R"("a\"b\\n\\")");
  CHECK(dot_tooltip("a\"b\\N&") == R"("a\"b\\\\N&amp;")");
  CHECK(dot_quoted("&lt;\n") == "\"&amp;lt;\u240a\"");
  CHECK(script_json(R"(["</script><!--&"])") == R"(["\u003c/script\u003e\u003c!--\u0026"])");
}

TEST_CASE("a description shows up as it is, and nowhere as markup") {
  const std::string nasty = R"(</title></script><script>alert(1)</script> \"q\" & ]]> caf)"
                            "\u00e9";
  const auto picture = Compiled("provider blue;\n" + clim("n1", "description \"" + nasty + "\";")).picture;
  CHECK(count(to_svg(picture), "<script") == 0);
  CHECK(count(to_svg(picture), "&lt;script&gt;alert(1)&lt;/script&gt; &quot;q&quot; &amp; ]]&gt; caf\u00e9") == 1);
  CHECK(count(to_html(picture), "<script") == 2);
  CHECK(count(to_html(picture), "alert(1)") == 3);  // in the drawing, and twice in the data: shown and searched
  CHECK(count(to_dot(picture), R"(<script>alert(1)</script> \"q\" &amp; ]]> caf)"
                               "\u00e9") == 1);
}

TEST_CASE("text is cut at a character, and measured as a terminal shows it") {
  CHECK(columns("eth0") == 4);
  CHECK(columns("\u4e2d\u6587") == 4);
  CHECK(columns("e\u0301") == 1);
  CHECK(cut("abcdef", 6) == "abcdef");
  CHECK(cut("abcdefg", 6) == "abcde\u2026");
  CHECK(cut("\u4e2d\u6587\u4e2d", 5) == "\u4e2d\u6587\u2026");
  CHECK(cut("\u4e2d\u6587\u4e2d", 4) == "\u4e2d\u2026");
}

TEST_CASE("every interface and pair is in each format once") {
  const auto picture = kinds();
  const auto svg = to_svg(picture);
  const auto html = to_html(picture);
  const auto dot = to_dot(picture);
  CHECK(count(svg, "<g class=\"row\"") == 17);
  CHECK(count(svg, "<g class=\"pair\"") == 1);
  for (std::size_t i = 0; i < picture.clims.size(); ++i) {
    for (std::size_t j = 0; j < picture.clims[i].interfaces.size(); ++j) {
      const auto name = picture.name({i, j});
      INFO(name);
      CHECK(count(svg, "<g class=\"row\"><title>" + name + ":") == 1);
      CHECK(count(html, " aria-label=\"" + name + "\"") == 1);
      CHECK(count(dot, "    \"" + name + "\" [label=") == 1);
    }
  }
  CHECK(count(svg, "<title>n1.eth1 fails over to n2.eth1, a spare</title>") == 1);
  CHECK(count(html, "<tr id=\"t") == 1);
  CHECK(count(dot,
              "\"n1.eth1\" -> \"n2.eth1\" [dir=forward, penwidth=2, constraint=false, color=\"#1d5fbf\", "
              "style=dashed, tooltip=\"to a spare\"];") == 1);
}

TEST_CASE("nothing is loaded from elsewhere") {
  const auto html = to_html(example_pair());
  CHECK(count(html, "http") == count(html, "xmlns=\"http") + count(html, "http-equiv"));
  CHECK(count(html, "url(") + count(html, "@import") + count(html, " href=") + count(html, " src=") == 0);
}

TEST_CASE("the pictures of examples/pair") {
  const auto picture = example_pair();
  check_golden("tests/unit/output/graph/pair.dot", to_dot(picture));
  check_golden("docs/pair.svg", to_svg(picture));
  check_golden("tests/unit/output/graph/pair.html", to_html(picture));
  CHECK(to_html(picture) == to_html(example_pair()));
}

TEST_CASE("an empty cluster is a picture, too") {
  const auto picture = Compiled("").picture;
  CHECK(count(to_svg(picture), "CLIMs: 0") == 1);
  CHECK(count(to_html(picture), "No interface has a failover interface.") == 1);
  CHECK(to_dot(picture).back() == '\n');
}
