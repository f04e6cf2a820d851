// What a block must have and does not (E0011).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/lang/words.h"

namespace cip::lang {

struct Missing {
  std::string_view what;  // "`remote`"
  std::string_view form;  // "remote ADDRESS;"
};

// One finding at the name of the block's subject, if anything is missing.
void report_missing(Block& block, const std::string& subject, const Origin& origin,
                    const std::vector<Missing>& missing);

}  // namespace cip::lang
