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
  e0011,  // something that must be there is missing
  e0101,  // a logical interface cannot be configured
  e0106,  // the same address twice
  e0107,  // gateway or source not usable
  e0108,  // address families differ, or cannot be told
  e0201,  // failover interface on the same CLIM
  e0202,  // failover CLIM or interface does not exist
  e0203,  // failover interface is of a kind that cannot be one
  e0204,  // this kind of interface cannot use failover
  e0205,  // both use failover, but not each other
  e0206,  // used as failover interface twice
  e0207,  // more than one failover interface
  e0208,  // providers differ, or none is given
  e0209,  // broadcast domains differ
  w0211,  // MTU of the pair differs
  w0212,  // interface with addresses in a provider has no failover interface
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

// In the order of their names, errors first.
std::span<const CodeEntry> all_codes();
const CodeEntry& entry(Code code);
std::string_view name(Code code);
Severity severity(Code code);
std::optional<Code> find_code(std::string_view name);  // "E0205" or "e0205"

}  // namespace cip::diagnostics
