// What cipctl prints of what cipd answers. Each takes the `result` of an answer (reconciler/daemon/control_protocol.h)
// and gives text; members that are missing show as `-`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cip::tools {

// The table of docs/domain.md, then what is wrong, then the peers. With `details` the reasons, too.
std::string show_status(const nlohmann::json& result, bool colour, bool details = false);

// One line, or two if it has evidence.
std::string show_event(const nlohmann::json& event, bool colour);

std::string show_plan(const nlohmann::json& result, bool colour);

// Of a switch, ifstop, ifstart: one line for each interface.
std::string show_generation(const nlohmann::json& result, bool colour);
std::string show_explanation(const nlohmann::json& result, bool colour);
std::string show_outcomes(const nlohmann::json& result, bool colour);

}  // namespace cip::tools
