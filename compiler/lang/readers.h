// How the statements are read that take more than a line in the table of words.cpp.
#pragma once

#include "compiler/lang/words.h"

namespace cip::lang {

// top level (read_file.cpp)
void read_edition(Block& block, Arguments& arguments);
void read_import(Block& block, Arguments& arguments);
void read_cluster(Block& block, Arguments& arguments);
void read_provider(Block& block, Arguments& arguments);
void read_lans(Block& block, Arguments& arguments);
void read_failover_pair(Block& block, Arguments& arguments);

// the times of docs/protocol.md (read_times.cpp): one value into the cluster's times
template <auto Member>
void read_time(Block& block, Arguments& arguments);
// At the end of the cluster's block: defaults for what is not set, and the bounds that tie times to each other.
void finish_times(Block& block);

// CLIMs and their interfaces (read_clim.cpp)
void read_clim(Block& block, Arguments& arguments);
void read_control(Block& block, Arguments& arguments);
template <InterfaceKind Kind>
void read_interface(Block& block, Arguments& arguments);

// attributes of an interface (read_interface.cpp, read_route.cpp)
void read_description(Block& block, Arguments& arguments);
void read_neighbor(Block& block, Arguments& arguments);
void read_failover(Block& block, Arguments& arguments);
void read_route(Block& block, Arguments& arguments);

}  // namespace cip::lang
