// cipc as its users meet it: exit codes, what is printed where, and what is left on disk.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/json.h"
#include "state/tree.h"
#include "tests/unit/cipc/run.h"

namespace {

namespace fs = std::filesystem;
using namespace cip::tests;

std::map<std::string, std::string> tree(const fs::path& dir) {
  std::map<std::string, std::string> files;
  if (fs::exists(dir)) {
    for (const auto& entry : fs::recursive_directory_iterator(dir)) {
      if (entry.is_regular_file()) {
        files.emplace(entry.path().lexically_relative(dir).string(), text_of(entry.path()));
      }
    }
  }
  return files;
}

const std::string good = "clim n1 { control 192.168.100.1; interface eth1 { address 10.1.0.1/24; } }\n";
const std::string bad = "clim n1 { control 192.168.100.1; interface eth1 { adress 10.1.0.1/24; } }\n";
const std::string warned = "provider blue;\nclim n1 { interface eth1 { provider blue; address 10.1.0.1/24; } }\n";

}  // namespace

TEST_CASE("every subcommand has help with an example, and there is a version") {
  for (const std::string command :
       {"", "check ", "build ", "diff ", "explain ", "fmt ", "graph ", "import ", "import climconfig ", "whatif "}) {
    const auto run = cipc(command + "--help");
    CHECK(run.code == 0);
    CHECK(run.out.find("usage: cipc " + command.substr(0, command.size() - (command.empty() ? 0 : 1))) == 0);
    CHECK(run.out.find("example:\n  cipc ") != std::string::npos);
    CHECK(run.err.empty());
  }
  CHECK(cipc("--version").out == "cipc " CIP_VERSION "\n");
}

TEST_CASE("a wrong command line is the user's fault, and says what to do") {
  CHECK(cipc("").code == 1);
  CHECK(cipc("chek x.cip").err == "cipc: unknown command `chek`; did you mean `check`?\n");
  CHECK(cipc("check").err == "cipc: no FILE is given\nusage: cipc check [OPTION]... FILE...\n");
  for (const auto* arguments :
       {"chek x", "check", "check --wat x.cip", "check --max-errors=-1 x.cip", "check --format xml x.cip",
        "build x.cip", "explain E9999", "explain E0001 E0002", "import", "import junos x", "import climconfig",
        "import iproute /dev/null", "import climconfig --clim a.b x"}) {
    INFO(arguments);
    const auto run = cipc(arguments);
    CHECK(run.code == 1);
    CHECK(run.out.empty());
    CHECK(run.err.find("cipc: ") == 0);
  }
}

TEST_CASE("check: 0 if there is no error, 1 if there is, and findings on standard error") {
  const Scratch dir;
  const auto fine = cipc("check " + dir.write("good.cip", good).string());
  CHECK(fine.code == 0);
  CHECK((fine.out + fine.err).empty());
  const auto wrong = cipc("check " + dir.write("bad.cip", bad).string());
  CHECK(wrong.code == 1);
  CHECK(wrong.out.empty());
  CHECK(wrong.err.find("error[E0002]") == 0);
  CHECK(wrong.err.find("bad.cip:1:51") != std::string::npos);
  const auto warning = dir.write("warned.cip", warned).string();
  CHECK(cipc("check " + warning).code == 0);
  CHECK(cipc("check " + warning).err.find("warning[W0212]") == 0);
  CHECK(cipc("check --werror " + warning).code == 1);
  CHECK(cipc("check --werror " + (dir / "good.cip").string()).code == 0);
}

TEST_CASE("check: at most so many errors, with the number of the rest") {
  const Scratch dir;
  const auto file = dir.write("many.cip", "a;\nb;\nc;\nd;\n").string();
  const auto count = [](const std::string& text) {
    std::size_t n = 0;
    for (auto at = text.find("error["); at != std::string::npos; at = text.find("error[", at + 1)) {
      ++n;
    }
    return n;
  };
  CHECK(count(cipc("check " + file).err) == 4);
  CHECK(count(cipc("check --max-errors 0 " + file).err) == 4);
  const auto few = cipc("check --max-errors 3 " + file);
  CHECK(count(few.err) == 3);
  CHECK(few.err.find("1 more error") != std::string::npos);
  CHECK(few.code == 1);
}

TEST_CASE("no colour where there is no terminal, and none with NO_COLOR") {
  const Scratch dir;
  const auto file = dir.write("bad.cip", bad).string();
  CHECK(cipc("check " + file).err.find('\033') == std::string::npos);
  // script(1) of util-linux gives a terminal.
  const auto typescript = (dir / "typescript").string();
  const std::string on_terminal = "script -qec '\"" CIPC "\" check " + file + "' " + typescript + " >/dev/null";
  CHECK(std::system(("env -u NO_COLOR TERM=xterm " + on_terminal).c_str()) != 0);
  CHECK(text_of(typescript).find('\033') != std::string::npos);
  CHECK(std::system(("NO_COLOR=1 TERM=xterm " + on_terminal).c_str()) != 0);
  CHECK(text_of(typescript).find('\033') == std::string::npos);
}

TEST_CASE("files that cannot be read are named, all of them") {
  const Scratch dir;
  const auto run = cipc("check " + (dir / "none.cip").string() + " " + dir.write("d/x", "").parent_path().string() +
                        " /dev/null " + (dir / "other.cip").string());
  CHECK(run.code == 1);
  CHECK(run.err.find("none.cip: No such file or directory\n") != std::string::npos);
  CHECK(run.err.find("/d: is a directory, not a specification\n") != std::string::npos);
  CHECK(run.err.find("/dev/null: is not a regular file\n") != std::string::npos);
  CHECK(run.err.find("other.cip") != std::string::npos);
}

TEST_CASE("several files are one specification") {
  const Scratch dir;
  const auto one = dir.write("a.cip", "provider blue;\n").string();
  const auto two = dir.write("b.cip", "clim n1 { interface eth1 { provider blue; } }\n").string();
  CHECK(cipc("check " + two).code == 1);
  CHECK(cipc("check " + one + " " + two).code == 0);
  CHECK(cipc("check " + two + " " + one).code == 0);
  CHECK(cipc("check " + two + " " + one + " " + one).code == 0);  // the same file twice is one
}

TEST_CASE("build writes a tree that the reconciler's reader takes, the same wherever it is built") {
  const Scratch dir;
  const auto lib = dir.write("spec/lib/base.cip", "provider blue;\n");
  const auto file = dir.write(
      "spec/pair.cip",
      "import \"lib/base.cip\";\n"
      "clim n2 { control 192.168.100.2; interface eth1 { provider blue; } }\n"
      "clim n1 { control 192.168.100.1; interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; } }\n");
  const auto absolute = dir / "absolute";
  REQUIRE(cipc("build " + file.string() + " -o " + absolute.string()).code == 0);
  const auto relative = dir / "relative";
  REQUIRE(cipc("build pair.cip --output " + relative.string(), "cd " + file.parent_path().string() + " &&").code == 0);
  CHECK(tree(absolute).size() == 8);
  CHECK(tree(absolute) == tree(relative));
  for (const auto& [name, bytes] : tree(absolute)) {
    INFO(name);
    CHECK(bytes.find(dir.operator/("").string()) == std::string::npos);  // no path of this machine
  }
  const auto state = cip::read_clim_state(absolute, cip::ClimName("n2"));
  REQUIRE(state);
  REQUIRE(state->mirrors.size() == 1);
  CHECK(cip::to_json(*state->mirrors.begin()->second.interface) == tree(absolute).at("n1/home/eth1.json"));
}

TEST_CASE("build leaves what is there as it is when there is an error") {
  const Scratch dir;
  const auto out = dir / "out";
  REQUIRE(cipc("build " + dir.write("good.cip", good).string() + " -o " + out.string()).code == 0);
  const auto before = tree(out);
  CHECK(before.size() == 4);
  CHECK(cipc("build " + dir.write("bad.cip", bad).string() + " -o " + out.string()).code == 1);
  CHECK(cipc("build --werror " + dir.write("warned.cip", warned).string() + " -o " + out.string()).code == 1);
  CHECK(cipc("build " + (dir / "none.cip").string() + " -o " + out.string()).code == 1);
  CHECK(tree(out) == before);
  // Somebody else's directory is not touched either.
  const auto foreign = dir.write("foreign/precious", "data").parent_path();
  CHECK(cipc("build " + (dir / "good.cip").string() + " -o " + foreign.string()).code == 1);
  CHECK(tree(foreign) == std::map<std::string, std::string>{{"precious", "data"}});
}

TEST_CASE("build keeps the time of a file whose bytes do not change") {
  const Scratch dir;
  const auto out = dir / "out";
  const auto two = good + "clim n2 { control 192.168.100.2; interface eth1 { address 10.2.0.1/24; } }\n";
  REQUIRE(cipc("build " + dir.write("spec.cip", two).string() + " -o " + out.string()).code == 0);
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (const auto& [name, bytes] : tree(out)) {
    fs::last_write_time(out / name, long_ago);
  }
  auto changed = two;
  changed.replace(changed.find("10.2.0.1"), 8, "10.2.0.9");
  REQUIRE(cipc("build " + dir.write("spec.cip", changed).string() + " -o " + out.string()).code == 0);
  CHECK(fs::last_write_time(out / "n1/home/eth1.json") == long_ago);
  CHECK(fs::last_write_time(out / "n1/clim.json") == long_ago);
  CHECK(fs::last_write_time(out / "n2/home/eth1.json") != long_ago);
  CHECK(fs::last_write_time(out / "manifest.json") != long_ago);
}

TEST_CASE("a disk that is full is the system's fault, and nothing is half-written") {
  const Scratch dir;
  const auto file = dir.write("good.cip", good).string();
  const auto disk = dir / "disk";
  fs::create_directory(disk);
  // A file system of 64 KB of our own, in a mount namespace of its own so that nothing is left mounted.
  const std::string script = "unshare -m sh -c 'mount -t tmpfs -o size=64k,mode=755 tmpfs " + disk.string() +
                             " && \"" CIPC "\" build " + file + " -o " + disk.string() + "/out && cp -a " +
                             disk.string() + "/out " + (dir / "before").string() + " && { head -c 64k /dev/zero >" +
                             disk.string() + "/fill; sed s/10.1.0.1/10.1.0.9/ " + file + " >" +
                             (dir / "changed.cip").string() + "; \"" CIPC "\" build " + (dir / "changed.cip").string() +
                             " -o " + disk.string() + "/out; echo $? >" + (dir / "code").string() + "; cp -a " +
                             disk.string() + "/out " + (dir / "after").string() + "; }' 2>" + (dir / "err").string();
  REQUIRE(std::system(script.c_str()) == 0);
  CHECK(text_of(dir / "code") == "3\n");
  CHECK(text_of(dir / "err").find("No space left on device") != std::string::npos);
  CHECK(tree(dir / "before").size() == 4);
  CHECK(tree(dir / "after") == tree(dir / "before"));
}

TEST_CASE("explain prints each code's rule, and standard output that cannot be written is an error") {
  const auto list = cipc("explain");
  CHECK(list.code == 0);
  CHECK(list.out.find("E0205  error    both use failover, but not each other\n") != std::string::npos);
  CHECK(list.out.find("W0212  warning  ") != std::string::npos);
  const auto one = cipc("explain e0205");
  CHECK(one.code == 0);
  CHECK(one.out.find("E0205: ") == 0);
  CHECK(one.out.find("docs/domain.md: P4") != std::string::npos);
  CHECK(one.out.find("failover n2.eth1;") != std::string::npos);
  CHECK(std::system("\"" CIPC "\" explain >/dev/full 2>/dev/null") == 3 << 8);
}

TEST_CASE("import writes a specification to standard output or to a file, and warnings to standard error") {
  const Scratch dir;
  const auto obey = dir.write("n1.obey",
                              "climcmd n1 climconfig ip -add eth2 -ipaddress 10.1.0.1 -netmask 24\n"
                              "climcmd n1 climconfig ip -add eth2 -ipaddress 300.1.1.1 -netmask 24\n");
  const auto printed = cipc("import climconfig " + obey.string());
  CHECK(printed.code == 0);
  CHECK(printed.out.find("    address 10.1.0.1/24;\n") != std::string::npos);
  CHECK(printed.err.find(obey.string() + ":2: wrong address `300.1.1.1`: climcmd n1 ") != std::string::npos);
  const auto file = dir / "cluster.cip";
  const auto written = cipc("import climconfig -o " + file.string() + " " + obey.string());
  CHECK(written.code == 0);
  CHECK(written.out.empty());
  CHECK(text_of(file) == printed.out);
  CHECK(cipc("check " + file.string()).code == 0);
  const auto piped = cipc("import climconfig -", "cat " + obey.string() + " |");
  CHECK(piped.out == printed.out);
  CHECK(piped.err.find("<standard input>:2: ") != std::string::npos);
}

TEST_CASE("import: what cannot be read is the user's fault, what cannot be written the system's") {
  const Scratch dir;
  const auto json = dir.write("x.json", "[{\"ifname\":\"eth1\"}]\n").string();
  CHECK(cipc("import iproute --help").out.find("usage: cipc import iproute --clim NAME ") == 0);
  CHECK(cipc("import iproute --clim n1 " + json).code == 0);
  CHECK(cipc("import iproute " + json).code == 1);
  CHECK(cipc("import iproute --clim n1 " + (dir / "none").string()).code == 1);
  const auto wrong = cipc("import iproute --clim n1 " + dir.write("y.json", "[{]").string());
  CHECK(wrong.code == 1);
  CHECK(wrong.out.empty());
  CHECK(wrong.err.find("y.json:1: the JSON that starts here does not end") != std::string::npos);
  CHECK(cipc("import junos x").err.find("nothing is imported from `junos`") != std::string::npos);
  CHECK(cipc("import iproute --clim n1 -o " + (dir / "no/such").string() + " " + json).code != 0);
  CHECK(std::system(("\"" CIPC "\" import iproute --clim n1 " + json + " >/dev/full 2>/dev/null").c_str()) == 3 << 8);
}

TEST_CASE("whatif: an answer on standard output, or what is wrong with the question") {
  const Scratch dir;
  const auto file = dir.write("good.cip", good).string();
  const auto answer = cipc("whatif " + file + " --fail n1.eth1");
  CHECK(answer.code == 0);
  CHECK(answer.err.empty());
  CHECK(answer.out.find("when n1.eth1 fails:\n  n1.eth1 is lost: ") != std::string::npos);
  CHECK(cipc("whatif " + file + " --fail n1 --format json").out.find("\"failed\": \"n1\"") != std::string::npos);

  const auto unknown = cipc("whatif " + file + " --fail n1.eht1 --fail n2");
  CHECK(unknown.code == 1);
  CHECK(unknown.out.empty());
  CHECK(unknown.err ==
        "cipc: there is no CLIM or interface `n1.eht1`; did you mean `n1.eth1`?\n"
        "cipc: there is no CLIM or interface `n2`; did you mean `n1`?\n");
  CHECK(cipc("whatif " + file).err.find("cipc: the option '--fail' is required") == 0);
  CHECK(cipc("whatif " + file + " --fail n1 --format xml").code == 1);
  const auto wrong = cipc("whatif " + dir.write("bad.cip", bad).string() + " --fail n1");
  CHECK(wrong.code == 1);
  CHECK(wrong.out.empty());
  CHECK(wrong.err.find("error[E0002]") == 0);
}

TEST_CASE("explain for programs, for the manual, and for who mistypes a code") {
  CHECK(cipc("explain E0215").err == "cipc: there is no code `E0215`; did you mean `E0210`?\n");
  CHECK(cipc("explain nothing").err == "cipc: there is no code `nothing`; `cipc explain` lists all\n");
  CHECK(cipc("explain --format xml").code == 1);
  const auto all = nlohmann::json::parse(cipc("explain --format json").out);
  const auto one = nlohmann::json::parse(cipc("explain --format json e0210").out);
  CHECK(all["format"] == 1);
  CHECK(all["codes"].size() > 40);
  REQUIRE(one["codes"].size() == 1);
  CHECK(one["codes"][0]["code"] == "E0210");
  CHECK(one["codes"][0]["severity"] == "error");
  CHECK(one["codes"][0]["domain"] == nlohmann::json{"P9", "K7"});
  CHECK(std::find(all["codes"].begin(), all["codes"].end(), one["codes"][0]) != all["codes"].end());

  // UPDATE_EXPECTED=1 writes the page anew.
  const auto page = cipc("explain --format markdown").out;
  if (std::getenv("UPDATE_EXPECTED") != nullptr) {
    std::ofstream("docs/diagnostics.md", std::ios::binary) << page;
  }
  CHECK(page == text_of("docs/diagnostics.md"));
}

TEST_CASE("check for programs prints one document on standard output, with the same exit code") {
  const Scratch dir;
  const auto wrong = dir.write("bad.cip", bad).string();
  const auto warning = dir.write("warned.cip", warned).string();
  for (const std::string format : {"json", "sarif"}) {
    const auto run = cipc("check --format " + format + " " + wrong);
    CHECK(run.code == 1);
    CHECK(run.err.empty());
    CHECK(nlohmann::json::accept(run.out));
    CHECK(cipc("check --format " + format + " " + warning).code == 0);
    const auto strict = cipc("check --werror --format " + format + " " + warning);
    CHECK(strict.code == 1);
    CHECK(strict.out == cipc("check --format " + format + " " + warning).out);
    const auto missing = cipc("check --format " + format + " " + (dir / "none.cip").string());
    CHECK(missing.code == 1);
    CHECK(missing.out.empty());
    CHECK(std::system(("\"" CIPC "\" check --format " + format + " " + wrong + " >/dev/full 2>/dev/null").c_str()) ==
          3 << 8);
  }
  const auto document = nlohmann::json::parse(cipc("check --format json " + wrong).out);
  CHECK(document["findings"][0]["code"] == "E0002");
  CHECK(document["findings"][0]["primary"]["start"] == nlohmann::json{{"line", 1}, {"column", 51}, {"byte", 50}});
  CHECK(document["findings"][0]["primary"]["file"] == wrong);

  std::string many;
  for (int i = 0; i < 150; ++i) {
    many += "x" + std::to_string(i) + ";\n";
  }
  const auto file = dir.write("many.cip", many).string();
  const auto counts = [&](const std::string& option) {
    const auto found = nlohmann::json::parse(cipc("check --format json " + option + " " + file).out);
    CHECK(found["counts"]["errors"] == 150);
    CHECK(found["findings"].size() + found["counts"]["omitted"].get<std::size_t>() == 150);
    return found["findings"].size();
  };
  CHECK(counts("") == 150);
  CHECK(counts("--max-errors 20") == 20);
  CHECK(nlohmann::json::parse(cipc("check --format sarif --max-errors 20 " + file).out)["runs"][0]["results"].size() ==
        20);
  CHECK(cipc("check " + file).err.find("... and 50 more errors\n150 errors\n") != std::string::npos);
}
