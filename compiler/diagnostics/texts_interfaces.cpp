#include <array>

#include "compiler/diagnostics/texts.h"

namespace cip::diagnostics {

namespace {

constexpr std::array texts = {
    CodeEntry{
        .code = Code::e0101,
        .name = "E0101",
        .severity = Severity::error,
        .title = "a logical interface cannot be configured",
        .domain = "K2",
        .explanation = R"(A logical interface such as eth2:1 is an old way to write a second address. It
is no interface of its own: it has no carrier to watch and nothing to fail over.
An interface may have as many addresses as it needs, so give them to the
interface itself.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth2 { address 10.1.0.1/24; }
  interface "eth2:1" { address 10.1.0.2/24; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth2 {
    address 10.1.0.1/24;
    address 10.1.0.2/24;
  }
}
)",
    },
    CodeEntry{
        .code = Code::e0106,
        .name = "E0106",
        .severity = Severity::error,
        .title = "the same address twice",
        .domain = "",
        .explanation = R"(An address belongs to one interface: of all interfaces of a CLIM, and of all
interfaces of a LAN. A LAN with an address on two interfaces answers with two
MAC addresses, and which of the two a remote host talks to changes from moment
to moment. A control address belongs to one CLIM for the same reason.

An address that is to be available on two CLIMs is written on one of them, with
a failover interface on the other.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { address 10.1.0.1/24; }
  interface eth2 { address 10.1.0.1/24; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 { address 10.1.0.1/24; }
  interface eth2 { address 10.2.0.1/24; }
}
)",
    },
    CodeEntry{
        .code = Code::e0107,
        .name = "E0107",
        .severity = Severity::error,
        .title = "gateway or source address not usable",
        .domain = "",
        .explanation = R"(The gateway of a route must be reachable on the link: it is in the network of
one of the interface's addresses or in one of its routes without a gateway, and
it is not the CLIM itself. The kernel refuses other routes, and it would do so
on the failover interface, too, at the moment when the route is needed. A
gateway that is on the link although no address covers it is marked with
`onlink`. The source address of a route must be an address of the CLIM.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 {
    address 10.1.0.1/24;
    route default via 10.2.0.254;
  }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 {
    address 10.1.0.1/24;
    route default via 10.1.0.254;
  }
}
)",
    },
    CodeEntry{
        .code = Code::e0108,
        .name = "E0108",
        .severity = Severity::error,
        .title = "address families differ, or cannot be told",
        .domain = "",
        .explanation = R"(Destination, gateway and source of a route are all IPv4 or all IPv6. `default`
takes its family from the gateway or the source; where there is neither, write
`0.0.0.0/0` or `::/0`.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 {
    address 10.1.0.1/24;
    address 2001:db8:1::1/64;
    route 10.9.0.0/16 via 2001:db8:1::fe;
  }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 {
    address 10.1.0.1/24;
    address 2001:db8:1::1/64;
    route 10.9.0.0/16 via 10.1.0.254;
    route 2001:db8:9::/48 via 2001:db8:1::fe;
  }
}
)",
    },
};

}  // namespace

std::span<const CodeEntry> interface_texts() {
  return texts;
}

}  // namespace cip::diagnostics
