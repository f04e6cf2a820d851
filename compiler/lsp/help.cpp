// The words of the language, a line each: what they do, units and defaults (docs/language.md, docs/protocol.md).
#include <array>

#include "compiler/lsp/features.h"

namespace cip::lsp {
namespace {

struct Row {
  std::string_view word;
  std::string_view place;  // "*": all that have no row of their own
  std::string_view text;
};

constexpr std::array rows{
    Row{"edition", "*", "edition 1; - the edition of the language; optional, first in its file"},
    Row{"import", "*",
        "import \"path\" [as name]; - relative to the file, or std/...; its constants and templates are name.x, the "
        "rest joins the cluster"},
    Row{"cluster", "*", "cluster NAME { ... } - the times that all CLIMs share"},
    Row{"provider", "", "provider NAME; or provider NAME { lan NAME, ...; } - a failover domain"},
    Row{"provider", "*", "provider NAME; - the failover domain that the interface belongs to"},
    Row{"lan", "provider",
        "lan NAME, ...; - the broadcast domains of the provider; an interface may then name no other"},
    Row{"lan", "*",
        "lan NAME; - the broadcast domain of the interface in its provider; without it: the provider's own"},
    Row{"clim", "*", "clim NAME { ... } - a machine of the cluster; its blocks add up, over all files"},
    Row{"failover", "", "failover A -> B; or A <-> B; - the same as failover inside the interfaces"},
    Row{"failover", "*",
        "failover CLIM.INTERFACE; - where the resources go when this interface fails; two that both use failover use "
        "each other"},
    Row{"ipsec", "*",
        "ipsec NAME [on CLIM, ...] { ... } - an IPsec connection; one text for several CLIMs is identical by "
        "construction"},
    Row{"heartbeat", "*", "heartbeat DURATION; - how often CLIMs tell each other that they live; default 100ms"},
    Row{"dead", "*",
        "dead DURATION; - a CLIM that is silent for so long is dead; at least 3 heartbeats; default 300ms"},
    Row{"probe", "*", "probe DURATION; - how long the data LAN is probed when heartbeats are missed; default 60ms"},
    Row{"link-pulse", "*",
        "link-pulse DURATION; - how long a carrier must be away to count as a failure; default 200ms"},
    Row{"settle", "*", "settle DURATION; - how long a carrier that came back must last; default 1s"},
    Row{"fence", "*",
        "fence DURATION; - lifetime of a movable address that nobody refreshes; whole seconds from 5s, or 0s: off; "
        "default 10s"},
    Row{"linger", "*",
        "linger DURATION; - the same as fence, while the other side cannot take it; whole seconds from 5s; default "
        "300s"},
    Row{"startup-wait", "*", "startup-wait DURATION; - how long a booting CLIM listens before it acts; default 3s"},
    Row{"retry", "*", "retry DURATION; - pause after a failed attempt; default 10s"},
    Row{"etcd", "*", "etcd \"url\", ...; - the lease engine"},
    Row{"lease", "*", "lease DURATION; - how long a lease of the lease engine holds"},
    Row{"control", "*",
        "control ADDRESS, ...; - where peers reach this CLIM; the n-th addresses of two CLIMs make a path"},
    Row{"loopback", "*", "loopback NAME { ... } - has only address and route; never moves"},
    Row{"maintenance", "*", "maintenance NAME { ... } - reaches the CLIM itself; never moves"},
    Row{"interface", "*", "interface NAME { ... } - a physical interface"},
    Row{"bond", "*", "bond NAME { slaves ...; ... } - several physical interfaces as one"},
    Row{"vlan", "*", "vlan NAME { link NAME; id N; ... } - on a physical interface or bond"},
    Row{"tunnel", "*",
        "tunnel NAME { local ADDRESS; remote ADDRESS; ... } - IPv6 over IPv4 (sit); follows the interface that has its "
        "local address"},
    Row{"mtu", "*", "mtu N; - bytes, 68 to 65535; without it unchanged, and taken as 1500"},
    Row{"match-mac", "*", "match-mac MAC; - finds the physical interface, whatever the kernel calls it"},
    Row{"description", "*", "description \"text\"; - the alias in the kernel, at most 255 bytes"},
    Row{"address", "*", "address ADDRESS/LENGTH; - may be repeated; the first of a network is its primary"},
    Row{"route", "*",
        "route PREFIX|default [via ADDRESS] [metric N] [source ADDRESS] [table N] [mtu N] [onlink] "
        "[blackhole|unreachable|prohibit|throw];"},
    Row{"rule", "*",
        "rule [from PREFIX] [to PREFIX] [priority N] table N; - a policy rule that moves with the interface; priority "
        "1000 by default"},
    Row{"neighbor", "*", "neighbor ADDRESS at MAC; - a static ARP or neighbour entry"},
    Row{"slaves", "*", "slaves NAME, ...; - the physical interfaces of the bond; the first gives it its MAC address"},
    Row{"mode", "bond",
        "mode balance-rr|active-backup|balance-xor|broadcast|802.3ad|balance-tlb|balance-alb; - default balance-rr"},
    Row{"mode", "ipsec", "mode tunnel|transport; - default tunnel"},
    Row{"primary", "*", "primary NAME; - the slave to use while it works (active-backup, balance-tlb, balance-alb)"},
    Row{"primary-reselect", "*",
        "primary-reselect always|better|failure; - when the primary is used again; default always"},
    Row{"miimon", "*", "miimon DURATION; - how often the carrier of the slaves is looked at; default 100ms"},
    Row{"min-links", "*", "min-links N; - how many slaves must work for the bond to have a carrier; default 0"},
    Row{"lacp-rate", "*", "lacp-rate slow|fast; - every 30 s or every second (802.3ad); default slow"},
    Row{"hash-policy", "*",
        "hash-policy layer2|layer2+3|layer3+4|encap2+3|encap3+4|vlan+srcmac; - which slave sends what; default layer2"},
    Row{"up-delay", "*", "up-delay DURATION; - a slave that comes up is used after this; default 0s"},
    Row{"down-delay", "*", "down-delay DURATION; - a slave that goes down is given up after this; default 0s"},
    Row{"link", "*", "link NAME; - the physical interface or bond that the VLAN is on"},
    Row{"id", "*", "id N; - the VLAN's id, 1 to 4094"},
    Row{"local", "tunnel",
        "local ADDRESS; - an IPv4 address of an interface of the CLIM; without it the tunnel does not move"},
    Row{"local", "ipsec", "local ADDRESS; - this side's address; it may be one that moves"},
    Row{"remote", "tunnel", "remote ADDRESS; - the IPv4 address of the other end"},
    Row{"remote", "ipsec", "remote ADDRESS; - the other side's address"},
    Row{"ttl", "*", "ttl N; - of the packets outside, 1 to 255; default 64"},
    Row{"local-id", "*", "local-id \"identity\"; - as in swanctl.conf; default: the address"},
    Row{"remote-id", "*", "remote-id \"identity\"; - as in swanctl.conf; default: the address"},
    Row{"proposal", "*", "proposal ike|esp SUITE, ...; - as in swanctl.conf"},
    Row{"auth", "*",
        "auth psk file \"...\"; or auth cert file \"...\" key file \"...\"; - a secret is named by its file, never "
        "written here"},
    Row{"protect", "*", "protect PREFIX to PREFIX; - the traffic that is protected; may be repeated"},
    Row{"start-action", "*", "start-action trap|start|none; - default trap"},
    Row{"psk", "*", "not known: a secret is named by its file, with auth psk file \"...\""},
    Row{"secret", "*", "not known: a secret is named by its file, with auth psk file \"...\""},
    Row{"const", "*", "const NAME = expression; - a name for a value"},
    Row{"template", "*",
        "template NAME(parameter: type [= default], ...) for cluster|clim|interface|... { ... } - statements to be "
        "used with use"},
    Row{"use", "*", "use template(arguments); - the template's statements, here; arguments by position or by name"},
    Row{"for", "*", "for NAME in LIST { ... } - the statements once for each element; a range is 1..4"},
    Row{"if", "*", "if EXPRESSION { ... } else { ... } - the statements only if it is true"},
    Row{"else", "*", "else { ... } or else if EXPRESSION { ... } - behind an if"},
    Row{"assert", "*", "assert EXPRESSION, \"message\"; - an error if it is not true"},
};

}  // namespace

std::string_view help(std::string_view word, std::string_view place) {
  std::string_view other;
  for (const Row& row : rows) {
    if (row.word == word && row.place == place) {
      return row.text;
    }
    if (row.word == word && (other.empty() || row.place == "*")) {
      other = row.text;
    }
  }
  return other;
}

}  // namespace cip::lsp
