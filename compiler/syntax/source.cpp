#include "compiler/syntax/source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cip::syntax {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// What is wrong with the path is the user's to mend, not the machine's.
ErrorCode code_of(int error) {
  if (error == ENOENT || error == ENOTDIR) return ErrorCode::not_found;
  return error == ELOOP || error == ENAMETOOLONG || error == EACCES ? ErrorCode::invalid : ErrorCode::system;
}

Error system_error(const std::string& path, int error) {
  return {code_of(error), path + ": " + std::strerror(error)};
}

constexpr std::size_t block_size = 4096;

// Bytes that begin a character; in a file that is no UTF-8, those that continue one are not counted either.
std::size_t count_code_points(std::string_view text) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

Error too_large(const std::string& path) {
  return {ErrorCode::invalid, path + ": is larger than " + std::to_string(Sources::size_limit >> 20) +
                                  " MiB, the most that one file may have; split it with import"};
}

// How many bytes the well-formed UTF-8 sequence at the start of `bytes` has; 0: there is none (RFC 3629, section 4).
std::size_t sequence_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned first = at(0);
  const unsigned second = at(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool shortest = first != 0xE0 || second >= 0xA0;
    const bool no_surrogate = first != 0xED || second <= 0x9F;
    return tail(1) && tail(2) && shortest && no_surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool shortest = first != 0xF0 || second >= 0x90;
    const bool in_range = first != 0xF4 || second <= 0x8F;
    return tail(1) && tail(2) && tail(3) && shortest && in_range ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<std::size_t> find_invalid_utf8(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t length = sequence_length(bytes.substr(at, 4));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

SourceFile::SourceFile(SourceId id, std::string path, std::string bytes)
    : id_(id), path_(std::move(path)), bytes_(std::move(bytes)) {
  line_starts_.reserve(1 + static_cast<std::size_t>(std::count(bytes_.begin(), bytes_.end(), '\n')));
  line_starts_.push_back(0);
  for (std::size_t at = bytes_.find('\n'); at != std::string::npos; at = bytes_.find('\n', at + 1)) {
    line_starts_.push_back(static_cast<std::uint32_t>(at + 1));
  }
  std::size_t count = 0;
  for (std::size_t at = 0; at < bytes_.size(); at += block_size) {
    code_points_.push_back(static_cast<std::uint32_t>(count));
    count += count_code_points(std::string_view(bytes_).substr(at, block_size));
  }
}

std::string_view SourceFile::text(const Span& span) const {
  const std::size_t begin = std::min<std::size_t>(span.begin, bytes_.size());
  const std::size_t end = std::clamp<std::size_t>(span.end, begin, bytes_.size());
  return std::string_view(bytes_).substr(begin, end - begin);
}

std::size_t SourceFile::line_of(std::uint32_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<std::size_t>(after - line_starts_.begin());
}

std::string_view SourceFile::line(std::size_t line) const {
  const std::size_t begin = line_start(line);
  const std::size_t end = line < line_count() ? line_starts_[line] - 1U : bytes_.size();
  std::string_view text = std::string_view(bytes_).substr(begin, end - begin);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

Position SourceFile::position(std::uint32_t offset) const {
  const std::size_t line = line_of(offset);
  const std::size_t start = line_start(line);
  const std::size_t end = std::min<std::size_t>(offset, bytes_.size());
  // Of a short line its own part is less to count than the two parts of blocks.
  const std::size_t before = end - start <= block_size
                                 ? count_code_points(std::string_view(bytes_).substr(start, end - start))
                                 : code_points_before(end) - code_points_before(start);
  return {line, before + 1};
}

std::size_t SourceFile::code_points_before(std::size_t offset) const {
  if (bytes_.empty()) return 0;
  offset = std::min(offset, bytes_.size());
  const std::size_t block = std::min(offset / block_size, code_points_.size() - 1);
  const std::size_t start = block * block_size;
  return code_points_[block] + count_code_points(std::string_view(bytes_).substr(start, offset - start));
}

const SourceFile& Sources::add(std::string path, std::string bytes) {
  return files_.emplace_back(static_cast<SourceId>(files_.size()), std::move(path), std::move(bytes));
}

Result<SourceId> Sources::load_given(const std::string& path) {
  auto file = provider_(path);
  if (!file) return file.error();
  if (const auto known = by_identity_.find(file->identity); known != by_identity_.end()) return known->second;
  const SourceId id = add(path, std::move(file->bytes)).id();
  by_identity_.emplace(std::move(file->identity), id);
  return id;
}

Result<SourceId> Sources::load(const std::string& path) {
  if (provider_) return load_given(path);
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return system_error(path, errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return system_error(path, errno);
  if (S_ISDIR(status.st_mode)) return Error{ErrorCode::invalid, path + ": is a directory, not a specification"};
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::invalid, path + ": is not a regular file"};

  const std::pair<std::uint64_t, std::uint64_t> inode{status.st_dev, status.st_ino};
  if (const auto known = by_inode_.find(inode); known != by_inode_.end()) return known->second;

  // A file may grow while it is read, so its size is only a first look.
  if (static_cast<std::uint64_t>(status.st_size) > size_limit) return too_large(path);
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(status.st_size));
  std::string chunk(std::size_t{1} << 16, '\0');
  while (true) {
    const ssize_t got = read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path, errno);
    if (got == 0) break;
    bytes.append(chunk, 0, static_cast<std::size_t>(got));
    if (bytes.size() > size_limit) return too_large(path);
  }
  const SourceId id = add(path, std::move(bytes)).id();
  by_inode_.emplace(inode, id);
  return id;
}

}  // namespace cip::syntax
