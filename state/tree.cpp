#include "state/tree.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <unistd.h>

#include "state/file.h"
#include "state/json.h"

namespace cip {
namespace {

namespace fs = std::filesystem;

constexpr const char* copy_again = "; copy the whole tree again";
constexpr const char* half_copied = "; the tree is half copied: copy all of it again";

bool is_forbidden(int directory, const fs::path& path) {
  return faccessat(directory, path.c_str(), R_OK, AT_EACCESS) != 0 && errno == EACCES;
}

std::string for_whom() {
  return "; make it readable for the user who reads the tree (user id " + std::to_string(geteuid()) + ")";
}

// One file of the tree, read through `root` so that a tree replaced meanwhile is not mixed with this one.
class TreeReader {
 public:
  TreeReader(Directory root, fs::path shown, const ClimState* known)
      : root_(std::move(root)), shown_(std::move(shown)) {
    if (known == nullptr) {
      return;
    }
    for (const auto& [name, file] : known->home) {
      known_.emplace(std::pair(file.interface->name, file.digest), file.interface);
    }
    for (const auto& [home, file] : known->mirrors) {
      known_.emplace(std::pair(home, file.digest), file.interface);
    }
  }

  Result<std::string> bytes(const std::string& path, std::size_t limit = largest_tree_file) const {
    auto content = read_file(root_, path, shown_ / path, limit);
    if (content) {
      return content;
    }
    auto error = content.error();
    if (error.code == ErrorCode::not_found) {
      error.message += half_copied;
    } else if (is_forbidden(root_.fd(), path)) {
      error.message += for_whom();
    } else {
      error.message += copy_again;
    }
    return error;
  }

  // Reads, compares with the digest that the referring file gives, and hands both on.
  Result<std::string> checked(const std::string& path, const Digest& digest, const std::string& referrer) const {
    auto content = bytes(path);
    if (content && Digest::of(*content) != digest) {
      return Error{ErrorCode::invalid, (shown_ / path).string() + ": its digest is not the one in " + referrer +
                                           "; the tree is half copied or was edited: copy all of it again"};
    }
    return content;
  }

  Result<HomeFile> home(const std::string& path, const Digest& digest, const InterfaceRef& name,
                        const std::string& referrer) const {
    auto content = checked(path, digest, referrer);
    if (!content) {
      return content.error();
    }
    if (const auto known = known_.find({name, digest}); known != known_.end()) {
      return HomeFile{known->second, digest};
    }
    auto interface = home_interface_from_json(*content, (shown_ / path).string());
    if (!interface) {
      return interface.error();
    }
    if (interface->name != name) {
      return Error{ErrorCode::invalid,
                   (shown_ / path).string() + ": is about " + interface->name.str() + ", not " + name.str()};
    }
    return HomeFile{std::make_shared<const HomeInterface>(std::move(*interface)), digest};
  }

 private:
  Directory root_;
  fs::path shown_;
  std::map<std::pair<InterfaceRef, Digest>, std::shared_ptr<const HomeInterface>> known_;
};

Result<Digest> clim_digest(const Manifest& manifest, const ClimName& clim, const fs::path& dir) {
  for (const auto& entry : manifest.clims) {
    if (entry.clim == clim) {
      return entry.digest;
    }
  }
  constexpr std::size_t most_told = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(manifest.clims.size(), most_told); ++i) {
    names += (i == 0 ? "" : ", ") + manifest.clims[i].clim.str();
  }
  if (manifest.clims.size() > most_told) {
    names += " and " + std::to_string(manifest.clims.size() - most_told) + " more";
  }
  return Error{ErrorCode::not_found,
               dir.string() + ": has no CLIM `" + clim.str() + "`; it has " + (names.empty() ? "none" : names)};
}

Result<void> read_files(const TreeReader& reader, ClimState& state) {
  const std::string base = state.clim.name.str() + "/";
  for (const auto& entry : state.clim.interfaces) {
    auto file = reader.home(base + "home/" + entry.name.str() + ".json", entry.digest, {state.clim.name, entry.name},
                            "clim.json");
    if (!file) {
      return file.error();
    }
    state.home.insert_or_assign(entry.name, std::move(*file));
  }
  for (const auto& entry : state.clim.mirrors) {
    const auto path = base + "mirror/" + entry.home.clim.str() + "/" + entry.home.interface.str() + ".json";
    auto file = reader.home(path, entry.digest, entry.home, "clim.json");
    if (!file) {
      return file.error();
    }
    state.mirrors.insert_or_assign(entry.home, std::move(*file));
  }
  if (state.clim.ipsec) {
    auto text = reader.checked(base + "ipsec/swanctl.conf", *state.clim.ipsec, "clim.json");
    if (!text) {
      return text.error();
    }
    state.swanctl = std::move(*text);
  }
  return {};
}

Error refuse_reference(const std::string& message) {
  return {ErrorCode::invalid, "clim.json: " + message};
}

// Slaves and links of this CLIM's interfaces (K5, K8).
Result<void> check_parts(const ClimState& state) {
  std::map<InterfaceName, InterfaceName> bond_of;
  for (const auto& [name, file] : state.home) {
    if (!file.interface->bond) {
      continue;
    }
    for (const auto& slave : file.interface->bond->slaves) {
      const auto [other, first] = bond_of.emplace(slave.name, name);
      if (!first) {
        return refuse_reference(slave.name.str() + " is a slave of " + other->second.str() + " and of " + name.str());
      }
      if (state.home.count(slave.name) != 0) {
        return refuse_reference(slave.name.str() + " is a slave of " + name.str() +
                                " and has a configuration of its own");
      }
    }
  }
  for (const auto& [name, file] : state.home) {
    if (!file.interface->vlan) {
      continue;
    }
    const auto& link = file.interface->vlan->link;
    const auto found = state.home.find(link);
    if (found == state.home.end() || (found->second.interface->kind != InterfaceKind::physical &&
                                      found->second.interface->kind != InterfaceKind::bond)) {
      return refuse_reference("link " + link.str() + " of " + name.str() + " is no physical interface or bond here");
    }
  }
  return {};
}

// References between the files, which digests alone do not prove.
Result<void> check_references(const ClimState& state) {
  std::set<ClimName> peers;
  for (const auto& peer : state.clim.peers) {
    peers.insert(peer.name);
  }
  for (const auto& [name, file] : state.home) {
    const auto& failover = file.interface->failover;
    if (failover && (failover->clim == state.clim.name || peers.count(failover->clim) == 0)) {
      return refuse_reference(file.interface->name.str() + " fails over to " + failover->str() +
                              ", which is not on a peer");
    }
  }
  for (const auto& entry : state.clim.mirrors) {
    if (state.home.count(entry.here) == 0) {
      return refuse_reference("mirror of " + entry.home.str() + " goes to " + entry.here.str() +
                              ", which does not exist here");
    }
    if (peers.count(entry.home.clim) == 0) {
      return refuse_reference("mirror of " + entry.home.str() + " comes from a CLIM that is no peer");
    }
    if (state.mirrors.at(entry.home).interface->failover != InterfaceRef{state.clim.name, entry.here}) {
      return refuse_reference("mirror of " + entry.home.str() + " does not fail over to " + entry.here.str());
    }
  }
  return {};
}

Result<Manifest> read_manifest(const TreeReader& reader, const std::string& shown) {
  const auto bytes = reader.bytes("manifest.json", largest_manifest);
  if (!bytes) {
    return bytes.error();
  }
  // Writing ends with it, and cutting off is what copying does to a file.
  if (bytes->empty() || bytes->back() != '\n') {
    return Error{ErrorCode::invalid,
                 shown + ": is " + (bytes->empty() ? "empty" : "cut off, or was edited") + copy_again};
  }
  auto manifest = manifest_from_json(*bytes, shown);
  if (!manifest) {
    auto error = manifest.error();
    if (error.code != ErrorCode::version) {  // of that nothing is wrong with the copy
      error.message += copy_again;
    }
    return error;
  }
  if (manifest->generation != generation_digest(manifest->clims)) {
    return Error{ErrorCode::invalid, shown + ": its generation is not that of its CLIMs; it was edited" + copy_again};
  }
  return manifest;
}

Result<ClimState> read_through(const TreeReader& reader, const fs::path& dir, const ClimName& name) {
  const auto manifest = read_manifest(reader, (dir / "manifest.json").string());
  if (!manifest) {
    return manifest.error();
  }
  const auto digest = clim_digest(*manifest, name, dir);
  if (!digest) {
    return digest.error();
  }
  const auto path = name.str() + "/clim.json";
  const auto clim_bytes = reader.checked(path, *digest, "manifest.json");
  if (!clim_bytes) {
    return clim_bytes.error();
  }
  auto clim = clim_from_json(*clim_bytes, (dir / path).string());
  if (!clim) {
    return clim.error();
  }
  if (clim->name != name) {
    return Error{ErrorCode::invalid, (dir / path).string() + ": is about " + clim->name.str()};
  }
  ClimState state{manifest->generation, std::move(*clim), {}, {}, {}};
  if (auto done = read_files(reader, state); !done) {
    return done.error();
  }
  for (const auto& check : {check_references, check_parts}) {
    if (auto sound = check(state); !sound) {
      return sound.error();
    }
  }
  return state;
}

}  // namespace

Digest generation_digest(const std::vector<Manifest::Entry>& clims) {
  std::string text;
  for (const auto& entry : clims) {
    text += entry.clim.str() + " " + entry.digest.str() + "\n";
  }
  return Digest::of(text);
}

Result<ClimState> read_clim_state(const fs::path& dir, const ClimName& clim, const ClimState* known) {
  if (!is_clim_name(clim.str())) {
    return Error{ErrorCode::invalid, "`" + clim.str() + "` cannot be the name of a CLIM"};
  }
  auto root = Directory::open(dir);
  if (!root) {
    auto error = root.error();
    error.message += is_forbidden(AT_FDCWD, dir) ? for_whom() : "; there is no state tree (`cipc build` makes it)";
    return error;
  }
  return read_through(TreeReader(std::move(*root), dir, known), dir, clim);
}

}  // namespace cip
