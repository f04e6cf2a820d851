// The state tree on disk (docs/commands.md, "State tree"): written by cipc, read by cipd.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "state/file.h"
#include "state/objects.h"
#include "state/result.h"

namespace cip {

// A home interface as its file has it. The digest is over its bytes, and those are to_json(*interface): a reader takes
// no others (json.h). Copies share the object, which may have 100,000 routes.
struct HomeFile {
  std::shared_ptr<const HomeInterface> interface;
  Digest digest;
};

// A larger file of a tree is neither written nor read (of 1,000,000 routes it has 100 MB): who reads one does not know
// yet whether it is what it should be. source-map.json, which is for people, may be larger.
inline constexpr std::size_t largest_tree_file = std::size_t{128} << 20;
// 100,000 CLIMs. Its digest is nowhere, so it is parsed whatever it is.
inline constexpr std::size_t largest_manifest = std::size_t{16} << 20;

// All that one CLIM needs.
struct ClimState {
  Digest generation;
  Clim clim;
  std::map<InterfaceName, HomeFile> home;
  std::map<InterfaceRef, HomeFile> mirrors;  // by home interface
  std::string swanctl;                       // ipsec/swanctl.conf; empty: no IPsec here
};

// Reads DIR for one CLIM and checks every digest and every reference. Returns the first thing that is wrong; a tree
// that is not whole is never returned. Of `known` is taken, and shared, what has not changed: of such a file only the
// digest is checked.
Result<ClimState> read_clim_state(const std::filesystem::path& dir, const ClimName& clim,
                                  const ClimState* known = nullptr);

// What a manifest's `generation` must be.
Digest generation_digest(const std::vector<Manifest::Entry>& clims);

// A tree in memory: path below DIR ("n1/home/eth1.json") and its bytes.
using TreeFiles = std::map<std::string, std::string>;

// Replaces DIR by a tree of exactly these files, atomically: whoever opens DIR sees the old tree or the new one. Files
// whose bytes do not change keep their mtime. DIR may be missing, or an older state tree (it has a manifest.json);
// anything else is refused and left as it is. On an error DIR is as it was. Needs a file system that can exchange two
// names (ext4, xfs, btrfs, tmpfs, overlayfs).
Result<void> write_tree(const std::filesystem::path& dir, const TreeFiles& files);

// The same in two steps: all of it is on disk beside DIR, and takes its place when that is wanted. Goes, if it never
// is.
class StagedTree {
 public:
  static Result<StagedTree> write(const std::filesystem::path& dir, const TreeFiles& files);
  StagedTree(StagedTree&& other) noexcept;
  StagedTree& operator=(StagedTree&&) = delete;
  ~StagedTree();

  Result<void> put_in_place();  // once

 private:
  StagedTree(Directory lock, std::filesystem::path staging, std::filesystem::path target);

  Directory lock_;
  std::filesystem::path staging_;  // empty: nothing is left to remove
  std::filesystem::path target_;
};

}  // namespace cip
