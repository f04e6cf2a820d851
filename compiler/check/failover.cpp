// Failover statements one by one (P1-P3, P7), and how they fit together (P4, P5).
//
// Of one statement only the first of E0204, E0207, E0201, E0203, E0202, E0208, E0209, E0011 is reported. A statement
// with one of the first four takes no part in E0205 and E0206; these stand beside the others.
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/check/check.h"
#include "compiler/check/failover_pair.h"
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

std::string_view kind_name(InterfaceKind kind) {
  switch (kind) {
    case InterfaceKind::loopback:
      return "loopback";
    case InterfaceKind::maintenance:
      return "maintenance";
    case InterfaceKind::physical:
      break;
  }
  return "physical";
}

class Check {
 public:
  Check(const Cluster& cluster, Findings& findings) : cluster_(cluster), findings_(findings) {}

  void run() {
    for (const auto& statement : cluster_.failovers) {
      of_home_[statement.home].push_back(&statement);
    }
    std::vector<const FailoverStatement*> sound;
    for (const auto& statement : cluster_.failovers) {
      if (check_statement(statement)) {
        sound.push_back(&statement);
        by_home_.emplace(statement.home, &statement);
      }
    }
    for (const auto* statement : sound) {
      check_mutual(*statement);
      check_used_once(*statement);
    }
    check_unprotected();
  }

 private:
  // False if the statement takes no part in E0205 and E0206.
  bool check_statement(const FailoverStatement& statement) {
    const Interface& home = *cluster_.find(statement.home);
    const Interface* target = cluster_.find(statement.target);
    if (!check_home_kind(statement, home) || !check_single(statement) || !check_other_clim(statement) ||
        !check_target_kind(statement, target)) {
      return false;
    }
    if (!check_exists(statement, target)) {
      return true;
    }
    const Pair pair{statement, home, target};
    if (cluster_.find(statement.target.clim) == nullptr || is_reported(statement)) {
      return true;
    }
    if (check_pair(cluster_, pair, findings_)) {
      unfit_ = &statement;
    } else if (of_home_.count(statement.target) == 0 || statement.home < statement.target) {
      check_mtu(pair, findings_);
    }
    return true;
  }

  // Whether the halves of the pair were found not to fit by the other direction of the same `A <-> B`.
  bool is_reported(const FailoverStatement& statement) const {
    return statement.both_ways && unfit_ != nullptr && unfit_->both_ways && unfit_->home == statement.target &&
           unfit_->target == statement.home;
  }

  void report(Code code, std::string message, const FailoverStatement& statement, std::string label,
              std::vector<diagnostics::Label> secondary, std::vector<std::string> notes,
              std::vector<std::string> help) {
    findings_.add({code,
                   std::move(message),
                   {statement.origin.span, std::move(label)},
                   std::move(secondary),
                   std::move(notes),
                   std::move(help),
                   {}});
  }

  // P1, K4: E0204.
  bool check_home_kind(const FailoverStatement& statement, const Interface& home) {
    if (home.kind == InterfaceKind::physical) {
      return true;
    }
    const std::string kind(kind_name(home.kind));
    report(Code::e0204, kind + " interface " + home.name.str() + " cannot use failover", statement,
           "fails over to " + statement.target.str(), {{home.origin.span, "a " + kind + " interface"}},
           {home.kind == InterfaceKind::loopback ? "a loopback interface is on every CLIM and never fails over"
                                                 : "trouble on the maintenance interface moves nothing"},
           {"remove it"});
    return false;
  }

  // P1: E0207; the same failover interface again is set twice (E0004).
  bool check_single(const FailoverStatement& statement) {
    const auto& first = *of_home_.at(statement.home).front();
    if (&first == &statement) {
      return true;
    }
    if (first.target == statement.target) {
      report(Code::e0004, "`failover` of " + statement.home.str() + " is set twice", statement, "set again here",
             {{first.origin.span, "first set here"}}, {}, {});
    } else {
      report(Code::e0207, statement.home.str() + " has more than one failover interface", statement,
             "to " + statement.target.str() + " here ...",
             {{first.origin.span, "... and to " + first.target.str() + " here"}}, {}, {"remove one of them"});
    }
    return false;
  }

  // P2: E0201.
  bool check_other_clim(const FailoverStatement& statement) {
    const auto& clim = statement.home.clim;
    if (statement.target.clim != clim) {
      return true;
    }
    const Clim& declared = *cluster_.find(clim);
    report(Code::e0201, statement.home.str() + " fails over to its own CLIM", statement,
           statement.target.str() + " is on " + clim.str() + ", too",
           {{declared.origin.span, clim.str() + " is declared here"}},
           {"when " + clim.str() + " fails, " + statement.target.str() + " fails with it"},
           {"name an interface of another CLIM; within one CLIM, a bond protects against the loss of a link"});
    return false;
  }

  // P3: E0203.
  bool check_target_kind(const FailoverStatement& statement, const Interface* target) {
    if (target == nullptr || target->kind == InterfaceKind::physical) {
      return true;
    }
    const std::string kind(kind_name(target->kind));
    report(Code::e0203, "failover interface " + target->name.str() + " is a " + kind + " interface", statement,
           "cannot take the resources of " + statement.home.str(), {{target->origin.span, "a " + kind + " interface"}},
           {}, {"name an interface of " + statement.target.clim.str() + " that serves the same data LAN"});
    return false;
  }

  // P1: E0202. Nothing is said where the text that might declare it is wrong.
  bool check_exists(const FailoverStatement& statement, const Interface* target) {
    const Clim* clim = cluster_.find(statement.target.clim);
    const bool hidden =
        cluster_.clims_unknown ||
        (clim != nullptr && (clim->interfaces_unknown || clim->unknown_names.count(statement.target.interface) != 0));
    if (target != nullptr || hidden) {
      return true;
    }
    std::vector<diagnostics::Label> secondary;
    if (clim != nullptr) {
      secondary.push_back({clim->origin.span, "CLIM " + clim->name.str() + " is declared here"});
    }
    const auto meant = suggest_target(statement, clim);
    report(Code::e0202, "failover interface " + statement.target.str() + " does not exist", statement,
           clim == nullptr ? "there is no CLIM " + statement.target.clim.str()
                           : clim->name.str() + " has no interface " + statement.target.interface.str(),
           std::move(secondary), {},
           meant.empty() ? std::vector<std::string>{} : std::vector{"did you mean `" + meant + "`?"});
    return false;
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
        if (interface.kind == InterfaceKind::physical) {
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
    report(Code::e0205, statement.home.str() + " and its failover interface do not use each other", statement,
           statement.home.str() + " fails over to " + statement.target.str() + " ...",
           {{other.origin.span, "... but " + other.home.str() + " fails over to " + other.target.str()}},
           {"two interfaces that both use failover must use each other"},
           {"write `failover " + statement.home.str() + ";` in " + other.home.str() + ", or remove one of the two"});
  }

  // P5: E0206.
  void check_used_once(const FailoverStatement& statement) {
    const auto [entry, fresh] = by_target_.emplace(statement.target, &statement);
    if (fresh) {
      return;
    }
    const FailoverStatement& first = *entry->second;
    report(Code::e0206, statement.target.str() + " is the failover interface of more than one interface", statement,
           statement.home.str() + " uses it ...", {{first.origin.span, "... and so does " + first.home.str()}},
           {"an interface can take the resources of one other interface"},
           {"give " + statement.home.str() + " a failover interface of its own"});
  }

  // P1: W0212.
  void check_unprotected() {
    if (cluster_.failovers_unknown) {
      return;
    }
    for (const Clim& clim : cluster_.clims) {
      for (const Interface& interface : clim.interfaces) {
        const bool asks =
            interface.kind == InterfaceKind::physical && interface.provider && !interface.addresses.empty();
        if (asks && !interface.failover_unknown && of_home_.count(interface.name) == 0) {
          findings_.add(
              {Code::w0212,
               interface.name.str() + " has no failover interface",
               {interface.origin.span, "its addresses are lost when it fails, or " + clim.name.str() + " does"},
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
  const FailoverStatement* unfit_ = nullptr;  // the last one that check_pair has reported
  std::unordered_map<InterfaceRef, std::vector<const FailoverStatement*>> of_home_;  // all, in text order
  std::unordered_map<InterfaceRef, const FailoverStatement*> by_home_;               // sound ones
  std::unordered_map<InterfaceRef, const FailoverStatement*> by_target_;             // the first sound one
};

}  // namespace

void check_failover(const Cluster& cluster, Findings& findings) {
  Check(cluster, findings).run();
}

}  // namespace cip::check
