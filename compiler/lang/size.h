// How many statements there are after expansion, without expanding.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/lang/reading.h"

namespace cip::lang {

// Of a `for` or `use` statement; more than `statement_limit` is one more than that. 0 if something in it is wrong that
// reading will report. Nothing if it cannot be told soon: then only reading itself finds the end.
std::optional<std::uint64_t> expanded_size(const syntax::Statement& statement, Reading& reading);

}  // namespace cip::lang
