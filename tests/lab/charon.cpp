#include "tests/lab/charon.h"

#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace cip::lab {
namespace {

namespace fs = std::filesystem;

// Debian's own settings of the plugins, but for the socket. Its log is complete up to what happened last.
constexpr const char* settings = R"(
charon-systemd {{
  load_modular = yes
  plugins {{
    include /etc/strongswan.d/charon/*.conf
    vici {{ socket = unix://{0}/vici }}
    resolve {{ load = no }}
    updown {{ load = no }}
  }}
  filelog {{
    log {{
      path = {0}/log
      append = yes
      flush_line = yes
      time_format = %T
      time_add_ms = yes
      default = 1
    }}
  }}
}}
swanctl {{
  socket = unix://{0}/vici
}}
)";

}  // namespace

Charon::Charon(fs::path dir) : dir_(std::move(dir)) {
  fs::create_directories(dir_ / "swanctl");
  std::ofstream(dir_ / "strongswan.conf") << fmt::format(settings, dir_.string());
}

std::vector<std::string> Charon::environment() const {
  return {"STRONGSWAN_CONF=" + (dir_ / "strongswan.conf").string(), "SWANCTL_DIR=" + (dir_ / "swanctl").string()};
}

void Charon::start(const NetworkNamespace& where) {
  where_ = &where;
  fs::remove(socket());
  process_ = std::make_unique<Process>(std::vector<std::string>{"charon-systemd"},
                                       Surroundings{.where = where_, .environment = environment()});
  const bool answers = wait_until(20s, [&] {
    std::this_thread::sleep_for(50ms);
    return !running() || (fs::exists(socket()) && swanctl({"--version", "--daemon"}).status == 0);
  });
  if (!answers || !running()) {
    throw std::runtime_error("charon does not start: " + process_->out() + process_->err() + log());
  }
}

void Charon::stop() {
  process_->send(SIGTERM);
  if (!process_->wait(20s)) throw std::runtime_error("charon does not end: " + log());
  process_.reset();
}

void Charon::kill() {
  if (!process_) return;
  process_->send(SIGKILL);
  process_->wait(20s);
  process_.reset();
}

Outcome Charon::swanctl(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{"swanctl"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, {.where = where_, .environment = environment()});
}

void Charon::load(const std::string& swanctl_conf) const {
  const fs::path file = dir_ / "swanctl" / "swanctl.conf";
  std::ofstream(file) << swanctl_conf;
  const Outcome outcome = swanctl({"--load-all", "--noprompt", "--file", file});
  if (outcome.status != 0) throw std::runtime_error("swanctl: " + outcome.out + outcome.err);
}

std::string Charon::log() const {
  std::ifstream file(dir_ / "log");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace cip::lab
