#include <map>

#include "reconciler/plan/describe.h"
#include "reconciler/plan/planner.h"

namespace cip::plan {

namespace {

// All that a rule can say is what tells one from another. A prefix that matches everything is as good as none.
std::pair<Family, Rule> key(Family family, Rule rule) {
  if (rule.from && rule.from->length() == 0) rule.from.reset();
  if (rule.to && rule.to->length() == 0) rule.to.reset();
  return {family, rule};
}

}  // namespace

void plan_rules(Planner& planner) {
  std::map<std::pair<Family, Rule>, DesiredRule> wanted;  // each once, with all who want it
  for (const auto& want : planner.desired.rules) {
    const auto [entry, first] = wanted.insert({key(want.rule.family(), want.rule), want});
    if (!first) entry->second.homes.insert(want.homes.begin(), want.homes.end());
  }
  for (const auto& there : planner.observed.rules) {
    const auto want = wanted.find(key(there.family, there.rule));
    const bool ours = there.protocol == our_protocol;
    if (want != wanted.end() && there.plain) {
      if (!ours) {
        planner.report(Problem::Kind::foreign, want->second.homes, Subject{{}, want->second.rule},
                       "is there already and not ours");
      }
      wanted.erase(want);
    } else if (ours) {
      planner.rules_out.push_back({RemoveRule{there.rule, there.family}, {}});
    }
  }
  for (const auto& want : planner.desired.rules) {  // in their order
    const auto entry = wanted.find(key(want.rule.family(), want.rule));
    if (entry == wanted.end()) continue;
    planner.rules_in.push_back({AddRule{entry->second.rule}, entry->second.homes});
    wanted.erase(entry);
  }
}

}  // namespace cip::plan
