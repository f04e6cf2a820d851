// The formatter: one style, no options (docs/language.md, "Formatter").
#pragma once

#include <optional>
#include <string>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/source.h"

namespace cip::syntax {

// The text of the file in the one style; formatting that again changes nothing. It has the same tokens in the same
// order, and the same comments, each between the tokens that it stood between, but behind a `;`, `,` or `{` that
// followed it. Nothing if the file is no text or has a syntax error: then its E0001 are in `findings`. What else is
// wrong with it does not matter. The vocabulary tells keywords from names. Linear in time and memory.
std::optional<std::string> format(const SourceFile& file, const Vocabulary& vocabulary,
                                  diagnostics::Findings& findings);

}  // namespace cip::syntax
