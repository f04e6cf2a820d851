#include "compiler/lsp/workspace.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/lang/compile.h"
#include "stdlib/library.h"

namespace cip::lsp {
namespace {

namespace fs = std::filesystem;

std::string identity_of(const std::string& path) {
  std::error_code ignored;
  const auto canonical = fs::weakly_canonical(path, ignored);
  return ignored || canonical.empty() ? path : canonical.string();
}

Result<std::string> read_from_disk(const std::string& path) {
  syntax::Sources disk;
  const auto id = disk.load(path);
  if (!id) {
    return id.error();
  }
  return std::string(disk[*id].bytes());
}

}  // namespace

Analysis::Analysis(Reader reader)
    : sources([this, read = std::move(reader)](const std::string& path) -> Result<syntax::GivenFile> {
        std::string identity = identity_of(path);
        files.insert(identity);
        auto text = read(path, identity);
        if (!text) {
          return text.error();
        }
        return syntax::GivenFile{std::move(identity), std::move(*text)};
      }) {}

const Lines& Analysis::lines(syntax::SourceId source) {
  const auto known = lines_.find(source);
  return known != lines_.end() ? known->second : lines_.emplace(source, Lines(sources[source].bytes())).first->second;
}

Document& Workspace::at(const std::string& uri) {
  const auto found = documents_.find(uri);
  if (found == documents_.end()) {
    throw std::invalid_argument("the document is not open: " + uri);
  }
  return found->second;
}

void Workspace::open(const std::string& uri, Json version, std::string text) {
  Document& document = documents_[uri];
  document.uri = uri;
  document.path = path_of(uri);
  document.identity = identity_of(document.path);
  document.version = std::move(version);
  document.text = std::move(text);
  document.order = opened_++;
  compile_with(document.identity);
}

void Workspace::change(const std::string& uri, Json version, const Json& changes, Encoding encoding) {
  Document& document = at(uri);
  std::string text = document.text;
  for (const Json& change : changes) {
    apply_change(text, change, encoding);
    if (text.size() > syntax::Sources::size_limit) {
      throw std::invalid_argument("the document is larger than any specification may be");
    }
  }
  document.text = std::move(text);
  document.version = std::move(version);
  compile_with(document.identity);
}

void Workspace::close(const std::string& uri) {
  const std::string identity = at(uri).identity;
  documents_.erase(uri);
  compile_with(identity);
}

void Workspace::refresh() {
  for (auto& [uri, document] : documents_) {
    compile(document);
  }
}

void Workspace::compile_with(const std::string& identity) {
  for (auto& [uri, document] : documents_) {
    if (document.identity == identity || document.analysis == nullptr ||
        document.analysis->files.count(identity) != 0) {
      compile(document);
    }
  }
}

void Workspace::compile(Document& document) {
  document.analysis.reset();  // memory for one is enough
  document.analysis =
      std::make_unique<Analysis>([this](const std::string& path, const std::string& identity) -> Result<std::string> {
        const Document* open = by_identity(identity);
        return open != nullptr ? Result<std::string>(open->text) : read_from_disk(path);
      });
  Analysis& analysis = *document.analysis;
  if (const auto id = analysis.sources.load(document.path)) {
    analysis.cluster = lang::compile({*id}, analysis.sources, analysis.findings, analysis.index);
    check::check(analysis.cluster, analysis.findings);
  }
}

const Document* Workspace::by_identity(const std::string& identity) const {
  const auto found = std::find_if(documents_.begin(), documents_.end(),
                                  [&](const auto& entry) { return entry.second.identity == identity; });
  return found == documents_.end() ? nullptr : &found->second;
}

const Document* Workspace::find(const std::string& uri) const {
  const auto found = documents_.find(uri);
  return found == documents_.end() ? nullptr : &found->second;
}

std::vector<const Document*> Workspace::roots() const {
  std::vector<const Document*> all;
  for (const auto& [uri, document] : documents_) {
    all.push_back(&document);
  }
  std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->order < b->order; });
  std::vector<const Document*> result;
  for (const Document* document : all) {
    const bool imported = std::any_of(all.begin(), all.end(), [&](const Document* other) {
      const bool has = other != document && other->analysis->files.count(document->identity) != 0;
      // Of two that import each other, the one that was opened first.
      return has && (document->analysis->files.count(other->identity) == 0 || other->order < document->order);
    });
    if (!imported) {
      result.push_back(document);
    }
  }
  return result;
}

std::optional<View> Workspace::view(const std::string& uri) const {
  const Document* document = find(uri);
  if (document == nullptr) {
    return std::nullopt;
  }
  for (const Document* root : roots()) {
    Analysis& analysis = *root->analysis;
    for (std::size_t i = 0; i < analysis.sources.size(); ++i) {
      const auto id = static_cast<syntax::SourceId>(i);
      if (root == document ? i == 0 : this->uri(analysis, id) == document->uri) {
        return View{&analysis, id};
      }
    }
  }
  return View{document->analysis.get(), syntax::SourceId{0}};
}

std::optional<std::string> Workspace::uri(const Analysis& analysis, syntax::SourceId source) const {
  const auto& file = analysis.sources[source];
  const bool library = file.path().starts_with("std/") && lang::standard_library(file.path()) == file.bytes();
  if (!library) {
    const std::string identity = identity_of(file.path());
    const Document* open = by_identity(identity);
    return open != nullptr ? open->uri : uri_of(identity);
  }
  std::error_code ignored;
  auto places = library_places_;
  places.push_back((fs::read_symlink("/proc/self/exe", ignored).parent_path() / "../share/cip/").string());
  for (const auto& place : places) {
    const std::string path = fs::path(place + file.path()).lexically_normal().string();
    const auto text = read_from_disk(path);
    if (text && *text == file.bytes()) {  // of another version, positions would be wrong
      return uri_of(path);
    }
  }
  return std::nullopt;
}

}  // namespace cip::lsp
