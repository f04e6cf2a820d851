// The ledger's file form:
// {"addresses": [{"address": "10.1.0.1/24", "homes": ["n1.eth1"], "index": 3, "link": "eth1", "movable": true}],
//  "format": 1, "instance": "...", "links": [{"homes": [...], "index": 7, "kind": "bond", "link": "bond0"}],
//  "neighbors": [{"address": "10.1.0.9", "homes": [...], "index": 3, "link": "eth1"}]}
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "reconciler/plan/objects.h"

namespace cip::plan {

namespace {

using nlohmann::json;

constexpr int format_version = 1;

json homes_json(const Homes& homes) {
  json list = json::array();
  for (const auto& home : homes) list.push_back(home.str());
  return list;
}

// Why the file is refused. Thrown and caught in this file only.
struct Refused {
  std::string message;
};

const json& member(const json& object, const char* key, json::value_t type, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end()) throw Refused{fmt::format("{}: `{}` is missing", where, key)};
  const bool same = found->type() == type || (type == json::value_t::number_unsigned && found->is_number_unsigned());
  if (!same) throw Refused{fmt::format("{}.{}: is not of the type that it must have", where, key)};
  return *found;
}

void check_keys(const json& object, std::initializer_list<std::string_view> known, const std::string& where) {
  if (!object.is_object()) throw Refused{where + ": is not an object"};
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw Refused{fmt::format("{}: unknown key `{}`", where, key)};
    }
  }
}

LinkId read_link(const json& entry, const std::string& where) {
  const auto index = member(entry, "index", json::value_t::number_unsigned, where).get<std::uint64_t>();
  if (index < 1 || index > std::numeric_limits<int>::max()) throw Refused{where + ".index: out of range"};
  const auto name = member(entry, "link", json::value_t::string, where).get<std::string>();
  if (!is_interface_name(name)) throw Refused{fmt::format("{}.link: `{}` is no interface name", where, name)};
  return {static_cast<int>(index), InterfaceName(name)};
}

Homes read_homes(const json& entry, const std::string& where) {
  Homes homes;
  for (const auto& item : member(entry, "homes", json::value_t::array, where)) {
    const std::string text = item.is_string() ? item.get<std::string>() : std::string();
    const auto dot = text.find('.');
    if (dot == std::string::npos || dot == 0 || !is_interface_name(std::string_view(text).substr(dot + 1))) {
      throw Refused{where + ".homes: has something that is no CLIM.INTERFACE"};
    }
    homes.insert({ClimName(text.substr(0, dot)), InterfaceName(text.substr(dot + 1))});
  }
  return homes;
}

OwnedAddress read_address(const json& entry, const std::string& where) {
  check_keys(entry, {"address", "homes", "index", "link", "movable"}, where);
  const auto text = member(entry, "address", json::value_t::string, where).get<std::string>();
  const auto address = InterfaceAddress::parse(text);
  if (!address) throw Refused{fmt::format("{}.address: `{}` is no interface address", where, text)};
  const bool movable = member(entry, "movable", json::value_t::boolean, where).get<bool>();
  return {read_link(entry, where), *address, movable, read_homes(entry, where)};
}

OwnedNeighbor read_neighbor(const json& entry, const std::string& where) {
  check_keys(entry, {"address", "homes", "index", "link"}, where);
  const auto text = member(entry, "address", json::value_t::string, where).get<std::string>();
  const auto address = IpAddress::parse(text);
  if (!address) throw Refused{fmt::format("{}.address: `{}` is no address", where, text)};
  return {read_link(entry, where), *address, read_homes(entry, where)};
}

OwnedLink read_owned_link(const json& entry, const std::string& where) {
  check_keys(entry, {"homes", "index", "kind", "link"}, where);
  return {read_link(entry, where), member(entry, "kind", json::value_t::string, where).get<std::string>(),
          read_homes(entry, where)};
}

template <class Owned>
std::vector<Owned> read_list(const json& file, const char* key, const std::string& where,
                             Owned (*read)(const json&, const std::string&)) {
  std::vector<Owned> list;
  for (const auto& entry : member(file, key, json::value_t::array, where)) {
    list.push_back(read(entry, fmt::format("{}: {}[{}]", where, key, list.size())));
  }
  return list;
}

Ledger read_ledger(const json& file, const std::string& where) {
  check_keys(file, {"addresses", "format", "instance", "links", "neighbors"}, where);
  if (member(file, "format", json::value_t::number_unsigned, where).get<std::uint64_t>() != format_version) {
    throw Refused{where + ".format: this ledger was written by another version of cipd"};
  }
  Ledger ledger;
  ledger.instance = member(file, "instance", json::value_t::string, where).get<std::string>();
  ledger.addresses = read_list(file, "addresses", where, read_address);
  ledger.neighbors = read_list(file, "neighbors", where, read_neighbor);
  // One that was written before there were any is taken over in an upgrade.
  if (file.contains("links")) ledger.links = read_list(file, "links", where, read_owned_link);
  return ledger;
}

}  // namespace

std::string to_json(const Ledger& ledger) {
  json addresses = json::array();
  for (const auto& owned : ledger.addresses) {
    addresses.push_back({{"address", owned.address.str()},
                         {"homes", homes_json(owned.homes)},
                         {"index", owned.link.index},
                         {"link", owned.link.name.str()},
                         {"movable", owned.movable}});
  }
  json neighbors = json::array();
  for (const auto& owned : ledger.neighbors) {
    neighbors.push_back({{"address", owned.address.str()},
                         {"homes", homes_json(owned.homes)},
                         {"index", owned.link.index},
                         {"link", owned.link.name.str()}});
  }
  json links = json::array();
  for (const auto& owned : ledger.links) {
    links.push_back({{"homes", homes_json(owned.homes)},
                     {"index", owned.link.index},
                     {"kind", owned.kind},
                     {"link", owned.link.name.str()}});
  }
  const json file = {{"addresses", std::move(addresses)},
                     {"format", format_version},
                     {"instance", ledger.instance},
                     {"links", std::move(links)},
                     {"neighbors", std::move(neighbors)}};
  return file.dump(2) + "\n";
}

Result<Ledger> ledger_from_json(std::string_view text, std::string_view where) {
  const json file = json::parse(text, nullptr, false);
  if (file.is_discarded()) return Error{ErrorCode::invalid, fmt::format("{}: is not JSON", where)};
  try {
    return read_ledger(file, std::string(where));
  } catch (const Refused& refused) {
    return Error{ErrorCode::invalid, refused.message};
  }
}

}  // namespace cip::plan
