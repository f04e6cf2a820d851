// Source files: lines, positions, what can be loaded.
#include "compiler/syntax/source.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace cip::syntax;

namespace {

class Directory {
 public:
  Directory() {
    std::string pattern = std::filesystem::temp_directory_path() / "cip-source-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("lines and positions") {
  Sources sources;
  const SourceFile& file = sources.add("a.cip", "one\r\nzw\xC3\xB6lf x\n\nend");
  CHECK(file.line_count() == 4);
  CHECK(file.line(1) == "one");
  CHECK(file.line(2) == "zw\xC3\xB6lf x");
  CHECK(file.line(3).empty());
  CHECK(file.line(4) == "end");
  CHECK(file.line_of(0) == 1);
  CHECK(file.line_of(4) == 1);  // the newline belongs to its line
  CHECK(file.line_of(5) == 2);
  CHECK(file.line_of(1000) == 4);
  CHECK(file.position(0).column == 1);
  CHECK(file.position(12).line == 2);
  CHECK(file.position(12).column == 7);  // code points, not bytes
  CHECK(file.text({file.id(), 5, 7}) == "zw");
  CHECK(file.text({file.id(), 1000, 2000}).empty());
  CHECK(sources.add("b.cip", "").line_count() == 1);
  CHECK(sources.add("c.cip", "x\n").line_count() == 2);
}

TEST_CASE("spans") {
  const Span a{SourceId{1}, 2, 4};
  const Span b{SourceId{1}, 7, 9};
  CHECK(join(a, b) == Span{SourceId{1}, 2, 9});
  CHECK(end_of(a) == Span{SourceId{1}, 4, 4});
}

TEST_CASE("well-formed UTF-8 (RFC 3629)") {
  CHECK_FALSE(find_invalid_utf8(""));
  CHECK_FALSE(find_invalid_utf8("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8C\x8D\xEE\x80\x80\xF4\x8F\xBF\xBF"));
  CHECK(find_invalid_utf8("ab\x80") == 2);    // a continuation alone
  CHECK(find_invalid_utf8("a\xC3") == 1);     // cut off
  CHECK(find_invalid_utf8("\xC3(") == 0);     // no continuation
  CHECK(find_invalid_utf8("\xC0\x80") == 0);  // not the shortest form
  CHECK(find_invalid_utf8("\xE0\x9F\xBF") == 0);
  CHECK(find_invalid_utf8("\xF0\x8F\xBF\xBF") == 0);
  CHECK(find_invalid_utf8("\xED\xA0\x80") == 0);      // a surrogate
  CHECK(find_invalid_utf8("\xF4\x90\x80\x80") == 0);  // above U+10FFFF
  CHECK(find_invalid_utf8("\xFF") == 0);
}

TEST_CASE("a file is loaded once, whatever its path is") {
  const Directory directory;
  write(directory / "a.cip", "provider blue;\n");
  Sources sources;
  const auto first = sources.load(directory / "a.cip");
  REQUIRE(first);
  CHECK(sources[*first].path() == directory / "a.cip");
  CHECK(sources[*first].bytes() == "provider blue;\n");
  std::filesystem::create_symlink(directory / "a.cip", directory / "b.cip");
  const auto again = sources.load(directory / "./b.cip");
  REQUIRE(again);
  CHECK(*again == *first);
  CHECK(sources.size() == 1);
  write(directory / "c.cip", "provider blue;\n");
  const auto other = sources.load(directory / "c.cip");
  REQUIRE(other);
  CHECK(*other != *first);
}

TEST_CASE("what cannot be loaded says why") {
  const Directory directory;
  Sources sources;
  const auto missing = sources.load(directory / "none.cip");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == cip::ErrorCode::not_found);
  CHECK(missing.error().message == (directory / "none.cip") + ": No such file or directory");

  const auto folder = sources.load(directory / "");
  REQUIRE_FALSE(folder);
  CHECK(folder.error().code == cip::ErrorCode::invalid);
  CHECK(folder.error().message == (directory / "") + ": is a directory, not a specification");

  REQUIRE(mkfifo((directory / "fifo").c_str(), 0600) == 0);
  const auto fifo = sources.load(directory / "fifo");  // must not wait for a writer
  REQUIRE_FALSE(fifo);
  CHECK(fifo.error().message == (directory / "fifo") + ": is not a regular file");

  write(directory / "large.cip", "");
  std::filesystem::resize_file(directory / "large.cip", Sources::size_limit + 1);
  const auto large = sources.load(directory / "large.cip");
  REQUIRE_FALSE(large);
  CHECK(large.error().code == cip::ErrorCode::invalid);
  CHECK(large.error().message ==
        (directory / "large.cip") + ": is larger than 64 MiB, the most that one file may have; split it with import");
  CHECK(sources.size() == 0);
}
