// Which tunnels follow which interface of a CLIM (docs/domain.md K7, R4).
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "compiler/lang/model.h"

namespace cip::check {

// The tunnels of one CLIM, by the interface that has their local address. Of two interfaces that have it (E0106) the
// first counts; a tunnel has no address that another could come from.
class Followers {
 public:
  explicit Followers(const lang::Clim& clim);

  // In text order.
  std::span<const lang::Interface* const> of(const lang::Interface& interface) const;
  // What the tunnel follows. Null: it has no local address, or one that no interface of the CLIM has; it stays.
  const lang::Interface* carrier(const lang::Interface& tunnel) const;

 private:
  std::unordered_map<const lang::Interface*, std::vector<const lang::Interface*>> tunnels_;
  std::unordered_map<const lang::Interface*, const lang::Interface*> carriers_;
};

}  // namespace cip::check
