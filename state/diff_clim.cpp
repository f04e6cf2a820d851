// CLIMs' own attributes, and IPsec.
#include <algorithm>
#include <map>
#include <set>

#include "state/diff.h"
#include "state/diff_list.h"
#include "state/statement.h"

namespace cip {
namespace {

using std::chrono::milliseconds;

// Between a CLIM that has the new times and one that has the old ones, heartbeats must still come at least three in
// the time that counts as silence (docs/protocol.md, Times).
bool sides_agree(const Times& before, const Times& after) {
  return std::max(before.heartbeat, after.heartbeat) * 3 <= std::min(before.dead, after.dead);
}

class ClimComparison {
 public:
  ClimComparison(const Clim& before, const Clim& after) : before_(before), after_(after) {}

  std::vector<Change> compare() {
    changes_.attribute({}, "cluster", "/cluster", before_.cluster.str(), after_.cluster.str(),
                       hitless("nothing moves, and no address changes"));
    also_unprotected("CLIMs of different clusters do not listen to each other: until both sides have the new name");
    const auto list = [](const auto& addresses) {
      return addresses.empty() ? std::nullopt : std::optional(statement(addresses));
    };
    changes_.attribute({}, "control", "/control", list(before_.control), list(after_.control),
                       hitless("nothing moves while the data LAN carries heartbeats, too"));
    also_unprotected("mirrors and commands do not get through until both sides know the addresses");
    compare_times();
    compare_etcd();
    compare_peers();
    return changes_.take();
  }

 private:
  // The change that was put down last, if it was.
  void also_unprotected(const std::string& reason) {
    if (changes_.all().size() > seen_) changes_.all().back().effects.push_back(unprotected(reason));
    seen_ = changes_.all().size();
  }

  void time(const char* word, milliseconds Times::*member, const char* reason) {
    changes_.attribute({}, word, std::string("/times/") + word + "-ms", statement(before_.times.*member),
                       statement(after_.times.*member), hitless(reason));
  }

  void compare_times() {
    const bool agree = sides_agree(before_.times, after_.times);
    const auto* silence = agree ? "both sides hear each other in time, before and after"
                                : "nothing moves: a CLIM that is taken for silent still answers probes";
    const auto supervision = [&] {
      if (!agree) also_unprotected("until both sides have it, one may take the other for silent");
      seen_ = changes_.all().size();
    };
    time("heartbeat", &Times::heartbeat, silence);
    supervision();
    time("dead", &Times::dead, silence);
    supervision();
    time("probe", &Times::probe, "counts in the next failure");
    time("link-pulse", &Times::link_pulse, "counts when a carrier goes away");
    time("settle", &Times::settle, "counts when a carrier comes back");
    time("fence", &Times::fence, "addresses get the new lifetime when they are refreshed next");
    time("linger", &Times::linger, "addresses get the new lifetime when they are refreshed next");
    time("startup-wait", &Times::startup_wait, "counts when a CLIM boots");
    time("retry", &Times::retry, "counts after an attempt that failed");
    seen_ = changes_.all().size();
  }

  void compare_etcd() {
    const auto list = [](const std::vector<std::string>& urls) -> std::optional<std::string> {
      std::string text;
      for (const auto& url : urls) text += (text.empty() ? "" : ", ") + string_literal(url);
      return urls.empty() ? std::nullopt : std::optional(text);
    };
    changes_.attribute({}, "etcd", "/etcd", list(before_.etcd), list(after_.etcd),
                       hitless("nothing moves: who has an address keeps it"));
    also_unprotected("until both sides have it, only one of them asks for the lease, or they ask different engines");
  }

  void compare_peers() {
    Pairer pairer(before_.peers.size(), after_.peers.size());
    const auto pairs = pairer.pair([&](std::size_t i) { return before_.peers[i].name; },
                                   [&](std::size_t i) { return after_.peers[i].name; });
    const auto place = [](std::size_t i) { return "/peers/" + std::to_string(i); };
    const auto text = [](const Peer& peer) {
      return peer.name.str() + (peer.control.empty() ? "" : " at " + statement(peer.control));
    };
    for (const auto i : pairer.old_left()) {
      changes_.attribute({"", place(i), ""}, "peer", "", text(before_.peers[i]), std::nullopt,
                         hitless("no interface fails over between the two any more"));
    }
    for (const auto& [i, j] : pairs) {
      seen_ = changes_.all().size();
      changes_.attribute({"", place(i), place(j)}, "peer", "", text(before_.peers[i]), text(after_.peers[j]),
                         hitless("nothing moves while the data LAN carries heartbeats, too"));
      also_unprotected("mirrors and commands do not get through until both sides know the addresses");
    }
    for (const auto i : pairer.new_left()) {
      changes_.attribute({"", "", place(i)}, "peer", "", std::nullopt, text(after_.peers[i]),
                         hitless("the two supervise each other from then on"));
    }
  }

  const Clim& before_;
  const Clim& after_;
  ChangeList changes_;
  std::size_t seen_ = 0;
};

std::vector<Change> diff_whole(const Clim& there, bool added) {
  Clim none = there;
  none.control.clear();
  none.peers.clear();
  Change self;
  self.attribute = "clim";
  (added ? self.after : self.before) = there.name.str();
  self.effects = {hitless(added ? "a new CLIM; nothing uses it yet" : "see its interfaces")};
  std::vector<Change> changes{std::move(self)};
  auto parts = added ? ClimComparison(none, there).compare() : ClimComparison(there, none).compare();
  for (auto& part : parts) {
    part.effects = {hitless(added ? "comes with the CLIM" : "goes with the CLIM")};
    changes.push_back(std::move(part));
  }
  return changes;
}

// ---- swanctl.conf: sections in braces, `key = value` (strongswan.conf(5))

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

using Settings = std::map<std::pair<std::string, std::string>, std::string>;  // section and key

Settings settings(std::string_view text) {
  Settings all;
  std::vector<std::string> sections;
  const auto path = [&] {
    std::string joined;
    for (const auto& section : sections) joined += (joined.empty() ? "" : ".") + section;
    return joined;
  };
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (line.back() == '{') {
      sections.emplace_back(trimmed(line.substr(0, line.size() - 1)));
    } else if (line == "}") {
      if (!sections.empty()) sections.pop_back();
    } else {
      const auto equals = line.find('=');
      const auto value = equals == std::string_view::npos ? std::string_view() : trimmed(line.substr(equals + 1));
      auto& there = all[{path(), std::string(trimmed(line.substr(0, equals)))}];
      there += (there.empty() ? "" : ", ") + std::string(value);
    }
  }
  return all;
}

// "connections.partner" of "connections.partner.children.c1".
std::string connection_of(const std::string& section) {
  const auto dot = section.find('.');
  return dot == std::string::npos ? section : section.substr(0, section.find('.', dot + 1));
}

}  // namespace

std::vector<Change> diff(const Clim* before, const Clim* after) {
  if (before == nullptr) return after == nullptr ? std::vector<Change>{} : diff_whole(*after, true);
  if (after == nullptr) return diff_whole(*before, false);
  return ClimComparison(*before, *after).compare();
}

std::vector<Change> diff_swanctl(std::string_view before, std::string_view after) {
  const auto old = settings(before);
  const auto now = settings(after);
  ChangeList changes;
  std::set<std::string> known;
  for (const auto& [where, value] : old) known.insert(connection_of(where.first));
  const auto put = [&](const auto& where, const std::optional<std::string>& was, const std::optional<std::string>& is) {
    auto effect = known.contains(connection_of(where.first))
                      ? interrupts("its security associations are negotiated anew: what it protects waits, or is lost")
                      : hitless("taken up beside what is there");
    changes.attribute({where.first, "", ""}, where.second.c_str(), "", was, is, std::move(effect));
  };
  for (const auto& [where, value] : old) {
    const auto found = now.find(where);
    put(where, value, found == now.end() ? std::nullopt : std::optional(found->second));
  }
  for (const auto& [where, value] : now) {
    if (!old.contains(where)) put(where, std::nullopt, value);
  }
  return changes.take();
}

}  // namespace cip
