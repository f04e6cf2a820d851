// Failover statements one by one (P1-P3, P7), and how they fit together (P4, P5).
//
// Of one statement, `A <-> B` included, only the first of E0204, E0102, E0207, E0201, E0203, E0202, E0208, E0209, E0011
// is reported. One of the first five makes the statement void: it takes no part in E0205 and E0206, which stand beside
// the others.
#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "compiler/check/check.h"
#include "compiler/check/failover_pair.h"
#include "compiler/check/interfaces.h"
#include "compiler/diagnostics/suggest.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Finding;
using diagnostics::Findings;
using lang::Clim;
using lang::Cluster;
using lang::FailoverStatement;
using lang::Interface;

class Check {
 public:
  Check(const Cluster& cluster, Findings& findings) : cluster_(cluster), findings_(findings) {}

  Failovers run() {
    for (const auto& statement : cluster_.failovers) {
      of_home_[statement.home].push_back(&statement);
    }
    const std::span<const FailoverStatement> all(cluster_.failovers);
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t directions = is_both_ways(all, at) ? 2 : 1;
      check_statement(all.subspan(at, directions));
      at += directions;
    }
    for (const auto* statement : sound_) {
      check_mutual(*statement);
      check_used_once(*statement);
    }
    check_unprotected();
    Failovers failovers{std::move(possible_), {}};
    std::copy_if(failovers.possible.begin(), failovers.possible.end(), std::back_inserter(failovers.faultless),
                 [this](const auto* statement) { return misfits_.count(statement) == 0; });
    return failovers;
  }

 private:
  // Whether this one and the next are the two directions of one `A <-> B`.
  static bool is_both_ways(std::span<const FailoverStatement> all, std::size_t at) {
    return all[at].both_ways && at + 1 < all.size() && all[at + 1].both_ways && all[at + 1].home == all[at].target &&
           all[at + 1].target == all[at].home;
  }

  // Reports the first fault of one `failover` in all its directions; if it is none that makes it void, it takes part in
  // E0205 and E0206.
  void check_statement(std::span<const FailoverStatement> directions) {
    // E0204 would be first, but no slave is of a kind that has it.
    if (std::any_of(directions.begin(), directions.end(),
                    [&](const auto& direction) { return is_slave(cluster_, direction.home); })) {
      return;  // E0102 (bonds.cpp)
    }
    std::optional<Finding> first;
    for (const auto& direction : directions) {
      auto fault = fault_of(direction);
      if (fault && (!first || precedence(fault->code) < precedence(first->code))) {
        first = std::move(fault);
      }
    }
    if (first) {
      const bool is_void = precedence(first->code) < precedence(Code::e0202);
      findings_.add(std::move(*first));
      if (is_void) {
        return;
      }
    } else {
      check_mtu_once(directions.front());
      for (const auto& direction : directions) {
        possible_.push_back(&direction);
      }
    }
    for (const auto& direction : directions) {
      sound_.push_back(&direction);
      by_home_.emplace(direction.home, &direction);
    }
  }

  // The order in which faults of one statement hide each other.
  static std::size_t precedence(Code code) {
    constexpr std::array order{Code::e0204, Code::e0004, Code::e0207, Code::e0201, Code::e0203,
                               Code::e0202, Code::e0208, Code::e0209, Code::e0011};
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), code) - order.begin());
  }

  std::optional<Finding> fault_of(const FailoverStatement& statement) const {
    const Interface& home = *cluster_.find(statement.home);
    const Interface* target = cluster_.find(statement.target);
    if (auto fault = home_kind_fault(statement, home)) {
      return fault;
    }
    if (auto fault = repetition_fault(statement)) {
      return fault;
    }
    if (auto fault = same_clim_fault(statement)) {
      return fault;
    }
    if (auto fault = target_kind_fault(statement, target)) {
      return fault;
    }
    if (target == nullptr) {
      auto fault = missing_fault(statement);
      return fault || cluster_.find(statement.target.clim) == nullptr
                 ? std::move(fault)
                 : pair_fault(cluster_, {statement, home, nullptr});
    }
    return pair_fault(cluster_, {statement, home, target});
  }

  // W0211 belongs to the pair: it is reported for one of two statements that lead to each other.
  void check_mtu_once(const FailoverStatement& statement) {
    const auto back = of_home_.find(statement.target);
    const bool other_reports = !statement.both_ways && back != of_home_.end() &&
                               back->second.front()->target == statement.home && statement.target < statement.home;
    if (!other_reports) {
      check_mtu({statement, *cluster_.find(statement.home), cluster_.find(statement.target)}, findings_);
    }
  }

  static Finding fault(Code code, std::string message, const FailoverStatement& statement, std::string label,
                       std::vector<diagnostics::Label> secondary, std::vector<std::string> notes,
                       std::vector<std::string> help) {
    return {code,
            std::move(message),
            {statement.origin, std::move(label)},
            std::move(secondary),
            std::move(notes),
            std::move(help),
            {}};
  }

  static std::string why_it_stays(InterfaceKind kind) {
    if (kind == InterfaceKind::loopback) {
      return "a loopback interface is on every CLIM and never fails over";
    }
    return kind == InterfaceKind::tunnel ? "a tunnel follows the interface that has its local address"
                                         : "trouble on the maintenance interface moves nothing";
  }

  // P1, K4, K7: E0204.
  static std::optional<Finding> home_kind_fault(const FailoverStatement& statement, const Interface& home) {
    if (is_data_kind(home.kind)) {
      return std::nullopt;
    }
    const std::string kind(kind_name(home.kind));
    return fault(Code::e0204, kind + " interface " + home.name.str() + " cannot use failover", statement,
                 "fails over to " + statement.target.str(), {{home.origin, "a " + kind + " interface"}},
                 {why_it_stays(home.kind)}, {"remove it"});
  }

  // P1: E0207; the same failover interface again is set twice (E0004).
  std::optional<Finding> repetition_fault(const FailoverStatement& statement) const {
    const auto& first = *of_home_.at(statement.home).front();
    if (&first == &statement) {
      return std::nullopt;
    }
    if (first.target == statement.target) {
      return fault(Code::e0004, "`failover` of " + statement.home.str() + " is set twice", statement, "set again here",
                   {{first.origin, "first set here"}}, {}, {});
    }
    return fault(Code::e0207, statement.home.str() + " has more than one failover interface", statement,
                 "to " + statement.target.str() + " here ...",
                 {{first.origin, "... and to " + first.target.str() + " here"}}, {}, {"remove one of them"});
  }

  // P2: E0201.
  std::optional<Finding> same_clim_fault(const FailoverStatement& statement) const {
    const auto& clim = statement.home.clim;
    if (statement.target.clim != clim) {
      return std::nullopt;
    }
    const Clim& declared = *cluster_.find(clim);
    return fault(Code::e0201, statement.home.str() + " fails over to its own CLIM", statement,
                 statement.target.str() + " is on " + clim.str() + ", too",
                 {{declared.origin, clim.str() + " is declared here"}},
                 {"when " + clim.str() + " fails, " + statement.target.str() + " fails with it"},
                 {"name an interface of another CLIM; within one CLIM, a bond protects against the loss of a link"});
  }

  // P3: E0203.
  std::optional<Finding> target_kind_fault(const FailoverStatement& statement, const Interface* target) const {
    const Clim* clim = cluster_.find(statement.target.clim);
    const Interface* bond = clim == nullptr ? nullptr : clim->bond_of(statement.target.interface);
    if (bond == nullptr && (target == nullptr || is_data_kind(target->kind))) {
      return std::nullopt;
    }
    const std::string kind = bond != nullptr ? "slave" : std::string(kind_name(target->kind)) + " interface";
    return fault(
        Code::e0203, "failover interface " + statement.target.str() + " is a " + kind, statement,
        "cannot take the resources of " + statement.home.str(),
        {bond != nullptr ? diagnostics::Label{bond->origin, "a slave of " + bond->name.str()}
                         : diagnostics::Label{target->origin, "a " + kind}},
        {},
        {bond != nullptr ? "name the bond: `failover " + bond->name.str() + ";`"
                         : "name an interface of " + statement.target.clim.str() + " that serves the same data LAN"});
  }

  // P1: E0202. Nothing is said where the text that might declare it is wrong.
  std::optional<Finding> missing_fault(const FailoverStatement& statement) const {
    const Clim* clim = cluster_.find(statement.target.clim);
    const bool hidden =
        cluster_.clims_unknown || (clim != nullptr && (clim->interfaces_unknown || clim->slaves_unknown));
    if (hidden) {
      return std::nullopt;
    }
    std::vector<diagnostics::Label> secondary;
    if (clim != nullptr) {
      secondary.push_back({clim->origin, "CLIM " + clim->name.str() + " is declared here"});
    }
    const auto meant = suggest_target(statement, clim);
    return fault(Code::e0202, "failover interface " + statement.target.str() + " does not exist", statement,
                 clim == nullptr ? "there is no CLIM " + statement.target.clim.str()
                                 : clim->name.str() + " has no interface " + statement.target.interface.str(),
                 std::move(secondary), {},
                 meant.empty() ? std::vector<std::string>{} : std::vector{"did you mean `" + meant + "`?"});
  }

  std::string suggest_target(const FailoverStatement& statement, const Clim* clim) const {
    std::vector<std::string> names;
    if (clim == nullptr) {
      for (const Clim& other : cluster_.clims) {
        const InterfaceRef same_interface{other.name, statement.target.interface};
        if (other.name != statement.home.clim && cluster_.find(same_interface) != nullptr) {
          names.push_back(same_interface.str());
        }
      }
    } else {
      for (const Interface& interface : clim->interfaces) {
        if (is_data_kind(interface.kind) && !is_slave(*clim, interface)) {
          names.push_back(interface.name.str());
        }
      }
    }
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    return std::string(diagnostics::suggestion(statement.target.str(), candidates).value_or(""));
  }

  // P4: E0205.
  void check_mutual(const FailoverStatement& statement) {
    const auto next = by_home_.find(statement.target);
    if (next == by_home_.end()) {
      return;
    }
    for (const auto* other : of_home_.at(statement.target)) {
      if (other->target == statement.home) {
        return;
      }
    }
    const FailoverStatement& other = *next->second;
    misfits_.insert(&statement);
    findings_.add(fault(
        Code::e0205, statement.home.str() + " and its failover interface do not use each other", statement,
        statement.home.str() + " fails over to " + statement.target.str() + " ...",
        {{other.origin, "... but " + other.home.str() + " fails over to " + other.target.str()}},
        {"two interfaces that both use failover must use each other"},
        {"write `failover " + statement.home.str() + ";` in " + other.home.str() + ", or remove one of the two"}));
  }

  // P5: E0206.
  void check_used_once(const FailoverStatement& statement) {
    const auto [entry, fresh] = by_target_.emplace(statement.target, &statement);
    if (fresh) {
      return;
    }
    const FailoverStatement& first = *entry->second;
    misfits_.insert(&statement);
    findings_.add(fault(Code::e0206, statement.target.str() + " is the failover interface of more than one interface",
                        statement, statement.home.str() + " uses it ...",
                        {{first.origin, "... and so does " + first.home.str()}},
                        {"an interface can take the resources of one other interface"},
                        {"give " + statement.home.str() + " a failover interface of its own"}));
  }

  // P1: W0212.
  void check_unprotected() {
    if (cluster_.failovers_unknown) {
      return;
    }
    for (const Clim& clim : cluster_.clims) {
      for (const Interface& interface : clim.interfaces) {
        const bool asks = is_data_kind(interface.kind) && !is_slave(clim, interface) && interface.provider &&
                          !interface.addresses.empty();
        if (asks && !interface.failover_unknown && of_home_.count(interface.name) == 0) {
          findings_.add({Code::w0212,
                         interface.name.str() + " has no failover interface",
                         {interface.origin, "its addresses are lost when it fails, or " + clim.name.str() + " does"},
                         {},
                         {},
                         {"write `failover CLIM.INTERFACE;` in it, or leave `provider` out if it is to be unprotected"},
                         {}});
        }
      }
    }
  }

  const Cluster& cluster_;
  Findings& findings_;
  std::unordered_map<InterfaceRef, std::vector<const FailoverStatement*>> of_home_;  // all, in text order
  std::vector<const FailoverStatement*> sound_;                                      // those that are not void
  std::unordered_map<InterfaceRef, const FailoverStatement*> by_home_;               // sound ones
  std::unordered_map<InterfaceRef, const FailoverStatement*> by_target_;             // the first sound one
  std::vector<const FailoverStatement*> possible_;        // sound, and E0205 and E0206 are all that may stand at them
  std::unordered_set<const FailoverStatement*> misfits_;  // these stand at them
};

}  // namespace

Failovers check_failover(const Cluster& cluster, Findings& findings) {
  return Check(cluster, findings).run();
}

}  // namespace cip::check
