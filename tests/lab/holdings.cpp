#include "tests/lab/holdings.h"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "state/json.h"

namespace cip::lab {
namespace {

using nlohmann::json;

std::string line(const std::string& device, const char* kind, const json& what) {
  return (device.empty() ? "" : device + ": ") + kind + " " +
         (what.is_string() ? what.get<std::string>() : what.dump());
}

// ---------------------------------------------------------------------------------------------------------------------
// In the words of the state tree

void add_route(Lines& lines, const std::string& device, const json& route) {
  lines.insert(line(route.contains("type") ? "" : device, "route", route));
}

void add_rule(Lines& lines, json rule) {
  const auto& selector = rule.contains("from") ? rule["from"] : rule["to"];
  const bool ipv6 = selector.get<std::string>().find(':') != std::string::npos;
  for (const char* key : {"from", "to"}) {  // what matches everything is none for the kernel
    if (rule.contains(key) && rule[key].get<std::string>().ends_with("/0")) rule.erase(key);
  }
  lines.insert(line("", ipv6 ? "IPv6 rule" : "IPv4 rule", rule));
}

void add_tunnel(Lines& lines, json tunnel) {
  const std::string name = tunnel["name"];
  for (const auto& address : tunnel.value("addresses", json::array())) lines.insert(line(name, "address", address));
  for (const auto& route : tunnel.value("routes", json::array())) add_route(lines, name, route);
  tunnel.erase("addresses");
  tunnel.erase("routes");
  lines.insert(line(name, "tunnel", tunnel));
}

// Of an interface as a home file has it, or an answer of whatif.
void add_interface(Lines& lines, const std::string& name, const json& interface) {
  const auto objects_of = [&](const char* list) {
    json objects = interface.value(list, json::array());
    for (auto& object : objects) {
      if (object.is_object()) object.erase("home");
    }
    return objects;
  };
  for (const auto& address : objects_of("addresses")) {
    lines.insert(line(name, "address", address.is_object() ? address["address"] : address));
  }
  for (const auto& route : objects_of("routes")) add_route(lines, name, route);
  for (const auto& rule : objects_of("rules")) add_rule(lines, rule);
  for (const auto& neighbor : objects_of("neighbors")) lines.insert(line(name, "neighbor", neighbor));
  for (const auto& tunnel : objects_of("tunnels")) add_tunnel(lines, tunnel);
}

// ---------------------------------------------------------------------------------------------------------------------
// In those of iproute2. With -N kinds, protocols and tables are numbers (linux/rtnetlink.h).

constexpr const char* made_by_the_kernel = "2";  // RTPROT_KERNEL
constexpr const char* main_table_number = "254";

std::string with_length(const std::string& prefix, bool ipv6) {
  if (prefix == "default") return ipv6 ? "::/0" : "0.0.0.0/0";
  return prefix.find('/') != std::string::npos ? prefix : prefix + (ipv6 ? "/128" : "/32");
}

// Takes what is not said in the state tree, or is what is left out there, and keeps all the rest: what nobody has
// thought of is a difference.
json without(json object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) object.erase(key);
  return object;
}

// Moves `from` to `to`, if it is there.
void rename(json& object, const char* from, const char* to) {
  if (!object.contains(from)) return;
  json value = std::move(object[from]);
  object.erase(from);
  object[to] = std::move(value);
}

void add_kernel_route(Lines& lines, json route, bool ipv6) {
  if (route.value("protocol", "") == made_by_the_kernel) return;
  static const std::map<std::string, const char*> types{
      {"6", "blackhole"}, {"7", "unreachable"}, {"8", "prohibit"}, {"9", "throw"}};
  const std::string device = route.value("dev", "");
  const std::string type = route.value("type", "");
  json ours = without(route, {"type", "dst", "dev", "protocol", "scope", "flags", "pref", "metrics", "table"});
  ours["destination"] = with_length(route["dst"], ipv6);
  if (!ours.contains("metric")) ours["metric"] = 0;
  rename(ours, "prefsrc", "source");
  if (const std::string table = route["table"]; table != main_table_number) ours["table"] = std::stoul(table);
  for (const auto& metrics : route.value("metrics", json::array())) ours.update(metrics);
  for (const auto& flag : route.value("flags", json::array())) {
    if (flag == "onlink") ours["onlink"] = true;
  }
  if (type != "1") ours["type"] = types.contains(type) ? types.at(type) : type.c_str();
  add_route(lines, device, ours);
}

void add_kernel_rule(Lines& lines, json rule, bool ipv6) {
  if (rule.value("protocol", "") == made_by_the_kernel) return;
  for (const auto& [key, length, ours] : {std::array{"src", "srclen", "from"}, std::array{"dst", "dstlen", "to"}}) {
    const std::string address = rule.value(key, "all");
    if (address != "all") {
      rule[ours] = fmt::format("{}/{}", address, rule.value(length, ipv6 ? 128 : 32));
    }
    rule.erase(key);
    rule.erase(length);
  }
  rule["table"] = std::stoul(rule["table"].get<std::string>());
  lines.insert(line("", ipv6 ? "IPv6 rule" : "IPv4 rule", without(rule, {"protocol"})));
}

void add_kernel_tunnel(Lines& lines, const Compiled& compiled, const json& link) {
  const std::string name = link["ifname"];
  if (link.value("/linkinfo/info_kind"_json_pointer, "") != "sit" || name == "sit0") return;  // that one is automatic
  const json& data = link["linkinfo"]["info_data"];
  json tunnel = {{"name", name}, {"remote", data["remote"]}, {"ttl", data["ttl"]}};
  if (data["local"] != "any") tunnel["local"] = data["local"];
  if (compiled.sets_mtu(name)) tunnel["mtu"] = link["mtu"];
  lines.insert(line(name, "tunnel", tunnel));
}

// The answers of `ip -batch`, an array for each command.
std::vector<json> ask(const Clim& clim, const char* family, const std::string& commands) {
  const Outcome outcome =
      run({"ip", family, "-N", "-j", "-d", "-batch", "-"}, {.where = &clim.network(), .input = commands});
  if (outcome.status != 0) throw std::runtime_error("ip: " + outcome.err);
  std::vector<json> answers;
  std::istringstream text(outcome.out);
  for (std::string each; std::getline(text, each);) answers.push_back(json::parse(each));
  return answers;
}

void add_family(Lines& lines, const Compiled& compiled, const Clim& clim, bool ipv6) {
  const auto answers = ask(clim, ipv6 ? "-6" : "-4",
                           "link show\naddr show\nroute show table all\nrule show\nneigh show nud permanent\n");
  if (!ipv6) {
    for (const auto& link : answers.at(0)) add_kernel_tunnel(lines, compiled, link);
  }
  for (const auto& link : answers.at(1)) {
    for (const auto& address : link["addr_info"]) {
      const std::string text = address["local"];
      const bool loopback = text == "127.0.0.1" || text == "::1";
      if (loopback || (text.starts_with("fe80:") && !compiled.has_address(text))) continue;
      lines.insert(line(link["ifname"], "address", fmt::format("{}/{}", text, address["prefixlen"].get<int>())));
    }
  }
  for (const auto& route : answers.at(2)) add_kernel_route(lines, route, ipv6);
  for (const auto& rule : answers.at(3)) add_kernel_rule(lines, rule, ipv6);
  for (auto neighbor : answers.at(4)) {
    const json entry = {{"address", neighbor["dst"]}, {"mac", neighbor["lladdr"]}};
    lines.insert(line(neighbor["dev"], "neighbor", entry));
  }
}

}  // namespace

Holdings predicted(const Compiled& compiled, const json& whatif) {
  Holdings result;
  for (const auto& state : compiled.clims()) {
    const std::string& name = state.clim.name.str();
    const json& clim = whatif.at("clims").at(name);
    if (clim["state"] != "UP") continue;
    auto& lines = result[name];
    for (const auto& [interface, held] : clim["interfaces"].items()) add_interface(lines, interface, held);
  }
  return result;
}

Holdings at_home(const Compiled& compiled) {
  Holdings result;
  for (const auto& state : compiled.clims()) {
    auto& lines = result[state.clim.name.str()];
    for (const auto& [name, file] : state.home) {
      add_interface(lines, name.str(), json::parse(to_json(*file.interface)));
    }
  }
  return result;
}

Lines held(const Compiled& compiled, const Clim& clim) {
  Lines lines;
  add_family(lines, compiled, clim, false);
  add_family(lines, compiled, clim, true);
  return lines;
}

std::string difference(const Holdings& predicted, const Holdings& held) {
  std::string text;
  const auto say = [&](const Holdings& these, const Holdings& those, const char* verb) {
    for (const auto& [clim, lines] : these) {
      const auto other = those.find(clim);
      for (const auto& line : lines) {
        if (other == those.end() || !other->second.contains(line)) text += fmt::format("{} {}: {}\n", clim, verb, line);
      }
    }
  };
  say(predicted, held, "lacks");
  say(held, predicted, "still has");
  return text;
}

}  // namespace cip::lab
