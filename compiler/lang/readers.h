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
void read_etcd(Block& block, Arguments& arguments);

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
// The name of an interface of the CLIM. E0101, E0007.
std::optional<Sourced<std::string>> read_interface_name(Arguments& arguments);

// attributes of an interface (read_interface.cpp, read_route.cpp, read_rule.cpp)
void read_address(Block& block, Arguments& arguments);
void read_match_mac(Block& block, Arguments& arguments);
void read_description(Block& block, Arguments& arguments);
void read_neighbor(Block& block, Arguments& arguments);
void read_failover(Block& block, Arguments& arguments);
void read_route(Block& block, Arguments& arguments);
void read_rule(Block& block, Arguments& arguments);

// attributes of a bond (read_bond.cpp)
void read_slaves(Block& block, Arguments& arguments);
void read_bond_mode(Block& block, Arguments& arguments);
void read_primary(Block& block, Arguments& arguments);
void read_primary_reselect(Block& block, Arguments& arguments);
void read_miimon(Block& block, Arguments& arguments);
void read_lacp_rate(Block& block, Arguments& arguments);
void read_hash_policy(Block& block, Arguments& arguments);
template <auto Member>
void read_delay(Block& block, Arguments& arguments);
// At the end of the bond's block: attributes that do not go together.
void finish_bond(Block& block);

// attributes of a VLAN (read_vlan.cpp), and what is missing at the end of its block (E0011)
void read_link(Block& block, Arguments& arguments);
void finish_vlan(Block& block);

// attributes of a tunnel (read_tunnel.cpp), and what is missing at the end of its block (E0011)
void read_tunnel_local(Block& block, Arguments& arguments);
void read_tunnel_remote(Block& block, Arguments& arguments);
void finish_tunnel(Block& block);

// IPsec connections (read_ipsec.cpp, read_auth.cpp, read_proposal.cpp)
void read_ipsec(Block& block, Arguments& arguments);
template <auto Member>
void read_ipsec_end(Block& block, Arguments& arguments);
template <auto Member>
void read_identity(Block& block, Arguments& arguments);
void read_ipsec_mode(Block& block, Arguments& arguments);
void read_start_action(Block& block, Arguments& arguments);
void read_protect(Block& block, Arguments& arguments);
void read_proposal(Block& block, Arguments& arguments);
void read_auth(Block& block, Arguments& arguments);
void read_clear_secret(Block& block, Arguments& arguments);

}  // namespace cip::lang
