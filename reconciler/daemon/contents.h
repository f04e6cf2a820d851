// What home interfaces hold, by digest: our own of the configuration and of those before it, and the mirrors that we
// have for others. The engine names a digest, never "the newest".
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconciler/daemon/data_directory.h"
#include "reconciler/failover/config.h"
#include "state/tree.h"

namespace cip::daemon {

class Contents {
 public:
  // Mirrors beyond the announced one and those of the tree: the newest few are kept.
  static constexpr std::size_t most_others = 4;

  explicit Contents(const Mirrors& on_disk = {});

  // A new configuration; what was known before stays known. Gives the mirrors of its tree that are new: to be written
  // to the data directory.
  std::vector<HomeFile> take(std::shared_ptr<const ClimState> configuration);
  void add_mirror(const HomeFile& mirror);

  const std::shared_ptr<const ClimState>& configuration() const { return configuration_; }

  // Of a home interface of ours, or a mirror.
  std::shared_ptr<const HomeInterface> find(const InterfaceRef& home, const Digest& digest) const;
  std::set<Digest> digests(const InterfaceRef& home) const;

  // The mirrors of `home` that need not be kept, given the announced one. They are forgotten.
  std::vector<Digest> prune(const InterfaceRef& home, const Digest& announced);

  // Our interface that `home` is, or would be, on.
  std::optional<InterfaceName> interface_here(const InterfaceRef& home) const;

  // What the engine is to know of `configuration`, with the mirrors that are here. An interface without resources is a
  // spare: there is nothing to move, and nothing that a visitor would have to find beside it (F5).
  failover::Configuration for_engine(const ClimState& configuration) const;

 private:
  void add(const InterfaceRef& home, const HomeFile& file);

  std::shared_ptr<const ClimState> configuration_;
  std::map<InterfaceRef, std::map<Digest, std::shared_ptr<const HomeInterface>>> files_;
  std::map<InterfaceRef, std::vector<Digest>> order_;  // oldest first
};

}  // namespace cip::daemon
