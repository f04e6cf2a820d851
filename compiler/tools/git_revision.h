// Files of a git repository as they are at a revision. Reads through `git cat-file`, so all that git knows (packs,
// alternates, worktrees, bare repositories) works; nothing is checked out or written.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/result.h"
#include "state/tree_source.h"

namespace cip::tools {

class GitRevision {
 public:
  // `revision` is what `git rev-parse` takes: a branch, a tag, a commit, `HEAD~2`. The repository is that of the
  // current directory. Errors: no git, no repository, no such revision.
  static Result<std::unique_ptr<GitRevision>> open(const std::string& revision);

  GitRevision(const GitRevision&) = delete;
  GitRevision& operator=(const GitRevision&) = delete;
  ~GitRevision();

  enum class Kind : std::uint8_t { file, directory };
  struct Found {
    Kind kind = Kind::file;
    std::string path;    // as `a/b`, from the root of the repository, without symbolic links
    std::string object;  // its id
  };
  // Follows `path` from the root of the repository as the kernel would: with `.`, `..` and symbolic links. not_found:
  // there is none; invalid: it leads out of the repository, in a circle, or into a submodule.
  Result<Found> find(const std::string& path);
  // The bytes of a file that was found; at most `limit`.
  Result<std::string> read(const Found& file, std::size_t limit);

  // Where the current directory is in the repository: "" or "a/b/".
  static Result<std::string> prefix();

 private:
  class Process;
  struct Entry {
    std::string mode;
    std::string object;
  };
  using Listing = std::map<std::string, Entry, std::less<>>;
  struct Walk;

  GitRevision(std::string revision, std::unique_ptr<Process> process);
  Result<const Listing*> listing(const std::string& object);
  Result<void> step(Walk& walk, const std::string& name);
  Result<void> follow_link(Walk& walk, const Entry& link, const std::string& shown);
  Error refuse(ErrorCode code, const std::string& path, const std::string& what) const;

  std::string revision_;
  std::unique_ptr<Process> process_;
  std::string root_;                         // id of the revision's tree
  std::map<std::string, Listing> listings_;  // of the directories that were looked at, by id
};

// A state tree at a revision.
class GitTree : public TreeSource {
 public:
  // `path` is its directory, from the root of the repository.
  GitTree(std::shared_ptr<GitRevision> revision, std::string path, std::string shown)
      : revision_(std::move(revision)), path_(std::move(path)), shown_(std::move(shown)) {}

  Result<std::string> read(const std::string& path) const override;
  std::string shown(const std::string& path) const override { return shown_ + "/" + path; }

 private:
  std::shared_ptr<GitRevision> revision_;
  std::string path_;
  std::string shown_;
};

}  // namespace cip::tools
