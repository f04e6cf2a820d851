// IPsec does not move: what protects an address that can fail over must be on both CLIMs (docs/domain.md P8, R9): E0401
// and E0403.
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "compiler/check/check.h"
#include "compiler/check/followers.h"

namespace cip::check {
namespace {

using diagnostics::Code;
using diagnostics::Finding;
using diagnostics::Findings;
using lang::Clim;
using lang::Cluster;
using lang::FailoverStatement;
using lang::Interface;
using lang::Ipsec;

// A connection's values as they count: with the defaults, and without the order of what has none. Its name is a handle
// for operators; two names do not make two connections.
auto values_of(const Ipsec& ipsec) {
  const auto plain = [](const auto& list) {
    std::vector<std::decay_t<decltype(list.front().value)>> values;
    values.reserve(list.size());
    for (const auto& element : list) {
      values.push_back(element.value);
    }
    return values;
  };
  const auto value = [](const auto& sourced, auto otherwise) { return sourced ? sourced->value : otherwise; };
  auto protections = plain(ipsec.protections);
  std::sort(protections.begin(), protections.end());
  protections.erase(std::unique(protections.begin(), protections.end()), protections.end());
  const auto secrets = value(ipsec.auth, lang::IpsecSecrets{});
  return std::tuple(value(ipsec.local, IpAddress{}), value(ipsec.remote, IpAddress{}),
                    value(ipsec.local_id, std::string{}), value(ipsec.remote_id, std::string{}), plain(ipsec.ike),
                    plain(ipsec.esp), secrets.kind, secrets.file, secrets.key_file,
                    value(ipsec.mode, lang::IpsecMode::tunnel), value(ipsec.start_action, lang::StartAction::trap),
                    std::move(protections));
}

// The words of what differs, in the order of the language page.
std::vector<std::string> differences(const Ipsec& a, const Ipsec& b) {
  static constexpr const char* words[] = {"local", "remote", "local-id", "remote-id", "proposal ike", "proposal esp",
                                          "auth",  "auth",   "auth",     "mode",      "start-action", "protect"};
  std::vector<std::string> result;
  const auto of_a = values_of(a);
  const auto of_b = values_of(b);
  [&]<std::size_t... At>(std::index_sequence<At...>) {
    ((std::get<At>(of_a) != std::get<At>(of_b) && (result.empty() || result.back() != words[At])
          ? result.emplace_back(words[At])
          : std::string{}),
     ...);
  }
  (std::make_index_sequence<std::size(words)>{});
  return result;
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) {
    text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

// Connections by CLIM and local address.
struct Key {
  ClimName clim;
  IpAddress local;
  bool operator==(const Key&) const = default;
};
struct ConnectionKeyHash {
  std::size_t operator()(const Key& key) const noexcept {
    return std::hash<IpAddress>{}(key.local) * 31 + std::hash<ClimName>{}(key.clim);
  }
};
using Connections = std::vector<const Ipsec*>;  // in text order

// Takes out of both lists what has the same key, one for one, and calls `use` for each such two.
template <class KeyOf, class Use>
void match(Connections& ours, Connections& theirs, const KeyOf& key_of, const Use& use) {
  std::multimap<std::decay_t<decltype(key_of(*ours.front()))>, const Ipsec*> open;
  for (const Ipsec* ipsec : theirs) {
    open.emplace(key_of(*ipsec), ipsec);
  }
  std::unordered_set<const Ipsec*> matched;
  const auto is_matched = [&](const Ipsec* mine) {
    const auto other = open.find(key_of(*mine));
    if (other == open.end()) {
      return false;
    }
    use(*mine, *other->second);
    matched.insert(other->second);
    open.erase(other);
    return true;
  };
  ours.erase(std::remove_if(ours.begin(), ours.end(), is_matched), ours.end());
  const auto was_matched = [&](const Ipsec* one) { return matched.count(one) != 0; };
  theirs.erase(std::remove_if(theirs.begin(), theirs.end(), was_matched), theirs.end());
}

class IpsecPairs {
 public:
  IpsecPairs(const Cluster& cluster, Findings& findings) : cluster_(cluster), findings_(findings) {
    for (const Ipsec& ipsec : cluster.ipsec) {
      if (!ipsec.local) {
        continue;
      }
      for (const auto& clim : ipsec.clims) {
        connections_[{clim.value, ipsec.local->value}].push_back(&ipsec);
      }
    }
  }

  void run(const std::vector<const FailoverStatement*>& faultless) {
    if (connections_.empty()) {
      return;
    }
    for (const FailoverStatement* statement : faultless) {
      each_address(statement->home, [&](const IpAddress& address) { compare(*statement, address); });
    }
    find_places();
    for (const Ipsec& ipsec : cluster_.ipsec) {
      check_place(ipsec);
    }
  }

 private:
  // All addresses that are where the interface's are: its own, and those of the tunnels that follow it.
  template <class Function>
  void each_address(const InterfaceRef& name, const Function& function) {
    const Interface* const interface = cluster_.find(name);
    if (interface == nullptr) {
      return;
    }
    const auto of = [&](const Interface& one) {
      for (const auto& address : one.addresses) {
        function(address.value.address);
      }
    };
    of(*interface);
    for (const Interface* tunnel : followers(name.clim).of(*interface)) {
      of(*tunnel);
    }
  }

  const Followers& followers(const ClimName& clim) {
    return followers_.try_emplace(clim, *cluster_.find(clim)).first->second;
  }

  const Connections& connections(const ClimName& clim, const IpAddress& local) const {
    static const Connections none;
    const auto found = connections_.find({clim, local});
    return found == connections_.end() ? none : found->second;
  }

  // E0401: what the two CLIMs have for one address that can be on both.
  void compare(const FailoverStatement& statement, const IpAddress& address) {
    const Clim& home = *cluster_.find(statement.home.clim);
    const Clim* const target = cluster_.find(statement.target.clim);
    if (target == nullptr) {
      return;  // a wrong text may declare it
    }
    Connections ours = connections(home.name, address);
    Connections theirs = connections(target->name, address);
    const auto unknown = [](const Ipsec* ipsec) { return ipsec->unknown || ipsec->clims_unknown; };
    if (cluster_.ipsec_unknown || std::any_of(ours.begin(), ours.end(), unknown) ||
        std::any_of(theirs.begin(), theirs.end(), unknown)) {
      return;
    }
    match(ours, theirs, values_of, [](const Ipsec&, const Ipsec&) {});
    const auto differ = [&](const Ipsec& mine, const Ipsec& other) {
      report_difference(statement, address, mine, other);
    };
    match(
        ours, theirs, [](const Ipsec& ipsec) { return ipsec.name; }, differ);
    match(
        ours, theirs, [](const Ipsec& ipsec) { return ipsec.remote ? ipsec.remote->value : IpAddress(); }, differ);
    for (const Ipsec* ipsec : ours) {
      report_missing(statement, address, *ipsec, *target);
    }
    for (const Ipsec* ipsec : theirs) {
      report_missing(statement, address, *ipsec, home);
    }
  }

  void report_difference(const FailoverStatement& statement, const IpAddress& address, const Ipsec& a, const Ipsec& b) {
    const auto& [first, later] = a.origin.rank <= b.origin.rank ? std::pair(&a, &b) : std::pair(&b, &a);
    const auto side = [&](const Ipsec* one) { return (one == &a ? statement.home : statement.target).clim.str(); };
    add({Code::e0401,
         "IPsec for " + address.str() + " differs between CLIMs " + statement.home.clim.str() + " and " +
             statement.target.clim.str(),
         {later->origin, "on " + side(later) + ", with another " + join(differences(a, b)) + " ..."},
         {{first->origin, "... than on " + side(first)}, moves(statement, address)},
         {reason},
         {"write it once: `ipsec " + first->name + " on " + statement.home.clim.str() + ", " +
          statement.target.clim.str() + " { ... }`"},
         {}});
  }

  void report_missing(const FailoverStatement& statement, const IpAddress& address, const Ipsec& ipsec,
                      const Clim& without) {
    add({Code::e0401,
         "IPsec for " + address.str() + " is missing on CLIM " + without.name.str(),
         {ipsec.origin, "not on " + without.name.str()},
         {moves(statement, address)},
         {reason},
         {"write `ipsec " + ipsec.name + " on " + statement.home.clim.str() + ", " + statement.target.clim.str() + "`"},
         {}});
  }

  // A pair of connections, or one that lacks its other, is one mistake, whichever direction finds it.
  void add(Finding finding) {
    if (reported_.insert({finding.primary.span, finding.message}).second) {
      findings_.add(std::move(finding));
    }
  }

  static diagnostics::Label moves(const FailoverStatement& statement, const IpAddress& address) {
    return {statement.origin,
            address.str() + " can move from " + statement.home.str() + " to " + statement.target.str()};
  }

  // Every CLIM that each address may be on, by all that the text says, be it wrong or right.
  void find_places() {
    for (const Clim& clim : cluster_.clims) {
      for (const Interface& interface : clim.interfaces) {
        for (const auto& address : interface.addresses) {
          places_[address.value.address].insert(clim.name);
        }
      }
    }
    for (const auto& statement : cluster_.failovers) {
      each_address(statement.home, [&](const IpAddress& address) { places_[address].insert(statement.target.clim); });
    }
  }

  // E0403.
  void check_place(const Ipsec& ipsec) {
    if (!ipsec.local || cluster_.clims_unknown || cluster_.failovers_unknown) {
      return;
    }
    std::vector<std::string> strangers;
    for (const auto& name : ipsec.clims) {
      const Clim* const clim = cluster_.find(name.value);
      if (clim != nullptr && !clim->addresses_unknown && !clim->interfaces_unknown && !may_be_on(ipsec, *clim)) {
        strangers.push_back(clim->name.str());
      }
    }
    if (strangers.empty()) {
      return;
    }
    const bool nowhere = places_.count(ipsec.local->value) == 0;
    Finding finding{Code::e0403,
                    "local address " + ipsec.local->value.str() + " of IPsec connection " + ipsec.name +
                        " cannot be on CLIM " + join(strangers),
                    {ipsec.local->origin,
                     nowhere ? "no interface has it" : "no interface of it has this address, nor may one visit it"},
                    {},
                    {"a CLIM that never has the address has nothing to protect with this connection"},
                    {},
                    {}};
    finding.help.push_back(nowhere ? "name an address of an interface"
                                   : "name an address that is on " + join(strangers) +
                                         " or fails over to it, or leave " + join(strangers) + " out");
    findings_.add(std::move(finding));
  }

  bool may_be_on(const Ipsec& ipsec, const Clim& clim) const {
    const auto found = places_.find(ipsec.local->value);
    return found != places_.end() && found->second.count(clim.name) != 0;
  }

  static constexpr const char* reason =
      "IPsec does not move with the address: the CLIM that takes over must have the same connection";

  const Cluster& cluster_;
  Findings& findings_;
  std::unordered_map<Key, Connections, ConnectionKeyHash> connections_;
  std::unordered_map<ClimName, Followers> followers_;
  std::unordered_map<IpAddress, std::unordered_set<ClimName>> places_;
  std::set<std::pair<syntax::Span, std::string>> reported_;
};

}  // namespace

void check_ipsec_pairs(const Cluster& cluster, const std::vector<const FailoverStatement*>& faultless,
                       Findings& findings) {
  IpsecPairs(cluster, findings).run(faultless);
}

}  // namespace cip::check
