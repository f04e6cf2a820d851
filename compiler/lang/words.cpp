#include "compiler/lang/words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "compiler/lang/readers.h"

namespace cip::lang {
namespace {

using Ending = Word::Ending;
constexpr auto adds_up = false;
constexpr auto once = true;
constexpr auto refused = true;

// The MTU of an Ethernet device: RFC 791's least, and what the kernel takes at most (ETH_MAX_MTU).
constexpr std::uint32_t least_mtu = 68;
constexpr std::uint32_t most_mtu = 65535;
// VLAN ids (IEEE 802.1Q: 0 and 4095 are reserved).
constexpr std::uint32_t least_vlan = 1;
constexpr std::uint32_t most_vlan = 4094;
constexpr std::uint32_t most_ttl = 255;
// The kernel takes more slaves than any machine has; its own limit is INT_MAX.
constexpr std::uint32_t most_min_links = 0x7fffffff;

template <class Value, class T>
void store(std::optional<Value>& member, std::optional<Sourced<T>> value) {
  if (value) {
    using Content = decltype(member->value);
    member = Value{Content(std::move(value->value)), value->origin};
  }
}

template <class T>
void store(std::vector<T>& list, std::optional<T> value) {
  if (value) {
    list.push_back(std::move(*value));
  }
}

const std::vector<Word>& table() {
  // Interfaces of the data LANs; those that frames go through; those that have addresses.
  static const std::vector<Place> data{Place::interface, Place::bond, Place::vlan};
  static const std::vector<Place> linked{Place::maintenance, Place::interface, Place::bond, Place::vlan};
  static const std::vector<Place> addressed{Place::loopback, Place::maintenance, Place::interface,
                                            Place::bond,     Place::vlan,        Place::tunnel};
  static const std::vector<Word> rows{
      // word, places, ends with, repeated?, what is unknown without it, how it is read, keywords
      {"edition", {Place::file}, Ending::semicolon, once, Fact::nothing, read_edition},
      {"import", {Place::file}, Ending::semicolon, adds_up, Fact::all, read_import, {"as"}},
      {"cluster", {Place::file}, Ending::block, adds_up, Fact::nothing, read_cluster},
      {"provider", {Place::file}, Ending::either, adds_up, Fact::providers, read_provider},
      {"clim", {Place::file}, Ending::block, adds_up, Fact::clims, read_clim},
      {"failover", {Place::file}, Ending::semicolon, adds_up, Fact::failover, read_failover_pair},

      {"heartbeat", {Place::cluster}, Ending::semicolon, once, Fact::nothing, read_time<&Times::heartbeat>},
      {"dead", {Place::cluster}, Ending::semicolon, once, Fact::nothing, read_time<&Times::dead>},
      {"probe", {Place::cluster}, Ending::semicolon, once, Fact::nothing, read_time<&Times::probe>},
      {"link-pulse", {Place::cluster}, Ending::semicolon, once, Fact::nothing, read_time<&Times::link_pulse>},
      {"settle", {Place::cluster}, Ending::semicolon, once, Fact::nothing, read_time<&Times::settle>},
      {"fence", {Place::cluster}, Ending::semicolon, once, Fact::nothing, read_time<&Times::fence>},
      {"linger", {Place::cluster}, Ending::semicolon, once, Fact::nothing, read_time<&Times::linger>},
      {"startup-wait", {Place::cluster}, Ending::semicolon, once, Fact::nothing, read_time<&Times::startup_wait>},
      {"retry", {Place::cluster}, Ending::semicolon, once, Fact::nothing, read_time<&Times::retry>},
      {"etcd", {Place::cluster}, Ending::semicolon, adds_up, Fact::nothing, read_etcd},

      {"lan", {Place::provider}, Ending::semicolon, adds_up, Fact::lans, read_lans},

      {"control", {Place::clim}, Ending::semicolon, adds_up, Fact::control, read_control},
      {"loopback", {Place::clim}, Ending::block, adds_up, Fact::interfaces, read_interface<InterfaceKind::loopback>},
      {"maintenance",
       {Place::clim},
       Ending::block,
       adds_up,
       Fact::interfaces,
       read_interface<InterfaceKind::maintenance>},
      {"interface", {Place::clim}, Ending::block, adds_up, Fact::interfaces, read_interface<InterfaceKind::physical>},
      {"bond", {Place::clim}, Ending::block, adds_up, Fact::interfaces, read_interface<InterfaceKind::bond>},
      {"vlan", {Place::clim}, Ending::block, adds_up, Fact::interfaces, read_interface<InterfaceKind::vlan>},
      {"tunnel", {Place::clim}, Ending::block, adds_up, Fact::interfaces, read_interface<InterfaceKind::tunnel>},
      {"ipsec", {Place::file, Place::clim}, Ending::block, adds_up, Fact::ipsec, read_ipsec, {"on"}},

      {"provider", data, Ending::semicolon, once, Fact::provider,
       [](Block& b, Arguments& a) { store(b.interface->provider, a.name("the name of a provider")); }},
      {"lan", data, Ending::semicolon, once, Fact::lan,
       [](Block& b, Arguments& a) { store(b.interface->lan, a.name("the name of a LAN")); }},
      {"mtu",
       {Place::maintenance, Place::interface, Place::bond, Place::vlan, Place::tunnel},
       Ending::semicolon,
       once,
       Fact::mtu,
       [](Block& b, Arguments& a) { store(b.interface->mtu, a.integer("an MTU", least_mtu, most_mtu)); }},
      {"match-mac", {Place::maintenance, Place::interface}, Ending::semicolon, once, Fact::nothing, read_match_mac},
      {"description", linked, Ending::semicolon, once, Fact::nothing, read_description},
      {"address", addressed, Ending::semicolon, adds_up, Fact::addresses, read_address},
      {"route",
       addressed,
       Ending::semicolon,
       adds_up,
       Fact::routes,
       read_route,
       {"default", "via", "metric", "source", "table", "mtu", "onlink", "blackhole", "unreachable", "prohibit",
        "throw"}},
      {"rule", linked, Ending::semicolon, adds_up, Fact::nothing, read_rule, {"from", "to", "priority", "table"}},
      {"neighbor", linked, Ending::semicolon, adds_up, Fact::nothing, read_neighbor, {"at"}},
      {"failover", data, Ending::semicolon, adds_up, Fact::failover, read_failover},
      // The others have the word so that the rule can say why not (E0204).
      {"failover",
       {Place::loopback, Place::maintenance, Place::tunnel},
       Ending::semicolon,
       adds_up,
       Fact::failover,
       read_failover,
       {},
       refused},

      {"slaves", {Place::bond}, Ending::semicolon, adds_up, Fact::slaves, read_slaves},
      {"mode", {Place::bond}, Ending::semicolon, once, Fact::mode, read_bond_mode},
      {"primary", {Place::bond}, Ending::semicolon, once, Fact::nothing, read_primary},
      {"primary-reselect", {Place::bond}, Ending::semicolon, once, Fact::nothing, read_primary_reselect},
      {"miimon", {Place::bond}, Ending::semicolon, once, Fact::miimon, read_miimon},
      {"min-links",
       {Place::bond},
       Ending::semicolon,
       once,
       Fact::nothing,
       [](Block& b, Arguments& a) { store(b.interface->bond.min_links, a.integer("a number", 0, most_min_links)); }},
      {"lacp-rate", {Place::bond}, Ending::semicolon, once, Fact::nothing, read_lacp_rate},
      {"hash-policy", {Place::bond}, Ending::semicolon, once, Fact::nothing, read_hash_policy},
      {"up-delay", {Place::bond}, Ending::semicolon, once, Fact::nothing, read_delay<&BondStatement::up_delay>},
      {"down-delay", {Place::bond}, Ending::semicolon, once, Fact::nothing, read_delay<&BondStatement::down_delay>},

      {"link", {Place::vlan}, Ending::semicolon, once, Fact::link, read_link},
      {"id",
       {Place::vlan},
       Ending::semicolon,
       once,
       Fact::id,
       [](Block& b, Arguments& a) { store(b.interface->vlan.id, a.integer("a VLAN id", least_vlan, most_vlan)); }},

      {"local", {Place::tunnel}, Ending::semicolon, once, Fact::local, read_tunnel_local},
      {"remote", {Place::tunnel}, Ending::semicolon, once, Fact::remote, read_tunnel_remote},
      {"ttl",
       {Place::tunnel},
       Ending::semicolon,
       once,
       Fact::nothing,
       [](Block& b, Arguments& a) { store(b.interface->tunnel.ttl, a.integer("a TTL", 1, most_ttl)); }},

      {"local", {Place::ipsec}, Ending::semicolon, once, Fact::local, read_ipsec_end<&Ipsec::local>},
      {"remote", {Place::ipsec}, Ending::semicolon, once, Fact::remote, read_ipsec_end<&Ipsec::remote>},
      {"local-id", {Place::ipsec}, Ending::semicolon, once, Fact::ipsec, read_identity<&Ipsec::local_id>},
      {"remote-id", {Place::ipsec}, Ending::semicolon, once, Fact::ipsec, read_identity<&Ipsec::remote_id>},
      {"proposal", {Place::ipsec}, Ending::semicolon, adds_up, Fact::proposals, read_proposal, {"ike", "esp"}},
      {"auth",
       {Place::ipsec},
       Ending::semicolon,
       once,
       Fact::auth,
       read_auth,
       {"psk", "cert", "file", "key", "secret"}},
      {"mode", {Place::ipsec}, Ending::semicolon, once, Fact::mode, read_ipsec_mode},
      {"protect", {Place::ipsec}, Ending::semicolon, adds_up, Fact::protections, read_protect, {"to"}},
      {"start-action", {Place::ipsec}, Ending::semicolon, once, Fact::ipsec, read_start_action},
      // What other programs call a key in their configuration (E0402).
      {"psk", {Place::ipsec}, Ending::semicolon, adds_up, Fact::auth, read_clear_secret, {}, refused},
      {"secret", {Place::ipsec}, Ending::semicolon, adds_up, Fact::auth, read_clear_secret, {}, refused},
  };
  return rows;
}

struct PlaceWords {
  std::unordered_map<std::string_view, const Word*> by_word;
  std::vector<std::string_view> all;
};

const PlaceWords& place_words(Place place) {
  static const auto index = [] {
    std::array<PlaceWords, place_count> places;
    for (const Word& row : table()) {
      for (const Place at : row.places) {
        auto& entry = places[static_cast<std::size_t>(at)];
        entry.by_word.emplace(row.word, &row);
        if (!row.refused) {
          entry.all.push_back(row.word);
        }
      }
    }
    return places;
  }();
  return index[static_cast<std::size_t>(place)];
}

syntax::StatementForm& form_of(syntax::Vocabulary& forms, std::string_view word) {
  const auto found = std::find_if(forms.begin(), forms.end(), [&](const auto& form) { return form.word == word; });
  if (found != forms.end()) {
    return *found;
  }
  syntax::StatementForm form;
  form.word = word;
  form.with_semicolon = false;
  return forms.emplace_back(std::move(form));
}

void add_places(syntax::StatementForm& form, const std::vector<Place>& places) {
  for (const Place place : places) {
    form.places.push_back(block_word(place));
  }
}

syntax::Vocabulary make_vocabulary() {
  syntax::Vocabulary forms;
  for (const Word& row : table()) {
    auto& form = form_of(forms, row.word);
    add_places(form, row.places);
    form.with_semicolon = form.with_semicolon || row.ending != Ending::block;
    form.with_block = form.with_block || row.ending != Ending::semicolon;
    form.keywords.insert(form.keywords.end(), row.keywords.begin(), row.keywords.end());
  }
  return forms;
}

}  // namespace

std::string_view describe(Place place) {
  constexpr std::array<std::string_view, place_count> names{
      "at the top level",           "in a cluster",    "in a provider", "in a CLIM", "in a loopback interface",
      "in a maintenance interface", "in an interface", "in a bond",     "in a VLAN", "in a tunnel",
      "in an IPsec connection"};
  return names[static_cast<std::size_t>(place)];
}

std::string_view block_word(Place place) {
  constexpr std::array<std::string_view, place_count> words{
      "", "cluster", "provider", "clim", "loopback", "maintenance", "interface", "bond", "vlan", "tunnel", "ipsec"};
  return words[static_cast<std::size_t>(place)];
}

const std::vector<std::string_view>& template_targets() {
  static const std::vector<std::string_view> targets{"cluster", "clim", "interface", "bond", "vlan", "tunnel", "ipsec"};
  return targets;
}

std::optional<Place> template_place(std::string_view target) {
  if (target == "cluster") {
    return Place::file;
  }
  for (std::size_t i = 0; i < place_count; ++i) {
    if (block_word(static_cast<Place>(i)) == target) {
      return static_cast<Place>(i);
    }
  }
  return std::nullopt;
}

const Word* find_word(Place place, std::string_view word) {
  const auto& words = place_words(place).by_word;
  const auto found = words.find(word);
  return found == words.end() ? nullptr : found->second;
}

const std::vector<std::string_view>& words_of(Place place) {
  return place_words(place).all;
}

std::vector<Place> places_of(std::string_view word) {
  std::vector<Place> places;
  for (const Word& row : table()) {
    if (row.word == word && !row.refused) {
      places.insert(places.end(), row.places.begin(), row.places.end());
    }
  }
  return places;
}

const syntax::Vocabulary& vocabulary() {
  static const syntax::Vocabulary forms = make_vocabulary();
  return forms;
}

}  // namespace cip::lang
