#include "state/file.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "tests/unit/state/temporary_directory.h"

using namespace cip;

TEST_CASE("a written file is read back, with its mode") {
  const TemporaryDirectory dir;
  const auto file = dir.path() / "key";
  REQUIRE(write_file_atomically(file, "secret", 0400));
  REQUIRE(write_file_atomically(file, "other", 0400));
  CHECK(*read_file(file) == "other");
  struct stat status {};
  REQUIRE(stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0400U);
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("what cannot be read is said with its name") {
  const TemporaryDirectory dir;
  CHECK(read_file(dir.path() / "no").error().code == ErrorCode::not_found);
  CHECK(read_file(dir.path() / "no").error().message == (dir.path() / "no").string() + ": No such file or directory");
  CHECK_THAT(read_file(dir.path()).error().message, Catch::EndsWith("is a directory, not a file"));
  REQUIRE(write_new_file(dir.path() / "big", "12345"));
  CHECK_THAT(read_file(dir.path() / "big", 4).error().message, Catch::EndsWith("is larger than 4 bytes"));
  REQUIRE(mkfifo((dir.path() / "pipe").c_str(), 0600) == 0);
  CHECK_THAT(read_file(dir.path() / "pipe").error().message, Catch::EndsWith("is a named pipe, not a file"));
  CHECK_THAT(read_file("/dev/zero").error().message, Catch::EndsWith("is a device, not a file"));
  CHECK_FALSE(read_file("/proc/self/status")->empty());  // a file, even if its size is said to be 0
}

TEST_CASE("a write that fails leaves the old file and nothing else") {
  CHECK(write_file_atomically("/proc/nowhere", "x").error().code != ErrorCode::invalid);
  const TemporaryDirectory dir;
  REQUIRE(write_new_file(dir.path() / "taken", "old"));
  CHECK_FALSE(write_new_file(dir.path() / "taken", "new"));
  CHECK(*read_file(dir.path() / "taken") == "old");
}

TEST_CASE("a file that is replaced keeps its mode; of a symbolic link it is the target") {
  const TemporaryDirectory dir;
  const auto file = dir.path() / "file";
  const auto link = dir.path() / "link";
  REQUIRE(write_new_file(file, "old", 0600));
  std::filesystem::create_symlink("file", link);
  REQUIRE(replace_file(link, "new"));
  CHECK(*read_file(file) == "new");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms(0600));
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 2);
  CHECK(replace_file(dir.path() / "none", "x").error().code == ErrorCode::not_found);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "none"));
}
