// Any bytes as a file of the state tree, or the ledger. What is accepted is written again as it was: a reader takes
// nothing but the one spelling.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "reconciler/plan/objects.h"
#include "state/json.h"

namespace {

template <class Object>
void must_be_canonical(const cip::Result<Object>& object, std::string_view bytes) {
  if (object && cip::to_json(*object) != bytes) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  must_be_canonical(cip::home_interface_from_json(bytes, "home"), bytes);
  must_be_canonical(cip::clim_from_json(bytes, "clim"), bytes);
  must_be_canonical(cip::manifest_from_json(bytes, "manifest"), bytes);
  if (const auto ledger = cip::plan::ledger_from_json(bytes, "ledger")) {
    const auto again = cip::plan::ledger_from_json(cip::plan::to_json(*ledger), "ledger");
    if (!again || !(*again == *ledger)) {
      std::abort();
    }
  }
  return 0;
}
