#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "state/file.h"
#include "state/json.h"
#include "state/tree.h"

namespace cip {
namespace {

namespace fs = std::filesystem;

// Only an empty directory or a state tree may be replaced: a mistyped `-o` must cost nobody his files.
Result<void> check_replaceable(const fs::path& dir) {
  const auto refuse = [&](const std::string& why) {
    return Error{ErrorCode::invalid, dir.string() + ": " + why + "; give a new or empty directory, or a state tree"};
  };
  std::error_code error;
  if (!fs::is_directory(dir, error)) {
    return error ? system_error(dir, error.value()) : refuse("is not a directory");
  }
  std::set<std::string> known{"manifest.json"};
  const auto bytes = read_file(dir / "manifest.json");
  if (bytes) {
    const auto manifest = manifest_from_json(*bytes, (dir / "manifest.json").string());
    if (!manifest) {
      return refuse("its manifest.json is not that of a state tree");
    }
    for (const auto& entry : manifest->clims) {
      known.insert(entry.clim.str());
    }
  }
  fs::directory_iterator entries(dir, error);
  if (error) {
    return system_error(dir, error.value());
  }
  for (const auto& entry : entries) {
    if (const auto name = entry.path().filename().string(); !bytes || known.count(name) == 0) {
      return refuse("holds `" + name + "`, which is not of a state tree");
    }
  }
  return {};
}

// Nobody would read it.
Result<void> check_sizes(const fs::path& dir, const TreeFiles& files) {
  for (const auto& [path, bytes] : files) {
    const auto limit = path == "manifest.json" ? largest_manifest : largest_tree_file;
    if (bytes.size() > limit && fs::path(path).filename() != "source-map.json") {
      return Error{ErrorCode::invalid,
                   (dir / path).string() + ": would be larger than " + std::to_string(limit) + " bytes"};
    }
  }
  return {};
}

// The directory beside `dir` that the new tree grows in. Locked, so that two builds do not mix; what a crashed build
// left there is removed.
Result<Directory> make_staging(const fs::path& staging) {
  if (mkdir(staging.c_str(), 0755) != 0 && errno != EEXIST) {
    return system_error(staging, errno);
  }
  auto directory = Directory::open(staging);
  if (!directory) {
    return directory;
  }
  if (flock(directory->fd(), LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorCode::invalid, staging.string() + ": another build is writing it"};
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(staging, error)) {
    fs::remove_all(entry.path(), error);
  }
  if (error) {
    return system_error(staging, error.value());
  }
  return directory;
}

// An unchanged file is linked from the old tree: same bytes, same inode, same mtime.
bool link_unchanged(const fs::path& old_file, const std::string& bytes, const fs::path& new_file) {
  const auto old_bytes = read_file(old_file);
  return old_bytes && *old_bytes == bytes && link(old_file.c_str(), new_file.c_str()) == 0;
}

// `old_tree`: null if there is none.
Result<void> fill(const Directory& into, const fs::path& staging, const fs::path* old_tree, const TreeFiles& files) {
  fs::path directory;
  for (const auto& [path, bytes] : files) {  // sorted: those of a directory follow each other
    const fs::path file = staging / path;
    if (file.parent_path() != directory) {
      directory = file.parent_path();
      std::error_code error;
      fs::create_directories(directory, error);
      if (error) {
        return system_error(directory, error.value());
      }
    }
    if (old_tree != nullptr && link_unchanged(*old_tree / path, bytes, file)) {
      continue;
    }
    if (auto written = write_new_file(file, bytes); !written) {
      return written;
    }
  }
  return into.sync_file_system(staging);
}

}  // namespace

StagedTree::StagedTree(Directory lock, fs::path staging, fs::path target)
    : lock_(std::move(lock)), staging_(std::move(staging)), target_(std::move(target)) {}

StagedTree::StagedTree(StagedTree&& other) noexcept
    : lock_(std::move(other.lock_)), staging_(std::exchange(other.staging_, {})), target_(std::move(other.target_)) {}

StagedTree::~StagedTree() {
  if (!staging_.empty()) {
    std::error_code error;
    fs::remove_all(staging_, error);  // the unfinished tree; after an exchange the old one
  }
}

Result<StagedTree> StagedTree::write(const fs::path& dir, const TreeFiles& files) {
  if (auto readable = check_sizes(dir, files); !readable) {
    return readable.error();
  }
  std::error_code error;
  // Through symbolic links: those stay what they are. Absolute first: of a missing "out" it would make "out".
  fs::path target = fs::weakly_canonical(fs::absolute(dir), error);
  if (error) {
    return system_error(dir, error.value());
  }
  if (!target.has_filename()) {
    target = target.parent_path();  // "out/"
  }
  const bool replaces = fs::exists(target, error);
  if (replaces) {
    if (auto ours = check_replaceable(target); !ours) {
      return ours.error();
    }
  }
  const fs::path staging = target.parent_path() / ("." + target.filename().string() + ".new");
  auto directory = make_staging(staging);  // and its lock
  if (!directory) {
    return directory.error();
  }
  StagedTree staged(std::move(*directory), staging, target);
  if (auto done = fill(staged.lock_, staging, replaces ? &target : nullptr, files); !done) {
    return done.error();
  }
  return staged;
}

// One system call that either happens or does not.
Result<void> StagedTree::put_in_place() {
  std::error_code error;
  const unsigned flags = fs::exists(target_, error) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, target_.c_str(), flags) != 0) {
    return system_error(target_, errno);
  }
  const auto parent = Directory::open(target_.parent_path());
  return parent ? parent->sync(target_.parent_path()) : parent.error();
}

Result<void> write_tree(const fs::path& dir, const TreeFiles& files) {
  auto staged = StagedTree::write(dir, files);
  return staged ? staged->put_in_place() : staged.error();
}

}  // namespace cip
