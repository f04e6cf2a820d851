// What stands before a place in a document, however unfinished it is: for completion.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/source.h"

namespace cip::lsp {

struct Context {
  bool nothing = false;                // in a comment, or in the text of a string that stands for no path
  bool path = false;                   // in the string of an import
  std::string_view prefix;             // of the word or reference that is being written, or of the path
  std::uint32_t begin = 0;             // of it
  std::vector<std::string_view> head;  // the statement so far, without what is being written
  bool in_parentheses = false;         // of a call, a list or a group
  std::string_view place;              // the block that it stands in, by its word; "" is the file
  std::string_view clim;               // the CLIM that it stands in, if its name is a word
};

Context context_at(const syntax::SourceFile& file, std::uint32_t offset);

}  // namespace cip::lsp
