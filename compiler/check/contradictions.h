// Two statements that one kernel cannot follow both: on a CLIM while everything is at home (E0109), and after a failure
// (E0210; docs/domain.md P9, K7). The second is a proof over every single failure, of each interface and of each CLIM,
// that takes time linear in the specification. Why that is possible:
//
// 1. A single failure takes away from one CLIM, H. If an interface fails, only its own resources move and, if it is the
//    link of VLANs, theirs (K8); if H fails, those of all its interfaces (F1). All of them are at home on H.
// 2. So a CLIM B other than H holds all of its home resources, and visitors from H alone; F5 forbids no visit, as all
//    that is at home on B is there. H holds a part of what it holds at home. Nothing else changes anywhere.
// 3. H holds nothing that it does not hold at home: what contradicts there is E0109 (or E0106, E0302).
// 4. Two visitors on B contradict each other only if they do so at home on H. All that the kernel tells apart is either
//    one for a whole CLIM (addresses, tunnel names, tunnel end points, rules, and the destination, table and metric of
//    routes), so the two meet on H already. Or it is one for each interface (neighbours, link-local addresses), and
//    then they meet on B only if they visit one interface, which P5 (E0206) excludes. Whether two routes are the same
//    is a matter of their statements and of the interface: two interfaces on H are two on B, again by P5. A gateway
//    that is an address of the other visitor is one of H's own at home (E0107).
// 5. What remains is a visitor against a home resource of B. That depends on the pair alone, and not on the failure: it
//    is enough to look at each resource of each failover pair once, in a hash table of what B holds at home.
//
// Two more that need no look: a link-local address that meets another on B is on the interface it visits, thus on one
// LAN with it (P7), where E0106 has it at home. Tunnels with the same end points have the same local address, which one
// interface of each CLIM has (E0301): these addresses contradict each other already. Networks that overlap are legal.
//
// tests/unit/check/test_proof.cpp compares all this with a brute-force model on random clusters.
#pragma once

#include <span>
#include <vector>

#include "compiler/check/holdings.h"
#include "compiler/diagnostics/finding.h"
#include "compiler/lang/model.h"

namespace cip::check {

// E0109 for routes and rules of one CLIM, E0004 for those that an interface has twice. `holdings` has an element for
// each CLIM.
void check_home_contradictions(const lang::Cluster& cluster, std::span<const Holdings> holdings,
                               diagnostics::Findings& findings);

// E0210: for each of `failovers` that brings a contradiction about, once, with the first few of what it brings.
// `failovers` are in text order, each home interface once, and free of E0201-E0204, E0207-E0209 and E0011. What is
// contradicted at home, on its CLIM or its LAN, takes no part, nor do `wrong_routes` (E0107).
void check_failover_contradictions(const lang::Cluster& cluster, std::span<const Holdings> holdings,
                                   std::span<const lang::FailoverStatement* const> failovers,
                                   const RouteSet& wrong_routes, diagnostics::Findings& findings);

// Both.
void check_contradictions(const lang::Cluster& cluster, std::span<const lang::FailoverStatement* const> failovers,
                          const RouteSet& wrong_routes, diagnostics::Findings& findings);

}  // namespace cip::check
