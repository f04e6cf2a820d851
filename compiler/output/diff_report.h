// The difference of two configurations, ready to be shown: `cipc diff` (docs/commands.md).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "state/diff.h"
#include "state/tree_source.h"

namespace cip::output {

// Where in a specification a change is written.
struct DiffPlace {
  std::string file;  // as one would open it from the current directory, or from the root of the repository
  std::size_t line = 1;
  std::size_t column = 1;
  bool in_old = false;  // of what was removed
};

// One change, with what it is a change of.
struct DiffRow {
  ClimName clim;            // empty: the whole cluster
  InterfaceName interface;  // empty: the CLIM itself
  Change change;
  std::optional<DiffPlace> place;

  std::string subject() const;  // "cluster", "n1", "n1.eth1"
  std::string words() const;    // "tunnel tun1 mtu 1400 -> 1280"
};

// One side of a diff.
struct DiffSide {
  const TreeSource* tree = nullptr;
  std::string name;       // as the user gave it
  bool compiled = false;  // from a specification, so that its source maps say where things are written
  std::string directory;  // of the specification: places are below it; "" or "plant/"
};

struct DiffReport {
  std::string old_name;
  std::string new_name;
  std::vector<DiffRow> rows;                       // the cluster first, then by CLIM and interface
  std::array<std::size_t, impact_count> counts{};  // rows that have the impact
  std::size_t clims = 0;                           // that differ
  std::size_t interfaces = 0;

  std::size_t count(Impact impact) const { return counts.at(static_cast<std::size_t>(impact)); }
};

DiffReport diff_report(TreeDiff diff, const DiffSide& before, const DiffSide& after);

// "3 changes on 1 CLIM: 2 hitless, 1 interrupts connections"; for none "no difference".
std::string diff_summary(const DiffReport& report);
// For people. `color`: ANSI escape sequences.
std::string diff_text(const DiffReport& report, bool color);
// As state/schemas/diff.schema.json says.
std::string diff_json(const DiffReport& report);
// For a merge request: GitHub's and GitLab's Markdown. At most `limit` bytes; what is left out is counted.
std::string diff_markdown(const DiffReport& report, std::size_t limit = 60000);

}  // namespace cip::output
