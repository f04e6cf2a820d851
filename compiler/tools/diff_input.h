// What `cipc diff` compares: a specification, a state tree, or one of these at a revision of the git repository.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "compiler/tools/command.h"
#include "state/tree_source.h"

namespace cip::tools {

struct DiffInput {
  std::unique_ptr<TreeSource> tree;
  std::string name;       // as the user gave it
  bool compiled = false;  // from a specification
  std::string directory;  // of the specification, for places: "" or "plant/"
};

// `text` is FILE, DIR or git:REV:PATH. Nothing if it cannot be used, with the reason printed and the code in `exit`.
std::optional<DiffInput> open_diff_input(const std::string& text, Exit& exit);

}  // namespace cip::tools
