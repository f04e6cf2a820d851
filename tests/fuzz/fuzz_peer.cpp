// Any bytes as what comes from a LAN: a heartbeat, also one that is authentic, which only a CLIM with a fault would
// send; a frame that may claim an address; a message of the channel. What is accepted gives the same bytes again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/peer/channel.h"
#include "reconciler/peer/frames.h"
#include "reconciler/peer/seal.h"
#include "reconciler/peer/wire.h"

namespace {

using namespace cip::peer;
using Bytes = std::span<const std::uint8_t>;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void read_heartbeat(Bytes bytes, const Seal& key) {
  const auto decoded = decode(bytes, key);
  if (const auto* message = std::get_if<WireMessage>(&decoded)) {
    const auto again = encode(*message, key);
    require(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
}

// With the length and the tag that it should have.
std::vector<std::uint8_t> sealed(Bytes bytes, const Seal& key) {
  constexpr std::size_t length_at = 4;
  if (bytes.size() <= header_size) {
    return {};
  }
  std::vector<std::uint8_t> message(bytes.begin(), bytes.begin() + header_size);
  const auto length = bytes.size() + Seal::size;
  message[length_at] = static_cast<std::uint8_t>(length >> 8U);
  message[length_at + 1] = static_cast<std::uint8_t>(length);
  const auto rest = key.seal(message, bytes.subspan(header_size));
  message.insert(message.end(), rest.begin(), rest.end());
  return message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  static const Seal key{Secret{}};
  const Bytes bytes(data, size);
  read_heartbeat(bytes, key);
  read_heartbeat(sealed(bytes, key), key);
  (void)read_claim(bytes);
  if (const auto message = message_from_json(std::string(bytes.begin(), bytes.end()))) {
    const auto again = message_from_json(to_json(*message));
    require(again && *again == *message);
  }
  return 0;
}
