// Every specification of the corpus gives the findings that it announces, in the words of its golden file, and the
// state tree of its golden directory. UPDATE_EXPECTED=1 writes the golden files anew; review the difference.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "compiler/diagnostics/codes.h"
#include "compiler/output/state_tree.h"
#include "tests/corpus/corpus.h"

namespace cip::corpus {
namespace {

namespace fs = std::filesystem;

const fs::path corpus_dir = "tests/corpus";  // tests run in the root of the repository

bool updating() {
  return std::getenv("UPDATE_EXPECTED") != nullptr;
}

void write_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// Compares `text` with the golden file, which is not there if there is nothing to say.
void check_golden(const fs::path& golden, const std::string& text) {
  if (updating()) {
    if (text.empty()) {
      fs::remove(golden);
    } else {
      write_text(golden, text);
    }
  }
  CHECK(text == (fs::exists(golden) ? read_text(golden) : ""));
}

std::vector<fs::path> examples() {
  std::vector<fs::path> result;
  for (const auto& entry : fs::directory_iterator("examples")) {
    const auto files = specifications(entry.path());
    result.insert(result.end(), files.begin(), files.end());
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::map<std::string, std::string> files_below(const fs::path& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) {
      files.emplace(entry.path().lexically_relative(dir).generic_string(), read_text(entry.path()));
    }
  }
  return files;
}

}  // namespace

TEST_CASE("invalid specifications give what they announce, and nothing else") {
  const auto files = specifications(corpus_dir / "invalid");
  REQUIRE(files.size() > 30);
  for (const auto& path : files) {
    INFO(path);
    const auto expected = announced(read_text(path));
    CHECK_FALSE(expected.empty());
    Compiled compiled;
    compile_file(path, compiled);
    CHECK(compiled.found(expected) == expected);
    check_golden(fs::path(path).replace_extension(".expected"), compiled.text());
  }
}

TEST_CASE("valid specifications and examples give no error") {
  auto files = specifications(corpus_dir / "valid");
  REQUIRE(files.size() > 5);
  for (const auto& path : files) {
    INFO(path);
    const auto expected = announced(read_text(path));
    Compiled compiled;
    compile_file(path, compiled);
    CHECK_FALSE(compiled.findings.has_errors());
    CHECK(compiled.found(expected) == expected);
    check_golden(fs::path(path).replace_extension(".expected"), compiled.text());
  }
  for (const auto& path : examples()) {
    INFO(path);
    Compiled compiled;
    compile_file(path, compiled);
    CHECK(compiled.text().empty());
  }
}

// The trees of tests/corpus/trees, each named after a valid specification or an example; `site` is too large to review.
TEST_CASE("state trees are the golden ones, byte for byte") {
  std::vector<fs::path> files;
  for (const std::string name : {"edge", "migration", "pair"}) {
    files.push_back(fs::path("examples") / name / (name + ".cip"));
  }
  for (const std::string name : {"import-shared", "recovery", "routes", "std-bond", "std-ipsec", "std-net", "std-pair",
                                 "std-times-cautious", "std-times-fast", "std-times-standard", "std-tunnel", "times"}) {
    files.push_back(corpus_dir / "valid" / (name + ".cip"));
  }
  for (const auto& path : files) {
    INFO(path);
    Compiled compiled;
    compile_file(path, compiled);
    REQUIRE_FALSE(compiled.findings.has_errors());
    const auto tree = output::state_tree(compiled.cluster, compiled.sources);
    const auto golden = corpus_dir / "trees" / path.stem();
    if (updating()) {
      fs::remove_all(golden);
      for (const auto& [file, bytes] : tree) {
        write_text(golden / file, bytes);
      }
    }
    CHECK(tree == files_below(golden));
  }
}

TEST_CASE("every code has a case in the corpus") {
  std::set<std::string> seen;
  for (const auto* dir : {"invalid", "valid"}) {
    for (const auto& path : specifications(corpus_dir / dir)) {
      for (const auto& expectation : announced(read_text(path))) {
        seen.insert(expectation.substr(0, expectation.find(' ')));
      }
    }
  }
  for (const auto& entry : diagnostics::all_codes()) {
    INFO(entry.name);
    CHECK(seen.count(std::string(entry.name)) == 1);
  }
}

TEST_CASE("the examples of explain are what they claim to be") {
  for (const auto& entry : diagnostics::all_codes()) {
    INFO(entry.name);
    CHECK_FALSE(entry.title.empty());
    CHECK_FALSE(entry.explanation.empty());
    Compiled wrong;
    compile_text(std::string(entry.wrong), wrong);
    std::set<std::string> codes;
    for (const auto* finding : wrong.findings.sorted()) {
      codes.emplace(diagnostics::name(finding->code));
    }
    INFO(wrong.text());
    CHECK(codes == std::set<std::string>{std::string(entry.name)});
    Compiled right;
    compile_text(std::string(entry.right), right);
    CHECK(right.text().empty());
  }
}

// What is being typed, or was cut off, is read without harm; and every finding points into the text. One prefix of
// eight, in each file others; CIP_PREFIX_STEP=1 takes all.
TEST_CASE("prefixes of every specification compile to findings inside them") {
  const char* setting = std::getenv("CIP_PREFIX_STEP");
  const std::size_t step = setting == nullptr ? 8 : std::stoul(setting);
  std::size_t first = 0;
  auto files = specifications(corpus_dir / "invalid");
  const auto valid = specifications(corpus_dir / "valid");
  files.insert(files.end(), valid.begin(), valid.end());
  for (const auto& path : files) {
    const auto text = read_text(path);
    for (std::size_t length = first++ % step; length < text.size(); length += step) {
      Compiled compiled;
      compile_text(text.substr(0, length), compiled);
      for (const auto* finding : compiled.findings.sorted()) {
        const auto& span = finding->primary.span;
        if (span.source == syntax::SourceId{0} && (span.begin > span.end || span.end > length)) {
          FAIL(path << " cut to " << length << " bytes: " << finding->message << " is out of the text");
        }
      }
      if (compiled.findings.empty() != compiled.text().empty()) {
        FAIL(path << " cut to " << length << " bytes: findings and text differ");
      }
    }
  }
  SUCCEED();
}

// Specifications outside of this repository that must hold, too: CIP_EXTRA_SPEC is their directory.
TEST_CASE("the specifications of CIP_EXTRA_SPEC hold") {
  const char* extra = std::getenv("CIP_EXTRA_SPEC");
  if (extra == nullptr) {
    return;
  }
  for (const std::string dir : {"valid", "invalid"}) {
    const auto files = specifications(fs::path(extra) / dir);
    CHECK_FALSE(files.empty());
    for (const auto& path : files) {
      const auto expected = announced(read_text(path));
      Compiled compiled;
      compile_file(path, compiled);
      INFO(path << "\n" << compiled.text());
      CHECK(compiled.found(expected) == expected);
    }
  }
}

}  // namespace cip::corpus
