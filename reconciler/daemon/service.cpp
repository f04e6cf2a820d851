#include "reconciler/daemon/service.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

namespace cip::daemon {

namespace {

// sd-daemon(3): "<3>text" on standard error is an error for the journal.
class Priority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/, spdlog::memory_buf_t& to) override {
    const char digit = message.level >= spdlog::level::err    ? '3'
                       : message.level == spdlog::level::warn ? '4'
                       : message.level == spdlog::level::info ? '6'
                                                              : '7';
    to.push_back('<');
    to.push_back(digit);
    to.push_back('>');
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Priority>(); }
};

}  // namespace

Logging::Logging() {
  constexpr std::size_t queued_lines = 8192;
  spdlog::init_thread_pool(queued_lines, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::async_logger>("cipd", std::move(sink), spdlog::thread_pool(),
                                                       spdlog::async_overflow_policy::overrun_oldest);
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  if (std::getenv("JOURNAL_STREAM") != nullptr) {
    formatter->add_flag<Priority>('*').set_pattern("%*%v");
  } else {
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%e %L %v");
  }
  logger->set_formatter(std::move(formatter));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

Logging::~Logging() {
  spdlog::shutdown();
}

void notify_ready(const std::string& status) {
  sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void notify_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = static_cast<std::int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
  sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds).c_str());
}

void notify_stopping(const std::string& status) {
  sd_notify(0, ("STOPPING=1\nSTATUS=" + status).c_str());
}

struct Watchdog::Timer {
  explicit Timer(boost::asio::io_context& loop) : timer(loop) {}
  void tell() {
    sd_notify(0, "WATCHDOG=1");
    timer.expires_after(interval);
    timer.async_wait([this](boost::system::error_code error) {
      if (!error) {
        tell();
      }
    });
  }
  boost::asio::steady_timer timer;
  std::chrono::microseconds interval{0};
};

Watchdog::Watchdog(boost::asio::io_context& loop) : timer_(std::make_unique<Timer>(loop)) {
  std::uint64_t limit = 0;
  if (sd_watchdog_enabled(0, &limit) <= 0) {
    return;
  }
  timer_->interval = std::chrono::microseconds(limit / 3);
  timer_->tell();
}

Watchdog::~Watchdog() = default;

}  // namespace cip::daemon
