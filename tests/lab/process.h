// A program run by the lab, in a namespace of its choice. It dies with this object, and with the test program if that
// crashes. Its output goes to memory, so it never blocks on us.
#pragma once

#include <csignal>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/lab/descriptor.h"
#include "tests/lab/wait.h"

namespace cip::lab {

class NetworkNamespace;

struct Outcome {
  int status = 0;  // exit code, or 128 + the signal that ended it
  std::string out;
  std::string err;
};

struct Surroundings {
  const NetworkNamespace* where = nullptr;  // nothing: where the caller is
  std::string input{};                      // standard input
  std::vector<std::string> environment{};   // "NAME=value", added to ours
};

class Process {
 public:
  // The program is looked up in PATH. Call it from a thread that lives longer than the process: the kernel ends the
  // child when the thread that made it ends (PR_SET_PDEATHSIG).
  explicit Process(const std::vector<std::string>& command, const Surroundings& surroundings = {});
  Process(Process&&) = default;
  Process& operator=(Process&&) = delete;
  ~Process();  // SIGKILL, and waits for its end

  int pid() const { return pid_; }
  bool running();
  void send(int signal) const;
  // Its exit status, as in Outcome; nothing if it still runs after that time.
  std::optional<int> wait(Duration within);
  std::string out() const;  // so far
  std::string err() const;

 private:
  Descriptor out_, err_, handle_;
  int pid_ = -1;
  std::optional<int> status_;
};

// Runs a program to its end. One that takes longer than `within` is killed and throws.
Outcome run(const std::vector<std::string>& command, const Surroundings& surroundings = {}, Duration within = 30s);

// A run of this test program, for test cases that work at the same time: assertions are not for several threads.
struct Share {
  std::vector<std::string> arguments;
  std::vector<std::string> environment{};  // "NAME=value", added to ours
  Duration within{};
};

std::string this_program();

// Runs all of them, so many at a time; the outcomes are in their order.
std::vector<Outcome> run_shares(const std::vector<Share>& shares, std::size_t at_a_time);

// Runs each test case of this program that has the tag ("[.mirrors]"), so many at a time; the outcomes by name.
inline constexpr std::size_t all_at_once = 1000;
std::map<std::string, Outcome> run_cases(const std::string& tag, std::size_t at_a_time, Duration within);

}  // namespace cip::lab
