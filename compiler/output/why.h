// Where what a specification says comes from: `cipc why`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/lang/index.h"
#include "compiler/lang/model.h"
#include "compiler/output/attributes.h"

namespace cip::output {

// One step from a value to where it was written first.
struct Step {
  std::size_t depth = 0;  // 0: what the statement itself names; 1: what that was made of, ...
  std::string kind;       // "constant", "parameter", "loop variable", "template", "loop", "related"
  std::string name;       // of the constant, ..., template
  std::string value;
  std::string text;  // "parameter size is 9000": lower case, no full stop
  syntax::Span place;
};

// One thing that a specification says.
struct Fact {
  std::string path;  // "n1.eth1.address[0]", "n1.eth1"
  std::string kind;  // "attribute", "interface", "clim", "provider", "cluster"
  Attribute attribute;
  std::vector<Step> steps;
};

// What stands at a path: `n1` or `n1.eth1` is the declaration first, then all that it has; `n1.eth1.mtu`,
// `n1.eth1.address[0]`, `n1.eth1.route[10.9.0.0/16]`, `n1.control`, `cluster.dead`, `provider.blue` are attributes. The
// text says why there is nothing: with "did you mean", or what there is.
std::variant<std::vector<Fact>, std::string> why(std::string_view path, const lang::Cluster& cluster,
                                                 const lang::Index& index);

}  // namespace cip::output
