// A small data centre on one machine: CLIMs and remote hosts are network namespaces, each LAN is a bridge in a
// namespace of its own, each cable a veth pair. The CLIM's end is named as in the specification (eth0, eth1, ...), the
// bridge's end after the CLIM (n1.eth1). Needs root; nothing survives the process, and labs of several processes do not
// meet.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/lab/answers.h"
#include "tests/lab/capture.h"
#include "tests/lab/clim.h"
#include "tests/lab/network_namespace.h"
#include "tests/lab/ownership.h"

namespace cip::lab {

struct Socket {
  std::string interface;  // "eth1"
  std::string lan;
  std::string mac{};  // empty: one that no other port of the lab has
  int tag = 0;        // the LAN is this VLAN of the port; 0: it comes without a tag
};

struct MachinePlan {
  std::string name;
  std::vector<Socket> cables;
  std::vector<std::string> commands{};  // of `ip -batch`; for hosts, once the cables are in
};

struct LabPlan {
  std::vector<std::string> lans;
  std::vector<MachinePlan> clims;
  std::vector<MachinePlan> hosts;
};

enum class Cable {
  connected,
  unplugged,  // no carrier
  silent,     // carrier, but nothing gets through: a switch port that does not forward
  deaf,       // the machine hears nothing, but is heard
  mute,       // the machine is not heard, but hears
};

enum class Control {
  one_lan,   // control
  two_lans,  // also control2 (eth3)
};

class Lab {
 public:
  // Two CLIMs n1 and n2 on the LANs control, blue (eth1) and green (eth2), and a remote host r1 on blue (eth0:
  // 10.1.0.254, 2001:db8:1::fe) and green (eth1: 10.2.0.254, 2001:db8:2::fe). Nothing runs yet.
  static LabPlan pair(Control control = Control::one_lan);

  explicit Lab(const LabPlan& plan = pair());
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;
  ~Lab();

  Clim& clim(const std::string& name) { return *clims_.at(name); }
  const NetworkNamespace& host(const std::string& name) const { return hosts_.at(name); }
  const NetworkNamespace& lan(const std::string& name) const { return lans_.at(name); }
  OwnershipWatcher& owners() { return owners_; }
  const std::filesystem::path& dir() const { return dir_; }

  // Begins to ask a LAN for addresses, until the lab ends; what is asked is in answers() of that LAN.
  void ask(const std::string& lan, const std::vector<std::string>& addresses, Duration interval = 10ms);
  const AnswerWatcher& answers(const std::string& lan) const { return *answers_.at(lan); }
  // The longest time since then in which an address was in two kernels that were both connected, or, where it is asked
  // for, in which two answered for it.
  std::optional<Overlap> worst_overlap(Time since = {}) const;
  // The longest time since then in which nobody answered for an address that is asked for, and the address.
  std::pair<Duration, std::string> worst_silence(Time since) const;

  // A tree that cipc has made, for every CLIM, and the cluster's key.
  void install_tree(const std::filesystem::path& tree);
  // Compiles the specification for every CLIM, and makes the cluster's key if there is none.
  void install(const std::string& specification);
  // Starts cipd on every CLIM that has power.
  void start();

  void set_cable(const std::string& port, Cable state);      // "n1.eth1"
  void set_cables(const std::string& machine, Cable state);  // all of a machine
  // So many percent of the packets are lost on a cable, each way, chosen at random.
  void set_loss(const std::string& port, unsigned percent);
  // The CLIM loses power: no carrier anywhere, no process, no kernel state. Its disk stays.
  void crash(const std::string& clim);
  // It gets power again: interfaces down and without addresses. cipd is not started.
  void boot(const std::string& clim);

  // "n1.eth1", "n1.eth1 n2.eth1", or "nobody".
  std::string holder(const std::string& address) const;
  // What a person wants to see when a test failed: addresses, cables, and the last lines of the daemons.
  std::string report();

 private:
  struct Port {
    std::string machine, interface, lan, mac;
    int tag = 0;
    int number = 0;
    unsigned loss = 0;  // percent
    Cable state = Cable::connected;
  };

  void make_key();
  void add_lan(const std::string& name);
  void add_ports(const MachinePlan& plan);
  void plug_in(const std::string& machine, const NetworkNamespace& network);
  void apply(const std::string& name, const Port& port);
  void apply_loss(const std::string& name, const Port& port);

  std::filesystem::path dir_;
  OwnershipWatcher owners_;
  std::map<std::string, NetworkNamespace> lans_;
  std::map<std::string, NetworkNamespace> hosts_;
  std::map<std::string, std::unique_ptr<Clim>> clims_;
  std::map<std::string, Port> ports_;                              // by "n1.eth1"
  std::map<std::string, std::unique_ptr<AnswerWatcher>> answers_;  // by LAN
};

}  // namespace cip::lab
