#include "compiler/tools/git_revision.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "state/file.h"

namespace cip::tools {
namespace {

constexpr std::size_t no_limit = no_file_is_larger;
constexpr int most_links = 40;  // path_resolution(7)

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

Error failed(const std::string& what, int error_number) {
  return {ErrorCode::system, "git: " + what + ": " + std::strerror(error_number)};
}

// The first line of what git said on standard error, without its "fatal: ".
std::string first_line(std::string text) {
  text = text.substr(0, text.find('\n'));
  constexpr std::string_view fatal = "fatal: ";
  return text.starts_with(fatal) ? text.substr(fatal.size()) : text;
}

std::vector<std::string> components(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const auto slash = path.find('/');
    names.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return names;
}

}  // namespace

// A running git. Its standard error goes to a file in memory, which never fills up.
class GitRevision::Process {
 public:
  static Result<std::unique_ptr<Process>> start(std::vector<std::string> arguments) {
    auto in = make_pipe();
    auto out = make_pipe();
    FileDescriptor err(memfd_create("git", MFD_CLOEXEC));
    if (!in || !out || !err) return failed("no pipe", errno);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in->read.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out->write.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.get(), STDERR_FILENO);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_t pid = -1;
    const int error = posix_spawnp(&pid, "git", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT) {
      return Error{ErrorCode::invalid,
                   "git is not installed; install it, or check the revision out and name the file there"};
    }
    if (error != 0) return failed("cannot be started", error);
    return std::unique_ptr<Process>(
        new Process(pid, std::move(in->write), std::move(out->read), std::move(err)));  // NOLINT: private constructor
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { end(); }

  // False: it does not listen any more.
  bool send(std::string_view text) {
    // A git that has ended must not end us.
    struct sigaction ignore {};
    struct sigaction before {};
    ignore.sa_handler = SIG_IGN;  // NOLINT: the system's macro
    sigaction(SIGPIPE, &ignore, &before);
    bool sent = true;
    while (sent && !text.empty()) {
      const auto count = ::write(in_.get(), text.data(), text.size());
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
      sent = count > 0 || (count < 0 && errno == EINTR);
    }
    sigaction(SIGPIPE, &before, nullptr);
    return sent;
  }
  std::optional<std::string> line() {
    std::string text;
    while (true) {
      const auto newline = std::find(buffer_.begin() + at_, buffer_.end(), '\n');
      text.append(buffer_.begin() + at_, newline);
      if (newline != buffer_.end()) {
        at_ = newline - buffer_.begin() + 1;
        return text;
      }
      if (!fill()) return std::nullopt;
    }
  }
  std::optional<std::string> bytes(std::size_t count) {
    std::string text;
    while (true) {
      const auto there = std::min<std::size_t>(count - text.size(), buffer_.size() - static_cast<std::size_t>(at_));
      text.append(buffer_, static_cast<std::size_t>(at_), there);
      at_ += static_cast<std::ptrdiff_t>(there);
      if (text.size() == count) return text;
      if (!fill()) return std::nullopt;
    }
  }
  // Everything up to its end, and its exit code.
  std::pair<std::string, int> rest() {
    in_ = FileDescriptor();
    std::string text;
    do {
      text.append(buffer_, static_cast<std::size_t>(at_));
    } while (fill());
    return {std::move(text), end()};
  }
  // What it complained about, once it has ended.
  std::string complaint() {
    end();
    std::string text(4096, '\0');
    const auto count = pread(err_.get(), text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return first_line(std::move(text));
  }

 private:
  Process(pid_t pid, FileDescriptor in, FileDescriptor out, FileDescriptor err)
      : pid_(pid), in_(std::move(in)), out_(std::move(out)), err_(std::move(err)) {}

  bool fill() {
    buffer_.resize(std::size_t{1} << 16);
    at_ = 0;
    ssize_t count = -1;
    do {
      count = ::read(out_.get(), buffer_.data(), buffer_.size());
    } while (count < 0 && errno == EINTR);
    buffer_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return count > 0;
  }
  int end() {
    if (pid_ < 0) return status_;
    { const FileDescriptor closed_in = std::move(in_); }
    { const FileDescriptor closed_out = std::move(out_); }
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return status_;
  }

  pid_t pid_;
  FileDescriptor in_;
  FileDescriptor out_;
  FileDescriptor err_;
  int status_ = -1;
  std::string buffer_;  // what has come, from `at_` on
  std::ptrdiff_t at_ = 0;
};

namespace {

struct Object {
  std::string id;
  std::string type;
  std::string bytes;
};

// "ID TYPE SIZE", then so many bytes and a newline (git-cat-file(1), batch output). Nothing: there is no such object.
template <class Process>
Result<std::optional<Object>> ask(Process& process, const std::string& name, std::size_t limit) {
  const auto answer = process.send(name + "\n") ? process.line() : std::nullopt;
  if (!answer) return Error{ErrorCode::invalid, process.complaint()};
  if (answer->ends_with(" missing") || answer->ends_with(" ambiguous")) return std::optional<Object>();
  const auto first = answer->find(' ');
  const auto second = answer->find(' ', first + 1);
  if (first == std::string::npos || second == std::string::npos) {
    return Error{ErrorCode::system, "git: cannot be understood: " + *answer};
  }
  const auto size = std::strtoull(answer->c_str() + second + 1, nullptr, 10);
  if (size > limit) {
    for (auto left = size + 1; left > 0;) {  // what comes next must not be taken for another answer
      const auto chunk = std::min<std::size_t>(left, std::size_t{1} << 20);
      if (!process.bytes(chunk)) break;
      left -= chunk;
    }
    return Error{ErrorCode::invalid,
                 "is larger than " + std::to_string(limit >> 20) + " MiB, the most that a file may have"};
  }
  auto bytes = process.bytes(size);
  if (!bytes || !process.bytes(1)) return Error{ErrorCode::system, "git: ended too early: " + process.complaint()};
  return std::optional(
      Object{answer->substr(0, first), answer->substr(first + 1, second - first - 1), std::move(*bytes)});
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4U];
    text += digits[byte & 0xFU];
  }
  return text;
}

}  // namespace

// Where one is on the way to a file.
struct GitRevision::Walk {
  std::vector<std::pair<std::string, std::string>> directories;  // name and id, from the root on
  std::vector<std::string> ahead;                                // names that are still to go, the next one last
  std::optional<Found> file;                                     // arrived at a file
  int links = 0;
  std::string asked;  // for messages

  std::string here(const std::string& name) const {
    std::string path;
    for (std::size_t i = 1; i < directories.size(); ++i) path += directories[i].first + "/";
    return path + name;
  }
};

GitRevision::GitRevision(std::string revision, std::unique_ptr<Process> process)
    : revision_(std::move(revision)), process_(std::move(process)) {}
GitRevision::~GitRevision() = default;

Error GitRevision::refuse(ErrorCode code, const std::string& path, const std::string& what) const {
  return {code, "git:" + revision_ + ":" + path + ": " + what};
}

Result<std::unique_ptr<GitRevision>> GitRevision::open(const std::string& revision) {
  if (revision.empty() || revision.find('\n') != std::string::npos) {
    return Error{ErrorCode::invalid,
                 "git:REV:PATH needs a revision, such as git:main:plant.cip or git:HEAD~1:plant.cip"};
  }
  auto process = Process::start({"git", "cat-file", "--batch"});
  if (!process) return process.error();
  std::unique_ptr<GitRevision> result(new GitRevision(revision, std::move(*process)));  // NOLINT: private constructor
  auto tree = ask(*result->process_, revision + "^{tree}", no_limit);
  if (!tree) {
    return Error{tree.error().code, "git:" + revision + ": " + tree.error().message +
                                        "; run cipc inside of the repository, or name files instead of git:REV:PATH"};
  }
  if (!*tree) {
    return Error{ErrorCode::invalid, "git has no revision `" + revision +
                                         "` here; `git branch --all` lists what it has "
                                         "(a shallow clone, as CI makes it, has to fetch the branch first)"};
  }
  result->root_ = (*tree)->id;
  return result;
}

Result<std::string> GitRevision::prefix() {
  auto process = Process::start({"git", "rev-parse", "--show-prefix"});
  if (!process) return process.error();
  auto [text, code] = (*process)->rest();
  if (code != 0) return Error{ErrorCode::invalid, "git: " + (*process)->complaint()};
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<const GitRevision::Listing*> GitRevision::listing(const std::string& object) {
  if (const auto known = listings_.find(object); known != listings_.end()) return &known->second;
  auto tree = ask(*process_, object, no_limit);
  if (!tree) return tree.error();
  if (!*tree || (*tree)->type != "tree") return Error{ErrorCode::system, "git: object " + object + " is missing"};
  // "MODE NAME", a zero byte, the id in binary; again and again.
  Listing entries;
  std::string_view bytes = (*tree)->bytes;
  const std::size_t id_size = object.size() / 2;
  while (!bytes.empty()) {
    const auto space = bytes.find(' ');
    const auto zero = bytes.find('\0');
    if (space > zero || zero == std::string_view::npos || bytes.size() < zero + 1 + id_size) {
      return Error{ErrorCode::system, "git: object " + object + " is no tree that can be read"};
    }
    entries.emplace(bytes.substr(space + 1, zero - space - 1),
                    Entry{std::string(bytes.substr(0, space)), hex(bytes.substr(zero + 1, id_size))});
    bytes.remove_prefix(zero + 1 + id_size);
  }
  return &listings_.emplace(object, std::move(entries)).first->second;
}

Result<void> GitRevision::follow_link(Walk& walk, const Entry& link, const std::string& shown) {
  if (++walk.links > most_links) return refuse(ErrorCode::invalid, walk.asked, "its symbolic links lead in a circle");
  const auto target = ask(*process_, link.object, no_limit);
  if (!target) return target.error();
  const std::string text = *target ? (*target)->bytes : "";
  if (text.empty() || text.starts_with('/')) {
    return refuse(ErrorCode::invalid, shown, "is a symbolic link out of the repository, to " + text);
  }
  const auto names = components(text);
  walk.ahead.insert(walk.ahead.end(), names.rbegin(), names.rend());
  return {};
}

Result<void> GitRevision::step(Walk& walk, const std::string& name) {
  if (walk.file) return refuse(ErrorCode::not_found, walk.asked, walk.file->path + " is a file, not a directory");
  if (name.empty() || name == ".") return {};
  if (name == "..") {
    if (walk.directories.size() == 1) return refuse(ErrorCode::invalid, walk.asked, "leads out of the repository");
    walk.directories.pop_back();
    return {};
  }
  const auto entries = listing(walk.directories.back().second);
  if (!entries) return entries.error();
  const auto found = (*entries)->find(name);
  if (found == (*entries)->end())
    return refuse(ErrorCode::not_found, walk.asked, "is not in the repository at this revision");
  const auto& [mode, object] = found->second;
  if (mode == "40000") {
    walk.directories.emplace_back(name, object);
  } else if (mode == "160000") {
    return refuse(ErrorCode::invalid, walk.asked,
                  walk.here(name) + " is a submodule, whose files are in another repository");
  } else if (mode == "120000") {
    return follow_link(walk, found->second, walk.here(name));
  } else {
    walk.file = Found{Kind::file, walk.here(name), object};
  }
  return {};
}

Result<GitRevision::Found> GitRevision::find(const std::string& path) {
  Walk walk;
  walk.asked = path;
  walk.directories.emplace_back("", root_);
  if (path.starts_with('/')) return refuse(ErrorCode::invalid, path, "must be a path from the root of the repository");
  const auto names = components(path);
  walk.ahead.assign(names.rbegin(), names.rend());
  while (!walk.ahead.empty()) {
    const auto name = std::move(walk.ahead.back());
    walk.ahead.pop_back();
    if (const auto done = step(walk, name); !done) return done.error();
  }
  if (walk.file) return *walk.file;
  auto directory = walk.here("");
  if (directory.ends_with('/')) directory.pop_back();
  return Found{Kind::directory, std::move(directory), walk.directories.back().second};
}

Result<std::string> GitRevision::read(const Found& file, std::size_t limit) {
  auto object = ask(*process_, file.object, limit);
  if (!object) return refuse(object.error().code, file.path, object.error().message);
  if (!*object) return refuse(ErrorCode::system, file.path, "git does not have the object " + file.object);
  return std::move((*object)->bytes);
}

Result<std::string> GitTree::read(const std::string& path) const {
  const auto found = revision_->find(path_.empty() ? path : path_ + "/" + path);
  if (!found) return found.error();
  if (found->kind != GitRevision::Kind::file) {
    return Error{ErrorCode::invalid, shown(path) + ": is a directory, not a file"};
  }
  return revision_->read(*found, no_limit);
}

}  // namespace cip::tools
