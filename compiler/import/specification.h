// What was read, as the statements of a specification in an outline that knows where each came from, and its text.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "state/objects.h"

namespace cip::importing {

// A line of an input.
struct Place {
  std::size_t input = 0;  // index
  std::size_t line = 1;   // from 1
};

// What a statement or comment of an interface is about. The order is that of the text.
enum class Topic : std::uint8_t {
  description,
  provider,
  kind,  // slaves and mode, link and id, end points
  mtu,
  address,
  route,
  rule,
  neighbor,
  failover,
  other
};

struct Statement {
  Topic topic = Topic::other;
  std::string text;  // without its `;` or `{`; of a comment, its words, however they are
  Place place;
  bool comment = false;
  std::string note{};     // stands behind it as a comment
  std::string refusal{};  // why the compiler does not take it; then it is written as a comment
};

struct Interface {
  InterfaceName name;
  InterfaceKind kind = InterfaceKind::physical;
  Statement head;
  std::deque<Statement> statements{};
  bool omitted = false;  // not written

  void add(Topic topic, std::string text, Place place, std::string note = {});
  void comment(Topic topic, std::string text, Place place);
  void become(InterfaceKind other);
  const Statement* find(Topic topic) const;  // the first one that is no comment
};

struct Clim {
  ClimName name;
  Statement head;
  std::deque<Statement> statements{};  // `control`, and comments on the CLIM
  std::deque<Interface> interfaces{};
  std::unordered_map<InterfaceName, std::size_t> by_name{};

  Interface* find(const InterfaceName& interface);
  // The interface, made if it is new. Its name must have a literal (text.h), as all names here.
  Interface& interface(const InterfaceName& interface, InterfaceKind kind, Place place);
};

struct Specification {
  std::vector<std::string> introduction{};  // comment lines at the top
  std::deque<Statement> statements{};       // `provider`, and comments on no CLIM
  std::deque<Clim> clims{};
  std::deque<Statement> failovers{};
  std::unordered_map<ClimName, std::size_t> by_name{};

  Clim* find(const ClimName& clim);
  Clim& clim(const ClimName& clim, Place place);  // made if it is new
};

struct Written {
  std::string text;
  std::vector<Statement*> by_line{};  // whose statement starts on the line, from 0; or null
};

// Formatted as in docs/language.md. Interfaces go in the order loopback, maintenance, others; the rest as it came.
Written write(Specification& specification);

// Statements from values.
std::string route_statement(const Route& route, bool write_default = true);
std::string rule_statement(const Rule& rule);

std::string_view word_of(InterfaceKind kind);  // "interface", "bond", ...

}  // namespace cip::importing
