// Objects to canonical JSON and back. Canonical: keys sorted, two spaces of indentation, final newline, defaults left
// out; so equal objects give equal bytes. A reader refuses an unknown key, a missing one, a value out of range and an
// unknown format, and says which and where ("home/eth1.json: routes[2].metric: must be ...").
#pragma once

#include <string>
#include <string_view>

#include "state/objects.h"
#include "state/result.h"

namespace cip {

// Of every file of the state tree; a reader refuses another.
inline constexpr unsigned state_format = 1;

std::string to_json(const HomeInterface& interface);
std::string to_json(const Clim& clim);
std::string to_json(const Manifest& manifest);

// `where` is how messages name the source: a path, or "mirror from n2".
Result<HomeInterface> home_interface_from_json(std::string_view text, std::string_view where);
Result<Clim> clim_from_json(std::string_view text, std::string_view where);
Result<Manifest> manifest_from_json(std::string_view text, std::string_view where);

}  // namespace cip
