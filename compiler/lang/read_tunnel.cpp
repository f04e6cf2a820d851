// Attributes of a tunnel: IPv6 over IPv4, `sit` (K7).
#include <string>

#include "compiler/lang/missing.h"
#include "compiler/lang/readers.h"

namespace cip::lang {

using diagnostics::Code;

// Of another family it is on no interface that could carry the tunnel, which is a rule of its own (E0301).
void read_tunnel_local(Block& block, Arguments& arguments) {
  block.interface->tunnel.local = arguments.ip("a tunnel's local address", AddressUse::end_point);
}

void read_tunnel_remote(Block& block, Arguments& arguments) {
  const auto address = arguments.ip("a tunnel's remote address", AddressUse::end_point);
  if (address && address->value.family() == Family::ipv6) {
    arguments.error(Code::e0005, "`remote` takes an IPv4 address", address->origin.span, "this is an ip6",
                    "a tunnel carries IPv6 over IPv4: both its ends are IPv4");
    return;
  }
  block.interface->tunnel.remote = address;
}

void finish_tunnel(Block& block) {
  Interface& interface = *block.interface;
  if (!interface.tunnel.remote && !interface.tunnel.remote_unknown) {
    interface.tunnel.remote_unknown = true;
    report_missing(block, "tunnel " + interface.name.str(), interface.origin, {{"`remote`", "remote ADDRESS;"}});
  }
}

}  // namespace cip::lang
