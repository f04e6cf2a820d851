// cipc fmt as its users meet it: exit codes, what is printed, and what becomes of the files. Runs as root, as all
// tests.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/cipc/run.h"

namespace {

namespace fs = std::filesystem;
using namespace cip::tests;

constexpr uid_t nobody = 65534;
const std::string ugly = "clim n1\n{\ncontrol 192.168.100.1;#why\n}";
const std::string fine = "clim n1 {\n  control 192.168.100.1;  #why\n}\n";
const std::string broken = "clim n1 {\n  control 192.168.100.1\n}\n";

// A directory with files, and cipc fmt run in it.
class Formatted : public Scratch {
 public:
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path()), fs::directory_iterator()));
  }
  Run fmt(const std::string& arguments, const std::string& before = "") const {
    return run(before + " \"" CIPC "\" fmt " + arguments);
  }
};

}  // namespace

TEST_CASE("fmt: help with an example, and a wrong command line") {
  const Formatted place;
  const auto help = place.fmt("--help");
  CHECK(help.code == 0);
  CHECK(help.out.find("usage: cipc fmt [--check] FILE...\n") == 0);
  CHECK(help.out.find("example:\n  cipc fmt --check ") != std::string::npos);
  CHECK(help.err.empty());
  CHECK(place.fmt("").code == 1);
  CHECK(place.fmt("").err == "cipc: no FILE is given\nusage: cipc fmt [--check] FILE...\n");
  CHECK(place.fmt("--wat a.cip").code == 1);
}

TEST_CASE("fmt: files get the style, and those that have it are not touched") {
  const Formatted place;
  place.write("a.cip", ugly);
  place.write("b.cip", fine);
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(24);
  fs::last_write_time(place / "b.cip", long_ago);
  const auto run = place.fmt("a.cip b.cip");
  CHECK(run.code == 0);
  CHECK((run.out + run.err).empty());
  CHECK(text_of(place / "a.cip") == fine);
  CHECK(fs::last_write_time(place / "b.cip") == long_ago);
  CHECK(place.count() == 2);
}

TEST_CASE("fmt --check: lists what would change, and changes nothing") {
  const Formatted place;
  place.write("a.cip", ugly);
  place.write("b.cip", fine);
  place.write("c.cip", ugly);
  const auto run = place.fmt("--check a.cip ./b.cip ./c.cip");
  CHECK(run.code == 2);
  CHECK(run.out == "a.cip\n./c.cip\n");
  CHECK(run.err.empty());
  CHECK(text_of(place / "a.cip") == ugly);
  CHECK(place.fmt("--check b.cip").code == 0);
  CHECK(place.fmt("--check b.cip").out.empty());
}

TEST_CASE("fmt: - is standard input") {
  const Formatted place;
  place.write("a.cip", ugly);
  const auto run = place.fmt("- <a.cip");
  CHECK(run.code == 0);
  CHECK(run.out == fine);
  CHECK(place.run("cat a.cip | \"" CIPC "\" fmt -").out == fine);
  CHECK(place.fmt("--check - <a.cip").code == 2);
  CHECK(place.fmt("--check - <a.cip").out == "-\n");
  place.write("b.cip", broken);
  const auto refused = place.fmt("- <b.cip");
  CHECK(refused.code == 1);
  CHECK(refused.out.empty());
  CHECK(refused.err.find(" --> <standard input>:2:24\n") != std::string::npos);
  const auto directory = place.fmt("- <.");
  CHECK(directory.code == 3);
  CHECK(directory.err == "cipc: standard input: Is a directory\n");
  CHECK(place.fmt("- <a.cip >/dev/full").code == 3);
}

TEST_CASE("fmt: a file with a syntax error stays; the others are done; the worst counts") {
  const Formatted place;
  place.write("a.cip", ugly);
  place.write("b.cip", broken);
  place.write("c.cip", ugly);
  const auto check = place.fmt("--check a.cip b.cip c.cip");
  CHECK(check.code == 1);
  CHECK(check.out == "a.cip\nc.cip\n");
  const auto run = place.fmt("a.cip b.cip none.cip c.cip");
  CHECK(run.code == 1);
  CHECK(run.err.find("error[E0001]: missing `;`\n --> b.cip:2:24") != std::string::npos);
  CHECK(run.err.find("cipc: none.cip: No such file or directory\n") != std::string::npos);
  CHECK(text_of(place / "a.cip") == fine);
  CHECK(text_of(place / "b.cip") == broken);
  CHECK(text_of(place / "c.cip") == fine);
}

TEST_CASE("fmt: mode and owner stay, and of a symbolic link the target is replaced") {
  const Formatted place;
  const auto file = place.write("a.cip", ugly);
  REQUIRE(chown(file.c_str(), nobody, nobody - 1) == 0);
  REQUIRE(chmod(file.c_str(), 0640) == 0);
  fs::create_directory(place / "links");
  fs::create_symlink("../a.cip", place / "links/inner");
  fs::create_symlink("links/inner", place / "outer");
  CHECK(place.fmt("outer").code == 0);
  CHECK(fs::is_symlink(place / "outer"));
  CHECK(fs::is_symlink(place / "links/inner"));
  CHECK(text_of(file) == fine);
  struct stat status {};
  REQUIRE(lstat(file.c_str(), &status) == 0);
  CHECK(status.st_uid == nobody);
  CHECK(status.st_gid == nobody - 1);
  CHECK((status.st_mode & 07777U) == 0640U);
  CHECK(place.count() == 3);
}

TEST_CASE("fmt: what must not be written stays, with a clear error") {
  const Formatted place;
  const auto file = place.write("a.cip", ugly);
  const auto other = place.write("b.cip", ugly);
  fs::permissions(place.path().parent_path(), fs::perms(0755));
  REQUIRE(chown(place.path().c_str(), nobody, nobody) == 0);
  REQUIRE(chown(file.c_str(), nobody, nobody) == 0);
  fs::permissions(file, fs::perms(0444));
  fs::permissions(other, fs::perms(0666));
  const std::string as_nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
  const auto read_only = place.fmt("a.cip", as_nobody);
  CHECK(read_only.code == 3);
  CHECK(read_only.err == "cipc: a.cip: Permission denied\n");
  // Somebody else's file: a new one would be nobody's own.
  const auto foreign = place.fmt("b.cip", as_nobody);
  CHECK(foreign.code == 3);
  CHECK(foreign.err == "cipc: b.cip: cannot keep its owner and group: Operation not permitted\n");
  CHECK(text_of(file) == ugly);
  CHECK(text_of(other) == ugly);
  CHECK(place.count() == 2);
}

TEST_CASE("fmt: a disk that is full or read-only leaves the old file whole") {
  const Formatted place;
  fs::create_directory(place / "disk");
  place.write("big.cip", "control 1.2.3.4; # " + std::string(40000, 'x'));
  // A file system of our own, in a mount namespace of its own so that nothing is left mounted.
  const std::string mount = "unshare -m sh -c 'mount -t tmpfs -o size=64k tmpfs disk && cp big.cip disk/a.cip && ";
  const auto full = place.run(mount + "\"" CIPC "\" fmt disk/a.cip; echo $?; cmp big.cip disk/a.cip && ls -A disk'");
  CHECK(full.out == "3\na.cip\n");
  CHECK(full.err == "cipc: disk/a.cip: No space left on device\n");
  const auto read_only =
      place.run(mount + "mount -o remount,ro disk && \"" CIPC "\" fmt disk/a.cip; echo $?; cmp big.cip disk/a.cip'");
  CHECK(read_only.out == "3\n");
  CHECK(read_only.err == "cipc: disk/a.cip: Read-only file system\n");
}
