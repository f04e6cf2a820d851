// keepalived on a machine of a lab, in the place of cipd.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/lab/clim.h"

namespace cip::lab {

// What moves with an interface.
struct KeepalivedInstance {
  std::string interface;  // "eth1"
  std::string own;        // the machine's own address there, which adverts come from: "10.1.0.11/24"
  std::vector<std::string> addresses;
  std::vector<std::string> routes{};  // "10.91.0.0/16 via 10.1.0.254"
};

class Keepalived {
 public:
  static bool installed();

  // `times`: statements of a vrrp_instance. Of two machines the one with the higher priority begins as the owner.
  Keepalived(Clim& machine, int priority, std::vector<KeepalivedInstance> instances, std::string times);
  Keepalived(const Keepalived&) = delete;
  Keepalived& operator=(const Keepalived&) = delete;
  ~Keepalived() { kill(); }

  void start();  // until each instance has its state; on a machine that has just been booted, too
  void stop();   // SIGTERM: it says that it goes, and takes its addresses with it
  void kill();   // SIGKILL of all of it

 private:
  std::string configuration() const;
  void set_up_interfaces() const;

  Clim& machine_;
  int priority_;
  std::vector<KeepalivedInstance> instances_;
  std::string times_;
  std::optional<Process> process_;
};

}  // namespace cip::lab
