#include "compiler/output/graph_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>

#include "compiler/diagnostics/text.h"
#include "compiler/output/graph_routes.h"
#include "state/words.h"

namespace cip::output::graph {
namespace {

constexpr int margin = 24;         // around the drawing, and between groups
constexpr int row_height = 24;     // of an interface
constexpr int header_height = 30;  // of a box
constexpr int padding = 8;         // inside of boxes and tags
constexpr int badge_width = 18;
constexpr int gap = 10;  // between the texts of a row
constexpr int indent = 14;
constexpr int line_step = 9;  // between two tracks
constexpr int narrowest_gutter = 44;
constexpr int narrowest_channel = 22;
constexpr int narrowest_drawing = 760;
constexpr int heading_height = 40;
constexpr int legend_height = 26;  // of a line of it

int width_of(const std::string& text) {
  return columns(text) * character_width;
}

// What the text columns of the boxes in one column of the grid take.
struct Widths {
  int name = 0;
  int detail = 0;
  int tag = 0;
  int partner = 0;
  int header = 0;

  int box() const {
    const int row = padding + badge_width + gap + name + (detail == 0 ? 0 : gap + detail) + (tag == 0 ? 0 : gap + tag) +
                    (partner == 0 ? 0 : gap + partner) + padding;
    return std::max(row, header);
  }
};

char letter(const Interface& interface) {
  if (interface.slave) return 'S';
  switch (interface.kind) {
    case InterfaceKind::loopback:
      return 'L';
    case InterfaceKind::maintenance:
      return 'M';
    case InterfaceKind::physical:
      return 'P';
    case InterfaceKind::bond:
      return 'B';
    case InterfaceKind::vlan:
      return 'V';
    case InterfaceKind::tunnel:
      return 'T';
  }
  return '?';
}

std::string fact(const Interface& interface, const std::string& key) {
  const auto& facts = interface.facts;
  const auto found = std::find_if(facts.begin(), facts.end(), [&](const auto& each) { return each.first == key; });
  return found == facts.end() ? std::string() : found->second;
}

std::string detail_of(const Interface& interface) {
  constexpr int widest = 26;
  if (interface.slave) return "slave";
  if (interface.kind == InterfaceKind::tunnel) return cut("to " + fact(interface, "remote"), widest);
  if (interface.addresses.empty()) {
    if (interface.kind == InterfaceKind::bond) return fact(interface, "mode");
    return interface.kind == InterfaceKind::vlan ? "VLAN " + fact(interface, "id") : std::string();
  }
  const auto more = interface.addresses.size() - 1;
  return cut(interface.addresses.front(), widest - 4) + (more == 0 ? "" : " +" + std::to_string(more));
}

std::string partner_of(const Picture& picture, const InterfaceIndex& index) {
  const auto found = picture.pair_of(index);
  if (!found) return {};
  const auto& pair = picture.pairs[*found];
  const bool is_home = pair.home == index;
  const char* arrow = pair.kind == PairKind::mutual ? "\u21c4 " : is_home ? "\u2192 " : "\u2190 ";
  return arrow + picture.name(is_home ? pair.target : pair.home);
}

// The texts of a CLIM, without places.
Box box_of(const Picture& picture, std::size_t index) {
  constexpr int widest_tag = 20;
  const auto& clim = picture.clims[index];
  Box box;
  box.clim = index;
  box.name.text = clim.name;
  if (!clim.control.empty()) {
    const auto more = clim.control.size() - 1;
    box.control.text = clim.control.front() + (more == 0 ? "" : " +" + std::to_string(more));
  }
  for (std::size_t i = 0; i < clim.interfaces.size(); ++i) {
    auto& row = box.rows.emplace_back();
    const auto& interface = clim.interfaces[i];
    row.interface = i;
    row.badge.text = std::string(1, letter(interface));
    row.name.text = interface.name;
    row.detail.text = detail_of(interface);
    row.tag.text = cut(interface.lan_name(picture.providers), widest_tag);
    row.partner.text = partner_of(picture, {index, i});
  }
  return box;
}

void widen(Widths& widths, const Picture& picture, const Box& box) {
  widths.header = std::max(
      widths.header, padding + (width_of(box.name.text) * 9 + 7) / 8 + 3 * gap + width_of(box.control.text) + padding);
  for (const auto& row : box.rows) {
    const auto depth = static_cast<int>(picture.clims[box.clim].interfaces[row.interface].depth);
    widths.name = std::max(widths.name, depth * indent + width_of(row.name.text));
    widths.detail = std::max(widths.detail, width_of(row.detail.text));
    if (!row.tag.text.empty()) widths.tag = std::max(widths.tag, width_of(row.tag.text) + 2 * padding);
    widths.partner = std::max(widths.partner, width_of(row.partner.text));
  }
}

void place_row(Row& row, int depth, const Rect& rect, const Widths& widths) {
  row.rect = rect;
  int x = rect.x + padding;
  const auto place = [&](Text& text, int width, int taken) {
    text.rect = {x, rect.y, width, row_height};
    x += taken == 0 ? 0 : taken + gap;
  };
  place(row.badge, badge_width, badge_width);
  row.name.rect = {x + depth * indent, rect.y, width_of(row.name.text), row_height};
  x += widths.name + gap;
  place(row.detail, width_of(row.detail.text), widths.detail);
  place(row.tag, row.tag.text.empty() ? 0 : width_of(row.tag.text) + 2 * padding, widths.tag);
  place(row.partner, width_of(row.partner.text), widths.partner);
}

// `box.rect` has its place, all else follows from it.
void place_texts(Box& box, const Picture& picture, const Widths& widths) {
  const auto& rect = box.rect;
  box.name.rect = {rect.x + padding, rect.y, (width_of(box.name.text) * 9 + 7) / 8, header_height};
  const int control = width_of(box.control.text);
  box.control.rect = {rect.right() - padding - control, rect.y, control, header_height};
  for (std::size_t i = 0; i < box.rows.size(); ++i) {
    const auto depth = static_cast<int>(picture.clims[box.clim].interfaces[i].depth);
    const int y = rect.y + header_height + static_cast<int>(i) * row_height;
    place_row(box.rows[i], depth, {rect.x, y, rect.width, row_height}, widths);
  }
}

// A group: boxes in a grid, row by row, every second row from right to left, so that what follows in the order is a
// neighbour. Its own corner is 0, 0.
class Group {
 public:
  // `common` are the widths that fit all boxes of the picture.
  Group(const Picture& picture, const std::vector<std::size_t>& order, const Widths& common)
      : picture_(picture), common_(common) {
    choose_grid(order);
    for (const auto clim : order) boxes_.push_back(box_of(picture, clim));
    route();
    place_vertically();
    place_horizontally();
    draw_lines();
  }

  int width() const { return x_.back(); }
  int height() const { return height_; }

  void add_to(Layout& layout, int x, int y) const {
    for (Box box : boxes_) {
      box.rect.x += x;
      box.rect.y += y;
      place_texts(box, picture_, widths_[static_cast<std::size_t>(column_of(index_of(box.clim)))]);
      layout.boxes.push_back(std::move(box));
    }
    for (Line line : lines_) {
      for (auto& point : line.points) point = {point.x + x, point.y + y};
      layout.lines.push_back(std::move(line));
    }
  }

 private:
  // Wider than high. A ring is closed on the left, where an even number of rows ends.
  void choose_grid(const std::vector<std::size_t>& order) {
    const auto in_rows = [](int count, int length) { return (count + length - 1) / length; };
    const int count = static_cast<int>(order.size());
    columns_ = count <= 3   ? count
               : count <= 8 ? in_rows(count, 2)
                            : static_cast<int>(std::ceil(std::sqrt(count * 0.8)));
    rows_ = in_rows(count, columns_);
    const auto& pairs = picture_.pairs;
    const bool closed = std::any_of(pairs.begin(), pairs.end(), [&](const Pair& pair) {
      return std::minmax(pair.home.clim, pair.target.clim) == std::minmax(order.front(), order.back());
    });
    if (closed && rows_ > 1 && rows_ % 2 == 1) {
      columns_ = in_rows(count, rows_ - 1);
      rows_ = in_rows(count, columns_);
    }
  }

  std::size_t index_of(std::size_t clim) const {
    const auto found = std::find_if(boxes_.begin(), boxes_.end(), [&](const Box& box) { return box.clim == clim; });
    return static_cast<std::size_t>(found - boxes_.begin());
  }
  int row_of(std::size_t box) const { return static_cast<int>(box) / columns_; }
  int column_of(std::size_t box) const {
    const int column = static_cast<int>(box) % columns_;
    return row_of(box) % 2 == 0 ? column : columns_ - 1 - column;
  }

  RouteEnd end_of(const InterfaceIndex& index) const {
    const auto box = index_of(index.clim);
    return {column_of(box), row_of(box), false, 0};
  }

  void route() {
    for (std::size_t i = 0; i < picture_.pairs.size(); ++i) {
      const auto& pair = picture_.pairs[i];
      if (index_of(pair.home.clim) == boxes_.size()) continue;
      Route route;
      route.pair = i;
      route.home = end_of(pair.home);
      route.target = end_of(pair.target);
      choose_way(route, columns_);
      routes_.push_back(route);
    }
  }

  // Channels, rows of boxes, and the ends of the lines.
  void place_vertically() {
    const auto tracks = channel_tracks(routes_, rows_ + 1);
    std::vector<int> heights(static_cast<std::size_t>(rows_));
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      boxes_[i].rect.height = header_height + static_cast<int>(boxes_[i].rows.size()) * row_height + padding;
      auto& height = heights[static_cast<std::size_t>(row_of(i))];
      height = std::max(height, boxes_[i].rect.height);
    }
    std::vector<int> channel_y;
    std::vector<int> row_y;
    int y = 0;
    for (int row = 0; row <= rows_; ++row) {
      const int count = tracks[static_cast<std::size_t>(row)];
      const bool inside = row != 0 && row != rows_;
      channel_y.push_back(y + line_step + 3);
      y += count == 0 ? (inside ? narrowest_channel : 0) : std::max(narrowest_channel, (count + 1) * line_step + 6);
      if (row == rows_) break;
      row_y.push_back(y);
      y += heights[static_cast<std::size_t>(row)];
    }
    height_ = y;
    for (std::size_t i = 0; i < boxes_.size(); ++i) boxes_[i].rect.y = row_y[static_cast<std::size_t>(row_of(i))];
    for (auto& route : routes_) {
      route.home.y = middle_of(picture_.pairs[route.pair].home);
      route.target.y = middle_of(picture_.pairs[route.pair].target);
      if (route.channel < 0) continue;
      route.channel_y = channel_y[static_cast<std::size_t>(route.channel)] + route.channel_track * line_step;
    }
  }

  int middle_of(const InterfaceIndex& index) const {
    return boxes_[index_of(index.clim)].rect.y + header_height + static_cast<int>(index.interface) * row_height +
           row_height / 2;
  }

  // Gutters and columns of boxes. x_ has the begin of each gutter, and the end of the last.
  void place_horizontally() {
    const auto tracks = gutter_tracks(routes_, columns_ + 1);
    widths_.resize(static_cast<std::size_t>(columns_));
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      widen(widths_[static_cast<std::size_t>(column_of(i))], picture_, boxes_[i]);
    }
    // Boxes are alike, unless that wastes space.
    for (auto& widths : widths_) {
      if (common_.box() <= widths.box() * 5 / 4) widths = common_;
    }
    int x = 0;
    for (int gutter = 0; gutter <= columns_; ++gutter) {
      const int count = tracks[static_cast<std::size_t>(gutter)];
      const bool inside = gutter != 0 && gutter != columns_;
      const int wanted = count == 0 ? 0 : (count - 1) * line_step + 36;
      gutters_.push_back({x, 0, inside ? std::max(wanted, narrowest_gutter) : wanted, 0});
      first_track_.push_back(gutters_.back().x + (gutters_.back().width - std::max(0, count - 1) * line_step) / 2);
      x = gutters_.back().right();
      if (gutter < columns_) x += widths_[static_cast<std::size_t>(gutter)].box();
    }
    x_.push_back(x);
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      const auto column = static_cast<std::size_t>(column_of(i));
      boxes_[i].rect.x = gutters_[column].right();
      boxes_[i].rect.width = widths_[column].box();
    }
  }

  Point edge(const RouteEnd& end) const {
    const auto& gutter = gutters_[static_cast<std::size_t>(end.gutter())];
    return {end.at_right ? gutter.x : gutter.right(), end.y};
  }
  int track_x(const RouteEnd& end, int track) const {
    return first_track_[static_cast<std::size_t>(end.gutter())] + track * line_step;
  }

  void draw_lines() {
    for (const auto& route : routes_) {
      Line line;
      line.pair = route.pair;
      line.points.push_back(edge(route.home));
      if (route.home_track >= 0) {
        const int x = track_x(route.home, route.home_track);
        const int end_x = route.channel < 0 ? x : track_x(route.target, route.target_track);
        line.points.push_back({x, route.home.y});
        if (route.channel >= 0) {
          line.points.push_back({x, route.channel_y});
          line.points.push_back({end_x, route.channel_y});
        }
        line.points.push_back({end_x, route.target.y});
      }
      line.points.push_back(edge(route.target));
      lines_.push_back(std::move(line));
    }
  }

  const Picture& picture_;
  const Widths& common_;
  int columns_ = 1;
  int rows_ = 1;
  int height_ = 0;
  std::vector<Box> boxes_;  // in the group's order
  std::vector<Route> routes_;
  std::vector<Line> lines_;
  std::vector<Widths> widths_;    // of each column
  std::vector<Rect> gutters_;     // x and width
  std::vector<int> first_track_;  // of each gutter: x
  std::vector<int> x_;
};

void place_groups(const std::vector<Group>& groups, Layout& layout) {
  double area = 0;
  int widest = narrowest_drawing;
  for (const auto& group : groups) {
    area += static_cast<double>(group.width() + margin) * (group.height() + margin);
    widest = std::max(widest, group.width());
  }
  const int limit = std::max(widest, static_cast<int>(std::sqrt(area * 1.5)));
  int x = 0;
  int y = heading_height;
  int tallest = 0;
  for (const auto& group : groups) {
    if (x != 0 && x + group.width() > limit) {
      y += tallest + margin;
      x = tallest = 0;
    }
    group.add_to(layout, margin + x, margin + y);
    x += group.width() + 2 * margin;
    tallest = std::max(tallest, group.height());
    layout.width = std::max(layout.width, x - 2 * margin);
  }
  layout.width = std::max(layout.width, narrowest_drawing) + 2 * margin;
  layout.height = margin + y + tallest;
}

std::vector<LegendEntry> legend_of(const Picture& picture) {
  constexpr int widest = 60;
  std::vector<LegendEntry> legend;
  for (std::size_t i = 0; i < picture.providers.size(); ++i) {
    std::string text = "provider " + picture.providers[i].name;
    for (std::size_t lan = 0; lan < picture.providers[i].lans.size(); ++lan) {
      text += (lan == 0 ? ": " : ", ") + picture.providers[i].lans[lan];
    }
    legend.push_back({Sample::provider, i, {}, {}, {cut(text, widest), {}}});
  }
  for (const auto kind : {PairKind::mutual, PairKind::one_way, PairKind::spare}) {
    const auto& pairs = picture.pairs;
    if (std::any_of(pairs.begin(), pairs.end(), [&](const Pair& pair) { return pair.kind == kind; })) {
      legend.push_back({Sample::pair, static_cast<std::size_t>(kind), {}, {}, {words(kind), {}}});
    }
  }
  std::string letters;
  for (const auto& clim : picture.clims) {
    for (const auto& interface : clim.interfaces) letters += letter(interface);
  }
  for (const auto* kind : {"loopback", "maintenance", "physical", "bond", "slave", "VLAN", "tunnel"}) {
    const std::string capital(1, static_cast<char>(*kind & ~0x20));
    if (letters.find(capital) != std::string::npos) {
      legend.push_back({Sample::badge, 0, {}, capital, {kind, {}}});
    }
  }
  return legend;
}

void place_legend(Layout& layout) {
  constexpr int sample_width = 34;
  int x = margin;
  int y = layout.height + margin;
  Sample last = Sample::provider;
  for (auto& entry : layout.legend) {
    const int width = width_of(entry.text.text);
    if (x != margin && (entry.sample != last || x + sample_width + gap + width > layout.width - margin)) {
      x = margin;
      y += legend_height;
    }
    last = entry.sample;
    const int sample = entry.sample == Sample::badge ? badge_width : sample_width;
    entry.rect = {x, y, sample, legend_height};
    entry.text.rect = {x + sample + gap, y, width, legend_height};
    x = entry.text.rect.right() + margin;
    layout.width = std::max(layout.width, entry.text.rect.right() + margin);
  }
  layout.height = (layout.legend.empty() ? layout.height : y + legend_height) + margin;
}

}  // namespace

int columns(const std::string& text) {
  int width = 0;
  std::string_view left = text;
  while (!left.empty()) {
    const auto point = diagnostics::first_code_point(left);
    width += static_cast<int>(diagnostics::display_width(point.value));
    left.remove_prefix(point.length);
  }
  return width;
}

std::string cut(const std::string& text, int widest) {
  if (columns(text) <= widest) return text;
  std::string result;
  int width = 1;
  std::string_view left = text;
  while (true) {
    const auto point = diagnostics::first_code_point(left);
    width += static_cast<int>(diagnostics::display_width(point.value));
    if (width > widest) return result + "\u2026";
    result += left.substr(0, point.length);
    left.remove_prefix(point.length);
  }
}

Layout layout_of(const Picture& picture) {
  Layout layout;
  Widths common;
  for (std::size_t i = 0; i < picture.clims.size(); ++i) widen(common, picture, box_of(picture, i));
  std::vector<Group> groups;
  for (const auto& order : groups_of(picture)) groups.emplace_back(picture, order, common);
  place_groups(groups, layout);
  layout.legend = legend_of(picture);
  place_legend(layout);
  const std::string heading = picture.cluster.empty() ? "cluster" : "cluster " + picture.cluster;
  layout.heading = {heading, {margin, margin / 2, (width_of(heading) * 5 + 3) / 4, heading_height}};
  layout.width = std::max(layout.width, layout.heading.rect.right() + margin);
  return layout;
}

}  // namespace cip::output::graph
