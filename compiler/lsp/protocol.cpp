#include "compiler/lsp/protocol.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <unistd.h>
#include <utility>

namespace cip::lsp {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

bool same_field(std::string_view name, std::string_view wanted) {
  return std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(), [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && static_cast<char>(a - 'A' + 'a') == b);
  });
}

// A field's name and value; nothing if the line is none.
std::optional<std::pair<std::string_view, std::string_view>> field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return std::nullopt;
  }
  return std::pair(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

bool Input::fill() {
  std::array<char, 65536> chunk{};
  while (true) {
    const auto count = read(descriptor_, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    buffer_.erase(0, std::exchange(at_, 0));
    buffer_.append(chunk.data(), static_cast<std::size_t>(count));
    return true;
  }
}

std::optional<std::string> Input::line() {
  std::string text;
  while (true) {
    const auto end = buffer_.find('\n', at_);
    const auto stop = end == std::string::npos ? buffer_.size() : end;
    // What is longer is no header; only its beginning is kept.
    text.append(buffer_, at_, std::min(stop - at_, line_limit - std::min(line_limit, text.size())));
    at_ = end == std::string::npos ? stop : end + 1;
    if (end != std::string::npos) {
      if (text.ends_with('\r')) {
        text.pop_back();
      }
      return text;
    }
    if (!fill()) {
      return std::nullopt;
    }
  }
}

std::optional<std::string> Input::body(std::size_t size) {
  while (buffer_.size() - at_ < size) {
    if (!fill()) {
      return std::nullopt;
    }
  }
  std::string text = buffer_.substr(at_, size);
  at_ += size;
  return text;
}

bool Input::skip(std::size_t size) {
  while (size > buffer_.size() - at_) {
    size -= buffer_.size() - at_;
    at_ = buffer_.size();
    if (!fill()) {
      return false;
    }
  }
  at_ += size;
  return true;
}

Received Input::receive() {
  std::optional<std::size_t> size;
  bool bad_size = false;
  bool any = false;
  while (true) {
    const auto text = line();
    if (!text) {
      return EndOfInput{};
    }
    if (text->empty()) {
      if (!any) {
        continue;  // an empty line before a header
      }
      break;
    }
    any = true;
    const auto entry = field(*text);
    if (entry && same_field(entry->first, "content-length")) {
      size = number(entry->second);
      bad_size = !size;
    }
  }
  if (!size) {
    return BadMessage{ErrorCode::parse_error,
                      bad_size ? "Content-Length is no number" : "a header has no Content-Length"};
  }
  if (*size > size_limit) {
    if (!skip(*size)) {
      return EndOfInput{};
    }
    return BadMessage{ErrorCode::invalid_request,
                      "a message may have at most " + std::to_string(size_limit) + " bytes"};
  }
  const auto text = body(*size);
  if (!text) {
    return EndOfInput{};
  }
  Json message = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (message.is_discarded()) {
    return BadMessage{ErrorCode::parse_error, "this is not JSON"};
  }
  return message;
}

bool send(int descriptor, const Json& message) {
  const std::string body = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string text = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (std::size_t sent = 0; sent < text.size();) {
    const auto count = write(descriptor, text.data() + sent, text.size() - sent);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

Json result_message(const Json& id, Json result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

Json error_message(const Json& id, ErrorCode code, std::string_view text) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", static_cast<int>(code)}, {"message", text}}}};
}

Json notification(std::string_view method, Json params) {
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
}

}  // namespace cip::lsp
