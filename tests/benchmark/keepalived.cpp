#include "tests/benchmark/keepalived.h"

#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <stdexcept>

namespace cip::lab {
namespace {

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

}  // namespace

bool Keepalived::installed() {
  return run({"keepalived", "--version"}).status == 0;
}

Keepalived::Keepalived(Clim& machine, int priority, std::vector<KeepalivedInstance> instances, std::string times)
    : machine_(machine), priority_(priority), instances_(std::move(instances)), times_(std::move(times)) {}

// As keepalived.conf(5) advises. Version 3 of VRRP, the only one with times below a second. BACKUP on both sides with
// nopreempt: like CIP, it does not go home by itself. All addresses but the first are "excluded", which the page
// recommends for large numbers (an advert has no room for them) and needs for the second family; they move all the
// same. Its own priority in the scheduler is the usual one, as cipd's is.
std::string Keepalived::configuration() const {
  std::string text = fmt::format("global_defs {{\n  router_id {}\n  vrrp_version 3\n}}\n", machine_.name());
  int number = 50;
  for (const auto& instance : instances_) {
    const auto& addresses = instance.addresses;
    text += fmt::format(
        "vrrp_instance {0} {{\n  interface {0}\n  state BACKUP\n  nopreempt\n  virtual_router_id {1}\n  priority {2}\n"
        "  {3}\n  virtual_ipaddress {{\n    {4}\n  }}\n",
        instance.interface, ++number, priority_, times_, addresses.front());
    text += fmt::format("  virtual_ipaddress_excluded {{\n    {}\n  }}\n",
                        fmt::join(addresses.begin() + 1, addresses.end(), "\n    "));
    text += "  virtual_routes {\n";
    for (const auto& route : instance.routes) text += fmt::format("    {} dev {}\n", route, instance.interface);
    text += "  }\n}\n";
  }
  return text;
}

void Keepalived::set_up_interfaces() const {
  std::vector<std::string> commands;
  for (const auto& instance : instances_) {
    commands.push_back(fmt::format("link set dev {} up", instance.interface));
    commands.push_back(fmt::format("addr replace {} dev {}", instance.own, instance.interface));
  }
  machine_.network().ip(commands);
}

void Keepalived::start() {
  kill();
  set_up_interfaces();
  const auto file = machine_.dir() / "keepalived.conf";
  std::ofstream(file) << configuration();
  const auto parent = machine_.dir() / "keepalived.pid";
  const auto child = machine_.dir() / "vrrp.pid";
  for (const auto& left_over : {parent, child}) std::filesystem::remove(left_over);
  // Its log goes to memory: one that blocks would make its timers late.
  process_.emplace(std::vector<std::string>{"keepalived", "--dont-fork", "--vrrp", "--log-console", "--no-syslog", "-f",
                                            file, "-p", parent, "-r", child},
                   Surroundings{.where = &machine_.network()});
  const auto log = [&] { return process_->out() + process_->err(); };
  if (!wait_until(20s, [&] { return count(log(), "Entering ") >= instances_.size(); })) {
    throw std::runtime_error("keepalived does not start: " + log());
  }
}

void Keepalived::stop() {
  process_->send(SIGTERM);
  if (!process_->wait(20s)) throw std::runtime_error("keepalived does not end on SIGTERM");
  process_.reset();
}

// The process that has the addresses is a child. Without its parent it would end as on SIGTERM, and a parent would
// start it again; so it is stopped while its parent ends.
void Keepalived::kill() {
  if (!process_) return;
  const auto children = fmt::format("/proc/{0}/task/{0}/children", process_->pid());
  int child = 0;
  const bool has_child = static_cast<bool>(std::ifstream(children) >> child);
  if (has_child) ::kill(child, SIGSTOP);
  process_.reset();
  if (has_child) ::kill(child, SIGKILL);
}

}  // namespace cip::lab
