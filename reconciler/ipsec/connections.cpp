#include "reconciler/ipsec/connections.h"

#include <algorithm>
#include <fmt/format.h>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>

#include "reconciler/ipsec/settings.h"

namespace cip::ipsec {
namespace {

// Ours and charon's own prefixes are added to it.
constexpr std::size_t longest_section = 200;

Error wrong(const std::string& where, std::string_view what) {
  return {ErrorCode::invalid, fmt::format("{}: {}", where, what)};
}

// Nothing but these may be in a section. Empty: it is so.
std::string unknown_in(const Section& section, std::initializer_list<std::string_view> settings,
                       std::initializer_list<std::string_view> sections) {
  const auto is_in = [](std::initializer_list<std::string_view> list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  for (const auto& [name, value] : section.settings) {
    if (!is_in(settings, name)) {
      return name;
    }
  }
  for (const auto& each : section.sections) {
    if (!is_in(sections, each.name)) {
      return each.name;
    }
  }
  return {};
}

std::vector<std::string> items(std::string_view list) {
  std::vector<std::string> result;
  while (true) {
    const auto comma = list.find(',');
    result.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) {
      return result;
    }
    list.remove_prefix(comma + 1);
  }
}

// Those that vici takes as lists.
bool is_list(std::string_view setting) {
  static const std::set<std::string_view> lists{"local_addrs", "remote_addrs", "proposals",
                                                "local_ts",    "remote_ts",    "esp_proposals"};
  return lists.count(setting) != 0;
}

// A setting that vici cannot take. Empty: none.
std::string too_long_in(const Section& section) {
  for (const auto& [name, value] : section.settings) {
    if (value.size() > longest_value) {
      return name;
    }
  }
  for (const auto& each : section.sections) {
    if (auto name = too_long_in(each); !name.empty()) {
      return name;
    }
  }
  return {};
}

// Certificates are given as content, and start actions not at all.
Message text_of(const Section& section) {
  Message text;
  for (const auto& [name, value] : section.settings) {
    if (name == "certs" || name == "start_action") {
      continue;
    }
    if (is_list(name)) {
      text.set_list(name, items(value));
    } else {
      text.set(name, value);
    }
  }
  for (const auto& each : section.sections) {
    text.set_section(each.name, text_of(each));
  }
  return text;
}

template <class Value>
std::optional<Value> parsed(const Section& section, std::string_view setting) {
  const auto* text = section.find(setting);
  return text == nullptr ? std::nullopt : Value::parse(*text);
}

std::optional<StartAction> start_action(const Section& section) {
  const auto* word = section.find("start_action");
  if (word == nullptr) {
    return std::nullopt;
  }
  if (*word == "trap") {
    return StartAction::trap;
  }
  if (*word == "start") {
    return StartAction::start;
  }
  return *word == "none" ? std::optional(StartAction::none) : std::nullopt;
}

Result<Protection> read_protection(const Section& section, const std::string& where) {
  if (const auto unknown = unknown_in(section, {"local_ts", "remote_ts", "esp_proposals", "mode", "start_action"}, {});
      !unknown.empty()) {
    return wrong(where, fmt::format("this version of cipd does not know {}", unknown));
  }
  const auto local = parsed<Prefix>(section, "local_ts");
  const auto remote = parsed<Prefix>(section, "remote_ts");
  const auto start = start_action(section);
  if (!local || !remote || local->family() != remote->family()) {
    return wrong(where, "local_ts and remote_ts must be networks of one family");
  }
  if (!start) {
    return wrong(where, "start_action must be trap, start or none");
  }
  return Protection{section.name, *local, *remote, *start};
}

Result<std::variant<PresharedKey, Certificate>> read_auth(const Section& connection, const Section& secrets,
                                                          const std::string& where) {
  const auto& local = *connection.find_section("local");
  if (const auto* shared = secrets.find_section("ike-" + connection.name)) {
    const auto* file = shared->find("file");
    if (file == nullptr || !unknown_in(*shared, {"file", "id-local", "id-remote"}, {}).empty()) {
      return wrong(where, "its secret must have a file, and ids");
    }
    PresharedKey key{*file, {}};
    if (const auto name = too_long_in(*shared); !name.empty()) {
      return wrong(where, fmt::format("{} is too long", name));
    }
    for (const auto* id : {shared->find("id-local"), shared->find("id-remote")}) {
      if (id != nullptr) {
        key.owners.push_back(*id);
      }
    }
    return std::variant<PresharedKey, Certificate>(std::move(key));
  }
  const auto* secret = secrets.find_section("private-" + connection.name);
  const auto* key_file = secret == nullptr ? nullptr : secret->find("file");
  const auto* file = local.find("certs");
  if (key_file == nullptr || file == nullptr || !unknown_in(*secret, {"file"}, {}).empty()) {
    return wrong(where, "it has neither a pre-shared key nor a certificate with its key");
  }
  return std::variant<PresharedKey, Certificate>(Certificate{*file, *key_file});
}

Result<Connection> read_connection(const Section& section, const Section& secrets) {
  const auto where = "connection " + section.name;
  if (section.name.size() > longest_section) {
    return wrong(where, "its name is too long");
  }
  const auto* local = section.find_section("local");
  const auto* remote = section.find_section("remote");
  const auto* children = section.find_section("children");
  if (local == nullptr || remote == nullptr || children == nullptr || children->sections.empty()) {
    return wrong(where, "local, remote and children must be there");
  }
  for (const auto& unknown :
       {unknown_in(section, {"version", "local_addrs", "remote_addrs", "proposals", "mobike"},
                   {"local", "remote", "children"}),
        unknown_in(*local, {"auth", "certs", "id"}, {}), unknown_in(*remote, {"auth", "id"}, {})}) {
    if (!unknown.empty()) {
      return wrong(where, fmt::format("this version of cipd does not know {}", unknown));
    }
  }
  if (const auto name = too_long_in(section); !name.empty()) {
    return wrong(where, fmt::format("{} is too long", name));
  }
  Connection connection;
  connection.name = section.name;
  const auto here = parsed<IpAddress>(section, "local_addrs");
  const auto there = parsed<IpAddress>(section, "remote_addrs");
  if (!here || !there || here->family() != there->family()) {
    return wrong(where, "local_addrs and remote_addrs must be one address each, of one family");
  }
  connection.local = *here;
  connection.remote = *there;
  for (const auto& child : children->sections) {
    if (child.name.size() > longest_section) {
      return wrong(where, "the name of a protection is too long");
    }
    auto protection = read_protection(child, fmt::format("{}, {}", where, child.name));
    if (!protection) {
      return protection.error();
    }
    connection.protections.push_back(std::move(*protection));
  }
  auto auth = read_auth(section, secrets, where);
  if (!auth) {
    return auth.error();
  }
  connection.auth = std::move(*auth);
  connection.text = text_of(section);
  return connection;
}

}  // namespace

Result<std::vector<Connection>> read_connections(std::string_view text) {
  const auto root = parse_settings(text);
  if (!root) {
    return root.error();
  }
  const auto* connections = root->find_section("connections");
  const auto* secrets = root->find_section("secrets");
  if (connections == nullptr || secrets == nullptr || !root->settings.empty() || root->sections.size() != 2) {
    return Error{ErrorCode::invalid, "connections and secrets must be there, and nothing else"};
  }
  std::vector<Connection> result;
  for (const auto& section : connections->sections) {
    auto connection = read_connection(section, *secrets);
    if (!connection) {
      return connection.error();
    }
    result.push_back(std::move(*connection));
  }
  return result;
}

}  // namespace cip::ipsec
