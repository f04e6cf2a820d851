#include "compiler/lang/compile.h"

#include <memory>
#include <utility>

#include "compiler/lang/control.h"
#include "compiler/lang/load.h"
#include "compiler/lang/modules.h"
#include "compiler/lang/resolve.h"
#include "compiler/lang/secrets.h"
#include "compiler/lang/words.h"

namespace cip::lang {
namespace {

// The name of a cluster that gives itself none.
constexpr auto default_cluster_name = "cluster";

void read_module(Module& module, bool incomplete, Building& building) {
  Reading& reading = building.reading;
  reading.scope = module.scope.get();
  Block block{Place::file, building};
  if (module.tree->broken || incomplete) {
    forget(block, Fact::all);
  }
  read_block(module.tree->statements, block);
}

Cluster read_all(const std::vector<syntax::SourceId>& files, syntax::Sources& sources, diagnostics::Findings& findings,
                 Index* index) {
  auto scopes = std::make_shared<Scopes>();
  Reading reading(findings);
  reading.scopes = scopes.get();
  reading.index = index;
  Building building{reading};
  auto loaded = load(files, vocabulary(), sources, findings);
  declare_modules(loaded, reading);
  for (Module& module : scopes->modules) {
    for (const auto& statement : module.tree->statements) {
      const bool named = statement.word == "template" && !statement.arguments.empty();
      const auto declared = named ? module.templates.find(statement.arguments[0].text) : module.templates.end();
      if (declared != module.templates.end() && declared->second.statement == &statement) {
        check_template(declared->second, reading);
      }
    }
  }
  find_secret_users(scopes->modules);
  for (Module& module : scopes->modules) {
    read_module(module, loaded.incomplete, building);
  }
  if (index != nullptr) {
    index->hide(reading.redacted);
    index->keep(std::move(loaded), scopes);
  }
  Cluster& cluster = building.cluster;
  if (cluster.name.empty()) {
    cluster.name = ClusterName(default_cluster_name);
  }
  if (reading.exploded) {
    Cluster nothing;
    nothing.name = cluster.name;
    return nothing;  // no rule says anything about a part
  }
  resolve(cluster, findings);
  if (index != nullptr) {
    index->model(cluster, sources);
  }
  cluster.expansions = std::move(scopes);
  return std::move(cluster);
}

}  // namespace

Cluster compile(const std::vector<syntax::SourceId>& files, syntax::Sources& sources, diagnostics::Findings& findings) {
  return read_all(files, sources, findings, nullptr);
}

Cluster compile(const std::vector<syntax::SourceId>& files, syntax::Sources& sources, diagnostics::Findings& findings,
                Index& index) {
  return read_all(files, sources, findings, &index);
}

}  // namespace cip::lang
