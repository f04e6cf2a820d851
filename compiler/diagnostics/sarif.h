// Findings as SARIF 2.1.0 (OASIS standard, errata 01), which code hosts and editors show beside the text. It has what
// GitHub asks of an upload: docs.github.com, "SARIF support for code scanning".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "compiler/diagnostics/finding.h"
#include "compiler/syntax/source.h"

namespace cip::diagnostics {

// One run with all rules of the table, and the findings in the order of the text, each on a line of its own. Keys are
// sorted, everything beyond ASCII is escaped. `max_errors` is as in TextOptions: 0 is all.
std::string to_sarif(const Findings& findings, const syntax::Sources& sources, std::size_t max_errors = 0);

// A path as a URI reference (RFC 3986): a relative one stays relative, to the directory that cipc runs in; an absolute
// one gets the scheme `file`. `./` and `x/../` are resolved; every byte that is not plain in a path is percent-encoded.
std::string uri_of(std::string_view path);

}  // namespace cip::diagnostics
