// The formatter on whole files: the meaning and the comments stay, whatever the file looked like, and a second run
// changes nothing. tests/corpus/format has ugly files and, as NAME.formatted, what they are to become
// (UPDATE_EXPECTED=1 writes these anew; review the difference).
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "compiler/check/check.h"
#include "compiler/lang/compile.h"
#include "compiler/lang/words.h"
#include "compiler/output/state_tree.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/tokens.h"
#include "tests/corpus/corpus.h"

namespace cip::corpus {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> formatted(const std::string& text) {
  syntax::Sources sources;
  diagnostics::Findings findings;
  auto result = syntax::format(sources.add("test.cip", text), lang::vocabulary(), findings);
  CHECK(result.has_value() == findings.empty());
  return result;
}

// Every token; and every comment with the number of tokens before it, not counting those that it may stand behind.
struct Content {
  std::vector<std::string> tokens;
  std::vector<std::pair<std::size_t, std::string>> comments;
  bool operator==(const Content&) const = default;
};

Content content(const std::string& text) {
  syntax::Sources sources;
  const auto& file = sources.add("test.cip", text);
  diagnostics::Findings findings;
  std::vector<syntax::Span> comments;
  const auto tokens = syntax::tokenize(file, findings, &comments);
  Content result;
  std::size_t fixed = 0;
  auto token = tokens.begin();
  const auto take = [&] {
    const std::string word(file.text(syntax::span_of(*token, file.id())));
    if (word != ";" && word != "," && word != "{") ++fixed;
    result.tokens.push_back(fmt::format("{} {}", static_cast<int>(token->kind), word));
    ++token;
  };
  for (const auto& span : comments) {
    while (token != tokens.end() && token->begin < span.begin) take();
    std::string comment(file.text(span));
    comment.erase(comment.find_last_not_of(" \t") + 1);
    result.comments.emplace_back(fixed, comment);
  }
  while (token != tokens.end()) take();
  return result;
}

// What a file is to the compiler: the codes of its findings, or the objects of its state tree (their places aside).
std::string meaning(const fs::path& path, const std::string& text) {
  Compiled compiled;
  const auto& file = compiled.sources.add(path.string(), text);  // its imports are found beside it
  compiled.cluster = lang::compile({file.id()}, compiled.sources, compiled.findings);
  check::check(compiled.cluster, compiled.findings);
  std::multiset<std::string> parts;
  for (const auto* finding : compiled.findings.sorted()) parts.insert(std::string(diagnostics::name(finding->code)));
  if (!compiled.findings.has_errors()) {
    for (const auto& [name, bytes] : output::state_tree(compiled.cluster, compiled.sources)) {
      const auto leaf = fs::path(name).filename();
      if (leaf != "source-map.json" && leaf != "manifest.json") parts.insert(name + "\n" + bytes);
    }
  }
  std::string result;
  for (const auto& part : parts) result += part + "\n";
  return result;
}

// Checks what is true of every text; the formatted one, or nothing if there is a syntax error in it.
std::optional<std::string> check_format(const std::string& text) {
  auto once = formatted(text);
  if (!once) return std::nullopt;
  CHECK(content(*once) == content(text));
  const auto twice = formatted(*once);
  REQUIRE(twice);
  CHECK(*twice == *once);
  CHECK(once->find_first_of("\t\r") >= once->find('#'));  // inside of comments and strings only, which these files lack
  CHECK(once->find(" \n") == std::string::npos);
  CHECK(once->find("\n\n\n") == std::string::npos);
  return once;
}

std::vector<fs::path> all_specifications() {
  std::vector<fs::path> dirs{"tests/corpus/valid", "tests/corpus/valid/parts", "tests/corpus/invalid",
                             "tests/corpus/format"};
  for (const auto* parent : {"examples", "stdlib"}) {
    if (!fs::exists(parent)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(parent)) {
      if (entry.is_directory()) dirs.push_back(entry.path());
    }
  }
  if (const char* extra = std::getenv("CIP_EXTRA_SPEC"); extra != nullptr) {
    dirs.push_back(fs::path(extra) / "valid");
    dirs.push_back(fs::path(extra) / "invalid");
  }
  std::vector<fs::path> files;
  for (const auto& dir : dirs) {
    const auto here = specifications(dir);
    files.insert(files.end(), here.begin(), here.end());
  }
  return files;
}

// Gives a text other white space between its tokens and comments.
class Disorder {
 public:
  explicit Disorder(unsigned seed) : random_(seed) {}

  std::string of(const std::string& text) {
    syntax::Sources sources;
    const auto& file = sources.add("test.cip", text);
    diagnostics::Findings findings;
    std::vector<syntax::Span> pieces;
    for (const auto& token : syntax::tokenize(file, findings, &pieces)) {
      pieces.push_back(syntax::span_of(token, file.id()));
    }
    std::sort(pieces.begin(), pieces.end());
    std::string result = space(true);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const auto piece = file.text(pieces[i]);
      result += piece;
      const bool last = i + 1 == pieces.size();
      if (piece.front() == '#') {
        result += (last ? "" : "\n") + space(true);
      } else {
        const bool apart = last || ends(piece.back()) || ends(file.text(pieces[i + 1]).front());
        result += space(apart || pieces[i].end == pieces[i + 1].begin);
      }
    }
    return result;
  }

 private:
  // Whether no token goes on over this one.
  static bool ends(char c) { return std::string_view(";{},[]").find(c) != std::string_view::npos; }

  std::string space(bool may_be_empty) {
    static const std::vector<std::string> spaces{"", " ", " ", "  ", "\t", "\n", "\n\n", "\r\n  ", " \n\n\n\t", "\r"};
    return spaces[std::uniform_int_distribution<std::size_t>(may_be_empty ? 0 : 1, spaces.size() - 1)(random_)];
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("every specification keeps its tokens, comments and meaning") {
  std::size_t count = 0;
  for (const auto& path : all_specifications()) {
    INFO(path);
    const auto text = read_text(path);
    const auto result = check_format(text);
    if (!result) continue;
    ++count;
    CHECK(meaning(path, *result) == meaning(path, text));
  }
  CHECK(count > 50);
}

TEST_CASE("examples and standard library have the style") {
  std::size_t count = 0;
  for (const auto& path : all_specifications()) {
    if (!path.string().starts_with("examples/") && !path.string().starts_with("stdlib/")) continue;
    INFO(path);
    CHECK(formatted(read_text(path)) == read_text(path));
    ++count;
  }
  CHECK(count > 0);
}

TEST_CASE("ugly files become what is expected of them") {
  const auto files = specifications("tests/corpus/format");
  REQUIRE(files.size() == 3);
  for (const auto& path : files) {
    INFO(path);
    const auto golden = fs::path(path).replace_extension(".formatted");
    const auto result = check_format(read_text(path));
    REQUIRE(result);
    if (std::getenv("UPDATE_EXPECTED") != nullptr) std::ofstream(golden, std::ios::binary) << *result;
    CHECK(*result == read_text(golden));
  }
}

TEST_CASE("any white space between the words of a specification gives the same tokens and comments") {
  Disorder disorder(1);
  std::size_t count = 0;
  std::size_t tries = 0;
  for (const auto& path : all_specifications()) {
    const auto text = read_text(path);
    if (!formatted(text)) continue;
    for (int i = 0; i < 10; ++i) {
      const auto mixed = disorder.of(text);
      INFO(path << "\n" << mixed);
      REQUIRE(content(mixed).tokens == content(text).tokens);
      // A word that the language does not have may look like a new statement if it begins a line: a syntax error.
      if (check_format(mixed)) ++count;
      ++tries;
    }
  }
  CHECK(tries > 500);
  CHECK(count > tries / 10 * 9);
}

}  // namespace cip::corpus
