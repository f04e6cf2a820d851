// What one idle daemon costs by the number of its partners: processor time, how much of it the kernel uses for sending
// and receiving (no program that does it can use less), and bytes on the control LAN and on all its
// data LANs. One CLIM in the middle, with an interface for each partner, whose failover interface that is; all daemons
// run, in one lab, with default times, and the one in the middle is measured, for some seconds (60, or the first
// argument). The second argument is the only number of partners. Build it with the release preset.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/benchmark/daemon_use.h"
#include "tests/lab/lab.h"

namespace cip::lab {
namespace {

std::string specification(int partners) {
  return fmt::format(R"(edition 1;
for i in 1..{0} {{ provider "lan{{i}}"; }}
clim hub {{
  control 192.168.0.254;
  maintenance eth0 {{ address 192.168.0.254/24; }}
  for i in 1..{0} {{
    interface "eth{{i}}" {{
      provider "lan{{i}}";
      address host(subnet(10.1.0.0/16, 8, i), 1);
      address host(subnet(2001:db8::/48, 16, i), 1);
      route subnet(10.2.0.0/16, 8, i) via ip(host(subnet(10.1.0.0/16, 8, i), 254));
      failover "p{{i}}.eth1";
    }}
  }}
}}
for i in 1..{0} {{
  clim "p{{i}}" {{
    control ip(host(192.168.0.0/24, i));
    maintenance eth0 {{ address host(192.168.0.0/24, i); }}
    interface eth1 {{ provider "lan{{i}}"; }}
  }}
}}
)",
                     partners);
}

LabPlan plan(int partners) {
  LabPlan plan{.lans = {"control"}, .clims = {{"hub", {{"eth0", "control"}}}}, .hosts = {}};
  for (int i = 1; i <= partners; ++i) {
    const auto lan = fmt::format("lan{}", i);
    plan.lans.push_back(lan);
    plan.clims.front().cables.push_back({fmt::format("eth{}", i), lan});
    plan.clims.push_back({fmt::format("p{}", i), {{"eth0", "control"}, {"eth1", lan}}});
  }
  return plan;
}

bool at_rest(const Clim& hub, int partners) {
  const Outcome outcome = hub.ctl({"status", "--format", "json"});
  if (outcome.status != 0) return false;
  const auto status = nlohmann::json::parse(outcome.out);
  int served = 0;
  for (const auto& row : status.at("interfaces")) {
    served += row.at("state") == "UP" && row.at("flags") == "" && row.at("home") != "hub.eth0" ? 1 : 0;
  }
  return served == partners;
}

void measure(int partners, std::chrono::seconds during) {
  Lab lab(plan(partners));
  lab.install(specification(partners));
  lab.start();
  Clim& hub = lab.clim("hub");
  if (!wait_until(60s, [&] { return at_rest(hub, partners); })) {
    throw std::runtime_error("not all is at rest:\n" + hub.ctl({"status"}).out + hub.log());
  }
  std::this_thread::sleep_for(10s);  // announcements, and what else is done once
  const Use before = use(hub);
  std::this_thread::sleep_for(during);
  const Use after = use(hub);
  const double elapsed = std::chrono::duration<double>(after.time - before.time).count();
  const auto rate = [&](double Use::*what) { return (after.*what - before.*what) / elapsed; };
  fmt::print("{:>8}  {:>11.2f}  {:>9.2f}  {:>13.3f}  {:>12.0f}  {:>16.0f}  {:>9.0f}  {:>13.0f}\n", partners,
             100 * rate(&Use::seconds), 100 * rate(&Use::kernel_seconds), 100 * rate(&Use::seconds) / partners,
             rate(&Use::control_sent), rate(&Use::control_received), rate(&Use::data_sent), rate(&Use::data_received));
  std::fflush(stdout);
  if (!at_rest(hub, partners)) throw std::runtime_error("it was not idle:\n" + hub.ctl({"status"}).out + hub.log());
}

}  // namespace
}  // namespace cip::lab

int main(int count, char** arguments) {
  try {
    const std::chrono::seconds during(count > 1 ? std::max(1, std::atoi(arguments[1])) : 60);
    fmt::print("an idle daemon, default times, for {} s; bytes are per second, with Ethernet headers\n\n",
               during.count());
    fmt::print("{:>8}  {:>11}  {:>9}  {:>13}  {:>12}  {:>16}  {:>9}  {:>13}\n", "partners", "% of a core", "in kernel",
               "% per partner", "control sent", "control received", "data sent", "data received");
    std::fflush(stdout);
    for (const int partners : count > 2 ? std::vector<int>{std::atoi(arguments[2])} : std::vector<int>{1, 10, 40}) {
      cip::lab::measure(partners, during);
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "\n{}\n", error.what());
    return 1;
  }
}
