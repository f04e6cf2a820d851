#include "compiler/check/failover_pair.h"

#include <algorithm>
#include <string>
#include <utility>

#include "compiler/check/interfaces.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Finding;
using diagnostics::Findings;
using diagnostics::Label;
using lang::Clim;
using lang::Cluster;
using lang::Interface;

Finding begin(Code code, std::string message, const Pair& pair) {
  const auto& statement = pair.statement;
  return {code,
          std::move(message),
          {statement.origin, statement.home.str() + " fails over to " + statement.target.str()},
          {},
          {},
          {},
          {}};
}

Label provider_label(const Interface& interface) {
  return interface.provider ? Label{interface.provider->origin,
                                    interface.name.str() + " is in provider " + interface.provider->value.str()}
                            : Label{interface.origin, interface.name.str() + " is in no provider"};
}

std::optional<Finding> provider_fault(const Pair& pair) {
  const Interface& home = pair.home;
  const Interface& target = *pair.target;
  if ((!home.provider && home.provider_unknown) || (!target.provider && target.provider_unknown)) {
    return std::nullopt;
  }
  if (home.provider && target.provider && home.provider->value == target.provider->value) {
    return std::nullopt;
  }
  const bool differ = home.provider && target.provider;
  auto finding = begin(Code::e0208,
                       home.name.str() + " and its failover interface " +
                           (differ ? "are in different providers" : "are not in one provider"),
                       pair);
  finding.secondary = {provider_label(home), provider_label(target)};
  finding.notes.push_back("both sides of a failover pair are in one provider, as they must serve the same network");
  const auto& [have, lacks] = home.provider ? std::pair(&home, &target) : std::pair(&target, &home);
  if (have->provider && !differ) {
    finding.help.push_back("write `provider " + have->provider->value.str() + ";` in " + lacks->name.str() +
                           ", too, if it is on that network");
  }
  return finding;
}

Label lan_label(const Interface& interface) {
  return interface.lan ? Label{interface.lan->origin, interface.name.str() + " is on LAN " + interface.lan->value.str()}
                       : Label{interface.provider->origin, interface.name.str() + " is on the provider's own LAN"};
}

std::optional<Finding> lan_fault(const Pair& pair) {
  const Interface& home = pair.home;
  const Interface& target = *pair.target;
  const bool unknown = home.provider_unknown || target.provider_unknown || !home.provider || !target.provider ||
                       (!home.lan && home.lan_unknown) || (!target.lan && target.lan_unknown);
  const bool same =
      home.lan.has_value() == target.lan.has_value() && (!home.lan || home.lan->value == target.lan->value);
  if (unknown || same) {
    return std::nullopt;
  }
  auto finding =
      begin(Code::e0209, home.name.str() + " and its failover interface are in different broadcast domains", pair);
  finding.secondary = {lan_label(home), lan_label(target)};
  finding.notes.push_back("an address works on the failover interface only if that is on the same LAN");
  return finding;
}

bool has_path(const Clim& a, const Clim& b) {
  const std::size_t count = std::min(a.control.size(), b.control.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (a.control[i].value.family() == b.control[i].value.family()) {
      return true;
    }
  }
  return false;
}

Label control_label(const Clim& clim) {
  if (clim.control.empty()) {
    return {clim.origin, clim.name.str() + " has no control address"};
  }
  const auto& first = clim.control.front();
  return {first.origin, clim.name.str() + " has this " + std::string(name(first.value.family())) + " address"};
}

std::optional<Finding> control_fault(const Cluster& cluster, const Pair& pair) {
  const Clim& home = *cluster.find(pair.statement.home.clim);
  const Clim& target = *cluster.find(pair.statement.target.clim);
  if (cluster.clims_unknown || home.control_unknown || target.control_unknown || has_path(home, target)) {
    return std::nullopt;
  }
  auto finding = begin(Code::e0011,
                       "there is no control path between CLIMs " + home.name.str() + " and " + target.name.str(), pair);
  finding.secondary = {control_label(home), control_label(target)};
  finding.notes.push_back("the n-th control addresses of two CLIMs make a path if they are of one family");
  finding.help.push_back("write `control ADDRESS;` in each CLIM: the address at which the others reach it");
  return finding;
}

Label mtu_label(const Interface& interface) {
  return interface.mtu
             ? Label{interface.mtu->origin, interface.name.str() + " has " + std::to_string(interface.mtu->value)}
             : Label{interface.origin,
                     interface.name.str() + " sets none, which is taken as " + std::to_string(usual_mtu)};
}

}  // namespace

std::optional<Finding> pair_fault(const Cluster& cluster, const Pair& pair) {
  if (pair.target != nullptr) {
    if (auto fault = provider_fault(pair)) {
      return fault;
    }
    if (auto fault = lan_fault(pair)) {
      return fault;
    }
  }
  return control_fault(cluster, pair);
}

void check_mtu(const Pair& pair, Findings& findings) {
  const Interface& home = pair.home;
  if (pair.target == nullptr || home.mtu_unknown || pair.target->mtu_unknown || mtu_of(home) == mtu_of(*pair.target)) {
    return;
  }
  auto finding = begin(Code::w0211, "the MTU of " + home.name.str() + " and its failover interface differ", pair);
  finding.secondary = {mtu_label(home), mtu_label(*pair.target)};
  finding.notes.push_back("connections that were set up with the larger MTU may hang after a failover");
  findings.add(std::move(finding));
}

}  // namespace cip::check
