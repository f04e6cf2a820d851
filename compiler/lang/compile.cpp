#include "compiler/lang/compile.h"

#include <string>
#include <utility>

#include "compiler/lang/load.h"
#include "compiler/lang/resolve.h"
#include "compiler/lang/words.h"

namespace cip::lang {
namespace {

// The name of a cluster that gives itself none.
constexpr auto default_cluster_name = "cluster";

// Names of constants and loop variables, wherever they are declared: to use one is no error of its own.
void collect_constants(const std::vector<syntax::Statement>& statements, std::unordered_set<std::string>& names) {
  for (const auto& statement : statements) {
    if ((statement.word == "const" || statement.word == "for") && !statement.arguments.empty()) {
      names.emplace(statement.arguments.front().text);
    }
    collect_constants(statement.block, names);
  }
}

}  // namespace

Cluster compile(const std::vector<syntax::SourceId>& files, syntax::Sources& sources, diagnostics::Findings& findings) {
  Building building{{}, {findings, 0, {}}, std::nullopt};
  auto loaded = load(files, vocabulary(), sources, findings);
  for (const auto& tree : loaded.trees) {
    collect_constants(tree.statements, building.reading.constant_names);
  }
  for (const auto& tree : loaded.trees) {
    Block block{Place::file, building};
    if (tree.broken || loaded.incomplete) {
      forget(block, Fact::all);
    }
    read_block(tree.statements, block);
  }
  if (building.cluster.name.empty()) {
    building.cluster.name = ClusterName(default_cluster_name);
  }
  resolve(building.cluster, findings);
  return std::move(building.cluster);
}

}  // namespace cip::lang
