#include "compiler/import/iproute_documents.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <string_view>

#include "compiler/import/text.h"

namespace cip::importing {
namespace {

using nlohmann::json;

constexpr int most_nested = 64;

// Where a document that starts here ends: behind its last bracket. Nothing if it does not, or is nested too deep.
std::optional<std::size_t> document_end(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\' ? 1 : 0;
      in_string = c != '"';
      continue;
    }
    in_string = c == '"';
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    if (depth > most_nested) {
      return std::nullopt;
    }
    if (depth == 0) {
      return i + 1;
    }
  }
  return std::nullopt;
}

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::optional<DumpKind> kind_of(const json& element) {
  const auto has = [&](const char* key) { return element.contains(key); };
  if (has("ifname")) {
    return DumpKind::links;
  }
  if (has("dst") && (has("lladdr") || has("state"))) {
    return DumpKind::neighbors;
  }
  if (has("priority") && (has("src") || has("table") || has("action"))) {
    return DumpKind::rules;
  }
  return has("dst") ? std::optional(DumpKind::routes) : std::nullopt;
}

Error error_at(const Input& input, std::size_t line, const std::string& text) {
  return {ErrorCode::invalid, input.name + ":" + std::to_string(line) + ": " + text};
}

// Adds the elements of a document; the error's text, or empty. `seen` has those of all before: `ip route show table
// all` has the routes of `ip -6 route`, too.
std::string add_elements(json document, Place place, Dumps& dumps, std::set<std::string>& seen) {
  if (document.is_object()) {
    document = json::array({std::move(document)});
  }
  for (json& element : document) {
    if (element.is_object() && element.empty()) {
      continue;  // iproute2 prints these for what a filter left out
    }
    const auto kind = element.is_object() ? kind_of(element) : std::nullopt;
    if (!kind) {
      return "this is no dump of `ip -j` addresses, links, routes, rules or neighbours";
    }
    if (*kind != DumpKind::links && !seen.insert(element.dump()).second) {
      continue;
    }
    auto& list = *kind == DumpKind::links    ? dumps.links
                 : *kind == DumpKind::routes ? dumps.routes
                 : *kind == DumpKind::rules  ? dumps.rules
                                             : dumps.neighbors;
    list.push_back({place, std::move(element)});
  }
  return "";
}

std::optional<Error> read_input(const Input& input, std::size_t index, Dumps& dumps, std::set<std::string>& seen) {
  std::string_view rest = input.bytes;
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (rest.substr(0, byte_order_mark.size()) == byte_order_mark) {
    rest.remove_prefix(byte_order_mark.size());
  }
  bool any = false;
  for (std::size_t line = 1;; any = true) {
    const auto begin = std::min(rest.find_first_not_of(" \t\r\n"), rest.size());
    line += lines_in(rest.substr(0, begin));
    rest.remove_prefix(begin);
    if (rest.empty()) {
      break;
    }
    if (rest[0] != '[' && rest[0] != '{') {
      return error_at(input, line, "is not JSON; `ip -j` prints it");
    }
    const auto end = document_end(rest);
    if (!end) {
      return error_at(input, line, "the JSON that starts here does not end, or is nested too deep");
    }
    auto document = json::parse(rest.substr(0, *end), nullptr, /*allow_exceptions=*/false);
    if (document.is_discarded()) {
      return error_at(input, line, "the JSON that starts here is malformed");
    }
    if (const auto fault = add_elements(std::move(document), {index, line}, dumps, seen); !fault.empty()) {
      return error_at(input, line, fault);
    }
    line += lines_in(rest.substr(0, *end));
    rest.remove_prefix(*end);
  }
  return any ? std::nullopt : std::optional(error_at(input, 1, "is empty"));
}

std::optional<std::uint32_t> to_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<Dumps> read_dumps(const std::vector<Input>& inputs) {
  Dumps dumps;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (auto error = read_input(inputs[i], i, dumps, seen)) {
      return *error;
    }
  }
  return dumps;
}

const json* Fields::find(const char* key) const {
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void Fields::wrong(const char* key, const char* what) {
  if (fault_.empty()) {
    fault_ = "`" + std::string(key) + "` is no " + what;
  }
}

bool Fields::has(const char* key) const {
  return find(key) != nullptr;
}

bool Fields::is_set(const char* key) const {
  const auto* value = find(key);
  return value != nullptr && !(value->is_boolean() && !value->get<bool>());
}

std::string Fields::text(const char* key) {
  const auto* value = find(key);
  if (value != nullptr && value->is_string()) {
    return value->get<std::string>();
  }
  if (value != nullptr && value->is_number_unsigned()) {
    return std::to_string(value->get<std::uint64_t>());
  }
  if (value != nullptr) {
    wrong(key, "text");
  }
  return "";
}

std::uint32_t Fields::number(const char* key, std::uint32_t otherwise) {
  const auto* value = find(key);
  if (value == nullptr) {
    return otherwise;
  }
  if (value->is_number_unsigned() && value->get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max()) {
    return value->get<std::uint32_t>();
  }
  const auto parsed = value->is_string() ? to_number(value->get_ref<const std::string&>()) : std::nullopt;
  if (!parsed) {
    wrong(key, "number of at most 32 bits");
  }
  return parsed.value_or(otherwise);
}

std::vector<std::string> Fields::texts(const char* key) {
  std::vector<std::string> result;
  for (const json& entry : list(key)) {
    if (entry.is_string()) {
      result.push_back(entry.get<std::string>());
    } else {
      wrong(key, "list of texts");
    }
  }
  return result;
}

const json& Fields::object(const char* key) {
  static const json none = json::object();
  const auto* value = find(key);
  if (value != nullptr && !value->is_object()) {
    wrong(key, "object");
  }
  return value != nullptr && value->is_object() ? *value : none;
}

const json& Fields::list(const char* key) {
  static const json none = json::array();
  const auto* value = find(key);
  if (value != nullptr && !value->is_array()) {
    wrong(key, "list");
  }
  return value != nullptr && value->is_array() ? *value : none;
}

}  // namespace cip::importing
