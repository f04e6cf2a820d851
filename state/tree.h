// The state tree on disk (docs/commands.md, "State tree"): written by cipc, read by cipd.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "state/file.h"
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
  std::string swanctl;                       // ipsec/swanctl.conf; empty: no IPsec here
};

// Reads DIR for one CLIM and checks every digest and every reference. Returns the first thing that is wrong; a tree
// that is not whole is never returned.
Result<ClimState> read_clim_state(const std::filesystem::path& dir, const ClimName& clim);

// What a manifest's `generation` must be.
Digest generation_digest(const std::vector<Manifest::Entry>& clims);

// A tree in memory: path below DIR ("n1/home/eth1.json") and its bytes.
using TreeFiles = std::map<std::string, std::string>;

// Replaces DIR by a tree of exactly these files, atomically: whoever opens DIR sees the old tree or the new one. Files
// whose bytes do not change keep their mtime. DIR may be missing, or an older state tree (it has a manifest.json);
// anything else is refused and left as it is. On an error DIR is as it was. Needs a file system that can exchange two
// names (ext4, xfs, btrfs, tmpfs, overlayfs).
Result<void> write_tree(const std::filesystem::path& dir, const TreeFiles& files);

}  // namespace cip
