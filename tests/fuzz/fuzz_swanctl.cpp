// Any bytes as the swanctl.conf of a state tree. What its grammar takes reads the same when it is written again; what
// is taken as connections can be told to charon and be guarded in the kernel, and says nothing that is not for charon.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "reconciler/ipsec/charon.h"
#include "reconciler/ipsec/connections.h"
#include "reconciler/ipsec/settings.h"

namespace {

using namespace cip::ipsec;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

std::string in_quotes(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\r') {
      text += "\\r";
      continue;
    }
    if (c == '"' || c == '\\') {
      text += '\\';
    }
    text += c;
  }
  return text + '"';
}

void write(const Section& section, std::string& text) {
  for (const auto& [name, value] : section.settings) {
    text += name + " = " + in_quotes(value) + "\n";
  }
  for (const auto& each : section.sections) {
    text += each.name + " {\n";
    write(each, text);
    text += "}\n";
  }
}

std::string written(const Section& root) {
  std::string text;
  write(root, text);
  return text;
}

void check(const Connection& connection) {
  require(charon_name(connection).size() <= longest_name);
  require(connection.local.family() == connection.remote.family());
  require(!connection.protections.empty());
  for (const auto& protection : connection.protections) {
    require(protection.local.family() == protection.remote.family());
    const auto* child = connection.text.section("children")->section(protection.name);
    require(child != nullptr && child->value("start_action").empty());
  }
  require(connection.text.section("local")->value("certs").empty());
  const auto bytes = encode(connection.text);
  const auto again = decode(bytes);
  require(again && encode(*again) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto root = parse_settings(text)) {
    const auto again = parse_settings(written(*root));
    require(again && written(*again) == written(*root));
  }
  if (const auto connections = read_connections(text)) {
    for (const auto& connection : *connections) {
      check(connection);
    }
  }
  return 0;
}
