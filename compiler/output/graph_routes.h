// The ways of a group's lines through its grid. Two lines may cross, but never lie on each other.
#pragma once

#include <vector>

#include "compiler/output/graph_layout.h"

namespace cip::output::graph {

// One end of a line: a row of a box, and the side that the line leaves it on.
struct RouteEnd {
  int column = 0;  // of the grid, likewise `row`
  int row = 0;
  bool at_right = false;  // it leaves to the gutter on the right of its box
  int y = 0;              // set by whoever places the rows; routes_in_gutters may move it a little

  int gutter() const { return at_right ? column + 1 : column; }  // gutter 0 is left of the first column
};

// Through one gutter, or from one through a channel to another.
struct Route {
  std::size_t pair = 0;
  RouteEnd home;
  RouteEnd target;
  int channel = -1;  // above the grid's row of this number; -1: both ends are in one gutter
  int channel_track = 0;
  int channel_y = 0;      // set by whoever places the rows
  int home_track = -1;    // in the gutter of `home`; -1: a straight line
  int target_track = -1;  // in the gutter of `target`
};

// Chooses sides and channel. The columns and rows of the ends are set.
void choose_way(Route& route, int grid_columns);
// Sets channel_track; how many tracks each of the channels has.
std::vector<int> channel_tracks(std::vector<Route>& routes, int channels);
// Sets home_track and target_track; how many tracks each of the gutters has. All y are set.
std::vector<int> gutter_tracks(std::vector<Route>& routes, int gutters);

}  // namespace cip::output::graph
