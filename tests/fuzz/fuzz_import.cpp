// Any bytes as the input of an import; the first decides which. What is accepted compiles: import promises that.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "compiler/check/check.h"
#include "compiler/import/import.h"
#include "compiler/lang/compile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const bool json = bytes.front() == '[' || bytes.front() == '{';
  const auto imported = cip::importing::import_one(json ? "iproute" : "climconfig", bytes);
  if (imported) {
    cip::syntax::Sources sources;
    cip::diagnostics::Findings findings;
    const auto id = sources.add("imported.cip", imported->text).id();
    cip::check::check(cip::lang::compile({id}, sources, findings), findings);
    if (findings.has_errors()) {
      std::abort();
    }
  }
  return 0;
}
