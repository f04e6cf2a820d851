// What `cipc whatif` says: where everything is after failures, what is lost, and why (compiler/check/placement.h).
#pragma once

#include <span>
#include <string>

#include "compiler/check/placement.h"
#include "compiler/lang/model.h"

namespace cip::output {

// Of a model without errors; `failures` in the order in which they happen, all of them known to it.
//
// A table as `cipctl status` has, then for each failure what it did, in sentences.
std::string whatif_text(const lang::Cluster& cluster, std::span<const check::Failure> failures);
// The same for programs, and what each CLIM holds then. docs/commands.md describes it.
std::string whatif_json(const lang::Cluster& cluster, std::span<const check::Failure> failures);

// "n1" or "n1.eth1".
std::string name_of(const check::Failure& failure);

}  // namespace cip::output
