// A machine of the lab, and a CLIM: a machine that runs cipd. Its disk is a directory that lives through crashes; its
// network namespace is its memory of the network and ends with the power.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/lab/network_namespace.h"
#include "tests/lab/process.h"

namespace cip::lab {

// The directory of the programs under test: $CIP_PROGRAMS, or that of this build.
std::filesystem::path programs();

class Clim {
 public:
  // `dir` is the CLIM's own, and is made; `key` is the cluster's key file.
  Clim(std::string name, std::filesystem::path dir, std::filesystem::path key);

  const std::string& name() const { return name_; }
  const NetworkNamespace& network() const { return *network_; }
  bool powered() const { return network_ != nullptr; }
  const std::filesystem::path& dir() const { return dir_; }
  std::filesystem::path state_dir() const { return dir_ / "state"; }
  std::filesystem::path data_dir() const { return dir_ / "data"; }
  // Before start(): a key file other than the cluster's.
  void set_key(const std::filesystem::path& key) { key_ = key; }

  // Puts a tree that cipc has made into the place of this CLIM's: the part that a CLIM reads.
  void install_tree(const std::filesystem::path& tree) const;
  // Compiles the specification with cipc into this CLIM's state tree. Throws what cipc says if it finds an error.
  void install(const std::string& specification) const;

  // Starts cipd and waits until it says that it is ready (sd_notify). Throws with its output if it does not.
  void start(const std::vector<std::string>& extra = {});
  // Starts it without waiting.
  void launch(const std::vector<std::string>& extra = {});
  bool wait_ready(Duration within = 20s);
  bool running() { return daemon_ && daemon_->running(); }
  Process& daemon() { return *daemon_; }
  int stop(Duration within = 20s);  // SIGTERM; its exit status; throws if it does not end
  void kill();                      // SIGKILL
  std::string log() const;          // what all daemons of this CLIM have said

  // cipd in the foreground: `--once`, `--dry-run`.
  Outcome cipd(const std::vector<std::string>& arguments) const;
  // cipctl, with `input` as what the operator types.
  Outcome ctl(const std::vector<std::string>& arguments, const std::string& input = {}) const;
  // On a terminal; all that it shows is in `out`. What is typed ends with the end of the file.
  Outcome ctl_on_terminal(const std::vector<std::string>& arguments, const std::string& typed) const;

  // The metrics at an address of its `--metrics`, each sample a line. Throws if they are not in the format
  // (tests/daemon/exposition.py).
  std::string scrape(const std::string& address) const;

  // Addresses with prefix lengths, as the kernel lists them, without link-local ones.
  std::vector<std::string> addresses(const std::string& interface) const { return network_->addresses(interface); }
  bool has_address(const std::string& interface, const std::string& address) const;
  // Whether `ip route show` (main table) has a line with all these words in this order, side by side: "10.9.0.0/16
  // via 10.1.0.253".
  bool has_route(const std::string& words) const;
  bool has_neighbor(const std::string& words) const;
  int mtu(const std::string& interface) const;

  // For Lab: a machine that gets power, with a new boot id and an empty /run, and one that loses it.
  void power_on();
  void power_off();

 private:
  std::vector<std::string> command(const std::vector<std::string>& arguments) const;

  std::string name_;
  std::filesystem::path dir_, key_;
  std::unique_ptr<NetworkNamespace> network_;
  Descriptor notify_;
  std::optional<Process> daemon_;
  std::string earlier_log_;
  int boots_ = 0;
};

}  // namespace cip::lab
