// The outline of a document, and its formatting.
#include <optional>
#include <utility>

#include "compiler/lang/words.h"
#include "compiler/lsp/features.h"
#include "compiler/syntax/format.h"

namespace cip::lsp {
namespace {

using syntax::Span;
using syntax::Statement;

// SymbolKind.
constexpr int file_symbol = 1;
constexpr int module_symbol = 2;
constexpr int namespace_symbol = 3;
constexpr int class_symbol = 5;
constexpr int interface_symbol = 11;
constexpr int function_symbol = 12;
constexpr int constant_symbol = 14;

std::optional<int> kind_of(std::string_view word) {
  if (word == "const") {
    return constant_symbol;
  }
  if (word == "template") {
    return function_symbol;
  }
  if (word == "import") {
    return file_symbol;
  }
  if (word == "cluster" || word == "ipsec") {
    return module_symbol;
  }
  if (word == "provider") {
    return namespace_symbol;
  }
  if (word == "clim") {
    return class_symbol;
  }
  for (const auto* kind : {"interface", "bond", "vlan", "tunnel", "loopback", "maintenance"}) {
    if (word == kind) {
      return interface_symbol;
    }
  }
  return std::nullopt;
}

class Outline {
 public:
  Outline(const View& view, std::string uri, const Client& client)
      : lines_(view.analysis->lines(view.source)), uri_(std::move(uri)), client_(client) {}

  // `around` is the word of the block; `container` the name of what it declares.
  Json symbols(const std::vector<Statement>& statements, std::string_view around, const std::string& container) {
    Json list = Json::array();
    for (const Statement& statement : statements) {
      const bool names_provider = statement.word == "provider" && !around.empty();
      const auto kind = names_provider ? std::nullopt : kind_of(statement.word);
      if (kind && !statement.arguments.empty()) {
        add(list, statement, *kind, container);
      } else if (statement.has_block) {
        for (auto& inner : symbols(statement.block, around, container)) {
          list.push_back(std::move(inner));  // a loop or condition
        }
      }
    }
    return list;
  }

 private:
  void add(Json& list, const Statement& statement, int kind, const std::string& container) {
    const auto& argument = statement.arguments.front();
    std::string name(argument.text);
    Span selection = argument.span;
    if (argument.kind == syntax::ArgumentKind::call) {
      selection.end = selection.begin + static_cast<std::uint32_t>(name.size());
    } else if (const auto text = syntax::plain_text(argument)) {
      name = *text;
    }
    if (name.empty()) {
      return;  // the protocol wants names
    }
    Json inner = symbols(statement.block, statement.word, name);
    if (client_.hierarchical_symbols) {
      list.push_back({{"name", std::move(name)},
                      {"detail", statement.word},
                      {"kind", kind},
                      {"range", range(statement.span)},
                      {"selectionRange", range(selection)},
                      {"children", std::move(inner)}});
      return;
    }
    Json symbol{
        {"name", std::move(name)}, {"kind", kind}, {"location", {{"uri", uri_}, {"range", range(statement.span)}}}};
    if (!container.empty()) {
      symbol["containerName"] = container;
    }
    list.push_back(std::move(symbol));
    for (auto& entry : inner) {
      list.push_back(std::move(entry));
    }
  }

  Json range(const Span& span) const { return range_json(lines_, span.begin, span.end, client_.encoding); }

  const Lines& lines_;
  std::string uri_;
  const Client& client_;
};

}  // namespace

Json document_symbols(const View& view, const std::string& uri, const Client& client) {
  for (const auto& tree : view.analysis->index.trees()) {
    if (tree.source == view.source) {
      return Outline(view, uri, client).symbols(tree.statements, {}, {});
    }
  }
  return Json::array();
}

Json formatting(const Document& document, Encoding encoding) {
  syntax::Sources sources;
  diagnostics::Findings findings;
  const auto& file = sources.add(document.path, document.text);
  const auto text = syntax::format(file, lang::vocabulary(), findings);
  if (!text) {
    return nullptr;
  }
  Json edits = Json::array();
  if (*text != document.text) {
    const Lines lines(document.text);
    edits.push_back({{"range", range_json(lines, 0, document.text.size(), encoding)}, {"newText", *text}});
  }
  return edits;
}

}  // namespace cip::lsp
