#include "reconciler/daemon/event_log.h"

#include <fmt/chrono.h>
#include <spdlog/spdlog.h>
#include <utility>
#include <vector>

namespace cip::daemon {

std::string_view name(Level level) {
  switch (level) {
    case Level::info:
      return "info";
    case Level::notice:
      return "notice";
    case Level::alarm:
      return "alarm";
  }
  return "?";
}

std::string time_text(std::chrono::system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), rest);
}

EventLog::EventLog(std::size_t capacity) : capacity_(capacity) {}

bool EventLog::repeats(const std::string& subject, const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  if (alarms_.size() > capacity_) {
    alarms_.clear();
  }
  const auto [known, is_new] = alarms_.try_emplace(subject + '\n' + text, now);
  if (is_new) {
    return false;
  }
  if (now - known->second < alarm_interval) {
    return true;
  }
  known->second = now;
  return false;
}

void EventLog::add(Level level, std::string subject, std::string text, std::string evidence) {
  if (level == Level::alarm && repeats(subject, text)) {
    return;
  }
  const auto log_level = level == Level::info     ? spdlog::level::info
                         : level == Level::notice ? spdlog::level::warn
                                                  : spdlog::level::err;
  spdlog::log(log_level, "{}{}{}{}{}", subject, subject.empty() ? "" : ": ", text, evidence.empty() ? "" : "; ",
              evidence);
  events_.push_back({++last_number_, std::chrono::system_clock::now(), level, std::move(subject), std::move(text),
                     std::move(evidence)});
  if (events_.size() > capacity_) {
    events_.pop_front();
  }
  // A subscriber may unsubscribe itself, or another, while it is called.
  std::vector<std::uint64_t> ids;
  for (const auto& [id, subscriber] : subscribers_) {
    ids.push_back(id);
  }
  for (const auto id : ids) {
    const auto found = subscribers_.find(id);
    if (found == subscribers_.end()) {
      continue;
    }
    const auto subscriber = found->second;
    subscriber(events_.back());
  }
}

std::uint64_t EventLog::subscribe(Subscriber subscriber) {
  subscribers_.emplace(++last_subscriber_, std::move(subscriber));
  return last_subscriber_;
}

void EventLog::unsubscribe(std::uint64_t id) {
  subscribers_.erase(id);
}

}  // namespace cip::daemon
