// Where the files of a state tree come from: a directory, the memory of a compiler, a revision in a repository.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "state/file.h"
#include "state/result.h"
#include "state/tree.h"

namespace cip {

class TreeSource {
 public:
  TreeSource() = default;
  TreeSource(const TreeSource&) = delete;
  TreeSource& operator=(const TreeSource&) = delete;
  virtual ~TreeSource() = default;

  // A file of the tree, by its path below the root ("n1/clim.json"). not_found: there is none.
  virtual Result<std::string> read(const std::string& path) const = 0;
  // How messages name it.
  virtual std::string shown(const std::string& path) const = 0;
};

// A directory, held open: a tree that is replaced meanwhile is not mixed with this one.
class TreeDirectory : public TreeSource {
 public:
  TreeDirectory(Directory directory, std::filesystem::path shown)
      : directory_(std::move(directory)), shown_(std::move(shown)) {}

  Result<std::string> read(const std::string& path) const override {
    return read_file(directory_, path, shown_ / path);
  }
  std::string shown(const std::string& path) const override { return (shown_ / path).string(); }

 private:
  Directory directory_;
  std::filesystem::path shown_;
};

// What a specification compiles to.
class TreeInMemory : public TreeSource {
 public:
  TreeInMemory(TreeFiles files, std::string shown) : files_(std::move(files)), shown_(std::move(shown)) {}

  Result<std::string> read(const std::string& path) const override {
    const auto file = files_.find(path);
    return file != files_.end() ? Result<std::string>(file->second)
                                : Error{ErrorCode::not_found, this->shown(path) + ": is not in the tree"};
  }
  std::string shown(const std::string& path) const override { return shown_ + ": " + path; }

 private:
  TreeFiles files_;
  std::string shown_;
};

}  // namespace cip
