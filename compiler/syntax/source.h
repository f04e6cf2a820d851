// Source files, and places in them. Everything the compiler says about a specification points here.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/result.h"

namespace cip::syntax {

// A file of one `Sources`, in the order in which they were added.
enum class SourceId : std::uint32_t {};

// Bytes [begin, end) of a file. Empty spans are places between two bytes ("here something is missing").
struct Span {
  SourceId source{};
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  auto operator<=>(const Span&) const = default;
  bool operator==(const Span&) const = default;
};

// From the start of the first to the end of the last; both of the same file.
inline Span join(const Span& first, const Span& last) {
  return {first.source, first.begin, last.end};
}
// The empty place just behind.
inline Span end_of(const Span& span) {
  return {span.source, span.end, span.end};
}

struct Position {
  std::size_t line = 1;    // from 1
  std::size_t column = 1;  // from 1, in code points (a tab is one), as editors count for `file:line:column`
};

class SourceFile {
 public:
  SourceFile(SourceId id, std::string path, std::string bytes);

  SourceId id() const { return id_; }
  const std::string& path() const { return path_; }               // as the user wrote it
  std::string_view bytes() const { return bytes_; }               // lives as long as the `Sources`
  std::string_view text(const Span& span) const;                  // clipped to the file
  std::size_t line_count() const { return line_starts_.size(); }  // at least 1; what follows the last newline is a line
  std::size_t line_of(std::uint32_t offset) const;                // from 1; offsets behind the end are on the last line
  std::uint32_t line_start(std::size_t line) const { return line_starts_[line - 1]; }
  std::string_view line(std::size_t line) const;  // without its line end (\n or \r\n)
  Position position(std::uint32_t offset) const;  // quick on the longest line, too

 private:
  std::size_t code_points_before(std::size_t offset) const;

  SourceId id_;
  std::string path_;
  std::string bytes_;
  std::vector<std::uint32_t> line_starts_;
  std::vector<std::uint32_t> code_points_;  // before each block of `block_size` bytes
};

// A file from elsewhere than the disk.
struct GivenFile {
  std::string identity;  // the same file, under whatever path, has the same
  std::string bytes;
};
// Finds the file of a path, as `Sources::load` got it. Errors as `load`'s.
using FileProvider = std::function<Result<GivenFile>(const std::string& path)>;

// The files of one run. References and views into them stay valid as long as it lives.
class Sources {
 public:
  static constexpr std::size_t size_limit = std::size_t{64} << 20;  // bytes of one file

  Sources() = default;
  // All files, also imported ones, come from `provider`, and none from the disk.
  explicit Sources(FileProvider provider) : provider_(std::move(provider)) {}

  // Text that comes from no file (tests, the standard library). `path` is what messages show.
  const SourceFile& add(std::string path, std::string bytes);
  // Reads a file. A file that is here already, under whatever path, is not read again: its id is the old one.
  // Errors: not_found, invalid (a directory, a device, larger than `size_limit`, no permission, a path that leads
  // nowhere), system (cannot be read).
  // Whether the content is text is `parse`'s business, which can show where it is not.
  Result<SourceId> load(const std::string& path);

  const SourceFile& operator[](SourceId id) const { return files_[static_cast<std::size_t>(id)]; }
  std::size_t size() const { return files_.size(); }

 private:
  Result<SourceId> load_given(const std::string& path);

  std::deque<SourceFile> files_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, SourceId> by_inode_;
  FileProvider provider_;  // null: the disk
  std::map<std::string, SourceId> by_identity_;
};

// Where the first byte is that does not belong to well-formed UTF-8 (RFC 3629: shortest form, no surrogates, at most
// U+10FFFF).
std::optional<std::size_t> find_invalid_utf8(std::string_view bytes);

}  // namespace cip::syntax
