// Imports.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "compiler/lang/compile.h"

namespace cip::lang {
namespace {

namespace fs = std::filesystem;

class Directory {
 public:
  Directory() {
    std::string pattern = (fs::temp_directory_path() / "test_load.XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Codes of the findings; `clims` gets the names of the CLIMs in the order of the model.
std::string compile_dir(const Directory& dir, const std::string& main, std::string* clims = nullptr) {
  syntax::Sources sources;
  diagnostics::Findings findings;
  const auto id = sources.load((dir.path() / main).string());
  REQUIRE(id);
  const auto cluster = compile({*id}, sources, findings);
  std::string codes;
  for (const auto* finding : findings.sorted()) {
    codes += (codes.empty() ? "" : " ") + std::string(diagnostics::name(finding->code));
  }
  for (const auto& clim : cluster.clims) {
    if (clims != nullptr) {
      *clims += clim.name.str() + " ";
    }
  }
  return codes;
}

}  // namespace

TEST_CASE("an imported file stands where its first import does, whatever its path looks like") {
  const Directory dir;
  dir.write("main.cip", "import \"sub/a.cip\"; import \"b.cip\"; import \"sub/../b.cip\"; clim n3 { }");
  dir.write("sub/a.cip", "import \"../b.cip\" as b; clim n2 { }");
  dir.write("b.cip", "clim n1 { interface eth1 { } }");
  fs::create_symlink("b.cip", dir.path() / "link.cip");
  dir.write("twice.cip", "import \"b.cip\"; import \"link.cip\";");
  std::string clims;
  CHECK(compile_dir(dir, "main.cip", &clims).empty());
  CHECK(clims == "n1 n2 n3 ");
  CHECK(compile_dir(dir, "twice.cip").empty());
}

TEST_CASE("a cycle is reported once, where it closes, and nothing follows from it") {
  const Directory dir;
  dir.write("a.cip", "import \"b.cip\"; provider blue; clim n1 { }");
  dir.write("b.cip", "import \"c.cip\";");
  dir.write("c.cip", "import \"a.cip\"; clim n2 { interface eth1 { provider blue; } }");
  std::string clims;
  CHECK(compile_dir(dir, "a.cip", &clims) == "E0006");
  CHECK(clims == "n2 n1 ");
  dir.write("self.cip", "import \"self.cip\";");
  CHECK(compile_dir(dir, "self.cip") == "E0006");
}

TEST_CASE("imports that cannot be read") {
  const Directory dir;
  dir.write("none.cip", "import \"none/such.cip\";");
  dir.write("dir.cip", "import \".\";");
  dir.write("loop.cip", "import \"turn.cip\";");
  fs::create_symlink("turn.cip", dir.path() / "turn.cip");
  dir.write("std.cip", "import \"std/bonds.cip\";");
  for (const auto* name : {"none.cip", "dir.cip", "loop.cip", "std.cip"}) {
    INFO(name);
    CHECK(compile_dir(dir, name) == "E0006");
  }
}

TEST_CASE("a long chain of imports ends in an error, not in the stack") {
  const Directory dir;
  constexpr int files = 300;
  for (int i = 0; i < files; ++i) {
    dir.write(std::to_string(i) + ".cip", "import \"" + std::to_string(i + 1) + ".cip\";");
  }
  CHECK(compile_dir(dir, "0.cip") == "E0006");
  CHECK(compile_dir(dir, "200.cip") == "E0006");  // 300.cip is missing
  dir.write("300.cip", "");
  CHECK(compile_dir(dir, "200.cip").empty());
}

}  // namespace cip::lang
