// Files, so that nothing is lost: whole reads with a limit, and writes that a crash leaves either undone or done.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "state/result.h"

namespace cip {

// An open file descriptor that closes itself.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();

 private:
  int fd_ = -1;
};

// A directory held open: what is read through it belongs together even if its name is given to another meanwhile.
class Directory {
 public:
  static Result<Directory> open(const std::filesystem::path& path);
  int fd() const { return fd_.get(); }
  Result<void> sync(const std::filesystem::path& shown) const;  // the names in it, to disk
  // All of the file system that it is on: for very many files far faster than one after the other.
  Result<void> sync_file_system(const std::filesystem::path& shown) const;

 private:
  explicit Directory(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

inline constexpr std::size_t no_file_is_larger = std::size_t{1} << 30;

// Reads a whole regular file of at most `limit` bytes; what is none (a pipe, a device) is refused, and not waited for.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit = no_file_is_larger);
// The same, relative to an open directory; `shown` names it in messages.
Result<std::string> read_file(const Directory& directory, const std::string& path, const std::filesystem::path& shown,
                              std::size_t limit = no_file_is_larger);

// Writes a file that must not exist yet; it is not synced.
Result<void> write_new_file(const std::filesystem::path& file, std::string_view bytes, unsigned mode = 0644);

// Writes one file so that a reader, also after a crash, sees the old content or the new one: a temporary file beside
// it, synced, renamed, directory synced. One writer at a time.
Result<void> write_file_atomically(const std::filesystem::path& file, std::string_view bytes, unsigned mode = 0644);

// The same for a file that is there, with its mode and owner; of a symbolic link the target gets the new content. A
// file that must not be written stays, even if its directory would allow a new one. Other names of it (hard links) keep
// the old content.
Result<void> replace_file(const std::filesystem::path& file, std::string_view bytes);

// "PATH: No such file or directory": what the system said of a file.
Error system_error(const std::filesystem::path& path, int error_number);

}  // namespace cip
