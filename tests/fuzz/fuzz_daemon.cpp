// Any bytes as a file of the data directory, or as a line of the control socket. A record vouches for itself with a
// digest, which no fuzzer guesses: it is tried with a right one, too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "reconciler/daemon/control_protocol.h"
#include "reconciler/daemon/data_directory.h"

namespace {

using namespace cip;
using namespace cip::daemon;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void read_record(std::string_view bytes) {
  const InterfaceRef home{ClimName("n1"), InterfaceName("eth1")};
  const auto saved = saved_from_json(bytes, home, "record");
  if (!saved) {
    return;
  }
  const auto again = saved_from_json(to_json(home, *saved), home, "record");
  require(again && *again == *saved);
}

std::string with_right_digest(std::string_view bytes) {
  auto object = nlohmann::json::parse(bytes, nullptr, false);
  if (!object.is_object()) {
    return {};
  }
  using Handler = nlohmann::json::error_handler_t;
  object.erase("digest");
  object["digest"] = Digest::of(object.dump(-1, ' ', false, Handler::replace)).str();
  return object.dump(-1, ' ', false, Handler::replace);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_record(bytes);
  read_record(with_right_digest(bytes));
  if (const auto unproven = unproven_from_json(bytes, "unproven")) {
    const auto again = unproven_from_json(to_json(*unproven), "unproven");
    require(again && again->generation == unproven->generation);
  }
  if (const auto request = parse_request(bytes)) {
    const auto again = parse_request(to_line(*request));
    require(again && *again == *request);
  }
  (void)parse_reply(bytes);
  (void)parse_interface_ref(bytes);
  return 0;
}
