#include <array>

#include "compiler/diagnostics/texts.h"

namespace cip::diagnostics {

namespace {

constexpr std::array tunnels_entries = {
    CodeEntry{
        .code = Code::e0301,
        .name = "E0301",
        .severity = Severity::error,
        .title = "local address of a tunnel is on no interface of its CLIM",
        .domain = "K7",
        .explanation = R"(A tunnel sends from its local address and follows the interface that has it: a
failover of that interface takes the tunnel along. An address that no interface
of the CLIM has, at home, is no source the kernel could send from, and leaves
open what the tunnel is to follow. The tunnels here carry IPv6 over IPv4, so
both ends are IPv4 addresses.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
  tunnel tun1 { local 10.7.0.1; remote 192.0.2.9; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
  tunnel tun1 { local 10.1.0.1; remote 192.0.2.9; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)",
    },
    CodeEntry{
        .code = Code::e0302,
        .name = "E0302",
        .severity = Severity::error,
        .title = "two tunnels with the same end points, or local and remote equal",
        .domain = "",
        .explanation = R"(What arrives from a remote end belongs to the tunnel with these two end points.
With two such tunnels the kernel cannot tell whose it is, and refuses the
second. A tunnel whose ends are the same address would send every packet to
itself.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
  tunnel tun1 { local 10.1.0.1; remote 192.0.2.9; }
  tunnel tun2 { local 10.1.0.1; remote 192.0.2.9; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
  tunnel tun1 { local 10.1.0.1; remote 192.0.2.9; }
  tunnel tun2 { local 10.1.0.1; remote 192.0.2.10; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)",
    },
    CodeEntry{
        .code = Code::w0303,
        .name = "W0303",
        .severity = Severity::warning,
        .title = "tunnel without a local address will not move",
        .domain = "R4",
        .explanation = R"(A tunnel follows the interface that has its local address. Without one the
kernel picks whatever address suits the route to the remote end, and no failover
takes the tunnel along: when its CLIM fails, its addresses and routes are gone
until it comes back. The remote end would not accept another sender either.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
  tunnel tun1 { remote 192.0.2.9; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
  tunnel tun1 { local 10.1.0.1; remote 192.0.2.9; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)",
    },
};

}  // namespace

std::span<const CodeEntry> tunnel_texts() {
  return tunnels_entries;
}

}  // namespace cip::diagnostics
