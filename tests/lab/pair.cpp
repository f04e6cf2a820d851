#include "tests/lab/pair.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "tests/lab/pinger.h"

namespace cip::lab {
namespace {

using nlohmann::json;

constexpr const char* specification_text = R"(edition 1;
cluster lab {{ {times} }}
provider blue;
provider green;

clim n1 {{
  control {n1_control};
  maintenance eth0 {{ address 192.168.100.1/24; }}
  {n1_eth3}
  interface eth1 {{
    provider blue;
    address 10.1.0.1/24;
    address 2001:db8:1::1/64;
    route 10.91.0.0/16 via 10.1.0.254 metric 20;
    route 2001:db8:91::/48 via 2001:db8:1::fe;
    neighbor 10.1.0.253 at 02:00:00:00:00:fd;
    {in_n1_eth1}
    failover n2.eth1;
  }}
  interface eth2 {{
    provider green;
    address 10.2.0.1/24;
    address 2001:db8:2::1/64;
    route 10.94.0.0/16 via 10.2.0.254;
    failover n2.eth2;
  }}
}}

clim n2 {{
  control {n2_control};
  maintenance eth0 {{ address 192.168.100.2/24; }}
  {n2_eth3}
  interface eth1 {{
    provider blue;
    address 10.1.0.2/24;
    address 2001:db8:1::2/64;
    route 10.92.0.0/16 via 10.1.0.254 metric 20;
    failover n1.eth1;
  }}
  interface eth2 {{ provider green; }}
}}
)";

}  // namespace

std::string pair_specification(const std::string& in_n1_eth1, const std::string& times, Control control) {
  const bool two = control == Control::two_lans;
  const auto addresses = [&](int clim) {
    return fmt::format("192.168.100.{}", clim) + (two ? fmt::format(", 192.168.101.{}", clim) : "");
  };
  const auto eth3 = [&](int clim) {
    return two ? fmt::format("interface eth3 {{ address 192.168.101.{}/24; }}", clim) : "";
  };
  return fmt::format(fmt::runtime(specification_text), fmt::arg("times", times), fmt::arg("in_n1_eth1", in_n1_eth1),
                     fmt::arg("n1_control", addresses(1)), fmt::arg("n2_control", addresses(2)),
                     fmt::arg("n1_eth3", eth3(1)), fmt::arg("n2_eth3", eth3(2)));
}

Pair::Pair(Begin begin, const std::string& specification, Control control)
    : lab(Lab::pair(control)), n1(lab.clim("n1")), n2(lab.clim("n2")) {
  lab.ask("blue", {"10.1.0.1", "2001:db8:1::1", "10.1.0.2", "2001:db8:1::2"});
  lab.ask("green", n1_eth2);
  lab.install(specification);
  if (begin == Begin::stopped) return;
  lab.start();
  const auto settled = [&] {
    return at_home() && shown(n1, "n1.eth1", "state") == "UP" && shown(n1, "n1.eth2", "state") == "UP" &&
           shown(n2, "n2.eth1", "state") == "UP" && shown(n1, "n1.eth1", "flags").empty() &&
           shown(n1, "n1.eth2", "flags").empty() && shown(n2, "n2.eth1", "flags").empty();
  };
  if (!wait_until(15s, settled)) {
    const std::string status = n1.ctl({"status"}).out + n2.ctl({"status"}).out;
    throw std::runtime_error("the pair does not get to serve:\n" + status + lab.report());
  }
  for (const auto* address : {"10.1.0.1", "2001:db8:1::1", "10.1.0.2", "10.2.0.1"}) {
    const Pinger pinger(lab.host("r1"), address, 5ms);
    if (!pinger.answered(5s)) throw std::runtime_error(std::string("no answer from ") + address + "\n" + lab.report());
  }
}

bool Pair::all_at(const std::vector<std::string>& addresses, const std::string& port) const {
  return std::all_of(addresses.begin(), addresses.end(),
                     [&](const std::string& address) { return lab.holder(address) == port; });
}

bool Pair::at_home() const {
  return all_at(n1_eth1, "n1.eth1") && all_at(n2_eth1, "n2.eth1") && all_at(n1_eth2, "n1.eth2");
}

json Pair::status(const Clim& clim, const std::string& home) {
  const Outcome outcome = clim.ctl({"status", "--format", "json"});
  if (outcome.status != 0) throw std::runtime_error("cipctl status: " + outcome.err);
  const json answer = json::parse(outcome.out);
  for (const auto& row : answer.at("interfaces")) {
    if (row.at("home") == home) return row;
  }
  throw std::runtime_error("no row " + home + " in " + outcome.out);
}

std::string Pair::shown(const Clim& clim, const std::string& home, const std::string& key) {
  try {
    return status(clim, home).value(key, "");
  } catch (const std::runtime_error&) {
    return "";
  }
}

bool Pair::has_event(const Clim& clim, const std::vector<std::string>& texts) {
  std::istringstream lines(clim.ctl({"events"}).out);
  // An event is a line, and a second one that is indented if it has evidence.
  std::string event;
  const auto matches = [&] {
    return std::all_of(texts.begin(), texts.end(),
                       [&](const std::string& text) { return event.find(text) != std::string::npos; });
  };
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(" ")) event.clear();
    event += line;
    if (matches()) return true;
  }
  return false;
}

}  // namespace cip::lab
