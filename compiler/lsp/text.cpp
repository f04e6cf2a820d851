#include "compiler/lsp/text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "compiler/diagnostics/text.h"

namespace cip::lsp {
namespace {

// Units of the code point.
std::size_t units(const diagnostics::CodePoint& point, Encoding encoding) {
  if (encoding == Encoding::utf8) {
    return point.length;
  }
  return point.value > 0xFFFF ? 2 : 1;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool stays_in_uri(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

}  // namespace

Lines::Lines(std::string_view text) : text_(text) {
  starts_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends = text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
    if (ends) {
      starts_.push_back(i + 1);
    }
  }
}

std::string_view Lines::line(std::size_t number) const {
  const std::size_t begin = starts_[number];
  const std::size_t end = number + 1 < starts_.size() ? starts_[number + 1] : text_.size();
  std::string_view text = text_.substr(begin, end - begin);
  if (number + 1 < starts_.size()) {
    text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  }
  return text;
}

std::size_t Lines::offset(Position position, Encoding encoding) const {
  if (position.line >= starts_.size()) {
    return text_.size();
  }
  std::string_view rest = line(position.line);
  std::size_t at = starts_[position.line];
  for (std::size_t left = position.character; !rest.empty();) {
    const auto point = diagnostics::first_code_point(rest);
    const std::size_t width = units(point, encoding);
    if (width > left) {
      break;
    }
    left -= width;
    at += point.length;
    rest.remove_prefix(point.length);
  }
  return at;
}

Position Lines::position(std::size_t offset, Encoding encoding) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto number = static_cast<std::size_t>(after - starts_.begin()) - 1;
  std::string_view rest = line(number);
  rest = rest.substr(0, std::min(rest.size(), offset - starts_[number]));
  Position position{number, 0};
  while (!rest.empty()) {
    const auto point = diagnostics::first_code_point(rest);
    position.character += units(point, encoding);
    rest.remove_prefix(point.length);
  }
  return position;
}

Position position_from(const Json& json) {
  return {json.at("line").get<std::size_t>(), json.at("character").get<std::size_t>()};
}

Json to_json(Position position) {
  return {{"line", position.line}, {"character", position.character}};
}

Json range_json(const Lines& lines, std::size_t begin, std::size_t end, Encoding encoding) {
  return {{"start", to_json(lines.position(begin, encoding))}, {"end", to_json(lines.position(end, encoding))}};
}

void apply_change(std::string& text, const Json& change, Encoding encoding) {
  const auto& added = change.at("text").get_ref<const std::string&>();
  const auto range = change.find("range");
  if (range == change.end() || range->is_null()) {
    text = added;
    return;
  }
  const Lines lines(text);
  const std::size_t begin = lines.offset(position_from(range->at("start")), encoding);
  const std::size_t end = lines.offset(position_from(range->at("end")), encoding);
  text.replace(begin, std::max(begin, end) - begin, added);
}

std::string path_of(std::string_view uri) {
  constexpr std::string_view scheme = "file://";
  if (!uri.starts_with(scheme)) {
    return std::string(uri);
  }
  const auto path = uri.find('/', scheme.size());  // what stands before it is the host: this one
  std::string result;
  for (std::size_t i = path == std::string_view::npos ? uri.size() : path; i < uri.size(); ++i) {
    const bool escape = uri[i] == '%' && i + 2 < uri.size() && hex_digit(uri[i + 1]) >= 0 && hex_digit(uri[i + 2]) >= 0;
    if (escape) {
      result += static_cast<char>(hex_digit(uri[i + 1]) * 16 + hex_digit(uri[i + 2]));
      i += 2;
    } else {
      result += uri[i];
    }
  }
  return result;
}

std::string uri_of(std::string_view path) {
  std::string uri = "file://";
  for (const char c : path) {
    uri += stays_in_uri(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

}  // namespace cip::lsp
