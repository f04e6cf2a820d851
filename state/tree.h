// The state tree on disk (docs/commands.md, "State tree"): written by cipc, read by cipd.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "state/objects.h"
#include "state/result.h"

namespace cip {

// A home interface as its file has it: the object, and the bytes that its digest is over.
struct HomeFile {
  HomeInterface interface;
  std::string bytes;
  Digest digest;
};

// All that one CLIM needs.
struct ClimState {
  Digest generation;
  Clim clim;
  std::map<InterfaceName, HomeFile> home;
  std::map<InterfaceRef, HomeFile> mirrors;  // by home interface
};

// Reads DIR for one CLIM and checks every digest and every reference. Returns the first thing that is wrong; a tree that
// is not whole is never returned.
Result<ClimState> read_clim_state(const std::filesystem::path& dir, const ClimName& clim);

// A tree in memory: path below DIR ("n1/home/eth1.json") and its bytes.
using TreeFiles = std::map<std::string, std::string>;

// Replaces DIR by a tree of exactly these files, atomically: whoever opens DIR sees the old tree or the new one. Files
// whose bytes do not change keep their mtime. DIR may be missing, or an older state tree (it has a manifest.json);
// anything else is refused and left as it is. On an error DIR is as it was.
Result<void> write_tree(const std::filesystem::path& dir, const TreeFiles& files);

// Writes one file so that a reader, also after a crash, sees the old content or the new one: a temporary file beside it,
// synced, renamed, directory synced.
Result<void> write_file_atomically(const std::filesystem::path& file, std::string_view bytes, unsigned mode = 0644);

// Reads a whole file; at most `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit = std::size_t{1} << 30);

}  // namespace cip
