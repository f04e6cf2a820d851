// Any bytes as what comes from a LAN: a heartbeat, also one that is authentic, which only a CLIM with a fault would
// send; a frame that may claim an address; a message of the channel, and a list of connections in one. What is accepted
// gives the same again.
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
#include "reconciler/sockets/known.h"

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

void read_connections(const std::string& text) {
  if (const auto connections = cip::sockets::unpack(text)) {
    const auto again = cip::sockets::unpack(cip::sockets::pack(*connections));
    require(again && *again == *connections);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  static const Seal key{Secret{}};
  const Bytes bytes(data, size);
  read_heartbeat(bytes, key);
  if (size > header_size) {
    read_heartbeat(sealed({bytes.begin(), bytes.end()}, key), key);
  }
  (void)read_claim(bytes);
  if (const auto message = message_from_json(std::string(bytes.begin(), bytes.end()))) {
    const auto again = message_from_json(to_json(*message));
    require(again && *again == *message);
    if (const auto* report = std::get_if<ConnectionReport>(&*message)) {
      read_connections(report->added);
    }
  }
  return 0;
}
