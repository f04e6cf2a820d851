#include "compiler/output/graph_routes.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace cip::output::graph {
namespace {

constexpr int clearance = 6;  // between the ends of two lines on one track
constexpr int sidestep = 5;   // of an end that would lie on another's; less than half of a row

// A line's vertical piece in one gutter.
struct Run {
  std::vector<RouteEnd*> ends;
  int other_y = 0;  // of the channel, if there is one end
  int* track = nullptr;

  int top() const { return std::min(ends.front()->y, ends.size() == 2 ? ends.back()->y : other_y); }
  int bottom() const { return std::max(ends.front()->y, ends.size() == 2 ? ends.back()->y : other_y); }
  bool overlaps(const Run& other) const {
    return top() - clearance <= other.bottom() && other.top() - clearance <= bottom();
  }
};

bool is_straight(const Route& route) {
  return route.channel < 0 && route.home.y == route.target.y && route.home.at_right != route.target.at_right;
}

std::vector<Run> runs_in(std::vector<Route>& routes, int gutter) {
  std::vector<Run> runs;
  for (auto& route : routes) {
    if (is_straight(route)) continue;
    if (route.channel < 0) {
      if (route.home.gutter() == gutter) runs.push_back({{&route.home, &route.target}, 0, &route.home_track});
      continue;
    }
    if (route.home.gutter() == gutter) runs.push_back({{&route.home}, route.channel_y, &route.home_track});
    if (route.target.gutter() == gutter) runs.push_back({{&route.target}, route.channel_y, &route.target_track});
  }
  return runs;
}

// A piece from a box on the left of the gutter to its track, and one from another's track to a box on the right at the
// same height, do not meet if `a` has the track on the left.
bool must_be_left_of(const Run& a, const Run& b) {
  for (const auto* left : a.ends) {
    for (const auto* right : b.ends) {
      if (left->at_right && !right->at_right && std::abs(left->y - right->y) < sidestep) return true;
    }
  }
  return false;
}

// Where no order helps, as each of two would have to be left of the other.
void step_aside(Run& run, const std::vector<Run*>& left) {
  for (auto* end : run.ends) {
    const bool meets = !end->at_right && std::any_of(left.begin(), left.end(), [&](const Run* other) {
      return other != &run && std::any_of(other->ends.begin(), other->ends.end(), [&](const RouteEnd* own) {
               return own->at_right && std::abs(own->y - end->y) < sidestep;
             });
    });
    if (meets) end->y += sidestep;
  }
}

// Left to right.
std::vector<Run*> in_order(std::vector<Run>& runs) {
  std::vector<Run*> left;
  left.reserve(runs.size());
  for (auto& run : runs) left.push_back(&run);
  std::stable_sort(left.begin(), left.end(), [](const Run* a, const Run* b) { return a->top() < b->top(); });
  std::vector<Run*> order;
  while (!left.empty()) {
    auto next = std::find_if(left.begin(), left.end(), [&](const Run* run) {
      return std::none_of(left.begin(), left.end(),
                          [&](const Run* other) { return other != run && must_be_left_of(*other, *run); });
    });
    if (next == left.end()) {
      next = left.begin();
      step_aside(**next, left);
    }
    order.push_back(*next);
    left.erase(next);
  }
  return order;
}

}  // namespace

void choose_way(Route& route, int grid_columns) {
  auto& a = route.home;
  auto& b = route.target;
  if (a.column == b.column) {
    a.at_right = b.at_right = a.column != 0 || grid_columns == 1;
  } else {
    a.at_right = a.column < b.column;
    b.at_right = !a.at_right;
  }
  if (a.gutter() != b.gutter()) route.channel = std::min(a.row, b.row) + 1;
}

std::vector<int> channel_tracks(std::vector<Route>& routes, int channels) {
  using Piece = std::pair<int, int>;  // from one gutter to another
  std::vector<std::vector<std::vector<Piece>>> tracks(static_cast<std::size_t>(channels));
  for (auto& route : routes) {
    if (route.channel < 0) continue;
    const auto piece = std::minmax({route.home.gutter(), route.target.gutter()});
    auto& channel = tracks.at(static_cast<std::size_t>(route.channel));
    const auto is_free = [&](const std::vector<Piece>& track) {
      return std::none_of(track.begin(), track.end(), [&](const Piece& other) {
        return piece.first <= other.second && other.first <= piece.second;
      });
    };
    auto track = std::find_if(channel.begin(), channel.end(), is_free);
    if (track == channel.end()) track = channel.emplace(channel.end());
    track->push_back(piece);
    route.channel_track = static_cast<int>(track - channel.begin());
  }
  std::vector<int> counts;
  counts.reserve(tracks.size());
  for (const auto& channel : tracks) counts.push_back(static_cast<int>(channel.size()));
  return counts;
}

std::vector<int> gutter_tracks(std::vector<Route>& routes, int gutters) {
  std::vector<int> counts;
  for (int gutter = 0; gutter < gutters; ++gutter) {
    auto runs = runs_in(routes, gutter);
    const auto order = in_order(runs);
    int count = 0;
    for (auto run = order.begin(); run != order.end(); ++run) {
      int track = 0;
      for (auto before = order.begin(); before != run; ++before) {
        if ((*before)->overlaps(**run)) track = std::max(track, *(*before)->track + 1);
      }
      *(*run)->track = track;
      count = std::max(count, track + 1);
    }
    counts.push_back(count);
  }
  return counts;
}

}  // namespace cip::output::graph
