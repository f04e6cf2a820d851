// JSON-RPC 2.0 messages as the Language Server Protocol frames them (LSP 3.17, Base Protocol).
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace cip::lsp {

using Json = nlohmann::json;

enum class ErrorCode : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  server_not_initialized = -32002,
};

// What came instead of a message; reading can go on behind it.
struct BadMessage {
  ErrorCode code;
  std::string text;  // lower case, no full stop
};
struct EndOfInput {};
using Received = std::variant<Json, BadMessage, EndOfInput>;

// The messages that come in on a descriptor. Header fields may come in any order and case; those that are not known are
// skipped, and so is a line that is none.
class Input {
 public:
  static constexpr std::size_t size_limit = std::size_t{128} << 20;  // bytes of one message
  static constexpr std::size_t line_limit = std::size_t{8} << 10;    // bytes of a header line
  explicit Input(int descriptor) : descriptor_(descriptor) {}

  // Waits for the next one.
  Received receive();

 private:
  std::optional<std::string> line();  // nothing: the input ends
  std::optional<std::string> body(std::size_t size);
  bool skip(std::size_t size);
  bool fill();

  int descriptor_;
  std::string buffer_;
  std::size_t at_ = 0;
};

// Writes a message with its header. False: nobody reads any more.
bool send(int descriptor, const Json& message);

Json result_message(const Json& id, Json result);
Json error_message(const Json& id, ErrorCode code, std::string_view text);
Json notification(std::string_view method, Json params);

}  // namespace cip::lsp
