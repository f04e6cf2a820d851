// strongSwan's IKE daemon on a machine of the lab. Each has a configuration, a control socket and a log of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/lab/network_namespace.h"
#include "tests/lab/process.h"

namespace cip::lab {

class Charon {
 public:
  // `dir` is its own, and is made. It is not started yet.
  explicit Charon(std::filesystem::path dir);

  // Waits until it takes commands; throws what it said if it does not.
  void start(const NetworkNamespace& where);
  void stop();  // SIGTERM, as systemd does: it deletes its SAs and policies
  void kill();  // SIGKILL: what is in the kernel stays
  bool running() { return process_ && process_->running(); }

  std::filesystem::path socket() const { return dir_ / "vici"; }
  // `swanctl ARGUMENTS` for it.
  Outcome swanctl(const std::vector<std::string>& arguments) const;
  // Gives it a swanctl.conf, with what else it names below the directory of `swanctl` (x509, x509ca, private). Throws
  // if it is refused.
  void load(const std::string& swanctl_conf) const;

  std::string log() const;  // of all that ran

 private:
  std::vector<std::string> environment() const;

  std::filesystem::path dir_;
  const NetworkNamespace* where_ = nullptr;
  std::unique_ptr<Process> process_;
};

}  // namespace cip::lab
