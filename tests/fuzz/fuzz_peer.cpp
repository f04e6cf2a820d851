// Any bytes as what comes from a LAN: a heartbeat, also one that is authentic, which only a CLIM with a fault would
// send; a frame that may claim an address; a message of the channel. What is accepted gives the same bytes again.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/peer/channel.h"
#include "reconciler/peer/frames.h"
#include "reconciler/peer/wire.h"

namespace {

using namespace cip::peer;
using Bytes = std::span<const std::uint8_t>;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void read_heartbeat(Bytes bytes, const Secret& key) {
  const auto decoded = decode(bytes, key);
  if (const auto* message = std::get_if<WireMessage>(&decoded)) {
    const auto again = encode(*message, key);
    require(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
}

// With the length and the tag that it should have.
std::vector<std::uint8_t> signed_again(Bytes bytes, const Secret& key) {
  constexpr std::size_t length_at = 4;
  std::vector<std::uint8_t> body(bytes.begin(), bytes.end());
  if (body.size() < length_at + 2) {
    return body;
  }
  const auto length = body.size() + tag_size;
  body[length_at] = static_cast<std::uint8_t>(length >> 8U);
  body[length_at + 1] = static_cast<std::uint8_t>(length);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.bytes().data(), Secret::size, body.data(), body.size(), hash.data(), &size);
  body.insert(body.end(), hash.begin(), hash.begin() + tag_size);
  return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  static const Secret key;
  const Bytes bytes(data, size);
  read_heartbeat(bytes, key);
  read_heartbeat(signed_again(bytes, key), key);
  (void)read_claim(bytes);
  if (const auto message = message_from_json(std::string(bytes.begin(), bytes.end()))) {
    const auto again = message_from_json(to_json(*message));
    require(again && *again == *message);
  }
  return 0;
}
