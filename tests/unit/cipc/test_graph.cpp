// cipc graph as its users meet it: what is written where, in which format, and exit codes. Runs as root, as all tests.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>

#include "tests/unit/cipc/run.h"

namespace {

namespace fs = std::filesystem;
using namespace cip::tests;

// A directory with good.cip and bad.cip, and cipc graph run in it.
class Drawn : public Scratch {
 public:
  Drawn() {
    write("good.cip", "clim n1 { control 192.168.100.1; interface eth1 { address 10.1.0.1/24; } }\n");
    write("bad.cip", "clim n1 { control 192.168.100.1; interface eth1 { adress 10.1.0.1/24; } }\n");
  }
  std::string begin(const std::string& name) const { return text_of(*this / name).substr(0, 8); }
  Run graph(const std::string& arguments) const { return run("\"" CIPC "\" graph " + arguments); }
};

}  // namespace

TEST_CASE("graph: help with an example, and a wrong command line") {
  const Drawn place;
  const auto help = place.graph("--help");
  CHECK(help.code == 0);
  CHECK(help.out.find("usage: cipc graph [OPTION]... FILE...\n") == 0);
  CHECK(help.out.find("example:\n  cipc graph ") != std::string::npos);
  CHECK(place.graph("").err == "cipc: no FILE is given\nusage: cipc graph [OPTION]... FILE...\n");
  CHECK(place.graph("").code == 1);
  const auto png = place.graph("good.cip --format png -o a.svg");
  CHECK(png.code == 1);
  CHECK(png.err == "cipc: format `png` is not known; it is dot, svg or html\n");
  CHECK_FALSE(fs::exists(place / "a.svg"));
}

TEST_CASE("graph: the format is what is asked for, else what the name says, else DOT") {
  const Drawn place;
  for (const auto& [name, begin] :
       {std::pair("a.dot", "digraph "), std::pair("a.gv", "digraph "), std::pair("a.svg", "<svg xml"),
        std::pair("a.html", "<!DOCTYP"), std::pair("a.htm", "<!DOCTYP"), std::pair("a", "digraph "),
        std::pair("svg", "digraph "), std::pair("a.svg.txt", "digraph ")}) {
    INFO(name);
    const auto run = place.graph(std::string("good.cip -o ") + name);
    CHECK(run.code == 0);
    CHECK(run.out.empty());
    CHECK(place.begin(name) == begin);
  }
  CHECK(place.graph("good.cip --format html -o b.svg").code == 0);
  CHECK(place.begin("b.svg") == "<!DOCTYP");
}

TEST_CASE("graph: standard output is the default") {
  const Drawn place;
  const auto run = place.graph("good.cip");
  CHECK(run.code == 0);
  CHECK(run.out.find("digraph \"cluster\" {\n") == 0);
  CHECK(place.graph("good.cip -o -").out == run.out);
  CHECK(place.graph("good.cip --format svg").out.find("<svg ") == 0);
  CHECK_FALSE(fs::exists(place / "-"));
}

TEST_CASE("graph: with an error there is no picture, and an old one stays") {
  const Drawn place;
  std::ofstream(place / "old.svg") << "old";
  const auto run = place.graph("bad.cip -o old.svg");
  CHECK(run.code == 1);
  CHECK(run.err.find("error[E0002]") == 0);
  CHECK(text_of(place / "old.svg") == "old");
  CHECK(place.graph("bad.cip").out.empty());
  CHECK(place.graph("missing.cip").code == 1);
}

TEST_CASE("graph: what cannot be written is said") {
  const Drawn place;
  const auto run = place.graph("good.cip -o missing/a.svg");
  CHECK(run.code == 1);
  CHECK(run.err.find("cipc: ") == 0);
  CHECK(place.graph("good.cip >/dev/full").code == 3);
}
