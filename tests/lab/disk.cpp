#include "tests/lab/disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "tests/lab/process.h"

namespace cip::lab {
namespace {

namespace fs = std::filesystem;

// From now on what this thread and its children mount is theirs alone.
void keep_mounts_private() {
  if (unshare(CLONE_NEWNS) != 0) fail("unshare: a mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail("private mounts");
}

void run_or_throw(const std::vector<std::string>& command) {
  const Outcome outcome = run(command);
  if (outcome.status != 0) throw std::runtime_error(command.front() + ": " + outcome.err);
}

}  // namespace

SmallDisk::SmallDisk(const fs::path& directory) : directory_(directory) {
  keep_mounts_private();
  if (mount("lab", directory.c_str(), "tmpfs", 0, "size=1m") != 0) fail("mount " + directory.string());
}

SmallDisk::~SmallDisk() {
  umount2(directory_.c_str(), MNT_DETACH);
}

void SmallDisk::fill() const {
  const auto path = directory_ / "filler";
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), path);
  const std::string block(4096, '.');
  while (write(file.get(), block.data(), block.size()) > 0) {
  }
  if (errno != ENOSPC) fail("fill " + directory_.string());
}

void SmallDisk::clear() const {
  fs::remove(directory_ / "filler");
}

SlowDisk::SlowDisk(const fs::path& directory) : directory_(directory) {
  keep_mounts_private();
  const std::string image = directory.string() + ".image";
  run_or_throw({"truncate", "-s", "4M", image});
  run_or_throw({"mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image});
  run_or_throw({"mount", "-o", "loop", image, directory});
  root_ = Descriptor(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), directory);
}

SlowDisk::~SlowDisk() {
  if (held_) ioctl(root_.get(), FITHAW, 0);
  root_.close();
  umount2(directory_.c_str(), MNT_DETACH);
}

void SlowDisk::hold() {
  if (ioctl(root_.get(), FIFREEZE, 0) != 0) fail("hold " + directory_.string());
  held_ = true;
}

void SlowDisk::release() {
  if (ioctl(root_.get(), FITHAW, 0) != 0) fail("release " + directory_.string());
  held_ = false;
}

}  // namespace cip::lab
