// A lab out of what cipc has made of a specification: its CLIMs with the interfaces that they find and do not make, a
// LAN for each broadcast domain, and on each LAN a third host (docs/commands.md, "What `cipc whatif` takes for
// granted").
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "state/tree.h"
#include "tests/lab/lab.h"

namespace cip::lab {

// Something that a host asks its LAN for again and again, although nobody has it.
struct Question {
  std::string host;
  std::string address;
};

class Compiled {
 public:
  // The CLIMs of a state tree, or those of them that are named. Throws what is wrong with it.
  explicit Compiled(const std::filesystem::path& tree, const std::set<std::string>& only = {});

  const std::vector<ClimState>& clims() const { return clims_; }
  // "n1.eth1"; of slaves there is none.
  const HomeInterface* find(const std::string& name) const;

  // All that can fail: CLIMs, and interfaces of every kind, slaves and tunnels among them.
  std::vector<std::string> failures() const;

  // Names of CLIMs and interfaces are those of the specification. What is found by its MAC address has another name
  // before, and that is its port's: ports().
  //
  // A host has the addresses of the gateways of its LAN, and one in each network that has no gateway.
  LabPlan plan() const;
  // Who is no gateway is known to the CLIMs only if it is heard: what hosts have to ask for.
  std::vector<Question> questions() const;
  // The cables that an interface has: of a bond those of its slaves, of a VLAN those of its link. A slave: its own.
  std::vector<std::string> ports(const std::string& name) const;

  // Whether some interface or tunnel has the address, whatever its prefix length; whether a tunnel says its MTU.
  bool has_address(const std::string& address) const;
  bool sets_mtu(const std::string& tunnel) const;

 private:
  struct Domain;
  struct HostPlan;

  std::vector<Domain> domains() const;
  std::map<std::string, std::string> lans() const;   // by port
  std::map<std::string, std::string> hosts() const;  // by LAN
  HostPlan host_on(const Domain& domain) const;

  std::vector<ClimState> clims_;
};

}  // namespace cip::lab
