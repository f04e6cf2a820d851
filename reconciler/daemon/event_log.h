// What happened, for `cipctl events`: every decision with its evidence. The last ones are kept in memory; all of them
// go to the log (the journal), which is where history belongs.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cip::daemon {

enum class Level : std::uint8_t { info, notice, alarm };  // alarm: somebody should look

std::string_view name(Level level);

struct Event {
  std::uint64_t number = 0;  // from 1, without gaps, since the daemon started
  std::chrono::system_clock::time_point time;
  Level level = Level::info;
  std::string subject;   // "n1.eth1", "n2"; empty: the daemon itself
  std::string text;      // what was decided or seen
  std::string evidence;  // why; may be empty
};

class EventLog {
 public:
  explicit EventLog(std::size_t capacity = 4096);  // at least 1

  // The same alarm about the same subject is recorded again only after `alarm_interval`, so that a fault that lasts
  // does not push out what led to it.
  void add(Level level, std::string subject, std::string text, std::string evidence = {});

  const std::deque<Event>& events() const { return events_; }

  // Called for every later event, until unsubscribed.
  using Subscriber = std::function<void(const Event&)>;
  std::uint64_t subscribe(Subscriber subscriber);
  void unsubscribe(std::uint64_t id);

  static constexpr std::chrono::seconds alarm_interval{60};

 private:
  bool repeats(const std::string& subject, const std::string& text);

  std::size_t capacity_;
  std::uint64_t last_number_ = 0;
  std::deque<Event> events_;
  std::map<std::string, std::chrono::steady_clock::time_point> alarms_;  // when each was last recorded
  std::uint64_t last_subscriber_ = 0;
  std::map<std::uint64_t, Subscriber> subscribers_;
};

// 2026-01-31T12:00:00.123Z
std::string time_text(std::chrono::system_clock::time_point time);

}  // namespace cip::daemon
