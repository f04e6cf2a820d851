// The table of codes. A code never changes its meaning (docs/language.md, "Diagnostics").
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cip::diagnostics {

enum class Code : std::uint8_t {
  e0001,  // syntax error
  e0002,  // unknown statement, attribute or keyword here
  e0003,  // unknown name
  e0004,  // declared or set twice
  e0005,  // type mismatch
  e0006,  // import not found, or a cycle of imports
  e0007,  // malformed or out-of-range value
  e0008,  // wrong arguments for a template or function; template used in the wrong place
  e0009,  // assertion failed
  e0010,  // expansion too large, or recursion
  e0011,  // something that must be there is missing
  e0101,  // a logical interface cannot be configured
  e0102,  // a slave carries configuration of its own
  e0103,  // slave of more than one bond
  e0104,  // this kind of interface cannot be a slave
  e0105,  // bond without slaves; primary is no slave, or of a mode that has none
  e0106,  // the same address twice
  e0107,  // gateway or source not usable
  e0108,  // address families differ, or cannot be told
  e0109,  // two routes or rules on a CLIM contradict each other
  e0110,  // neighbour not on a network of the interface
  e0111,  // MTU too small for IPv6, or too large for the carrier
  e0112,  // a VLAN's link cannot carry it, or has this id already
  e0201,  // failover interface on the same CLIM
  e0202,  // failover CLIM or interface does not exist
  e0203,  // failover interface is of a kind that cannot be one
  e0204,  // this kind of interface cannot use failover
  e0205,  // both use failover, but not each other
  e0206,  // used as failover interface twice
  e0207,  // more than one failover interface
  e0208,  // providers differ, or none is given
  e0209,  // broadcast domains differ
  e0210,  // after a failover, home and visiting resources contradict each other
  w0211,  // MTU of the pair differs
  w0212,  // interface with addresses in a provider has no failover interface
  e0301,  // tunnel's local address is on no interface of the CLIM, or on one of another family
  e0302,  // two tunnels with the same end points, or local and remote equal
  w0303,  // tunnel without a local address will not move
  e0401,  // IPsec differs between CLIMs for an address that can fail over
  e0402,  // IPsec names a secret in clear text
  e0403,  // IPsec's local address cannot be on the CLIM
};

enum class Severity : std::uint8_t { error, warning };

// One row of the table, and what `cipc explain` shows. All texts are for users.
struct CodeEntry {
  Code code;
  std::string_view name;  // "E0205"
  Severity severity;
  std::string_view title;   // one line: lower case, no full stop
  std::string_view domain;  // the facts of docs/domain.md it comes from: "P4", "P1, K4, K7"; empty: the language's own
  std::string_view explanation;  // paragraphs: the rule and its reason
  std::string_view wrong;        // a whole specification that gives this code and no other error
  std::string_view right;        // the same, corrected: no error and no warning
};

// In the order of their numbers.
std::span<const CodeEntry> all_codes();
const CodeEntry& entry(Code code);
std::string_view name(Code code);
Severity severity(Code code);
std::optional<Code> find_code(std::string_view name);  // "E0205" or "e0205"

}  // namespace cip::diagnostics
