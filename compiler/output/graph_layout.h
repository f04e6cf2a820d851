// Where everything of a picture is drawn, in pixels; x to the right, y down. Text has a fixed width for each column of
// a terminal, so that it can be measured without a font.
//
// CLIMs that share pairs make a group: a grid of boxes whose gutters and channels (between the columns and rows of
// boxes) have the lines of the pairs. Groups stand beside each other, and below.
#pragma once

#include <string>
#include <vector>

#include "compiler/output/graph.h"

namespace cip::output::graph {

struct Point {
  int x = 0;
  int y = 0;
};

struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  int right() const { return x + width; }
  int bottom() const { return y + height; }
  int middle() const { return y + height / 2; }
};

// `rect` is what the text takes, at most. Empty: not drawn.
struct Text {
  std::string text;
  Rect rect;
};

struct Row {
  std::size_t interface = 0;  // index
  Rect rect;
  Text badge;   // a letter for the kind
  Text name;    // indented by its depth
  Text detail;  // its first address, or what is said of its kind
  Text tag;     // its LAN
  Text partner;
};

struct Box {
  std::size_t clim = 0;  // index
  Rect rect;
  Text name;
  Text control;
  std::vector<Row> rows;  // one for each interface, in order
};

// From the side of the home interface's row to that of its target; all pieces are horizontal or vertical, the first and
// the last are horizontal.
struct Line {
  std::size_t pair = 0;  // index
  std::vector<Point> points;
};

enum class Sample : std::uint8_t { provider, pair, badge };

// An entry of the legend: a sample at its left, and text.
struct LegendEntry {
  Sample sample = Sample::provider;
  std::size_t index = 0;  // of a provider, or the value of a PairKind
  Rect rect;              // of the sample
  std::string letter;     // of a badge
  Text text;
};

struct Layout {
  int width = 0;
  int height = 0;
  Text heading;
  std::vector<Box> boxes;   // one for each CLIM
  std::vector<Line> lines;  // one for each pair
  std::vector<LegendEntry> legend;
};

Layout layout_of(const Picture& picture);

inline constexpr int character_width = 8;  // of a column of text, at a font size of 13

// The columns that the text takes on a terminal.
int columns(const std::string& text);
// The text if it takes no more columns, else its beginning and an ellipsis.
std::string cut(const std::string& text, int columns);

// The CLIMs of each group, partners next to each other as far as that is possible; a ring is in order.
std::vector<std::vector<std::size_t>> groups_of(const Picture& picture);

}  // namespace cip::output::graph
