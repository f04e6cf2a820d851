#include "compiler/output/graph_markup.h"

#include <array>

#include "compiler/diagnostics/text.h"
#include "state/words.h"

namespace cip::output::graph {
namespace {

constexpr std::array<Color, color_count> colors{{{"#1d5fbf", "#6ea8fe"},
                                                 {"#1a7f37", "#56d364"},
                                                 {"#b3261e", "#ff8a80"},
                                                 {"#8250df", "#c69bff"},
                                                 {"#8a5d00", "#e3b341"},
                                                 {"#0b7285", "#4dd0e1"},
                                                 {"#b4155a", "#f48fb1"},
                                                 {"#566800", "#c6d645"},
                                                 {"#6d4c41", "#bcaaa4"},
                                                 {"#37474f", "#b0bec5"}}};

std::string kind_of(const Interface& interface) {
  return interface.slave ? "slave" : std::string(word(interface.kind));
}

std::string dot_string(std::string_view text, std::string_view backslash) {
  std::string result = "\"";
  for (const char c : diagnostics::printable(text)) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '\\') {
      result += backslash;
    } else {
      if (c == '"') result += '\\';
      result += c;
    }
  }
  return result + "\"";
}

}  // namespace

std::string xml(std::string_view text) {
  std::string result;
  const std::string shown = diagnostics::printable(text);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    switch (shown[i]) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      case '\xef':  // U+FFFE and U+FFFF are no characters of XML
        if (shown.compare(i, 3, "\xef\xbf\xbe") == 0 || shown.compare(i, 3, "\xef\xbf\xbf") == 0) {
          result += "\xef\xbf\xbd";
          i += 2;
          break;
        }
        [[fallthrough]];
      default:
        result += shown[i];
    }
  }
  return result;
}

std::string dot_quoted(std::string_view text) {
  return dot_string(text, R"(\\)");
}

std::string dot_tooltip(std::string_view text) {
  return dot_string(text, R"(\\\\)");
}

std::string script_json(std::string_view json) {
  std::string result;
  for (const char c : json) {
    if (c == '<') {
      result += "\\u003c";
    } else if (c == '>') {
      result += "\\u003e";
    } else if (c == '&') {
      result += "\\u0026";
    } else {
      result += c;
    }
  }
  return result;
}

Color color(std::size_t provider) {
  return colors.at(provider % color_count);
}

std::size_t color_number(const Interface& interface) {
  return interface.provider ? *interface.provider % color_count : color_count;
}

std::string describe(const Picture& picture, const InterfaceIndex& index) {
  const auto& interface = picture.at(index);
  std::string text = xml(picture.name(index)) + ": " + kind_of(interface);
  if (const auto lan = interface.lan_name(picture.providers); !lan.empty()) text += ", on " + xml(lan);
  for (const auto& address : interface.addresses) text += "\naddress " + xml(address);
  for (const auto& [key, value] : interface.facts) text += "\n" + key + " " + xml(value);
  return text;
}

std::string describe(const Picture& picture, const Pair& pair) {
  const bool mutual = pair.kind == PairKind::mutual;
  return xml(picture.name(pair.home)) + (mutual ? " and " : " fails over to ") + xml(picture.name(pair.target)) +
         (mutual                         ? " fail over to each other"
          : pair.kind == PairKind::spare ? ", a spare"
                                         : ", one way");
}

}  // namespace cip::output::graph
