// cipc diff as its users meet it, with a real git repository.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/wait.h>

#include "tests/unit/cipc/run.h"

namespace {

namespace fs = std::filesystem;
using namespace cip::tests;
using nlohmann::json;

class Repository : public Scratch {
 public:
  Run diff(const std::string& arguments, const std::string& below = ".") const {
    return run("'" CIPC "' diff " + arguments, below);
  }
  void git(const std::string& commands) const {
    const auto done = run("export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null; set -e\n" + commands);
    INFO(done.err);
    REQUIRE(done.code == 0);
  }
};

const std::string commit = "git add -A && git -c user.name=a -c user.email=a@example.org commit -q --allow-empty -m ";

std::string clim(const std::string& name, const std::string& statements) {
  return "clim " + name + " { control 192.168.100." + name.substr(1) + "; interface eth1 {\n" + statements + "\n} }\n";
}

}  // namespace

TEST_CASE("diff: 0 and nothing to say, 2 and what differs, 1 for wrong input, 3 for a disk that is full") {
  const Repository dir;
  dir.write("a.cip", clim("n1", "address 10.1.0.1/24;\nmtu 1500;"));
  dir.write("b.cip", clim("n1", "address 10.1.0.1/24;\naddress 10.1.0.2/24;"));
  const auto same = dir.diff("a.cip a.cip");
  CHECK(same.code == 0);
  CHECK(same.out == "no difference\n");
  const auto other = dir.diff("a.cip b.cip");
  CHECK(other.code == 2);
  CHECK(other.err.empty());
  CHECK(other.out ==
        "n1.eth1\n"
        "  - mtu 1500  (was a.cip:3)\n"
        "      hitless: stays as it is until the interface is made anew\n"
        "  + address 10.1.0.2/24  (b.cip:3)\n"
        "      hitless: added beside what is there\n"
        "\n2 changes on 1 CLIM: 2 hitless\n");
  CHECK(dir.diff("a.cip b.cip >/dev/full").code == 3);
  dir.write("bad.cip", "clim n1 { adress; }\n");
  for (const auto* order : {"a.cip bad.cip", "bad.cip a.cip"}) {
    const auto wrong = dir.diff(order);
    CHECK(wrong.code == 1);
    CHECK(wrong.out.empty());
    CHECK(wrong.err.find("error[E0002]") == 0);
    CHECK(wrong.err.find("cipc: bad.cip has errors, so nothing is compared\n") != std::string::npos);
  }
  CHECK(dir.diff("a.cip none.cip").err == "cipc: none.cip: No such file or directory\n");
  for (const auto* arguments : {"", "a.cip", "a.cip b.cip a.cip", "a.cip b.cip --format xml", "a.cip .", ". a.cip"}) {
    INFO(arguments);
    CHECK(dir.diff(arguments).code == 1);
    CHECK(dir.diff(arguments).err.find("cipc: ") == 0);
  }
}

TEST_CASE("diff: order, formatting and the way it is written do not count") {
  const Repository dir;
  dir.write(
      "a.cip",
      "provider blue;\nclim n1 { control 192.168.100.1; interface eth1 { provider blue; address 10.1.0.1/24; route "
      "10.8.0.0/16 via 10.1.0.254; route 10.9.0.0/16 via 10.1.0.253; failover n2.eth1; } }\nclim n2 { control "
      "192.168.100.2; interface eth1 { provider blue; } }\n");
  dir.write("names.cip", "# another file\nprovider blue;\n");
  dir.write("b.cip",
            "import \"names.cip\";\nclim n2 {\n  interface eth1 { provider blue; }\n  control 192.168.100.2;\n}\n"
            "clim n1 { interface eth1 {\n  failover n2.eth1;\n  route 10.9.0.0/16 via 10.1.0.253;\n"
            "  route 10.8.0.0/16 via 10.1.0.254; address 10.1.0.1/24; provider blue; } }\n"
            "clim n1 { control 192.168.100.1; }\n");
  CHECK(dir.diff("a.cip b.cip").out == "no difference\n");
  CHECK(dir.diff("b.cip a.cip").code == 0);
}

TEST_CASE("diff: state trees and specifications in any combination, every digest verified") {
  const Repository dir;
  dir.write("a.cip", clim("n1", "address 10.1.0.1/24;"));
  dir.write("b.cip", clim("n1", "address 10.1.0.2/24;"));
  REQUIRE(dir.run("'" CIPC "' build a.cip -o a && '" CIPC "' build b.cip -o b").code == 0);
  CHECK(dir.diff("a.cip a").code == 0);
  CHECK(dir.diff("a a.cip").code == 0);
  CHECK(dir.diff("a b").code == 2);
  CHECK(dir.diff("a b.cip").code == 2);
  // A tree has no text that a place could be in.
  CHECK(dir.diff("a b").out.find("cip:") == std::string::npos);
  dir.write("b/n1/home/eth1.json", "{}\n");
  const auto edited = dir.diff("a b");
  CHECK(edited.code == 1);
  CHECK(edited.err.find("cipc: b/n1/home/eth1.json: its digest is not the one in clim.json") == 0);
  fs::remove(dir / "b/manifest.json");
  CHECK(dir.diff("a b").err.find("cipc: b: is a directory without manifest.json") == 0);
}

TEST_CASE("diff: JSON is one document, with classes and places") {
  const Repository dir;
  dir.write("plant/a.cip", clim("n1", "address 10.1.0.1/24;") + clim("n2", "description \"x\";"));
  dir.write("plant/b.cip", clim("n1", "") + clim("n2", "address 10.1.0.1/24;\ndescription \"x\";"));
  const auto run = dir.diff("plant/a.cip plant/b.cip --format json");
  CHECK(run.code == 2);
  const auto answer = json::parse(run.out);
  CHECK(answer["format"] == 1);
  CHECK(answer["old"] == "plant/a.cip");
  CHECK(answer["summary"]["moves-address"] == 2);
  REQUIRE(answer["changes"].size() == 2);
  CHECK(answer["changes"][0]["clim"] == "n1");
  CHECK(answer["changes"][0]["kind"] == "removed");
  CHECK(answer["changes"][0]["source"] == json({{"side", "old"}, {"file", "plant/a.cip"}, {"line", 2}, {"column", 9}}));
  CHECK(answer["changes"][1]["effects"][0]["class"] == "moves-address");
  CHECK(answer["changes"][1]["source"]["file"] == "plant/b.cip");
  const auto same = json::parse(dir.diff("plant/a.cip plant/a.cip --format json").out);
  CHECK(same["changes"] == json::array());
}

TEST_CASE("diff: Markdown for a merge request cannot be broken by what is in it, and is cut with a count") {
  const Repository dir;
  dir.write("a.cip", clim("n1", ""));
  dir.write("b.cip", clim("n1", "description \"a|b `c` <img src=x> @team [x](y) **z** &amp;\";"));
  const auto run = dir.diff("a.cip b.cip --format markdown");
  CHECK(run.code == 2);
  CHECK(run.out.find("### Network configuration: 1 change on 1 CLIM\n") == 0);
  CHECK(run.out.find("| hitless | 1 |\n") != std::string::npos);
  for (const auto* raw : {"a|b", "`", "<img", "@team", "[x]", "**z", "&amp;"}) {
    INFO(raw);
    CHECK(run.out.find(raw) == std::string::npos);
  }
  CHECK(run.out.find("a&#124;b &#96;c&#96; &#60;img src=x&#62; @<!-- -->team &#91;x&#93;") != std::string::npos);
  CHECK(dir.diff("a.cip a.cip --format markdown").out.find("### Network configuration: no difference\n") == 0);

  std::string many;
  for (int i = 0; i < 600; ++i)
    many += "route 10.2." + std::to_string(i % 250) + "." + std::to_string(i / 250) + "/32;\n";
  dir.write("many.cip", clim("n1", "address 10.1.0.1/24;\ndescription \"" + std::string(250, 'x') + "\";\n" + many) +
                            clim("n2", many));
  const auto cut = dir.diff("a.cip many.cip --format markdown").out;
  CHECK(cut.size() <= 60000);
  CHECK(cut.size() > 55000);
  CHECK(cut.find("... &#40;66 more bytes&#41;") != std::string::npos);
  CHECK(cut.find("more changes are not shown here**") != std::string::npos);
  const auto count = [&](const std::string& what) {
    std::size_t n = 0;
    for (auto at = cut.find(what); at != std::string::npos; at = cut.find(what, at + 1)) ++n;
    return n;
  };
  CHECK(count("<details>") == count("</details>"));
  const auto left_out = std::stoul(cut.substr(cut.rfind("\n**") + 3));
  const auto shown = count("\n| <code>") + count("\n|  | <code>");
  const auto all = json::parse(dir.diff("a.cip many.cip --format json").out)["summary"]["changes"].get<std::size_t>();
  CHECK(shown + left_out == all);
}

TEST_CASE("diff: colour on a terminal only, and nothing that commands it") {
  const Repository dir;
  dir.write("a.cip", clim("n1", ""));
  dir.write("b.cip", clim("n1", "description \"\x1b[31mred\";"));
  CHECK(dir.diff("a.cip b.cip").out.find('\033') == std::string::npos);
  const std::string on_terminal = "script -qec \"'" CIPC "' diff a.cip b.cip\" typescript >/dev/null";
  CHECK(dir.run("env -u NO_COLOR TERM=xterm " + on_terminal).code == 2);
  CHECK(text_of(dir / "typescript").find("\033[32m+") != std::string::npos);
  CHECK(text_of(dir / "typescript").find("\033[31mred") == std::string::npos);
  CHECK(dir.run("NO_COLOR=1 TERM=xterm " + on_terminal).code == 2);
  CHECK(text_of(dir / "typescript").find('\033') == std::string::npos);
}

TEST_CASE("diff: git:REV:PATH, with imports of the same revision") {
  const Repository dir;
  dir.write("lib/names.cip", "provider blue;\n");
  dir.write("site/plant.cip", "import \"../lib/names.cip\";\n" + clim("n1", "provider blue;\naddress 10.1.0.1/24;"));
  dir.git("git init -q -b main . && " + commit + "one && git tag v1");
  dir.write("lib/names.cip", "provider green;\n");
  dir.write("site/plant.cip", "import \"../lib/names.cip\";\n" + clim("n1", "provider green;\naddress 10.1.0.1/24;"));
  dir.git(commit + "two");
  dir.write("site/plant.cip", "import \"../lib/names.cip\";\n" + clim("n1", "provider green;\naddress 10.1.0.9/24;"));

  const auto run = dir.diff("git:v1:site/plant.cip git:HEAD:site/plant.cip");
  CHECK(run.err.empty());
  CHECK(run.code == 2);
  CHECK(run.out.find("  ~ provider blue -> green  (site/plant.cip:3)\n") != std::string::npos);
  CHECK(dir.diff("git:HEAD:site/plant.cip site/plant.cip").out.find("10.1.0.9/24  (site/plant.cip:4)") !=
        std::string::npos);
  // Relative to the current directory as git has it, and a hint if that was meant.
  CHECK(dir.diff("git:main~1:./plant.cip git:v1:../site/plant.cip", "site").code == 0);
  const auto hint = dir.diff("git:v1:plant.cip plant.cip", "site");
  CHECK(hint.code == 1);
  CHECK(hint.err.find("is not in the repository at this revision; paths are from the root of the repository: write "
                      "./plant.cip") != std::string::npos);
  CHECK(dir.run("git status --porcelain").out == " M site/plant.cip\n");  // nothing was written
}

TEST_CASE("diff: symbolic links, submodules and paths that leave the repository") {
  const Repository dir;
  dir.write("lib/names.cip", "provider blue;\n");
  dir.write("plant.cip", "import \"std.cip\";\nimport \"lib/names.cip\";\n" + clim("n1", "provider blue;"));
  dir.write("out.cip", "import \"../outside.cip\";\n" + clim("n1", ""));
  dir.write("abs.cip", "import \"/etc/hosts\";\n" + clim("n1", ""));
  dir.git(
      "ln -s lib/../alias std.cip; ln -s lib/names.cip alias; ln -s circle circle; ln -s /etc/passwd away\n"
      "ln -s ../x away2; ln -s lib dirlink; git init -q -b main .\n"
      "git init -q sub && git -C sub -c user.name=a -c user.email=a@b commit -q --allow-empty -m x\n" +
      commit + "one 2>/dev/null");
  CHECK(dir.diff("git:main:plant.cip plant.cip").code == 0);
  CHECK(dir.diff("git:main:dirlink/names.cip git:main:lib/names.cip").code == 0);
  const auto refused = [&](const std::string& path, const std::string& what) {
    INFO(path);
    const auto run = dir.diff("'git:main:" + path + "' plant.cip");
    CHECK(run.code == 1);
    INFO(run.err);
    CHECK(run.err.find(what) != std::string::npos);
  };
  refused("circle", "cipc: git:main:circle: its symbolic links lead in a circle\n");
  refused("away", "cipc: git:main:away: is a symbolic link out of the repository, to /etc/passwd\n");
  refused("away2", "cipc: git:main:away2: leads out of the repository\n");
  refused("sub/plant.cip", "sub is a submodule, whose files are in another repository\n");
  refused("plant.cip/x", "plant.cip is a file, not a directory\n");
  refused("none.cip", "cipc: git:main:none.cip: is not in the repository at this revision\n");
  refused("lib", "cipc: git:main:lib: is a directory without manifest.json");
  refused("out.cip", "leads out of the repository");
  refused("abs.cip", "must be a path from the root of the repository");
  refused("", "has no path; write git:REV:PATH");
}

TEST_CASE("diff: a state tree at a revision, and a bare repository") {
  const Repository dir;
  dir.write("a.cip", clim("n1", "address 10.1.0.1/24;"));
  dir.git("git init -q -b main . && mkdir tree && '" CIPC "' build a.cip -o tree/state && " + commit + "one");
  CHECK(dir.diff("git:main:tree/state a.cip").code == 0);
  CHECK(dir.diff("git:main:./state/ tree/../../a.cip", "tree").code == 1);  // not where it is
  CHECK(dir.diff("git:main:./state/ ../a.cip", "tree").code == 0);
  dir.write("a.cip", clim("n1", "address 10.1.0.2/24;"));
  CHECK(dir.diff("git:main:tree/state a.cip").code == 2);
  dir.git("git clone -q --bare . bare.git");
  CHECK(dir.diff("git:main:a.cip git:main:tree/state", "bare.git").code == 0);
  dir.write("tree/state/n1/home/eth1.json", "{}\n");
  dir.git(commit + "broken");
  const auto broken = dir.diff("git:main:tree/state a.cip");
  CHECK(broken.code == 1);
  CHECK(broken.err.find("cipc: git:main:tree/state/n1/home/eth1.json: its digest") == 0);
}

TEST_CASE("diff: no git, no repository, no such revision") {
  const Repository dir;
  dir.write("a.cip", clim("n1", ""));
  const auto outside = dir.run("GIT_CEILING_DIRECTORIES=/ '" CIPC "' diff git:main:a.cip a.cip");
  CHECK(outside.code == 1);
  CHECK(outside.err.find("cipc: git:main: not a git repository") == 0);
  CHECK(outside.err.find("run cipc inside of the repository") != std::string::npos);
  const auto without = dir.run("PATH=/nowhere '" CIPC "' diff git:main:a.cip a.cip");
  CHECK(without.code == 1);
  CHECK(without.err.find("cipc: git is not installed") == 0);
  dir.git("git init -q -b main . && " + commit + "one");
  const auto nothing = dir.diff("git:origin/main:a.cip a.cip");
  CHECK(nothing.code == 1);
  CHECK(nothing.err.find("cipc: git has no revision `origin/main` here") == 0);
  for (const auto* revision : {"--help", "-p", "", "main^{/no such}", "main..main", "a b"}) {
    INFO(revision);
    CHECK(dir.diff("'git:" + std::string(revision) + ":a.cip' a.cip").code == 1);
  }
  // A file whose name looks like it.
  dir.write("git:main:x.cip", clim("n1", ""));
  CHECK(dir.diff("./git:main:x.cip a.cip").code == 0);
}
