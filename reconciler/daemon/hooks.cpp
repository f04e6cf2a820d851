#include "reconciler/daemon/hooks.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "reconciler/daemon/suggestion.h"
#include "state/file.h"

namespace cip::daemon {

namespace fs = std::filesystem;

namespace {

// Whoever may write to what we run has our rights. Empty: nobody else may.
std::string unsafe(const fs::path& path, bool is_program) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return std::strerror(errno);
  }
  if (is_program && !S_ISREG(status.st_mode)) {
    return "is not a file";
  }
  if (status.st_uid != 0 && status.st_uid != geteuid()) {
    return fmt::format("belongs to user {}; it must belong to root or to user {}", status.st_uid, geteuid());
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return "can be written by others than its owner";
  }
  if (is_program && access(path.c_str(), X_OK) != 0) {
    return "cannot be executed";
  }
  return "";
}

// A file in memory, at its beginning: a pipe would wait for a reader.
FileDescriptor readable(const std::string& text) {
  FileDescriptor file(memfd_create("event", MFD_CLOEXEC));
  const bool written = file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written || lseek(file.get(), 0, SEEK_SET) != 0) {
    return {};
  }
  return file;
}

std::string how_it_ended(int status) {
  return WIFSIGNALED(status) ? fmt::format("was ended by signal {}", WTERMSIG(status))
                             : fmt::format("ended with status {}", WEXITSTATUS(status));
}

// What posix_spawn wants to know.
class SpawnSettings {
 public:
  explicit SpawnSettings(int standard_input) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_adddup2(&files_, standard_input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files_, STDERR_FILENO, STDOUT_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);  // we ignore it, which would be inherited
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* files() const { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

struct Hooks::Running {
  Running(boost::asio::io_context& loop, pid_t child, std::string name, int pidfd)
      : pid(child), event(std::move(name)), end(loop, pidfd), limit(loop) {}
  pid_t pid;
  std::string event;
  boost::asio::posix::stream_descriptor end;
  boost::asio::steady_timer limit;
  bool too_long = false;
};

Hooks::Hooks(boost::asio::io_context& loop, fs::path directory, ClimName clim, Failed failed,
             std::chrono::milliseconds limit)
    : loop_(loop),
      directory_(std::move(directory)),
      clim_(std::move(clim)),
      failed_(std::move(failed)),
      limit_(limit) {}

Hooks::~Hooks() {
  if (running_) {
    ::kill(-running_->pid, SIGKILL);
    ::waitpid(running_->pid, nullptr, 0);
  }
}

std::vector<std::string> Hooks::complaints() const {
  std::vector<std::string> complaints;
  std::error_code failed;
  if (!fs::exists(directory_, failed)) {
    return complaints;
  }
  if (const auto why = unsafe(directory_, false); !why.empty()) {
    return {fmt::format("no hook runs: {} {}", directory_.string(), why)};
  }
  std::vector<std::string> names;
  for (const auto name : event_names()) {
    names.emplace_back(name);
  }
  for (fs::directory_iterator each(directory_, failed), end; !failed && each != end; each.increment(failed)) {
    const auto name = each->path().filename().string();
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      complaints.push_back(fmt::format("hook {} never runs: there is no event of that name{}", each->path().string(),
                                       did_you_mean(name, names)));
    } else if (const auto why = unsafe(each->path(), true); !why.empty()) {
      complaints.push_back(fmt::format("hook {} does not run: it {}", each->path().string(), why));
    }
  }
  if (failed) {
    complaints.push_back(fmt::format("no hook runs: {}: {}", directory_.string(), failed.message()));
  }
  return complaints;
}

void Hooks::happened(const Event& event) {
  // Failing again because of its own failure would never end.
  if (event.name.str() == EventName(What::hook_failed).str()) {
    return;
  }
  const auto program = directory_ / event.name.str();
  if (!unsafe(program, true).empty() || !unsafe(directory_, false).empty()) {
    return;  // there is none, mostly; complaints() has said the rest
  }
  waiting_.push_back(event);
  if (waiting_.size() > most_waiting) {
    const auto name = std::string(waiting_.front().name.str());
    waiting_.pop_front();
    failed_(name, fmt::format("more than {} events wait for hooks that run: the oldest are left out", most_waiting));
  }
  run_next();
}

Result<pid_t> Hooks::start(const Event& event) const {
  using Handler = nlohmann::json::error_handler_t;
  const auto input = readable(to_json(event).dump(-1, ' ', false, Handler::replace) + "\n");
  if (!input) {
    return Error{ErrorCode::system, std::strerror(errno)};
  }
  std::vector<std::string> environment{
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "CIP_CLIM=" + clim_.str(),
      fmt::format("CIP_EVENT={}", event.name.str()),
      fmt::format("CIP_LEVEL={}", name(event.level)),
      "CIP_SUBJECT=" + event.subject,
      "CIP_TEXT=" + event.text,
      "CIP_EVIDENCE=" + event.evidence,
  };
  std::vector<char*> variables;
  variables.reserve(environment.size() + 1);
  for (auto& each : environment) {
    variables.push_back(each.data());
  }
  variables.push_back(nullptr);
  auto program = (directory_ / event.name.str()).string();
  char* const arguments[] = {program.data(), nullptr};
  const SpawnSettings settings(input.get());
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, program.c_str(), settings.files(), settings.attributes(), arguments, variables.data());
  if (error != 0) {
    return Error{ErrorCode::system, std::strerror(error)};
  }
  return pid;
}

void Hooks::run_next() {
  while (!running_ && !waiting_.empty()) {
    const auto event = std::move(waiting_.front());
    waiting_.pop_front();
    const auto name = std::string(event.name.str());
    const auto pid = start(event);
    if (!pid) {
      failed_(name, fmt::format("hook {} cannot be started: {}", name, pid.error().message));
      continue;
    }
    // glibc 2.36 has no function of it that C++ can link.
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0));
    if (pidfd < 0) {
      failed_(name, fmt::format("hook {} cannot be watched: {}", name, std::strerror(errno)));
      ::kill(-*pid, SIGKILL);
      ::waitpid(*pid, nullptr, 0);
      continue;
    }
    running_ = std::make_unique<Running>(loop_, *pid, name, pidfd);
    running_->end.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
      if (!error) {
        ended();
      }
    });
    running_->limit.expires_after(limit_);
    running_->limit.async_wait([this](boost::system::error_code error) {
      if (!error && running_) {
        running_->too_long = true;
        ::kill(-running_->pid, SIGKILL);
      }
    });
  }
}

void Hooks::ended() {
  const auto done = std::move(running_);
  int status = 0;
  ::waitpid(done->pid, &status, 0);
  done->limit.cancel();
  if (done->too_long) {
    failed_(done->event, fmt::format("hook {} took longer than {} s and was killed", done->event,
                                     std::chrono::duration<double>(limit_).count()));
  } else if (status != 0) {
    failed_(done->event, fmt::format("hook {} {}", done->event, how_it_ended(status)));
  }
  run_next();
}

}  // namespace cip::daemon
