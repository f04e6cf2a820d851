// Findings as diagnostics of the protocol.
#pragma once

#include <map>
#include <string>

#include "compiler/lsp/workspace.h"

namespace cip::lsp {

struct FindingsOptions {
  Encoding encoding = Encoding::utf16;
  bool related = false;  // the client shows related places; otherwise they are named in the message
};

// Of all specifications, by the URI of the file that they are in; a file without any is there, too, with an empty list.
std::map<std::string, Json> diagnostics_by_uri(const Workspace& workspace, const FindingsOptions& options);

}  // namespace cip::lsp
