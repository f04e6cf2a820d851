// Addresses in the forms of other tools.
#pragma once

#include <optional>
#include <string_view>

#include "state/address.h"

namespace cip::importing {

// A netmask (255.255.255.0, 0xffffff00, ffff:ffff::) or a prefix length (24, /24); nothing if its bits have a hole.
std::optional<int> mask_length(std::string_view text, Family family);

// 02:00:00:00:00:fd, 02-00-00-00-00-fd, 2:0:0:0:0:fd.
std::optional<MacAddress> mac_address(std::string_view text);

}  // namespace cip::importing
