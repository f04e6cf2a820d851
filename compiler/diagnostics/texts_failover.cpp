#include <array>

#include "compiler/diagnostics/texts.h"

namespace cip::diagnostics {

namespace {

// The pair that most right examples come down to.
constexpr std::string_view good_pair = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)";

constexpr std::array failover_entries = {
    CodeEntry{
        .code = Code::e0201,
        .name = "E0201",
        .severity = Severity::error,
        .title = "failover interface on the same CLIM",
        .domain = "P2",
        .explanation = R"(The failover interface is on another CLIM, because it must be there when the
CLIM is not. Against the loss of a cable or port of one CLIM there are bonds.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n1.eth2; }
  interface eth2 { provider blue; }
}
)",
        .right = good_pair,
    },
    CodeEntry{
        .code = Code::e0202,
        .name = "E0202",
        .severity = Severity::error,
        .title = "failover CLIM or interface does not exist",
        .domain = "P1",
        .explanation = R"(A failover interface is declared in its CLIM like any other, also if it is a
spare that has no addresses of its own: only then the compiler can check it, and
its CLIM takes care of it.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth9; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)",
        .right = good_pair,
    },
    CodeEntry{
        .code = Code::e0203,
        .name = "E0203",
        .severity = Severity::error,
        .title = "failover interface is of a kind that cannot be one",
        .domain = "P3",
        .explanation = R"(A failover interface is a physical, bonded or VLAN interface that is no slave. A
slave belongs to its bond; loopback has no link; the maintenance interface
carries the control LAN, by which the CLIMs decide about failover, and must not
depend on what they decide.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth0; }
}
clim n2 {
  control 192.168.100.2;
  maintenance eth0 { address 192.168.100.2/24; }
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  maintenance eth0 { address 192.168.100.2/24; }
  interface eth1 { provider blue; }
}
)",
    },
    CodeEntry{
        .code = Code::e0204,
        .name = "E0204",
        .severity = Severity::error,
        .title = "this kind of interface cannot use failover",
        .domain = "P1, K4, K7",
        .explanation = R"(Loopback exists on every CLIM and the maintenance interface reaches exactly one,
so neither fails over. A tunnel has no failover of its own: it follows the
interface that has its local address.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  maintenance eth0 { address 192.168.100.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  maintenance eth0 { address 192.168.100.1/24; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)",
    },
    CodeEntry{
        .code = Code::e0205,
        .name = "E0205",
        .severity = Severity::error,
        .title = "both use failover, but not each other",
        .domain = "P4",
        .explanation = R"(If an interface and its failover interface both use failover, they use each
other. Otherwise resources could meet others on the way: while n2.eth1 is away
on n3.eth1, whatever fails over to n2.eth1 would find an interface without its
own addresses, and every single failure could move a whole chain of interfaces.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; address 10.1.0.2/24; failover n3.eth1; }
}
clim n3 {
  control 192.168.100.3;
  interface eth1 { provider blue; }
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; address 10.1.0.2/24; failover n1.eth1; }
}
)",
    },
    CodeEntry{
        .code = Code::e0206,
        .name = "E0206",
        .severity = Severity::error,
        .title = "used as failover interface more than once",
        .domain = "P5",
        .explanation = R"(An interface is the failover interface of at most one other interface, whether
or not it uses failover itself. If two could come to it, one failure after
another would pile up on one cable what was planned for three, and routes of the
two that contradict each other would only show then.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n3.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; address 10.1.0.2/24; failover n3.eth1; }
}
clim n3 {
  control 192.168.100.3;
  interface eth1 { provider blue; }
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n3.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; address 10.1.0.2/24; failover n3.eth2; }
}
clim n3 {
  control 192.168.100.3;
  interface eth1 { provider blue; }
  interface eth2 { provider blue; }
}
)",
    },
    CodeEntry{
        .code = Code::e0207,
        .name = "E0207",
        .severity = Severity::error,
        .title = "more than one failover interface",
        .domain = "P1",
        .explanation = R"(An interface names at most one failover interface, either inside itself or with
a `failover A -> B;` at the top of a file. With two, the CLIMs could disagree
about where its resources are to go.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; failover n2.eth2; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
  interface eth2 { provider blue; }
}
)",
        .right = good_pair,
    },
    CodeEntry{
        .code = Code::e0208,
        .name = "E0208",
        .severity = Severity::error,
        .title = "providers of the pair differ, or none is given",
        .domain = "P7",
        .explanation = R"(A provider is a named group of interfaces that can stand in for each other. Both
sides of a failover pair are in one provider, so that operators can move what
belongs together with one command, and so that an interface never ends up where
it was not meant to be.
)",
        .wrong = R"(provider blue;
provider red;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider red; }
}
)",
        .right = good_pair,
    },
    CodeEntry{
        .code = Code::e0209,
        .name = "E0209",
        .severity = Severity::error,
        .title = "broadcast domains of the pair differ",
        .domain = "P7",
        .explanation = R"(Addresses, gateways and neighbours only work on the LAN that they belong to: on
another one nobody could reach them. `lan` names the broadcast domain of an
interface in its provider; without it, it is the provider's own.
)",
        .wrong = R"(provider blue { lan upper, lower; }
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; lan upper; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; lan lower; }
}
)",
        .right = R"(provider blue { lan upper, lower; }
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; lan upper; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; lan upper; }
}
)",
    },
    CodeEntry{
        .code = Code::e0210,
        .name = "E0210",
        .severity = Severity::error,
        .title = "after a failover, home and visiting resources contradict each other",
        .domain = "P9, K7",
        .explanation = R"(On the CLIM that takes over, home and visiting resources live side by side. The
compiler works out what each CLIM would hold after every single failure (of each
interface, and of each CLIM) and compares: no two addresses may be the same, no
two routes, rules or neighbour entries may say different things about the same
destination, and no tunnel may meet another of its name. A contradiction would
do no harm for years and then, in the night of the first real failure, make the
failover fail or take the other's traffic with it. Identical routes on both
sides are no contradiction.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 {
    provider blue;
    address 10.1.0.1/24;
    route 10.9.0.0/16 via 10.1.0.253;
    failover n2.eth1;
  }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 {
    provider blue;
    address 10.1.0.2/24;
    route 10.9.0.0/16 via 10.1.0.254;
    failover n1.eth1;
  }
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 {
    provider blue;
    address 10.1.0.1/24;
    route 10.9.0.0/16 via 10.1.0.254;
    failover n2.eth1;
  }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 {
    provider blue;
    address 10.1.0.2/24;
    route 10.9.0.0/16 via 10.1.0.254;
    failover n1.eth1;
  }
}
)",
    },
    CodeEntry{
        .code = Code::w0211,
        .name = "W0211",
        .severity = Severity::warning,
        .title = "MTU of the pair differs",
        .domain = "P7",
        .explanation = R"(After a failover, remote hosts go on with packets of the size that worked
before. If the failover interface has a smaller MTU, connections hang that
worked on the home interface, and short packets like those of `ping` do not show
it. An interface without `mtu` is taken to have 1500.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; mtu 9000; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; }
}
)",
        .right = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; mtu 9000; address 10.1.0.1/24; failover n2.eth1; }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 { provider blue; mtu 9000; }
}
)",
    },
    CodeEntry{
        .code = Code::w0212,
        .name = "W0212",
        .severity = Severity::warning,
        .title = "interface with addresses in a provider has no failover interface",
        .domain = "P1",
        .explanation = R"(Who puts an interface into a provider wants it protected. Without a failover
interface its addresses stay where they are when it fails, loses link pulse, or
its CLIM fails: they are gone until it comes back. If that is meant, leave the
provider out.
)",
        .wrong = R"(provider blue;
clim n1 {
  control 192.168.100.1;
  interface eth1 { provider blue; address 10.1.0.1/24; }
}
)",
        .right = good_pair,
    },
};

}  // namespace

std::span<const CodeEntry> failover_texts() {
  return failover_entries;
}

}  // namespace cip::diagnostics
