// Routes and rules of one CLIM against each other while everything is at home.
#include <string>
#include <utility>

#include "compiler/check/contradictions.h"
#include "compiler/check/say.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Findings;
using lang::Clim;

void report_route(const Clim& clim, const HeldRoute& first, const HeldRoute& again, Findings& findings) {
  const bool same_interface = first.interface == again.interface;
  const std::string what = say_goal(again.statement->value);
  if (same(first, again)) {
    if (same_interface) {
      findings.add({Code::e0004,
                    "the route " + what + " is set twice on " + again.interface->name.str(),
                    {again.statement->origin, "set again here"},
                    {{first.statement->origin, "first set here"}},
                    {},
                    {},
                    {}});
    }
    return;
  }
  const auto place = [&](const HeldRoute& route) {
    return say_way(route.statement->value) + (same_interface ? "" : " on " + route.interface->name.interface.str());
  };
  findings.add({Code::e0109,
                "two routes " + what + " contradict each other on CLIM " + clim.name.str(),
                {again.statement->origin, place(again) + " here ..."},
                {{first.statement->origin, "... and " + place(first) + " here"}},
                {"the kernel keeps one route for a destination, a metric and a table"},
                {"give the one that is to stand by a higher `metric`, or remove one"},
                {}});
}

void report_rule(const Clim& clim, const HeldRule& first, const HeldRule& again, Findings& findings) {
  const auto& rule = again.statement->value;
  if (same(first, again)) {
    if (first.interface == again.interface) {
      findings.add({Code::e0004,
                    "the rule " + say_selector(rule) + " is set twice on " + again.interface->name.str(),
                    {again.statement->origin, "set again here"},
                    {{first.statement->origin, "first set here"}},
                    {},
                    {},
                    {}});
    }
    return;
  }
  findings.add(
      {Code::e0109,
       "two rules " + say_selector(rule) + " contradict each other on CLIM " + clim.name.str(),
       {again.statement->origin, "table " + std::to_string(rule.table) + " here ..."},
       {{first.statement->origin, "... and table " + std::to_string(first.statement->value.table) + " here"}},
       {"the same packets ask both, and which of the two answers depends on the order in which they were added"},
       {"give them different priorities, or remove one"},
       {}});
}

}  // namespace

void check_home_contradictions(const lang::Cluster& cluster, std::span<const Holdings> holdings, Findings& findings) {
  for (std::size_t at = 0; at < cluster.clims.size(); ++at) {
    for (const auto& [first, again] : holdings[at].repeated_routes) {
      report_route(cluster.clims[at], first, again, findings);
    }
    for (const auto& [first, again] : holdings[at].repeated_rules) {
      report_rule(cluster.clims[at], first, again, findings);
    }
  }
}

}  // namespace cip::check
