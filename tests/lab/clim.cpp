#include "tests/lab/clim.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>

namespace cip::lab {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> concatenated(std::vector<std::string> first, const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// The socket that systemd would listen on for a service of Type=notify.
Descriptor notify_socket(const fs::path& path) {
  Descriptor result(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "notify socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) throw std::length_error("path too long: " + path.string());
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  if (bind(result.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind notify socket");
  return result;
}

void write_file(const fs::path& path, const std::string& content) {
  std::ofstream file(path);
  file << content;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

bool output_contains(const NetworkNamespace& where, const std::vector<std::string>& command, const std::string& words) {
  const Outcome outcome = run(command, {.where = &where});
  if (outcome.status != 0) throw std::runtime_error(outcome.err);
  return outcome.out.find(words) != std::string::npos;
}

}  // namespace

fs::path programs() {
  const char* chosen = std::getenv("CIP_PROGRAMS");
  return chosen != nullptr ? fs::path(chosen) : fs::path(CIP_PROGRAMS_DIR);
}

Clim::Clim(std::string name, fs::path dir, fs::path key)
    : name_(std::move(name)), dir_(std::move(dir)), key_(std::move(key)) {
  fs::create_directories(data_dir());
}

void Clim::install(const std::string& specification) const {
  const fs::path source = dir_ / "cluster.cip";
  write_file(source, specification);
  const Outcome outcome = run({programs() / "cipc", "build", source, "-o", state_dir()});
  if (outcome.status != 0) throw std::runtime_error("cipc: " + outcome.err);
}

void Clim::install_tree(const fs::path& tree) const {
  const fs::path beside = dir_ / "state.new";
  fs::remove_all(beside);
  fs::create_directories(beside);
  fs::copy(tree / "manifest.json", beside);
  fs::copy(tree / name_, beside / name_, fs::copy_options::recursive);
  if (fs::exists(state_dir())) fs::rename(state_dir(), dir_ / "state.old");
  fs::rename(beside, state_dir());
  fs::remove_all(dir_ / "state.old");
}

std::vector<std::string> Clim::command(const std::vector<std::string>& arguments) const {
  auto words = concatenated(
      {programs() / "cipd", "--clim", name_, "--state", state_dir(), "--runtime-dir", dir_ / "run", "--data-dir",
       data_dir(), "--hooks", dir_ / "hooks", "--key", key_, "--boot-id-file", dir_ / "boot_id"},
      arguments);
  if (std::find(words.begin(), words.end(), "--charon") == words.end()) {
    words.insert(words.end(), {"--charon", dir_ / "charon.vici"});  // nobody's: not that of this machine
  }
  return words;
}

void Clim::launch(const std::vector<std::string>& extra) {
  if (daemon_) kill();
  const fs::path socket = dir_ / "notify";
  fs::remove(socket);
  notify_ = notify_socket(socket);
  daemon_.emplace(command(extra),
                  Surroundings{.where = network_.get(), .environment = {"NOTIFY_SOCKET=" + socket.string()}});
}

bool Clim::wait_ready(Duration within) {
  const Time deadline = Clock::now() + within;
  while (Clock::now() < deadline) {
    std::array<pollfd, 1> ready{{{.fd = notify_.get(), .events = POLLIN, .revents = 0}}};
    if (poll(ready.data(), ready.size(), 20) <= 0) {
      if (!running()) return false;
      continue;
    }
    std::array<char, 1024> message{};
    const ssize_t size = recv(notify_.get(), message.data(), message.size(), 0);
    if (size <= 0) continue;
    if (std::string_view(message.data(), static_cast<std::size_t>(size)).find("READY=1") != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

void Clim::start(const std::vector<std::string>& extra) {
  launch(extra);
  if (!wait_ready())
    throw std::runtime_error(fmt::format("cipd of {} did not become ready; it said:\n{}", name_, log()));
}

int Clim::stop(Duration within) {
  daemon_->send(SIGTERM);
  const auto status = daemon_->wait(within);
  if (!status) throw std::runtime_error(fmt::format("cipd of {} does not end on SIGTERM:\n{}", name_, log()));
  kill();
  return *status;
}

void Clim::kill() {
  if (!daemon_) return;
  daemon_->send(SIGKILL);
  daemon_->wait(60s);
  earlier_log_ = log();
  daemon_.reset();
}

std::string Clim::log() const {
  return daemon_ ? earlier_log_ + daemon_->err() + daemon_->out() : earlier_log_;
}

Outcome Clim::cipd(const std::vector<std::string>& arguments) const {
  return run(command(arguments), {.where = network_.get()}, 60s);
}

Outcome Clim::ctl(const std::vector<std::string>& arguments, const std::string& input) const {
  return run(concatenated({programs() / "cipctl", "--runtime-dir", dir_ / "run"}, arguments),
             {.where = network_.get(), .input = input});
}

Outcome Clim::ctl_on_terminal(const std::vector<std::string>& arguments, const std::string& typed) const {
  const auto command = fmt::format("{} --runtime-dir {} {}", (programs() / "cipctl").string(), (dir_ / "run").string(),
                                   fmt::join(arguments, " "));
  return run({"script", "--quiet", "--return", "--command", command, "/dev/null"},
             {.where = network_.get(), .input = typed});
}

std::string Clim::scrape(const std::string& address) const {
  const Outcome outcome = run({"/usr/bin/python3", "tests/daemon/exposition.py", address}, {.where = network_.get()});
  if (outcome.status != 0) throw std::runtime_error("scrape of " + address + ": " + outcome.err);
  return outcome.out;
}

bool Clim::has_address(const std::string& interface, const std::string& address) const {
  const auto list = addresses(interface);
  return std::find(list.begin(), list.end(), address) != list.end();
}

bool Clim::has_route(const std::string& words) const {
  const std::string family = words.find(':') == std::string::npos ? "-4" : "-6";
  return output_contains(network(), {"ip", family, "route", "show"}, words);
}

bool Clim::has_neighbor(const std::string& words) const {
  return output_contains(network(), {"ip", "neighbour", "show"}, words);
}

int Clim::mtu(const std::string& interface) const {
  const std::string text = network_->ip_json("link show dev " + interface);
  const auto at = text.find("\"mtu\":");
  if (at == std::string::npos) throw std::runtime_error("no mtu in " + text);
  return std::atoi(text.c_str() + at + 6);
}

void Clim::power_on() {
  network_ = std::make_unique<NetworkNamespace>();
  fs::remove_all(dir_ / "run");
  fs::create_directories(dir_ / "run");
  ++boots_;
  write_file(dir_ / "boot_id", fmt::format("{:08x}-0000-4000-8000-{:012x}\n", boots_, getpid()));
}

void Clim::power_off() {
  kill();
  network_.reset();
}

}  // namespace cip::lab
