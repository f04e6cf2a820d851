#include <algorithm>
#include <cstdlib>

#include "compiler/output/graph_layout.h"
#include "compiler/output/graph_markup.h"

namespace cip::output::graph {
namespace {

std::string attribute(const char* name, int value) {
  return std::string(" ") + name + "=\"" + std::to_string(value) + "\"";
}

std::string attributes(const Rect& rect) {
  return attribute("x", rect.x) + attribute("y", rect.y) + attribute("width", rect.width) +
         attribute("height", rect.height);
}

// Rules that differ between light and dark: of the paper, boxes, texts, and each colour's lines and surfaces.
std::string theme(bool dark) {
  const std::string begin = dark ? "@media (prefers-color-scheme: dark) {\n" : "";
  std::string css =
      begin + ".cip .paper{fill:" + (dark ? "#0d1117" : "#ffffff") +
      "}\n.cip .box{fill:" + (dark ? "#161b22" : "#f6f8fa") + ";stroke:" + (dark ? "#4a525c" : "#b6bec8") +
      "}\n.cip .head{fill:" + (dark ? "#262d36" : "#e4e8ed") + "}\n.cip text{fill:" + (dark ? "#e6edf3" : "#1f2328") +
      "}\n.cip .dim{fill:" + (dark ? "#9aa4af" : "#57606a") + "}\n.cip .halo{stroke:" + (dark ? "#0d1117" : "#ffffff") +
      "}\n.cip .badge{fill:" + (dark ? "#343c46" : "#d5dbe2") + "}\n";
  for (std::size_t i = 0; i <= color_count; ++i) {
    const std::string value =
        i == color_count ? (dark ? "#9aa4af" : "#57606a") : (dark ? color(i).dark : color(i).light);
    const std::string number = std::to_string(i);
    css += ".cip .l" + number + "{stroke:" + value + "}\n.cip .s" + number + "{fill:" + value + "}\n.cip text.t" +
           number + "{fill:" + value + "}\n";
  }
  return css + (dark ? "}\n" : "");
}

std::string style() {
  return "<style>\n.cip text{font:13px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre}\n"
         ".cip .heading{font-size:16px;font-weight:bold}\n.cip .clim{font-size:14px;font-weight:bold}\n"
         ".cip .letter{font-size:11px;font-weight:bold;text-anchor:middle}\n"
         ".cip .line,.cip .halo{fill:none;stroke-width:2}\n.cip .halo{stroke-width:5}\n"
         ".cip .spare{stroke-dasharray:6 4}\n.cip .tag{fill-opacity:.14}\n" +
         theme(false) + theme(true) + "</style>\n";
}

std::string text(const Text& source, const std::string& classes) {
  if (source.text.empty()) return {};
  return "<text" + attribute("x", source.rect.x) + attribute("y", source.rect.middle() + 5) +
         (classes.empty() ? "" : " class=\"" + classes + "\"") + ">" + xml(source.text) + "</text>";
}

std::string badge(const std::string& letter, const Rect& place) {
  const Rect rect{place.x, place.middle() - 8, place.width, 16};
  return "<rect class=\"badge\" rx=\"3\"" + attributes(rect) + "/><text class=\"letter dim\"" +
         attribute("x", rect.x + rect.width / 2) + attribute("y", rect.y + 12) + ">" + letter + "</text>";
}

std::string tag(const Text& source, std::size_t number) {
  if (source.text.empty()) return {};
  const auto& place = source.rect;
  const std::string color = std::to_string(number);
  Text inner = source;
  inner.rect.x += 8;
  return "<rect class=\"tag s" + color + "\" rx=\"9\"" + attributes({place.x, place.middle() - 9, place.width, 18}) +
         "/>" + text(inner, "t" + color);
}

// Corners are rounded, as far as the pieces are long enough.
std::string path(const std::vector<Point>& points) {
  const auto at = [](const Point& point) { return std::to_string(point.x) + " " + std::to_string(point.y); };
  const auto toward = [](const Point& from, const Point& to, int distance) {
    const auto step = [&](int a, int b) { return a + (a < b ? distance : a > b ? -distance : 0); };
    return Point{step(from.x, to.x), step(from.y, to.y)};
  };
  const auto length = [](const Point& a, const Point& b) { return std::abs(a.x - b.x) + std::abs(a.y - b.y); };
  std::string d = "M" + at(points.front());
  for (std::size_t i = 1; i + 1 < points.size(); ++i) {
    const int radius = std::min({6, length(points[i - 1], points[i]) / 2, length(points[i], points[i + 1]) / 2});
    d += "L" + at(toward(points[i], points[i - 1], radius)) + "Q" + at(points[i]) + " " +
         at(toward(points[i], points[i + 1], radius));
  }
  return d + "L" + at(points.back());
}

std::string arrow(const Point& tip, const Point& from, std::size_t number) {
  const int back = tip.x + (from.x < tip.x ? -9 : 9);
  return "<path class=\"s" + std::to_string(number) + "\" d=\"M" + std::to_string(tip.x) + " " + std::to_string(tip.y) +
         "L" + std::to_string(back) + " " + std::to_string(tip.y - 4) + "v8z\"/>";
}

std::string line(const std::vector<Point>& points, PairKind kind, std::size_t number) {
  const std::string d = path(points);
  const std::string classes = "line l" + std::to_string(number) + (kind == PairKind::spare ? " spare" : "");
  return "<path class=\"halo\" d=\"" + d + "\"/><path class=\"" + classes + "\" d=\"" + d + "\"/>" +
         arrow(points.back(), points[points.size() - 2], number) +
         (kind == PairKind::mutual ? arrow(points.front(), points[1], number) : "");
}

class Writer {
 public:
  Writer(const Picture& picture, Drawing drawing)
      : picture_(picture), layout_(layout_of(picture)), in_page_(drawing == Drawing::in_page) {}

  std::string write() const {
    std::string svg = head() + style() + "<rect class=\"paper\"" + attributes({0, 0, layout_.width, layout_.height}) +
                      "/>\n" + text(layout_.heading, "heading") + "\n";
    for (const auto& each : layout_.lines) svg += pair(each);
    for (const auto& box : layout_.boxes) svg += clim(box);
    svg += "<g class=\"legend\">\n";
    for (const auto& entry : layout_.legend) svg += legend(entry);
    return svg + "</g>\n</svg>\n";
  }

 private:
  std::string head() const {
    std::size_t interfaces = 0;
    for (const auto& clim : picture_.clims) interfaces += clim.interfaces.size();
    const std::string size = std::to_string(layout_.width) + " " + std::to_string(layout_.height);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"cip\"" + attribute("width", layout_.width) +
           attribute("height", layout_.height) + " viewBox=\"0 0 " + size + "\" role=\"" +
           (in_page_ ? "group" : "img") + "\" aria-labelledby=\"cip-title cip-desc\">\n<title id=\"cip-title\">" +
           xml(layout_.heading.text) +
           "</title>\n<desc id=\"cip-desc\">CLIMs: " + std::to_string(picture_.clims.size()) +
           ", interfaces: " + std::to_string(interfaces) +
           ", failover pairs: " + std::to_string(picture_.pairs.size()) +
           ". Each CLIM is a box with a row for each interface; lines join failover pairs.</desc>\n";
  }

  std::string pair(const Line& source) const {
    const auto& pair = picture_.pairs[source.pair];
    return "<g class=\"pair\"" + (in_page_ ? " id=\"p" + std::to_string(source.pair) + "\"" : "") + "><title>" +
           describe(picture_, pair) + "</title>" +
           line(source.points, pair.kind, color_number(picture_.at(pair.home))) + "</g>\n";
  }

  std::string clim(const Box& box) const {
    const auto& clim = picture_.clims[box.clim];
    const Rect head{box.rect.x, box.rect.y, box.rect.width, box.name.rect.height};
    std::string svg =
        "<g class=\"clim-box\"" + std::string(in_page_ ? " role=\"group\"" : "") + "><title>CLIM " + xml(clim.name);
    for (const auto& control : clim.control) svg += "\ncontrol " + xml(control);
    svg += "</title>\n<rect class=\"box\" rx=\"6\"" + attributes(box.rect) + "/><rect class=\"head\" rx=\"5\"" +
           attributes({head.x + 1, head.y + 1, head.width - 2, head.height - 3}) + "/>" + text(box.name, "clim") +
           text(box.control, "dim") + "\n";
    for (const auto& each : box.rows) svg += row(box.clim, each);
    return svg + "</g>\n";
  }

  std::string row(std::size_t clim, const Row& row) const {
    const InterfaceIndex index{clim, row.interface};
    const auto& interface = picture_.at(index);
    const auto number = color_number(interface);
    const std::string focus = in_page_ ? " id=\"i" + std::to_string(clim) + "-" + std::to_string(row.interface) +
                                             "\" tabindex=\"0\" role=\"button\" aria-label=\"" +
                                             xml(picture_.name(index)) + "\""
                                       : "";
    const std::string surface =
        in_page_ ? "<rect class=\"surface\" fill=\"none\"" + attributes(row.rect) + "/>" : std::string();
    return "<g class=\"row\"" + focus + "><title>" + describe(picture_, index) + "</title>" + surface +
           badge(row.badge.text, row.badge.rect) + text(row.name, "") + text(row.detail, "dim") + tag(row.tag, number) +
           text(row.partner, "t" + std::to_string(number)) + "</g>\n";
  }

  static std::string legend(const LegendEntry& entry) {
    const auto& rect = entry.rect;
    std::string sample;
    if (entry.sample == Sample::badge) {
      sample = badge(entry.letter, rect);
    } else if (entry.sample == Sample::pair) {
      sample = line({{rect.x, rect.middle()}, {rect.right(), rect.middle()}}, static_cast<PairKind>(entry.index),
                    color_count);
    } else {
      sample = "<rect rx=\"3\" class=\"s" + std::to_string(entry.index % color_count) + "\"" +
               attributes({rect.x, rect.middle() - 5, rect.width, 10}) + "/>";
    }
    return "<g>" + sample + text(entry.text, "dim") + "</g>\n";
  }

  const Picture& picture_;
  Layout layout_;
  bool in_page_;
};

}  // namespace

std::string svg(const Picture& picture, Drawing drawing) {
  return Writer(picture, drawing).write();
}

std::string to_svg(const Picture& picture) {
  return svg(picture, Drawing::alone);
}

}  // namespace cip::output::graph
