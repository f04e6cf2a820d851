#include "state/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cip {
namespace {

namespace fs = std::filesystem;

std::string kind_of(mode_t mode) {
  if (S_ISDIR(mode)) {
    return "a directory";
  }
  return S_ISFIFO(mode) ? "a named pipe" : "a device";
}

Result<std::string> read_descriptor(const FileDescriptor& file, const fs::path& shown, std::size_t limit) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) {
    return system_error(shown, errno);
  }
  // Others may have no end (/dev/zero), or nothing until somebody writes.
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::invalid, shown.string() + ": is " + kind_of(status.st_mode) + ", not a file"};
  }
  const auto too_large = [&] {
    return Error{ErrorCode::invalid, shown.string() + ": is larger than " + std::to_string(limit) + " bytes"};
  };
  const auto size = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (size > limit) {
    return too_large();
  }
  std::string content;
  content.reserve(size);
  std::array<char, 65536> buffer{};
  while (true) {
    const auto count = read(file.get(), buffer.data(), buffer.size());
    if (count == 0) {
      return content;
    }
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return system_error(shown, errno);
    }
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > limit) {
      return too_large();
    }
  }
}

// O_NONBLOCK: opening a named pipe must not wait for a writer.
constexpr int reading = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

Error open_error(const fs::path& shown, int error_number) {
  // The system calls it "No such device or address".
  return error_number == ENXIO ? Error{ErrorCode::invalid, shown.string() + ": is a socket or a device, not a file"}
                               : system_error(shown, error_number);
}

Result<void> write_all(const FileDescriptor& file, std::string_view bytes, const fs::path& shown) {
  while (!bytes.empty()) {
    const auto count = write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return system_error(shown, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> write_and_sync(const FileDescriptor& file, std::string_view bytes, const fs::path& shown) {
  if (auto written = write_all(file, bytes, shown); !written) {
    return written;
  }
  return fsync(file.get()) == 0 ? Result<void>{} : system_error(shown, errno);
}

FileDescriptor create(const fs::path& file, unsigned mode) {
  return FileDescriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
}

// Makes the open file a stand-in for one with this status.
Result<void> fill_like(const FileDescriptor& file, const struct stat& like, std::string_view bytes,
                       const fs::path& shown) {
  struct stat own {};
  if (fstat(file.get(), &own) != 0) {
    return system_error(shown, errno);
  }
  const bool same_owner = own.st_uid == like.st_uid && own.st_gid == like.st_gid;
  if (!same_owner && fchown(file.get(), like.st_uid, like.st_gid) != 0) {
    return Error{ErrorCode::system,
                 shown.string() + ": cannot keep its owner and group: " + std::generic_category().message(errno)};
  }
  constexpr mode_t permissions = 07777;
  if (fchmod(file.get(), like.st_mode & permissions) != 0) {
    return system_error(shown, errno);
  }
  return write_and_sync(file, bytes, shown);
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

int FileDescriptor::release() {
  return std::exchange(fd_, -1);
}

Error system_error(const fs::path& path, int error_number) {
  const bool missing = error_number == ENOENT || error_number == ENOTDIR;
  return {missing ? ErrorCode::not_found : ErrorCode::system,
          path.string() + ": " + std::generic_category().message(error_number)};
}

Result<Directory> Directory::open(const fs::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    return system_error(path, errno);
  }
  return Directory(std::move(fd));
}

Result<void> Directory::sync(const fs::path& shown) const {
  return fsync(fd()) == 0 ? Result<void>{} : system_error(shown, errno);
}

Result<void> Directory::sync_file_system(const fs::path& shown) const {
  return syncfs(fd()) == 0 ? Result<void>{} : system_error(shown, errno);
}

Result<std::string> read_file(const fs::path& file, std::size_t limit) {
  const FileDescriptor fd(::open(file.c_str(), reading));
  return fd ? read_descriptor(fd, file, limit) : open_error(file, errno);
}

Result<std::string> read_file(const Directory& directory, const std::string& path, const fs::path& shown,
                              std::size_t limit) {
  const FileDescriptor fd(openat(directory.fd(), path.c_str(), reading));
  return fd ? read_descriptor(fd, shown, limit) : open_error(shown, errno);
}

Result<void> write_new_file(const fs::path& file, std::string_view bytes, unsigned mode) {
  const FileDescriptor fd = create(file, mode);
  return fd ? write_all(fd, bytes, file) : system_error(file, errno);
}

Result<void> write_file_atomically(const fs::path& file, std::string_view bytes, unsigned mode) {
  const fs::path parent = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const auto directory = Directory::open(parent);
  if (!directory) {
    return directory.error();
  }
  const fs::path temporary = parent / ("." + file.filename().string() + ".new");
  unlink(temporary.c_str());  // left by a crash
  const FileDescriptor fd = create(temporary, mode);
  if (auto written = fd ? write_and_sync(fd, bytes, temporary) : system_error(temporary, errno); !written) {
    unlink(temporary.c_str());
    return written;
  }
  if (rename(temporary.c_str(), file.c_str()) != 0) {
    const auto error = system_error(file, errno);
    unlink(temporary.c_str());
    return error;
  }
  return directory->sync(parent);
}

Result<void> replace_file(const fs::path& file, std::string_view bytes) {
  std::error_code error;
  const fs::path target = fs::canonical(file, error);
  if (error) {
    return system_error(file, error.value());
  }
  struct stat status {};
  if (faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0 || stat(target.c_str(), &status) != 0) {
    return system_error(file, errno);
  }
  const auto directory = Directory::open(target.parent_path());
  if (!directory) {
    return directory.error();
  }
  std::string temporary = target.parent_path() / ".cip-XXXXXX";
  const FileDescriptor fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) {
    return system_error(target.parent_path(), errno);
  }
  auto done = fill_like(fd, status, bytes, file);
  if (done && rename(temporary.c_str(), target.c_str()) != 0) {
    done = system_error(file, errno);
  }
  if (!done) {
    unlink(temporary.c_str());
    return done;
  }
  return directory->sync(target.parent_path());
}

}  // namespace cip
