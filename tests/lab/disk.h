// A disk that gets full, and one that answers late, to be the data directory of a CLIM. Both are mounted where only
// this process and its children see it, and end with it.
#pragma once

#include <filesystem>

#include "tests/lab/descriptor.h"

namespace cip::lab {

// In memory, and small.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& directory);
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk();

  // Not a byte is left; there is room again. Either may be called again.
  void fill() const;
  void clear() const;

 private:
  std::filesystem::path directory_;
};

// ext4 in a file beside the directory. What is there can be read at any time; who changes anything while it is held
// waits, and cannot be killed: release it first.
class SlowDisk {
 public:
  explicit SlowDisk(const std::filesystem::path& directory);
  SlowDisk(const SlowDisk&) = delete;
  SlowDisk& operator=(const SlowDisk&) = delete;
  ~SlowDisk();

  void hold();
  void release();

 private:
  std::filesystem::path directory_;
  Descriptor root_;
  bool held_ = false;
};

}  // namespace cip::lab
