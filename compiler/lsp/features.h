// What the editor can ask about a place in a document. Each answer is the JSON that the protocol wants; null: nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "compiler/lsp/workspace.h"

namespace cip::lsp {

// What the client can do with answers.
struct Client {
  Encoding encoding = Encoding::utf16;
  bool related_information = false;
  bool snippets = false;
  bool markdown = false;  // in hovers
  bool hierarchical_symbols = false;
};

struct Request {
  const Workspace& workspace;
  View view;
  std::uint32_t offset = 0;
  const Client& client;
};

Json definition(const Request& request);
Json hover(const Request& request);
Json completion(const Request& request);
Json document_symbols(const View& view, const std::string& uri, const Client& client);
// Edits that bring the document into the one style; null if it has a syntax error.
Json formatting(const Document& document, Encoding encoding);

// What a word of the language does, in a line; empty: it has none. `place` is the block that it stands in ("" the
// file).
std::string_view help(std::string_view word, std::string_view place);

// `name(parameter: type = ..., ...)` of a template or function.
std::string signature(const lang::Template& declared);
std::string signature(const lang::Function& function);

}  // namespace cip::lsp
