// Bonds and their slaves (K4-K6): E0102-E0105, and E0004 for a slave that is named twice.
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/check/interfaces.h"
#include "state/words.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Finding;
using diagnostics::Findings;
using lang::Clim;
using lang::Cluster;
using lang::FailoverStatement;
using lang::Interface;
using lang::Origin;

// The first `failover` of each interface.
using FirstFailover = std::unordered_map<InterfaceRef, const FailoverStatement*>;

// A statement of an interface, by its word.
struct Statement {
  std::string_view word;
  Origin origin;
};

// The first statement that a slave must not have.
class FirstStatement {
 public:
  FirstStatement(const Interface& interface, const FirstFailover& failovers) {
    take("provider", interface.provider);
    take("lan", interface.lan);
    take("mtu", interface.mtu);
    take_front("address", interface.addresses);
    take_front("route", interface.routes);
    take_front("rule", interface.rules);
    take_front("neighbor", interface.neighbors);
    if (const auto failover = failovers.find(interface.name); failover != failovers.end()) {
      take("failover", std::optional(*failover->second));
    }
  }
  const std::optional<Statement>& get() const { return first_; }

 private:
  template <class T>
  void take(std::string_view word, const std::optional<T>& value) {
    if (value && (!first_ || value->origin.rank < first_->origin.rank)) {
      first_ = Statement{word, value->origin};
    }
  }
  template <class List>
  void take_front(std::string_view word, const List& list) {
    if (!list.empty()) {
      take(word, std::optional(list.front()));
    }
  }

  std::optional<Statement> first_;
};

// Where an interface is a slave, for the first time.
struct Membership {
  const Interface* bond;
  Origin origin;
};

class CheckClim {
 public:
  CheckClim(const Clim& clim, const FirstFailover& failovers, Findings& findings)
      : clim_(clim), failovers_(failovers), findings_(findings) {}

  void run() {
    for (const Interface& interface : clim_.interfaces) {
      if (interface.kind == InterfaceKind::bond) {
        check_bond(interface);
      }
    }
  }

 private:
  void check_bond(const Interface& bond) {
    if (bond.bond.slaves.empty() && !bond.bond.slaves_unknown) {
      findings_.add({Code::e0105,
                     "bond " + bond.name.str() + " has no slaves",
                     {bond.origin, "a bond is made of other interfaces"},
                     {},
                     {},
                     {"write in its block: `slaves eth2, eth3;`"}});
    }
    for (const auto& slave : bond.bond.slaves) {
      check_slave(bond, slave);
    }
    check_primary(bond);
    check_min_links(bond);
  }

  void check_slave(const Interface& bond, const lang::Sourced<InterfaceName>& slave) {
    const Interface* declared = clim_.find(slave.value);
    if (declared != nullptr && declared->kind != InterfaceKind::physical) {
      report_kind(slave, *declared);
      return;
    }
    const auto [entry, fresh] = members_.emplace(slave.value, Membership{&bond, slave.origin});
    if (!fresh) {
      report_again(bond, slave, entry->second);
    } else if (declared != nullptr) {
      check_bare(bond, slave, *declared);
    }
  }

  // K4: E0104.
  void report_kind(const lang::Sourced<InterfaceName>& slave, const Interface& declared) {
    const std::string kind(kind_name(declared.kind));
    findings_.add({Code::e0104,
                   kind + " interface " + declared.name.str() + " cannot be a slave",
                   {slave.origin, "only a physical interface can be a slave"},
                   {{declared.origin, "a " + kind + " interface"}}});
  }

  // K5: E0103; twice in one bond is E0004.
  void report_again(const Interface& bond, const lang::Sourced<InterfaceName>& slave, const Membership& first) {
    const InterfaceRef name{clim_.name, slave.value};
    if (first.bond == &bond) {
      findings_.add({Code::e0004,
                     name.str() + " is twice a slave of " + bond.name.str(),
                     {slave.origin, "named again here"},
                     {{first.origin, "first named here"}}});
      return;
    }
    findings_.add({Code::e0103,
                   name.str() + " is a slave of more than one bond",
                   {slave.origin, "of " + bond.name.str() + " ..."},
                   {{first.origin, "... and of " + first.bond->name.str()}},
                   {},
                   {"remove it from one of them"}});
  }

  // K5: E0102.
  void check_bare(const Interface& bond, const lang::Sourced<InterfaceName>& slave, const Interface& declared) {
    const auto first = FirstStatement(declared, failovers_).get();
    if (!first) {
      return;
    }
    const std::string word = "`" + std::string(first->word) + "`";
    findings_.add({Code::e0102,
                   "slave " + declared.name.str() + " carries configuration of its own",
                   {first->origin, "a slave has no " + word},
                   {{slave.origin, "it is a slave of " + bond.name.str()}},
                   {"a slave may only have `match-mac` and `description`"},
                   {"write " + word + " in " + bond.name.str() + " instead"}});
  }

  // K6: E0105.
  void check_primary(const Interface& bond) {
    const auto& primary = bond.bond.primary;
    if (!primary) {
      return;
    }
    const BondMode mode = bond.bond.mode ? bond.bond.mode->value : Bond{}.mode;
    if (!bond.bond.mode_unknown && !has_primary(mode)) {
      report_mode(bond, mode);
      return;
    }
    const auto& slaves = bond.bond.slaves;
    for (const auto& slave : slaves) {
      if (slave.value == primary->value) {
        return;
      }
    }
    if (bond.bond.slaves_unknown || slaves.empty()) {
      return;
    }
    Finding finding{Code::e0105,
                    "primary " + primary->value.str() + " is no slave of " + bond.name.str(),
                    {primary->origin, "not one of its slaves"}};
    finding.secondary.push_back({slaves.front().origin, "its slaves are named here"});
    finding.help.push_back("name one of its slaves, or write `slaves " + primary->value.str() + ";` beside it");
    findings_.add(std::move(finding));
  }

  // K6: E0105.
  void check_min_links(const Interface& bond) {
    const auto& slaves = bond.bond.slaves;
    const std::size_t needed = slaves_needed(bond);
    if (bond.bond.slaves_unknown || slaves.empty() || needed <= slaves.size()) {
      return;
    }
    const auto count = std::to_string(slaves.size()) + (slaves.size() == 1 ? " slave" : " slaves");
    findings_.add({Code::e0105,
                   "bond " + bond.name.str() + " has " + count + ", and needs " + std::to_string(needed),
                   {bond.bond.min_links->origin, "with fewer the kernel says that the bond has no carrier"},
                   {{slaves.front().origin, "its slaves are named here"}},
                   {},
                   {"write at most `min-links " + std::to_string(slaves.size()) + ";`, or name more slaves"}});
  }

  void report_mode(const Interface& bond, BondMode mode) {
    const std::string word(cip::word(mode));
    Finding finding{Code::e0105,
                    "bond " + bond.name.str() + " has a primary in a mode that has none",
                    {bond.bond.primary->origin, "mode " + word + " uses its slaves alike"}};
    if (bond.bond.mode) {
      finding.secondary.push_back({bond.bond.mode->origin, "the mode is set here"});
    } else {
      finding.notes.push_back("the mode is " + word + " if the bond does not set it");
    }
    finding.help.push_back("remove `primary`, or write `mode active-backup;`, `balance-tlb` or `balance-alb`");
    findings_.add(std::move(finding));
  }

  const Clim& clim_;
  const FirstFailover& failovers_;
  Findings& findings_;
  std::unordered_map<InterfaceName, Membership> members_;
};

}  // namespace

void check_bonds(const Cluster& cluster, Findings& findings) {
  FirstFailover failovers;
  for (const auto& failover : cluster.failovers) {
    const auto [entry, fresh] = failovers.emplace(failover.home, &failover);
    if (!fresh && failover.origin.rank < entry->second->origin.rank) {
      entry->second = &failover;
    }
  }
  for (const Clim& clim : cluster.clims) {
    CheckClim(clim, failovers, findings).run();
  }
}

}  // namespace cip::check
