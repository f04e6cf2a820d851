// The text of a state tree's ipsec/swanctl.conf: sections and settings, as cipc writes them
// (compiler/output/swanctl.h). Of what else swanctl.conf(5) may have (includes, references, several settings in a line)
// nothing is taken: a state tree has no other than cipc's. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/result.h"

namespace cip::ipsec {

struct Section {
  std::string name;
  std::vector<std::pair<std::string, std::string>> settings;  // in the order of the text; names differ
  std::vector<Section> sections;                              // the same

  const std::string* find(std::string_view setting) const;      // nothing: it is not there
  const Section* find_section(std::string_view section) const;  // the same
};

// The root, without a name. An error is invalid: "line 7: ...".
Result<Section> parse_settings(std::string_view text);

}  // namespace cip::ipsec
