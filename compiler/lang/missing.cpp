#include "compiler/lang/missing.h"

#include <utility>

namespace cip::lang {

void report_missing(Block& block, const std::string& subject, const Origin& origin,
                    const std::vector<Missing>& missing) {
  if (missing.empty()) {
    return;
  }
  std::string list;
  std::string forms;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    list += (i == 0 ? "" : i + 1 == missing.size() ? " and " : ", ") + std::string(missing[i].what);
    forms += (i == 0 ? "" : " ") + std::string(missing[i].form);
  }
  block.building.reading.findings.add({diagnostics::Code::e0011,
                                       subject + " has no " + list,
                                       {origin, missing.size() == 1 ? "it needs one" : "it needs each of them"},
                                       {},
                                       {},
                                       {"write in its block: `" + forms + "`"}});
}

}  // namespace cip::lang
