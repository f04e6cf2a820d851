#include "reconciler/ipsec/settings.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace cip::ipsec {
namespace {

constexpr std::size_t deepest = 8;  // cipc writes four

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// What stands between quotes, or the word as it is; nothing if it is neither.
std::optional<std::string> value_of(std::string_view text) {
  if (text.empty() || text.front() != '"') {
    const bool plain = !text.empty() && text.find_first_of("\"{}#= \t") == std::string_view::npos;
    return plain ? std::optional(std::string(text)) : std::nullopt;
  }
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      return i + 1 == text.size() ? std::optional(value) : std::nullopt;
    }
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    if (++i == text.size()) {
      return std::nullopt;
    }
    value += text[i] == 'n' ? '\n' : text[i] == 'r' ? '\r' : text[i];
  }
  return std::nullopt;
}

}  // namespace

const std::string* Section::find(std::string_view setting) const {
  const auto found =
      std::find_if(settings.begin(), settings.end(), [&](const auto& each) { return each.first == setting; });
  return found == settings.end() ? nullptr : &found->second;
}

const Section* Section::find_section(std::string_view section) const {
  const auto found =
      std::find_if(sections.begin(), sections.end(), [&](const Section& each) { return each.name == section; });
  return found == sections.end() ? nullptr : &*found;
}

Result<Section> parse_settings(std::string_view text) {
  std::vector<Section> open(1);  // the root, and the sections that have not ended, outermost first
  std::size_t number = 0;
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorCode::invalid, fmt::format("line {}: {}", number, what)};
  };
  while (!text.empty()) {
    ++number;
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') {
      continue;
    }
    if (line == "}") {
      if (open.size() == 1) {
        return wrong("a section ends that has not begun");
      }
      auto ended = std::move(open.back());
      open.pop_back();
      open.back().sections.push_back(std::move(ended));
      continue;
    }
    if (line.back() == '{') {
      const auto name = trimmed(line.substr(0, line.size() - 1));
      if (name.empty() || name.find_first_of(" \t\"{}=#") != std::string_view::npos) {
        return wrong("a section has no proper name");
      }
      if (open.back().find_section(name) != nullptr) {
        return wrong(fmt::format("section {} is there twice", name));
      }
      if (open.size() > deepest) {
        return wrong("too many sections within each other");
      }
      open.emplace_back().name = name;
      continue;
    }
    const auto equals = line.find('=');
    const auto name = trimmed(line.substr(0, std::min(equals, line.size())));
    const auto value = equals == std::string_view::npos ? std::nullopt : value_of(trimmed(line.substr(equals + 1)));
    if (name.empty() || !value) {
      return wrong("neither a section nor a setting");
    }
    if (open.back().find(name) != nullptr) {
      return wrong(fmt::format("{} is set twice", name));
    }
    open.back().settings.emplace_back(name, *value);
  }
  if (open.size() != 1) {
    return wrong(fmt::format("section {} does not end", open.back().name));
  }
  return std::move(open.front());
}

}  // namespace cip::ipsec
