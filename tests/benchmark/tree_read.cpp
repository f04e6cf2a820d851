// What reading the state tree takes of the reconciler's time (reconciler_figures.py): reads it as cipd does, and ends.
//   tree_read DIR CLIM
#include <cstdio>

#include "state/tree.h"

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: tree_read DIR CLIM\n", stderr);
    return 2;
  }
  const auto state = cip::read_clim_state(arguments[1], cip::ClimName(arguments[2]));
  if (!state) std::fprintf(stderr, "tree_read: %s\n", state.error().message.c_str());
  return state ? 0 : 1;
}
