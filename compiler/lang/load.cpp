#include "compiler/lang/load.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "stdlib/library.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using syntax::SourceId;
using syntax::Statement;

// Files that import each other in a row: far more than anybody writes, and no danger to the stack.
constexpr std::size_t depth_limit = 200;

class Loader {
 public:
  Loader(const syntax::Vocabulary& vocabulary, syntax::Sources& sources, diagnostics::Findings& findings)
      : vocabulary_(vocabulary), sources_(sources), findings_(findings) {}

  void file(SourceId id) {
    if (!state_of(id).seen) {
      state_of(id) = {true, true};
      stack_.push_back(id);
      auto tree = syntax::parse(sources_[id], vocabulary_, findings_);
      std::vector<std::pair<std::size_t, SourceId>> imported;  // index of the statement
      for (std::size_t i = 0; i < tree.statements.size(); ++i) {
        if (tree.statements[i].word == "import") {
          if (const auto target = import(id, tree.statements[i])) {
            imported.emplace_back(i, *target);
          }
        }
      }
      loaded_.trees.push_back(std::move(tree));
      for (const auto& [index, target] : imported) {
        loaded_.imports.push_back({id, target, &loaded_.trees.back().statements[index]});
      }
      stack_.pop_back();
      state_of(id).open = false;
    }
  }
  Loaded result() { return std::move(loaded_); }

 private:
  struct State {
    bool seen = false;
    bool open = false;  // its imports are being read: whoever imports it closes a cycle
  };

  State& state_of(SourceId id) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= states_.size()) {
      states_.resize(index + 1);
    }
    return states_[index];
  }

  // Its form is checked with all others' (words.cpp); here only its path is of interest.
  std::optional<SourceId> import(SourceId importer, const Statement& statement) {
    const auto* path = statement.arguments.empty() ? nullptr : &statement.arguments.front();
    const auto text = path == nullptr ? std::nullopt : syntax::plain_text(*path);
    const auto id = text ? open(importer, *text, path->span) : std::nullopt;
    if (!id) {
      loaded_.incomplete = true;
      return std::nullopt;
    }
    if (state_of(*id).open) {
      report_cycle(*id, path->span);
      return std::nullopt;
    }
    file(*id);
    return id;
  }

  std::optional<SourceId> open(SourceId importer, const std::string& written, const syntax::Span& span) {
    if (stack_.size() >= depth_limit) {
      report(span, "imports are nested more than " + std::to_string(depth_limit) + " deep", "");
      return std::nullopt;
    }
    if (written.empty()) {
      report(span, "an import needs the path of a file", "");
      return std::nullopt;
    }
    if (written.starts_with("std/") || library_.count(importer) != 0) {
      return open_library(written.starts_with("std/") ? written : "std/" + written, span);
    }
    const auto path = std::filesystem::path(sources_[importer].path()).parent_path() / written;
    auto id = sources_.load(path.string());
    if (!id) {
      report(span, "cannot import " + written, id.error().message);
      return std::nullopt;
    }
    return *id;
  }

  // The standard library is part of the program.
  std::optional<SourceId> open_library(const std::string& path, const syntax::Span& span) {
    for (const SourceId id : library_) {
      if (sources_[id].path() == path) {
        return id;
      }
    }
    const auto text = standard_library(path);
    if (!text) {
      std::string all;
      for (const auto name : standard_library_files()) {
        all += (all.empty() ? "" : ", ") + std::string(name);
      }
      report(span, "the standard library has no " + path, "it has " + all);
      return std::nullopt;
    }
    return *library_.insert(sources_.add(path, std::string(*text)).id()).first;
  }

  void report(const syntax::Span& span, std::string message, std::string label) {
    findings_.add({Code::e0006, std::move(message), {span, std::move(label)}, {}, {}, {}, {}});
  }

  void report_cycle(SourceId target, const syntax::Span& span) {
    std::string way;
    for (auto entry = std::find(stack_.begin(), stack_.end(), target); entry != stack_.end(); ++entry) {
      way += sources_[*entry].path() + " -> ";
    }
    findings_.add({Code::e0006,
                   "cycle of imports",
                   {span, "imports a file that is being read because of it"},
                   {},
                   {way + sources_[target].path()},
                   {"declarations are known to all files of a specification: remove one of these imports"},
                   {}});
  }

  const syntax::Vocabulary& vocabulary_;
  syntax::Sources& sources_;
  diagnostics::Findings& findings_;
  Loaded loaded_;
  std::vector<State> states_;  // by source id
  std::vector<SourceId> stack_;
  std::set<SourceId> library_;  // files of the standard library
};

}  // namespace

Loaded load(const std::vector<SourceId>& files, const syntax::Vocabulary& vocabulary, syntax::Sources& sources,
            diagnostics::Findings& findings) {
  Loader loader(vocabulary, sources, findings);
  for (const SourceId id : files) {
    loader.file(id);
  }
  return loader.result();
}

}  // namespace cip::lang
