// Runs cipc as its users do.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>

#include "tests/unit/state/temporary_directory.h"

namespace cip::tests {

struct Run {
  int code = -1;
  std::string out;
  std::string err;
};

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Runs a command by the shell.
inline Run shell(const std::string& command) {
  const TemporaryDirectory directory;
  const auto out = directory.path() / "out";
  const auto err = directory.path() / "err";
  const int status = std::system(("{ " + command + "\n} >" + out.string() + " 2>" + err.string()).c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(out), text_of(err)};
}

// Runs `cipc ARGUMENTS`; `before` may set variables or change the directory.
inline Run cipc(const std::string& arguments, const std::string& before = "") {
  return shell(before + " \"" CIPC "\" " + arguments);
}

// A directory with files of a test.
class Scratch {
 public:
  const std::filesystem::path& path() const { return directory_.path(); }
  std::filesystem::path operator/(const std::string& name) const { return path() / name; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((*this / name).parent_path());
    std::ofstream(*this / name, std::ios::binary) << text;
    return *this / name;
  }
  // In it, or in a directory below it.
  Run run(const std::string& command, const std::string& below = ".") const {
    return shell("cd '" + (*this / below).string() + "' && { " + command + "\n}");
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace cip::tests
