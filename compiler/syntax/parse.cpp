#include "compiler/syntax/parse.h"

#include <fmt/format.h>
#include <string>
#include <utility>

#include "compiler/syntax/assembly.h"
#include "compiler/syntax/forms.h"
#include "compiler/syntax/tokens.h"

namespace cip::syntax {

std::optional<diagnostics::Finding> explain_no_text(const SourceFile& file) {
  const std::string_view bytes = file.bytes();
  const std::size_t nul = bytes.find('\0');
  const std::optional<std::size_t> invalid = find_invalid_utf8(bytes.substr(0, nul));
  if (nul == std::string_view::npos && !invalid) return std::nullopt;
  const auto at = static_cast<std::uint32_t>(invalid.value_or(nul));
  diagnostics::Finding finding;
  finding.code = diagnostics::Code::e0001;
  finding.primary = Span{file.id(), at, at + 1};
  if (invalid) {
    finding.message = fmt::format("not UTF-8: the byte 0x{:02X} belongs to no character",
                                  static_cast<unsigned>(static_cast<unsigned char>(bytes[at])));
    finding.help.emplace_back("specifications are UTF-8; convert the file, for example with iconv");
  } else {
    finding.message = "a NUL byte: this is not a text file";
  }
  return finding;
}

Tree parse(const SourceFile& file, const Vocabulary& vocabulary, diagnostics::Findings& findings) {
  Tree nothing;
  nothing.source = file.id();
  nothing.broken = true;
  if (std::optional<diagnostics::Finding> finding = explain_no_text(file)) {
    findings.add(*std::move(finding));
    return nothing;
  }
  const std::size_t errors = findings.errors();
  const std::vector<Token> tokens = tokenize(file, findings);
  if (tokens.empty() && findings.errors() > errors) return nothing;
  const Forms forms(vocabulary);
  return Assembly(file, tokens, forms, findings).run();
}

}  // namespace cip::syntax
