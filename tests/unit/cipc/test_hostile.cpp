// Files and paths that nobody means well with: a clear error each, with the right exit code, soon and in bounded
// memory.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "tests/unit/cipc/run.h"

namespace {

namespace fs = std::filesystem;
using namespace cip::tests;

std::string repeat(const std::string& text, std::size_t size) {
  std::string result;
  while (result.size() < size) result += text;
  return result;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string quoted(const fs::path& path) {
  return "'" + path.string() + "'";
}

// Whether a terminal would show it as it is.
bool is_harmless(const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7F) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("what is no file of text") {
  const Scratch dir;
  mkfifo((dir / "fifo").c_str(), 0600);
  fs::create_directory(dir / "directory");
  fs::create_symlink("nowhere", dir / "dangling");
  fs::create_symlink("loop", dir / "loop");
  using Case = std::tuple<std::string, std::string, int>;
  for (const auto& [path, message, code] : {
           Case{(dir / "directory").string(), "directory: is a directory, not a specification\n", 1},
           Case{(dir / "fifo").string(), "fifo: is not a regular file\n", 1},
           Case{"/dev/zero", "/dev/zero: is not a regular file\n", 1},
           Case{(dir / "dangling").string(), "dangling: No such file or directory\n", 1},
           Case{(dir / "loop").string(), "loop: Too many levels of symbolic links\n", 1},
           Case{(dir / repeat("x", 5000)).string(), ": File name too long\n", 1},
           Case{"/proc/self/mem", "/proc/self/mem: Input/output error\n", 3},
       }) {
    INFO(path);
    const auto run = cipc("check " + path);
    CHECK(run.code == code);
    CHECK(run.out.empty());
    CHECK(run.err.find("cipc: ") == 0);
    CHECK(run.err.ends_with(message));
  }
  CHECK(cipc("check " + dir.write("empty.cip", "").string()).code == 0);
  if (geteuid() != 0) {
    fs::permissions(dir.write("secret.cip", ""), fs::perms::none);
    CHECK(cipc("check " + (dir / "secret.cip").string()).code == 1);
  }
}

TEST_CASE("bytes that are no text") {
  const Scratch dir;
  const auto invalid = cipc("check " + dir.write("a.cip", "clim n1 { }\nclim \xFF\xFE { }\n").string());
  CHECK(invalid.code == 1);
  CHECK(has(invalid.err, "error[E0001]: not UTF-8: the byte 0xFF belongs to no character\n"));
  CHECK(has(invalid.err, "a.cip:2:6\n"));
  CHECK(has(invalid.err, "1 error\n"));
  const auto nul = cipc("check " + dir.write("b.cip", std::string("clim n1 { }\n\0\0clim", 18)).string());
  CHECK(nul.code == 1);
  CHECK(has(nul.err, "error[E0001]: a NUL byte: this is not a text file\n"));
  CHECK(has(nul.err, "b.cip:2:1\n"));
  CHECK(has(nul.err, "1 error\n"));
}

TEST_CASE("a file that is too large is not read, and says what to do") {
  const Scratch dir;
  const auto file = dir.write("large.cip", "");
  fs::resize_file(file, 100U << 20U);
  const auto run = cipc("check " + file.string());
  CHECK(run.code == 1);
  CHECK(has(run.err, "large.cip: is larger than 64 MiB, the most that one file may have; split it with import\n"));
}

// The address space of the process is bounded, so memory that grows with the text would end in exit code 3.
TEST_CASE("endless lines take little time and memory") {
  const Scratch dir;
  // A sanitizer needs terabytes of addresses.
  constexpr std::size_t size = CIP_SANITIZE ? 140'000 : 1'000'000;
  const std::string limit = CIP_SANITIZE ? "timeout 300" : "ulimit -v 400000; timeout 60";
  using Case = std::pair<std::string, std::string>;
  for (const auto& [piece, message] : {
           Case{"a", "error[E0001]: missing `;`"},
           Case{";", "error[E0001]: this `;` ends nothing"},
           Case{"{", "error[E0001]: blocks are nested deeper than 64"},
           Case{"}", "error[E0001]: this `}` closes nothing"},
           Case{"(", "error[E0001]: "},
           Case{"x(", "error[E0001]: "},
           Case{"\"", "error[E0001]: "},
           Case{"mtu @; ", "error[E0001]: unexpected character `@`"},
           Case{"clim n {", "error[E0001]: blocks are nested deeper than 64"},
           Case{"x a ", "error[E0001]: this statement has more than 65536 words"},
           Case{"auth psk \"x\" ", "error[E0001]: "},
       }) {
    INFO(piece);
    const auto run = cipc("check " + dir.write("line.cip", repeat(piece, size)).string(), limit);
    CHECK(run.code == 1);
    CHECK(has(run.err, message));
    CHECK(run.err.size() < 100'000);
  }
  constexpr std::size_t many = CIP_SANITIZE ? 20'000 : size;
  constexpr auto kept = std::min(many, cip::diagnostics::Findings::limit);
  const auto limits = cipc("check --format json " + dir.write("line.cip", repeat(";", many)).string(), limit);
  CHECK(limits.code == 1);
  // Each is a line: to parse so many takes longer than to find them.
  std::istringstream lines(limits.out);
  std::vector<std::string> findings;
  for (std::string line; std::getline(lines, line);) {
    if (has(line, R"({"chain")")) {
      findings.push_back(std::move(line));
    }
  }
  REQUIRE(findings.size() == kept);
  CHECK(has(findings.back(), fmt::format(R"("start":{{"byte":{},"column":{},"line":1}})", kept - 1, kept)));
}

TEST_CASE("more tokens than any specification has") {
  const Scratch dir;
  const auto run = cipc("check " + dir.write("line.cip", repeat(";", (std::size_t{12} << 20U) + 2)).string());
  CHECK(run.code == 1);
  CHECK(has(run.err, "error[E0001]: more than 12582912 words and signs in one file\n"));
  CHECK(has(run.err, "line.cip:1:12582913\n"));
  CHECK(has(run.err, "1 error\n"));
}

TEST_CASE("imports that lead in a circle, to no file, or too often") {
  const Scratch dir;
  const auto code = [&](const std::string& name) {
    const auto run = cipc("check " + (dir / name).string());
    INFO(run.err);
    CHECK(has(run.err, "error[E0006]"));
    CHECK(run.err.size() < 20'000);
    return run.code;
  };
  dir.write("self.cip", "import \"self.cip\";\n");
  CHECK(code("self.cip") == 1);
  dir.write("a.cip", "import \"link.cip\";\n");
  fs::create_symlink("a.cip", dir / "link.cip");
  CHECK(code("a.cip") == 1);
  dir.write("deep/b.cip", "import \"up/deep/b.cip\";\n");
  fs::create_symlink("..", dir / "deep/up");
  CHECK(code("deep/b.cip") == 1);
  fs::create_symlink("loop.cip", dir / "loop.cip");
  dir.write("c.cip", "import \"loop.cip\";\n");
  CHECK(code("c.cip") == 1);
  dir.write("d.cip", "import \"deep\";\n");
  CHECK(code("d.cip") == 1);
  dir.write("e.cip", "import \"" + repeat("x", 5000) + "\";\n");
  CHECK(code("e.cip") == 1);
  dir.write("f.cip", "import \"/dev/zero\";\n");
  CHECK(code("f.cip") == 1);

  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "import \"missing" + std::to_string(i) + ".cip\";\n";
  const auto missing = cipc("check " + dir.write("many.cip", many).string());
  CHECK(missing.code == 1);
  CHECK(has(missing.err, "20000 errors\n"));
}

TEST_CASE("names of files cannot command a terminal, and can be told in JSON and SARIF") {
  const Scratch dir;
  const std::string name = "a\n\x1b[31m\x7F\xC2\x9B\xFF b.cip";
  const auto missing = cipc("check " + quoted(dir / name));
  CHECK(missing.code == 1);
  CHECK(is_harmless(missing.err));
  CHECK(has(missing.err, "a\xE2\x90\x8A\xE2\x90\x9B[31m"));
  dir.write(name, "clim \x1b[31m {\n");
  const auto found = cipc("check " + quoted(dir / name));
  CHECK(found.code == 1);
  CHECK(is_harmless(found.err));
  CHECK(has(found.err, "a\xE2\x90\x8A\xE2\x90\x9B[31m"));
  for (const std::string format : {"json", "sarif"}) {
    const auto run = cipc("check --format " + format + " " + quoted(dir / name));
    CHECK(run.code == 1);
    CHECK(run.err.empty());
    CHECK(is_harmless(run.out));
    CHECK(nlohmann::json::accept(run.out));
  }
  CHECK(has(cipc("check --format sarif " + quoted(dir / name)).out, "/a%0A%1B%5B31m%7F%C2%9B%FF%20b.cip\""));
  CHECK(is_harmless(cipc("$'check\\x1b[31m'").err));
  CHECK(is_harmless(cipc("check --format $'x\\x1b[31m' x").err));
  CHECK(is_harmless(cipc("check $'--x\\x1b[31m'").err));
  CHECK(is_harmless(cipc("explain $'E\\x1b[31m'").err));
}

TEST_CASE("a secret is not printed, whatever else is wrong with its statement") {
  const Scratch dir;
  for (const std::string statement :
       {"auth psk \"tr0mbone\";", "auth psk \"tr0mbone;", "auth psk \"tr0mbone\" @;", "auth psk \"tr0mbone\"",
        "auth psk tr0mbone;", "auth psk \"tr0mbone\" \"x\";", "auth psk = \"tr0mbone\";", "auht psk \"tr0mbone\";",
        "auth psk \"a\" \"tr0mbone\";"}) {
    const auto file = dir.write("a.cip", "clim n1 { control 192.168.100.1; ipsec p { local 10.1.0.1; x y z; " +
                                             statement + " protekt a; }\n}\n");
    for (const std::string format : {"text", "json", "sarif"}) {
      INFO(statement << " as " << format);
      const auto run = cipc("check --format " + format + " " + file.string());
      CHECK(run.code == 1);
      CHECK((run.out + run.err).size() > 50);
      CHECK_FALSE(has(run.out + run.err, "tr0mbone"));
    }
  }
}
