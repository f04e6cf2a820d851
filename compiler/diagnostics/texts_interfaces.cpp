#include <array>

#include "compiler/diagnostics/texts.h"

namespace cip::diagnostics {

namespace {

constexpr std::array interfaces_entries = {
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
        .code = Code::e0102,
        .name = "E0102",
        .severity = Severity::error,
        .title = "a slave carries configuration of its own",
        .domain = "K5",
        .explanation = R"(A slave lends its link to its bond and has nothing else: no addresses, routes,
rules, neighbours, provider or failover interface. The bond answers with its own
MAC address on whichever slave is active, so an address on a slave would answer
at one moment and be dead at the next, and nobody would fail it over. Only
`match-mac`, by which a physical interface is found, and `description` remain.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth2 { address 10.1.0.9/24; }
  bond bond0 { slaves eth2, eth3; mode active-backup; address 10.1.0.1/24; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth2 { description "upper switch, port 7"; }
  bond bond0 {
    slaves eth2, eth3;
    mode active-backup;
    address 10.1.0.1/24;
    address 10.1.0.9/24;
  }
}
)",
    },
    CodeEntry{
        .code = Code::e0103,
        .name = "E0103",
        .severity = Severity::error,
        .title = "slave of more than one bond",
        .domain = "K5",
        .explanation = R"(A physical interface is a slave of at most one bond: the kernel gives it to the
first bond and refuses it to the second, which then runs without the redundancy
that its specification promises. It would be missed only when the other slave
fails.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  bond bond0 { slaves eth2, eth3; mode active-backup; address 10.1.0.1/24; }
  bond bond1 { slaves eth3, eth4; mode active-backup; address 10.2.0.1/24; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  bond bond0 { slaves eth2, eth3; mode active-backup; address 10.1.0.1/24; }
  bond bond1 { slaves eth4, eth5; mode active-backup; address 10.2.0.1/24; }
}
)",
    },
    CodeEntry{
        .code = Code::e0104,
        .name = "E0104",
        .severity = Severity::error,
        .title = "this kind of interface cannot be a slave",
        .domain = "K4",
        .explanation = R"(Slaves are physical interfaces. Loopback has no link to lend; a bond, VLAN or
tunnel stands on other links, whose loss the bond could not tell from its own.
The maintenance interface carries the control LAN: as a slave it would lose its
address, and with it the heartbeats by which the other CLIMs know that this one
lives.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  maintenance eth0 { address 192.168.100.1/24; }
  bond bond0 { slaves eth0, eth3; mode active-backup; address 10.1.0.1/24; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  maintenance eth0 { address 192.168.100.1/24; }
  bond bond0 { slaves eth2, eth3; mode active-backup; address 10.1.0.1/24; }
}
)",
    },
    CodeEntry{
        .code = Code::e0105,
        .name = "E0105",
        .severity = Severity::error,
        .title = "bond without slaves, with too few of them, or with a primary that it cannot have",
        .domain = "K6",
        .explanation = R"(A bond without slaves never has link pulse, so its resources would fail over at
once and never come home. So it is in mode 802.3ad with fewer slaves than
`min-links`. The primary is the slave that carries the traffic while it is
healthy: it is one of the bond's own slaves, and only the modes that use one
slave at a time for sending or receiving have one (active-backup, balance-tlb,
balance-alb). The kernel refuses a primary in any other mode, and waits forever
for one that is not there.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  bond bond0 {
    slaves eth2, eth3;
    mode active-backup;
    primary eth4;
    address 10.1.0.1/24;
  }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  bond bond0 {
    slaves eth2, eth3;
    mode active-backup;
    primary eth2;
    address 10.1.0.1/24;
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
    CodeEntry{
        .code = Code::e0109,
        .name = "E0109",
        .severity = Severity::error,
        .title = "two routes or rules on a CLIM contradict each other",
        .domain = "",
        .explanation = R"(Two routes of a CLIM contradict each other if destination, table and metric are
the same and what they do is not. The kernel keeps one of them, which one
depends on the order of arrival (IPv6 would even use both in turn), so traffic
takes one way today and the other after the next failover. Give them different
metrics, and the lower one wins while its interface is up. The same holds for
two rules with the same selector and priority but different tables.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 {
    address 10.1.0.1/24;
    route 10.9.0.0/16 via 10.1.0.253;
    route 10.9.0.0/16 via 10.1.0.254;
  }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 {
    address 10.1.0.1/24;
    route 10.9.0.0/16 via 10.1.0.253 metric 10;
    route 10.9.0.0/16 via 10.1.0.254 metric 20;
  }
}
)",
    },
    CodeEntry{
        .code = Code::e0110,
        .name = "E0110",
        .severity = Severity::error,
        .title = "neighbour not on a network of the interface",
        .domain = "",
        .explanation = R"(A static ARP or neighbour entry says which MAC address an address on the LAN
has. The kernel consults it only for addresses that it reaches on the link of
that interface: an entry for any other address is never used, and the mistake
behind it (a wrong digit, a wrong interface) leaves the neighbour that was meant
without its entry.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 {
    address 10.1.0.1/24;
    neighbor 10.2.0.7 at 02:00:00:00:00:07;
  }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 {
    address 10.1.0.1/24;
    neighbor 10.1.0.7 at 02:00:00:00:00:07;
  }
}
)",
    },
    CodeEntry{
        .code = Code::e0111,
        .name = "E0111",
        .severity = Severity::error,
        .title = "MTU too small for IPv6, or too large for what carries the interface",
        .domain = "",
        .explanation = R"(IPv6 needs an MTU of at least 1280 (RFC 8200): below, the kernel removes all
IPv6 addresses and routes of the interface without a word. A tunnel wraps each
packet in an IPv4 header of 20 bytes and a VLAN uses its link as it is, so their
MTU is at most that of their carrier less 20, or that of their link. Larger
packets would be lost while short ones, like those of `ping`, pass.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 {
    mtu 1200;
    address 2001:db8:1::1/64;
  }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  interface eth1 {
    mtu 1280;
    address 2001:db8:1::1/64;
  }
}
)",
    },
    CodeEntry{
        .code = Code::e0112,
        .name = "E0112",
        .severity = Severity::error,
        .title = "link of a VLAN cannot carry it, or has its id already",
        .domain = "K8",
        .explanation = R"(The link of a VLAN is a physical interface or a bond of the same CLIM, and no
slave: what a slave receives belongs to its bond, so the VLAN on it would send
and never hear an answer. A VLAN id is used once on each link; the kernel
refuses the second.
)",
        .wrong = R"(clim n1 {
  control 192.168.100.1;
  bond bond0 { slaves eth2, eth3; mode active-backup; }
  vlan eth2.100 { link eth2; id 100; address 10.1.0.1/24; }
}
)",
        .right = R"(clim n1 {
  control 192.168.100.1;
  bond bond0 { slaves eth2, eth3; mode active-backup; }
  vlan bond0.100 { link bond0; id 100; address 10.1.0.1/24; }
}
)",
    },
};

}  // namespace

std::span<const CodeEntry> interface_texts() {
  return interfaces_entries;
}

}  // namespace cip::diagnostics
