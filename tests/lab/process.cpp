#include "tests/lab/process.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>

#include "tests/lab/network_namespace.h"

namespace cip::lab {
namespace {

// An anonymous file in memory, holding `content`, at its start.
Descriptor memory_file(const std::string& content = {}) {
  Descriptor file(memfd_create("lab", MFD_CLOEXEC), "memfd_create");
  if (!content.empty() && write(file.get(), content.data(), content.size()) < 0) fail("write");
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string content_of(const Descriptor& file) {
  std::string content;
  std::array<char, 4096> block{};
  while (true) {
    const ssize_t size = pread(file.get(), block.data(), block.size(), static_cast<off_t>(content.size()));
    if (size <= 0) return content;
    content.append(block.data(), static_cast<std::size_t>(size));
  }
}

// In the child of vfork, which has our memory: nothing of it is changed.
[[noreturn]] void become(char* const* command, char* const* environment, const std::array<int, 3>& files,
                         pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  for (int number = 0; number < 3; ++number) {
    if (dup2(files[static_cast<std::size_t>(number)], number) < 0) _exit(127);
  }
  execvpe(command[0], command, environment);
  constexpr std::string_view message = "cannot be executed\n";
  [[maybe_unused]] const auto written = write(2, message.data(), message.size());
  _exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const Surroundings& surroundings)
    : out_(memory_file()), err_(memory_file()) {
  const Descriptor in = memory_file(surroundings.input);
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  variables.insert(variables.end(), surroundings.environment.begin(), surroundings.environment.end());
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(variables);

  std::optional<Inside> inside;
  if (surroundings.where != nullptr) inside.emplace(*surroundings.where);
  const pid_t parent = getpid();
  const std::array files{in.get(), out_.get(), err_.get()};
  // fork() would copy the page tables of the address sanitizer: a fifth of the time of test_lab_chaos.
  // posix_spawn() cannot ask for the signal that ends the child with us.
  // NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork, clang-analyzer-unix.Vfork)
  const pid_t child = vfork();
  if (child < 0) fail("vfork");
  if (child == 0) become(argv.data(), envp.data(), files, parent);
  // NOLINTEND(clang-analyzer-security.insecureAPI.vfork, clang-analyzer-unix.Vfork)
  pid_ = child;
  handle_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open");
}

Process::~Process() {
  if (!handle_ || !running()) return;
  send(SIGKILL);
  wait(60s);
}

bool Process::running() {
  return !wait(0ms).has_value();
}

void Process::send(int signal) const {
  if (!status_) syscall(SYS_pidfd_send_signal, handle_.get(), signal, nullptr, 0);
}

std::optional<int> Process::wait(Duration within) {
  if (status_) return status_;
  pollfd ended{.fd = handle_.get(), .events = POLLIN, .revents = 0};
  if (poll(&ended, 1, static_cast<int>(within.count())) <= 0) return {};
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) fail("waitpid");
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

std::string Process::out() const {
  return content_of(out_);
}
std::string Process::err() const {
  return content_of(err_);
}

Outcome run(const std::vector<std::string>& command, const Surroundings& surroundings, Duration within) {
  Process process(command, surroundings);
  const auto status = process.wait(within);
  if (!status) {
    throw std::runtime_error(fmt::format("{} did not end within {} ms; it said: {}{}", fmt::join(command, " "),
                                         within.count(), process.out(), process.err()));
  }
  return {.status = *status, .out = process.out(), .err = process.err()};
}

std::string this_program() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

std::vector<Outcome> run_shares(const std::vector<Share>& shares, std::size_t at_a_time) {
  const auto self = this_program();
  std::vector<Outcome> outcomes(shares.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(at_a_time, shares.size()); ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < shares.size(); at = next++) {
        std::vector<std::string> command{self};
        command.insert(command.end(), shares[at].arguments.begin(), shares[at].arguments.end());
        try {
          outcomes[at] = run(command, {.environment = shares[at].environment}, shares[at].within);
        } catch (const std::exception& error) {  // it did not end in time
          outcomes[at] = {.status = 124, .out = {}, .err = error.what()};
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return outcomes;
}

std::map<std::string, Outcome> run_cases(const std::string& tag, std::size_t at_a_time, Duration within) {
  std::vector<std::string> names;
  std::istringstream list(run({this_program(), "--list-test-names-only", tag}).out);
  for (std::string name; std::getline(list, name);) names.push_back(name);
  std::vector<Share> shares;
  for (const auto& name : names) {
    std::string pattern;
    for (const char letter : name)
      pattern += letter == ',' ? "\\," : std::string(1, letter);  // else the name ends there
    shares.push_back({{pattern, "--warn", "NoTests"}, {}, within});
  }
  const auto outcomes = run_shares(shares, at_a_time);
  std::map<std::string, Outcome> result;
  for (std::size_t i = 0; i < names.size(); ++i) result[names[i]] = outcomes[i];
  return result;
}

}  // namespace cip::lab
