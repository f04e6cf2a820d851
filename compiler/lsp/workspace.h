// The documents that are open in the editor, and what the compiler makes of them.
//
// A specification is an open document with all that it imports. A document that another open one imports belongs to
// that specification, and is not compiled alone: it may well need what its importer declares. Text in the editor
// counts, also for imports, whether it has been saved or not.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/finding.h"
#include "compiler/lang/index.h"
#include "compiler/lang/model.h"
#include "compiler/lsp/text.h"
#include "compiler/syntax/source.h"

namespace cip::lsp {

// One compilation.
struct Analysis {
  // The text of a file.
  using Reader = std::function<Result<std::string>(const std::string& path, const std::string& identity)>;
  explicit Analysis(Reader reader);
  Analysis(const Analysis&) = delete;
  Analysis& operator=(const Analysis&) = delete;

  syntax::Sources sources;
  diagnostics::Findings findings;
  lang::Index index;
  lang::Cluster cluster;
  std::set<std::string> files;  // identities of all that were asked for, also those that are not there

  const Lines& lines(syntax::SourceId source);

 private:
  std::map<syntax::SourceId, Lines> lines_;
};

struct Document {
  std::string uri;
  std::string path;
  std::string identity;  // the same for all paths of the file
  Json version;
  std::string text;
  std::size_t order = 0;               // documents that were opened before have a lower one
  std::unique_ptr<Analysis> analysis;  // as the root of a specification
};

// A document as part of a specification.
struct View {
  Analysis* analysis = nullptr;
  syntax::SourceId source{};
};

class Workspace {
 public:
  void open(const std::string& uri, Json version, std::string text);
  void change(const std::string& uri, Json version, const Json& changes, Encoding encoding);
  void close(const std::string& uri);
  void refresh();  // something on the disk is different

  const Document* find(const std::string& uri) const;
  // The documents that are roots of specifications, in the order in which they were opened.
  std::vector<const Document*> roots() const;
  // The first specification that has the document; nothing if it is not open.
  std::optional<View> view(const std::string& uri) const;
  // Of a file of an analysis; nothing for a module of the standard library that lies nowhere.
  std::optional<std::string> uri(const Analysis& analysis, syntax::SourceId source) const;
  // Where the standard library may lie, besides the place of the installation.
  void add_root(const std::string& path) { library_places_.push_back(path + "/stdlib/"); }

 private:
  Document& at(const std::string& uri);
  const Document* by_identity(const std::string& identity) const;
  void compile(Document& document);
  // All that have the file.
  void compile_with(const std::string& identity);

  std::map<std::string, Document> documents_;  // by URI
  std::vector<std::string> library_places_;
  std::size_t opened_ = 0;
};

}  // namespace cip::lsp
