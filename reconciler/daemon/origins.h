// Where in the specification an object comes from: source-map.json of the state tree (docs/commands.md). It is read
// when something cannot be done, and only that is kept of it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "reconciler/plan/objects.h"
#include "state/objects.h"
#include "state/tree.h"

namespace cip::daemon {

// The JSON pointer of what `subject` is about in the file of `home`, whose resources are on link `here`; nothing if it
// is not in it.
std::optional<std::string> pointer_to(const HomeInterface& home, const InterfaceName& here,
                                      const plan::Subject& subject);

class Origins {
 public:
  explicit Origins(std::filesystem::path tree) : tree_(std::move(tree)) {}

  // "pair.cip:24:5"; empty if the tree on disk is not this configuration, or says nothing of it.
  std::string of(const ClimState& configuration, const HomeInterface& home, const InterfaceName& here,
                 const plan::Subject& subject);

  // What is not asked for again needs no memory.
  void let_go() { loaded_.reset(); }

 private:
  std::optional<std::string> look_up(const ClimState& configuration, const std::string& key);
  std::map<std::string, std::string> load(const ClimState& configuration) const;

  std::filesystem::path tree_;
  Digest generation_;                                         // that `known_` is of
  std::map<std::string, std::string> known_;                  // what was asked for; empty: not in it
  std::optional<std::map<std::string, std::string>> loaded_;  // all of it, until let_go()
};

}  // namespace cip::daemon
