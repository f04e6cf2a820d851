#include "reconciler/daemon/event_log.h"

#include <algorithm>
#include <fmt/chrono.h>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "reconciler/daemon/service.h"

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

EventName::EventName(What what) {
  for (const auto& [each, text] : whats) {
    if (each == what) {
      text_ = text;
    }
  }
}

std::vector<std::string_view> event_names() {
  std::vector<std::string_view> names;
  names.reserve(whats.size() + failover::happenings.size());
  for (const auto& each : whats) {
    names.push_back(each.second);
  }
  for (const auto& each : failover::happenings) {
    names.push_back(each.second);
  }
  std::sort(names.begin(), names.end());
  return names;
}

nlohmann::json to_json(const Event& event) {
  return {{"number", event.number},    {"time", time_text(event.time)}, {"level", name(event.level)},
          {"event", event.name.str()}, {"subject", event.subject},      {"text", event.text},
          {"evidence", event.evidence}};
}

std::string line(const Event& event) {
  return fmt::format("{}{}{}{}{}", event.subject, event.subject.empty() ? "" : ": ", event.text,
                     event.evidence.empty() ? "" : "; ", event.evidence);
}

EventLog::EventLog(std::size_t capacity) : capacity_(capacity) {
  for (const auto name : event_names()) {
    by_name_[name] = 0;
  }
}

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

void EventLog::add(Level level, EventName what, std::string subject, std::string text, std::string evidence) {
  if (level == Level::alarm && repeats(subject, text)) {
    return;
  }
  ++by_name_[what.str()];
  ++by_level_.at(static_cast<std::size_t>(level));
  events_.push_back({++last_number_, std::chrono::system_clock::now(), level, what, std::move(subject), std::move(text),
                     std::move(evidence)});
  log_event(events_.back());
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
