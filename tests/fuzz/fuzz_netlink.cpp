// Any bytes as a datagram of the kernel: no reader believes a length.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "reconciler/kernel/objects.h"
#include "reconciler/kernel/socket.h"
#include "reconciler/plan/describe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  using namespace cip;
  // Aligned as a datagram is, and no larger than it says, so that what is read behind it is seen.
  std::vector<std::uint32_t> words(size / sizeof(std::uint32_t));
  const auto length = words.size() * sizeof(std::uint32_t);
  std::copy(data, data + length, reinterpret_cast<std::uint8_t*>(words.data()));
  std::size_t told = 0;
  const auto tell = [&told](const std::string& text) { told += text.size(); };
  kernel::for_each_message({reinterpret_cast<const char*>(words.data()), length}, [&](const nlmsghdr* message) {
    if (const auto link = kernel::read_link(message)) tell(link->id.name.str() + plan::describe(link->shape));
    if (const auto address = kernel::read_address(message)) tell(plan::describe(address->address, {}));
    if (const auto route = kernel::read_route(message)) tell(plan::describe(route->route, {}));
    if (const auto neighbor = kernel::read_neighbor(message)) tell(plan::describe(neighbor->neighbor, {}));
    if (const auto rule = kernel::read_rule(message)) tell(plan::describe(rule->rule));
    tell(kernel::read_error(message).text);
  });
  return 0;
}
