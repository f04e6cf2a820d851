#include "reconciler/daemon/service.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fmt/format.h>
#include <mutex>
#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-daemon.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

// Which line of our source said it is of no use to an operator.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "reconciler/daemon/event_log.h"

namespace cip::daemon {

namespace {

constexpr const char* events_logger = "cipd-events";

int priority(spdlog::level::level_enum level) {
  constexpr int error = 3, warning = 4, info = 6, debug = 7;  // syslog(3)
  return level >= spdlog::level::err    ? error
         : level == spdlog::level::warn ? warning
         : level == spdlog::level::info ? info
                                        : debug;
}

spdlog::level::level_enum level_of(const Event& event) {
  return event.level == Level::info     ? spdlog::level::info
         : event.level == Level::notice ? spdlog::level::warn
                                        : spdlog::level::err;
}

// Fields of the journal, "NAME=value", as one text: spdlog's queue takes no more than that.
std::string joined(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += name;
    text += '=';
    std::remove_copy(value.begin(), value.end(), std::back_inserter(text), '\0');
    text += '\0';
  }
  return text;
}

// Sends to the journal, on the thread that writes the log: journald may take its time. `fields`: the text of a message
// is joined() fields; else it is the MESSAGE.
class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  JournalSink(const ClimName& clim, bool fields) : clim_("CIP_CLIM=" + clim.str()), fields_(fields) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::vector<std::string> texts{fmt::format("PRIORITY={}", priority(message.level)), "SYSLOG_IDENTIFIER=cipd",
                                   clim_};
    std::string_view rest(message.payload.data(), message.payload.size());
    if (!fields_) {
      texts.push_back(fmt::format("MESSAGE={}", rest));
    }
    while (fields_ && !rest.empty()) {
      const auto end = rest.find('\0');
      texts.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    std::vector<iovec> parts;
    parts.reserve(texts.size());
    for (auto& text : texts) {
      parts.push_back({text.data(), text.size()});
    }
    if (sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) < 0) {
      // Standard error is the journal, too, by another way.
      for (const auto& text : texts) {
        constexpr std::string_view name = "MESSAGE=";
        if (text.starts_with(name)) {
          const auto line = fmt::format("<{}>{}\n", priority(message.level), text.substr(name.size()));
          [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
        }
      }
    }
  }
  void flush_() override {}

 private:
  std::string clim_;
  bool fields_;
};

// systemd.exec(5): $JOURNAL_STREAM names the device and inode of the stream that is the journal. It is inherited, also
// by who has another standard error.
bool stderr_is_journal() {
  const char* const named = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  return named != nullptr && ::fstat(STDERR_FILENO, &status) == 0 &&
         named == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

std::shared_ptr<spdlog::logger> writer(const std::string& name, std::shared_ptr<spdlog::sinks::sink> sink) {
  auto logger = std::make_shared<spdlog::async_logger>(name, std::move(sink), spdlog::thread_pool(),
                                                       spdlog::async_overflow_policy::overrun_oldest);
  logger->flush_on(spdlog::level::info);
  return logger;
}

}  // namespace

Logging::Logging(const ClimName& clim) {
  constexpr std::size_t queued_lines = 8192;
  spdlog::init_thread_pool(queued_lines, 1);
  if (stderr_is_journal()) {
    spdlog::set_default_logger(writer("cipd", std::make_shared<JournalSink>(clim, false)));
    spdlog::register_logger(writer(events_logger, std::make_shared<JournalSink>(clim, true)));
    return;
  }
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e %L %v");
  spdlog::set_default_logger(writer("cipd", std::move(sink)));
}

Logging::~Logging() {
  spdlog::shutdown();
}

void log_event(const Event& event) {
  const auto text = line(event);
  const auto to_journal = spdlog::get(events_logger);
  if (!to_journal) {
    spdlog::log(level_of(event), "{}", text);
    return;
  }
  std::vector<std::pair<std::string_view, std::string_view>> fields{{"MESSAGE", text}, {"CIP_EVENT", event.name.str()}};
  if (!event.subject.empty()) {
    fields.emplace_back("CIP_SUBJECT", event.subject);
  }
  if (!event.evidence.empty()) {
    fields.emplace_back("CIP_EVIDENCE", event.evidence);
  }
  to_journal->log(level_of(event), std::string_view(joined(fields)));
}

namespace {

// sd_notify() waits as long as the service manager does not read. The engine must not: a thread waits in its place.
class Notifier {
 public:
  static void send(std::string state) {
    static auto* const notifier = new Notifier;  // its thread may hang in the system call at the end of the process
    notifier->add(std::move(state));
  }

 private:
  Notifier() {
    std::thread([this] { work(); }).detach();
  }

  void add(std::string state) {
    constexpr std::size_t most_waiting = 64;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() == most_waiting) {
        waiting_.pop_front();
      }
      waiting_.push_back(std::move(state));
    }
    wake_.notify_one();
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !waiting_.empty(); });
      const auto state = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      sd_notify(0, state.c_str());
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> waiting_;
};

}  // namespace

void notify_ready(const std::string& status) {
  Notifier::send("READY=1\nSTATUS=" + status);
}

void notify_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = static_cast<std::int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
  Notifier::send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds));
}

void notify_stopping(const std::string& status) {
  Notifier::send("STOPPING=1\nSTATUS=" + status);
}

struct Watchdog::Timer {
  explicit Timer(boost::asio::io_context& loop) : timer(loop) {}
  void tell() {
    Notifier::send("WATCHDOG=1");
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
