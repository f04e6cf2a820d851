// What the writers of pictures share: text that cannot become markup, colours, and the drawing inside of a page.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/output/graph.h"

namespace cip::output::graph {

// For element content and quoted attributes of XML and HTML. Characters that XML 1.0 does not have become pictures of
// themselves or U+FFFD.
std::string xml(std::string_view text);
// A quoted string of DOT for an id or a label: nothing in it is an escape sequence or an entity.
std::string dot_quoted(std::string_view text);
// The same for a tooltip, in which graphviz 2.42 looks for escape sequences twice.
std::string dot_tooltip(std::string_view text);
// A JSON text inside of a <script>.
std::string script_json(std::string_view json);

struct Color {
  const char* light;  // on white; a contrast of 4.5 and more (WCAG 2.1, 1.4.3), likewise `dark`
  const char* dark;   // on #0d1117
};
inline constexpr std::size_t color_count = 10;
// Of the provider with this index. From the eleventh on they repeat: text always says which.
Color color(std::size_t provider);
// The number of the colour of a pair or interface; color_count: it is in no provider.
std::size_t color_number(const Interface& interface);

// "n1.eth1", its kind and LAN, and a line for each address and fact.
std::string describe(const Picture& picture, const InterfaceIndex& index);
std::string describe(const Picture& picture, const Pair& pair);

enum class Drawing : std::uint8_t {
  alone,   // an SVG file
  in_page  // interfaces take the focus, and have ids: "i0-3" is interface 3 of CLIM 0, "p7" is the line of pair 7
};
std::string svg(const Picture& picture, Drawing drawing);

}  // namespace cip::output::graph
