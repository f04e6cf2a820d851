#include "tests/lab/lab.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

namespace cip::lab {
namespace {

namespace fs = std::filesystem;

// /tmp/cip-lab.PID.XXXXXX; those of processes that are no more are removed.
fs::path make_directory() {
  const std::string prefix = "cip-lab.";
  for (const auto& entry : fs::directory_iterator("/tmp")) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(prefix)) continue;
    const int pid = std::atoi(name.c_str() + prefix.size());
    std::error_code another_does_it;
    if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), another_does_it);
  }
  std::string path = fmt::format("/tmp/{}{}.XXXXXX", prefix, getpid());
  if (mkdtemp(path.data()) == nullptr) fail("mkdtemp");
  return path;
}

std::string last_lines(const std::string& text, int count) {
  std::size_t from = text.size();
  while (count-- >= 0 && from != std::string::npos && from > 0) from = text.rfind('\n', from - 1);
  return from == std::string::npos || from == 0 ? text : text.substr(from + 1);
}

// The device of a port that is in the bridge: with a tag, the VLAN on it.
std::string bridged(const std::string& port, int tag) {
  return tag == 0 ? port : fmt::format("{}.{}", port, tag);
}

std::string_view name_of(Cable state) {
  switch (state) {
    case Cable::connected:
      return "connected";
    case Cable::unplugged:
      return "unplugged";
    case Cable::silent:
      return "silent";
    case Cable::deaf:
      return "deaf";
    case Cable::mute:
      return "mute";
  }
  return "?";
}

}  // namespace

LabPlan Lab::pair(Control control) {
  std::vector<std::string> lans{"control", "blue", "green"};
  std::vector<Socket> cables{{"eth0", "control"}, {"eth1", "blue"}, {"eth2", "green"}};
  if (control == Control::two_lans) {
    lans.emplace_back("control2");
    cables.push_back({"eth3", "control2"});
  }
  return {.lans = lans,
          .clims = {{"n1", cables}, {"n2", cables}},
          .hosts = {{"r1",
                     {{"eth0", "blue"}, {"eth1", "green"}},
                     {"addr add 10.1.0.254/24 dev eth0", "addr add 2001:db8:1::fe/64 dev eth0",
                      "addr add 10.2.0.254/24 dev eth1", "addr add 2001:db8:2::fe/64 dev eth1"}},
                    {"stranger", {{"eth0", "control"}}, {"addr add 192.168.100.99/24 dev eth0"}}}};
}

Lab::Lab(const LabPlan& plan) : dir_(make_directory()) {
  for (const auto& lan : plan.lans) add_lan(lan);
  for (const auto& machine : plan.clims) {
    add_ports(machine);
    clims_[machine.name] = std::make_unique<Clim>(machine.name, dir_ / machine.name, dir_ / "cluster.key");
    boot(machine.name);
  }
  for (const auto& machine : plan.hosts) {
    add_ports(machine);
    auto& host = hosts_[machine.name];
    // A host that has been up for long: its addresses are not tentative, and root may ping.
    for (const auto* name : {"all", "default"}) host.set_sysctl(fmt::format("ipv6/conf/{}/accept_dad", name), "0");
    host.set_sysctl("ipv4/ping_group_range", "0 0");
    plug_in(machine.name, host);
    for (const auto& cable : machine.cables) host.set_up(cable.interface, true);
    if (!machine.commands.empty()) host.ip(machine.commands);
  }
}

Lab::~Lab() {
  for (auto& [name, clim] : clims_) clim->kill();
  std::error_code ignored;
  fs::remove_all(dir_, ignored);
}

void Lab::ask(const std::string& lan, const std::vector<std::string>& addresses, Duration interval) {
  std::map<MacAddress, std::string> names;
  for (const auto& [name, port] : ports_) names[*MacAddress::parse(port.mac)] = name;
  answers_[lan] = std::make_unique<AnswerWatcher>(lans_.at(lan), names, addresses, interval);
}

std::optional<Overlap> Lab::worst_overlap(Time since) const {
  auto worst = owners_.worst_overlap(since);
  for (const auto& [lan, answers] : answers_) {
    const auto answered = answers->worst_overlap(since);
    if (answered && (!worst || answered->length > worst->length)) worst = answered;
  }
  return worst;
}

std::pair<Duration, std::string> Lab::worst_silence(Time since) const {
  std::pair<Duration, std::string> worst{};
  for (const auto& [lan, answers] : answers_) {
    for (const auto& address : answers->addresses()) {
      const auto silence = answers->longest_silence(address, since);
      if (silence) worst = std::max(worst, {milliseconds_between(silence->from, *silence->to), address});
    }
  }
  return worst;
}

void Lab::add_lan(const std::string& name) {
  auto& lan = lans_[name];
  // A switch has no addresses of its own: without this each port and the bridge would have link-local ones.
  for (const auto* which : {"all", "default"}) lan.set_sysctl(fmt::format("ipv6/conf/{}/disable_ipv6", which), "1");
  lan.ip({"link add name lan0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0", "link set dev lan0 up"});
}

void Lab::add_ports(const MachinePlan& plan) {
  for (const auto& cable : plan.cables) {
    Port port{.machine = plan.name, .interface = cable.interface, .lan = cable.lan, .mac = cable.mac, .tag = cable.tag};
    port.number = static_cast<int>(ports_.size()) + 1;
    if (port.mac.empty()) port.mac = fmt::format("02:00:00:00:00:{:02x}", port.number);
    ports_[plan.name + "." + cable.interface] = port;
  }
}

// The bridge's ends have indexes of their own range: the kernel tells of a carrier change at once only for a device
// whose index differs from its peer's (net/core/link_watch.c, linkwatch_urgent_event), and else up to a second later.
void Lab::plug_in(const std::string& machine, const NetworkNamespace& network) {
  std::map<std::string, std::vector<std::string>> commands;
  for (const auto& [name, port] : ports_) {
    if (port.machine != machine) continue;
    commands[port.lan].push_back(fmt::format("link add name {} index {} type veth peer name {} address {} netns {}",
                                             name, 1000 + port.number, port.interface, port.mac, network.path()));
    if (port.tag != 0) {
      commands[port.lan].push_back(
          fmt::format("link add link {} name {} type vlan id {}", name, bridged(name, port.tag), port.tag));
    }
    commands[port.lan].push_back(fmt::format("link set dev {} master lan0", bridged(name, port.tag)));
  }
  for (const auto& [lan, batch] : commands) lans_.at(lan).ip(batch);
  for (const auto& [name, port] : ports_) {
    if (port.machine == machine) apply(name, port);
  }
}

// What a port forwards is set by the flags of the bridge that outlive a change of carrier: "deaf" floods nothing to the
// port and learns nothing of it, "mute" lets nothing in from unknown sources, of which there are only such.
void Lab::apply(const std::string& name, const Port& port) {
  const auto& lan = lans_.at(port.lan);
  const bool hears = port.state != Cable::deaf && port.state != Cable::silent;
  const bool heard = port.state != Cable::mute && port.state != Cable::silent;
  if (port.state == Cable::unplugged) {
    lan.set_up(name, false);
  } else {
    const auto flag = [](bool on) { return on ? "on" : "off"; };
    lan.ip(
        {fmt::format("link set dev {0} type bridge_slave learning {1} flood {2} mcast_flood {2} bcast_flood {2} "
                     "locked {3} fdb_flush",
                     bridged(name, port.tag), flag(hears && heard), flag(hears), flag(!heard))});
    lan.set_up(name, true);
    if (port.tag != 0) lan.set_up(bridged(name, port.tag), true);
  }
  if (port.loss > 0) apply_loss(name, port);
  owners_.set_connected(name, port.state == Cable::connected);
}

// The kernel may lack netem; a classic BPF filter can draw lots, too: `ld #rand; jge #limit, pass; ret drop; pass: ret
// next`.
void Lab::apply_loss(const std::string& name, const Port& port) {
  constexpr int drop = 2;                        // TC_ACT_SHOT
  constexpr std::uint32_t next = 0xffffffffU;    // TC_ACT_UNSPEC
  constexpr std::uint32_t random = 0xfffff038U;  // SKF_AD_OFF + SKF_AD_RANDOM
  const auto limit = static_cast<std::uint32_t>((1ULL << 32U) * port.loss / 100);
  std::string commands = fmt::format("qdisc replace dev {} clsact\n", name);
  for (const auto* direction : {"ingress", "egress"}) {
    commands += fmt::format(
        "filter replace dev {} {} pref 1 handle 1 bpf da bytecode \"4,32 0 0 {},53 1 0 {},6 0 0 {},6 0 0 {}\"\n", name,
        direction, random, limit, drop, next);
  }
  const Outcome outcome = run({"tc", "-batch", "-"}, {.where = &lans_.at(port.lan), .input = commands});
  if (outcome.status != 0) throw std::runtime_error("tc: " + outcome.err + "in: " + commands);
}

void Lab::install(const std::string& specification) {
  make_key();
  for (const auto& [name, clim] : clims_) clim->install(specification);
}

void Lab::install_tree(const fs::path& tree) {
  make_key();
  for (const auto& [name, clim] : clims_) clim->install_tree(tree);
}

void Lab::make_key() {
  const fs::path key = dir_ / "cluster.key";
  if (!fs::exists(key)) {
    const Outcome outcome = run({programs() / "cipctl", "keygen", key});
    if (outcome.status != 0) throw std::runtime_error("cipctl keygen: " + outcome.err);
  }
}

void Lab::start() {
  for (const auto& [name, clim] : clims_) {
    if (clim->powered()) clim->launch();
  }
  for (const auto& [name, clim] : clims_) {
    if (clim->powered() && !clim->wait_ready()) {
      throw std::runtime_error(fmt::format("cipd of {} did not become ready; it said:\n{}", name, clim->log()));
    }
  }
}

void Lab::set_cable(const std::string& name, Cable state) {
  auto& port = ports_.at(name);
  port.state = state;
  const auto clim = clims_.find(port.machine);
  if (clim == clims_.end() || clim->second->powered()) apply(name, port);
}

void Lab::set_loss(const std::string& name, unsigned percent) {
  auto& port = ports_.at(name);
  port.loss = percent;
  const auto clim = clims_.find(port.machine);
  if (clim == clims_.end() || clim->second->powered()) apply_loss(name, port);
}

void Lab::set_cables(const std::string& machine, Cable state) {
  for (auto& [name, port] : ports_) {
    if (port.machine == machine) set_cable(name, state);
  }
}

void Lab::crash(const std::string& clim) {
  for (const auto& [name, port] : ports_) {
    if (port.machine != clim) continue;
    lans_.at(port.lan).set_up(name, false);
    owners_.set_connected(name, false);  // what its kernel still has until it is gone reaches nobody
  }
  clims_.at(clim)->kill();
  for (const auto& [name, port] : ports_) {
    if (port.machine == clim) lans_.at(port.lan).ip({"link del dev " + name});
  }
  clims_.at(clim)->power_off();
}

void Lab::boot(const std::string& name) {
  auto& clim = *clims_.at(name);
  if (clim.powered()) throw std::logic_error(name + " has power already");
  clim.power_on();
  owners_.watch(clim.network(), name);
  plug_in(name, clim.network());
}

std::string Lab::holder(const std::string& address) const {
  const auto holders = owners_.holders(address);
  return holders.empty() ? "nobody" : fmt::format("{}", fmt::join(holders, " "));
}

std::string Lab::report() {
  std::string text;
  for (const auto& [name, port] : ports_) {
    if (port.state != Cable::connected) text += fmt::format("cable {}: {}\n", name, name_of(port.state));
  }
  for (const auto& [name, clim] : clims_) {
    if (!clim->powered()) {
      text += name + ": no power\n";
      continue;
    }
    for (const auto& [port_name, port] : ports_) {
      if (port.machine != name) continue;
      text += fmt::format("{}: {}\n", port_name, fmt::join(clim->addresses(port.interface), " "));
    }
    text += fmt::format("cipd of {} {}, its last words:\n{}\n", name, clim->running() ? "runs" : "does not run",
                        last_lines(clim->log(), 25));
  }
  return text;
}

}  // namespace cip::lab
