#include "tests/benchmark/daemon_use.h"

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <unistd.h>

namespace cip::lab {
namespace {

// The 15th word of proc(5)'s stat.
double system_time(const std::filesystem::path& stat) {
  std::ifstream in(stat);
  std::string word;
  for (int i = 0; i < 15; ++i) in >> word;
  return std::strtod(word.c_str(), nullptr) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

Use use(Clim& clim) {
  Use use;
  // Finer than the hundredths of /proc/PID/stat.
  for (const auto& thread : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", clim.daemon().pid()))) {
    double nanoseconds = 0;
    std::ifstream(thread.path() / "schedstat") >> nanoseconds;
    use.seconds += nanoseconds / 1e9;
    use.kernel_seconds += system_time(thread.path() / "stat");
  }
  double pages = 0;
  std::ifstream(fmt::format("/proc/{}/statm", clim.daemon().pid())) >> pages >> pages;
  use.memory = pages * static_cast<double>(sysconf(_SC_PAGESIZE));
  for (const auto& link : nlohmann::json::parse(clim.network().ip_json("-s link show"))) {
    const auto name = link.at("ifname").get<std::string>();
    if (!name.starts_with("eth")) continue;
    const auto& counters = link.at("stats64");
    (name == "eth0" ? use.control_sent : use.data_sent) += counters.at("tx").at("bytes").get<double>();
    (name == "eth0" ? use.control_received : use.data_received) += counters.at("rx").at("bytes").get<double>();
  }
  return use;
}

}  // namespace cip::lab
