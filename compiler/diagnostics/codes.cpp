#include "compiler/diagnostics/codes.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "compiler/diagnostics/texts.h"

namespace cip::diagnostics {

std::span<const CodeEntry> all_codes() {
  static const std::vector<CodeEntry> table = [] {
    std::vector<CodeEntry> entries;
    for (const auto& family : {language_texts(), interface_texts(), failover_texts(), tunnel_texts(), ipsec_texts()}) {
      entries.insert(entries.end(), family.begin(), family.end());
    }
    return entries;
  }();
  return table;
}

const CodeEntry& entry(Code code) {
  const std::span<const CodeEntry> table = all_codes();
  return *std::find_if(table.begin(), table.end(), [&](const CodeEntry& row) { return row.code == code; });
}

std::string_view name(Code code) {
  return entry(code).name;
}

Severity severity(Code code) {
  return entry(code).severity;
}

std::optional<Code> find_code(std::string_view name) {
  std::string wanted(name);
  if (!wanted.empty()) wanted[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(wanted[0])));
  for (const CodeEntry& row : all_codes()) {
    if (row.name == wanted) return row.code;
  }
  return std::nullopt;
}

}  // namespace cip::diagnostics
