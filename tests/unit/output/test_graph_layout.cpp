// Where things are drawn: nothing lies on anything else, whatever the cluster. Clusters come from a fixed seed.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "compiler/output/graph_layout.h"

using namespace cip;
using namespace cip::output::graph;

namespace {

// Any cluster whose pairs follow P2, P4 and P5.
class RandomPicture {
 public:
  explicit RandomPicture(unsigned seed) : random_(seed) {}

  Picture make() {
    picture_.cluster = name(1 + any(20));
    for (std::size_t i = any(13); i-- > 0;) picture_.providers.push_back({name(1 + any(30)), {name(3), name(9)}});
    const auto clims = 1 + any(24);
    for (std::size_t i = 0; i < clims; ++i) add_clim();
    add_pairs();
    return picture_;
  }

 private:
  std::size_t any(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  std::string name(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += any(9) == 0 && text.size() + 3 <= bytes ? "\u4e2d" : any(2) == 0 ? "m" : "1";
    return text;
  }

  void add_clim() {
    auto& clim = picture_.clims.emplace_back();
    clim.name = name(any(10) == 0 ? 63 : 1 + any(6));
    clim.control.resize(any(3), "2001:db8:1000:2000:3000:4000:5000:6000");
    const auto interfaces = any(9);
    for (std::size_t i = 0; i < interfaces; ++i) {
      auto& interface = clim.interfaces.emplace_back();
      interface.name = name(1 + any(15));
      interface.kind = static_cast<InterfaceKind>(any(6));
      interface.facts = {{"remote", "192.0.2.1"}, {"mode", "balance-rr"}, {"id", "4094"}};
      interface.addresses.resize(any(4), any(2) == 0 ? "10.1.0.1/24" : "2001:db8:1000:2000:3000:4000:5000:6000/128");
      if (i != 0 && any(3) == 0) {
        interface.parent = i - 1;
        interface.depth = clim.interfaces[i - 1].depth + 1;
      }
      if (!picture_.providers.empty() && any(3) != 0) interface.provider = any(picture_.providers.size());
      if (interface.provider && any(3) == 0) interface.lan = name(1 + any(30));
    }
  }

  void add_pairs() {
    std::vector<InterfaceIndex> left;
    for (std::size_t i = 0; i < picture_.clims.size(); ++i) {
      for (std::size_t j = 0; j < picture_.clims[i].interfaces.size(); ++j) left.push_back({i, j});
    }
    const bool near = any(2) == 0;  // mostly between neighbours, or all over
    if (!near) std::shuffle(left.begin(), left.end(), random_);
    while (left.size() >= 2) {
      const auto home = left.back();
      left.pop_back();
      const auto at = near ? left.size() - 1 - any(std::min<std::size_t>(left.size(), 8)) : left.size() - 1;
      const auto target = left[at];
      if (home.clim == target.clim || any(4) == 0) continue;
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
      picture_.pairs.push_back({home, target, static_cast<PairKind>(any(3))});
    }
  }

  std::mt19937 random_;
  Picture picture_;
};

bool overlap(const Rect& a, const Rect& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

bool inside(const Rect& inner, const Rect& outer) {
  return inner.x >= outer.x && inner.y >= outer.y && inner.right() <= outer.right() && inner.bottom() <= outer.bottom();
}

// A text's rectangle has room for it at its size, which is `eighths` of the usual one.
bool fits(const Text& text, const Rect& outer, int eighths = 8) {
  return text.text.empty() ||
         (inside(text.rect, outer) && text.rect.width * 8 >= columns(text.text) * character_width * eighths);
}

// The piece of a line from one point to the next, as a rectangle without or with one dimension.
Rect piece(const Point& a, const Point& b) {
  return {std::min(a.x, b.x), std::min(a.y, b.y), std::abs(a.x - b.x), std::abs(a.y - b.y)};
}

// Two pieces in one direction that have more than a point in common, or come so close that they look like it.
bool on_each_other(const Rect& a, const Rect& b) {
  const auto close = [](int at, int size, int other_at, int other_size) {
    return at < other_at + other_size && other_at < at + size;
  };
  if (a.height == 0 && b.height == 0) return std::abs(a.y - b.y) < 4 && close(a.x, a.width, b.x, b.width);
  if (a.width == 0 && b.width == 0) return std::abs(a.x - b.x) < 4 && close(a.y, a.height, b.y, b.height);
  return false;
}

std::vector<Rect> pieces(const Line& line) {
  std::vector<Rect> result;
  for (std::size_t i = 1; i < line.points.size(); ++i) result.push_back(piece(line.points[i - 1], line.points[i]));
  return result;
}

const Box& box_of(const Layout& layout, std::size_t clim) {
  return *std::find_if(layout.boxes.begin(), layout.boxes.end(), [&](const Box& box) { return box.clim == clim; });
}

// The point is at a side of the interface's row.
bool touches(const Layout& layout, const Point& point, const InterfaceIndex& index) {
  const auto& rect = box_of(layout, index.clim).rows.at(index.interface).rect;
  return (point.x == rect.x || point.x == rect.right()) && point.y > rect.y && point.y < rect.bottom();
}

void check_rows(const Picture& picture, const Box& box) {
  REQUIRE(box.rows.size() == picture.clims[box.clim].interfaces.size());
  for (std::size_t i = 0; i < box.rows.size(); ++i) {
    const auto& row = box.rows[i];
    CHECK(row.interface == i);
    CHECK(inside(row.rect, box.rect));
    const std::array texts{&row.badge, &row.name, &row.detail, &row.tag, &row.partner};
    for (std::size_t a = 0; a < texts.size(); ++a) {
      CHECK(fits(*texts.at(a), row.rect));
      for (std::size_t b = a + 1; b < texts.size(); ++b) CHECK_FALSE(overlap(texts.at(a)->rect, texts.at(b)->rect));
    }
    if (i != 0) CHECK_FALSE(overlap(row.rect, box.rows[i - 1].rect));
  }
}

void check_boxes(const Picture& picture, const Layout& layout) {
  const Rect paper{0, 0, layout.width, layout.height};
  std::vector<std::size_t> clims;
  for (const auto& box : layout.boxes) {
    clims.push_back(box.clim);
    CHECK(inside(box.rect, paper));
    CHECK(fits(box.name, box.rect, 9));
    CHECK(fits(box.control, box.rect));
    CHECK_FALSE(overlap(box.name.rect, box.control.rect));
    CHECK_FALSE(overlap(box.rect, layout.heading.rect));
    for (const auto& other : layout.boxes) CHECK((&other == &box || !overlap(other.rect, box.rect)));
    for (const auto& entry : layout.legend) CHECK_FALSE(overlap(entry.text.rect, box.rect));
    check_rows(picture, box);
  }
  std::sort(clims.begin(), clims.end());
  CHECK(std::adjacent_find(clims.begin(), clims.end()) == clims.end());
  CHECK(clims.size() == picture.clims.size());
  for (const auto& entry : layout.legend) CHECK(fits(entry.text, paper));
  CHECK(fits(layout.heading, paper, 9));
}

void check_line(const Picture& picture, const Layout& layout, const Line& line) {
  const auto& pair = picture.pairs.at(line.pair);
  CHECK(touches(layout, line.points.front(), pair.home));
  CHECK(touches(layout, line.points.back(), pair.target));
  for (const auto& each : pieces(line)) {
    CHECK((each.width == 0 || each.height == 0));
    CHECK(inside(each, {0, 0, layout.width, layout.height}));
    // A rectangle of no height overlaps what it lies strictly inside of.
    for (const auto& box : layout.boxes) CHECK_FALSE(overlap({each.x, each.y, each.width, each.height}, box.rect));
  }
  CHECK(pieces(line).front().height == 0);
  CHECK(pieces(line).back().height == 0);
}

void check_lines(const Picture& picture, const Layout& layout) {
  std::vector<bool> drawn(picture.pairs.size());
  for (const auto& line : layout.lines) {
    CHECK_FALSE(drawn.at(line.pair));
    drawn[line.pair] = true;
    check_line(picture, layout, line);
  }
  CHECK(std::count(drawn.begin(), drawn.end(), false) == 0);
  std::size_t hidden = 0;
  for (auto a = layout.lines.begin(); a != layout.lines.end(); ++a) {
    for (auto b = std::next(a); b != layout.lines.end(); ++b) {
      for (const auto& one : pieces(*a)) {
        for (const auto& other : pieces(*b)) hidden += on_each_other(one, other) ? 1U : 0U;
      }
    }
  }
  CHECK(hidden == 0);
}

// CLIMs n0, n1, ... with a pair for each two numbers.
std::vector<std::vector<std::size_t>> groups(std::size_t clims,
                                             const std::vector<std::pair<std::size_t, std::size_t>>& pairs) {
  Picture picture;
  picture.clims.resize(clims);
  for (const auto& [home, target] : pairs) {
    picture.pairs.push_back({{home, picture.clims[home].interfaces.size()},
                             {target, picture.clims[target].interfaces.size()},
                             PairKind::mutual});
    picture.clims[home].interfaces.emplace_back();
    picture.clims[target].interfaces.emplace_back();
  }
  return groups_of(picture);
}

}  // namespace

TEST_CASE("nothing lies on anything else, and no text is larger than its place") {
  for (unsigned seed = 0; seed < 150; ++seed) {
    INFO("seed " << seed);
    const auto picture = RandomPicture(seed).make();
    const auto layout = layout_of(picture);
    check_boxes(picture, layout);
    check_lines(picture, layout);
  }
}

TEST_CASE("the same picture is drawn the same") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    CHECK(to_svg(RandomPicture(seed).make()) == to_svg(RandomPicture(seed).make()));
  }
}

TEST_CASE("partners stand next to each other") {
  using Groups = std::vector<std::vector<std::size_t>>;
  CHECK(groups(4, {{0, 2}, {3, 1}}) == Groups{{0, 2}, {1, 3}});
  CHECK(groups(3, {}) == Groups{{0}, {1}, {2}});
  CHECK(groups(5, {{0, 3}, {3, 1}, {1, 4}, {4, 2}, {2, 0}}) == Groups{{0, 2, 4, 1, 3}});  // a ring
  CHECK(groups(4, {{1, 0}, {0, 2}, {2, 3}}) == Groups{{1, 0, 2, 3}});                     // a chain, from its end
  CHECK(groups(3, {{0, 1}, {0, 2}, {0, 2}, {1, 2}}) == Groups{{0, 2, 1}});                // more pairs count more
}

TEST_CASE("a ring is closed beside its rows") {
  for (const std::size_t size : {4U, 6U, 8U, 20U}) {
    Picture picture;
    picture.clims.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
      picture.clims[i].interfaces.resize(2);
      picture.pairs.push_back({{i, 0}, {(i + 1) % size, 1}, PairKind::mutual});
    }
    for (const auto& line : layout_of(picture).lines) {
      INFO(size << " CLIMs, pair " << line.pair);
      CHECK(line.points.size() <= 4);  // through one gutter
    }
  }
}
