// A network namespace without a name: it lives as long as this object and the processes and sockets in it, so nothing
// is left behind when a test crashes, and runs beside each other cannot clash. To look inside while a test runs:
//   nsenter --net=/proc/PID/fd/N       (path())
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/lab/descriptor.h"

namespace cip::lab {

class NetworkNamespace {
 public:
  NetworkNamespace();  // a new one; its loopback is up. Needs CAP_SYS_ADMIN.

  int descriptor() const { return descriptor_.get(); }
  // A path that `ip` takes wherever it takes the name of a namespace (it has a '/').
  std::string path() const;

  // Writes /proc/sys/net/NAME ("ipv4/conf/all/arp_ignore") of this namespace.
  void set_sysctl(const std::string& name, const std::string& value) const;
  // Commands of `ip -batch` (without the word `ip`), one process for all; throws what `ip` says if one fails.
  void ip(const std::vector<std::string>& commands) const;
  // Administrative state of an interface.
  void set_up(const std::string& interface, bool up) const;
  // What `ip -j -d ARGUMENTS` prints ("addr show dev eth1").
  std::string ip_json(const std::string& arguments) const;
  // Addresses ("10.1.0.1/24") of an interface as the kernel lists them; link-local ones are left out. Empty interface:
  // of all.
  std::vector<std::string> addresses(const std::string& interface = "") const;

 private:
  Descriptor descriptor_;
};

// The calling thread is in `there` while this lives. Sockets opened and processes started meanwhile stay there.
class Inside {
 public:
  explicit Inside(const NetworkNamespace& there);
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside();

 private:
  Descriptor home_;
};

}  // namespace cip::lab
