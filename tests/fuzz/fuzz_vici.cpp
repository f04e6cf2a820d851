// Any bytes as a message of charon's control interface. What is taken can be sent, and is the same then.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "reconciler/ipsec/vici_message.h"

namespace {

using cip::ipsec::Message;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// Each thing of a message is found by its name, the first of that name.
void check(const Message& message) {
  for (const auto& [name, unused] : message.values) {
    (void)message.value(name);
  }
  for (const auto& [name, unused] : message.lists) {
    (void)message.list(name);
  }
  for (const auto& [name, section] : message.sections) {
    require(message.section(name) != nullptr);
    check(section);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  const auto message = cip::ipsec::decode({reinterpret_cast<const char*>(data), size});
  if (!message) {
    return 0;
  }
  check(*message);
  const auto bytes = encode(*message);
  require(bytes.size() == size);  // only the order of a section's values, lists and sections may be another
  const auto again = cip::ipsec::decode(bytes);
  require(again && encode(*again) == bytes);
  return 0;
}
