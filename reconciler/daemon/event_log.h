// What happened, for `cipctl events`: every decision with its evidence. The last ones are kept in memory; all of them
// go to the log (the journal), which is where history belongs.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/failover/event.h"

namespace cip::daemon {

enum class Level : std::uint8_t { info, notice, alarm };  // alarm: somebody should look

std::string_view name(Level level);

// What an event is about, besides what the failover engine reports (failover::Happening). Tools wait for these names:
// none is ever changed (docs/operations.md, Events).
enum class What : std::uint8_t {
  generation_in_use,
  generation_unconfirmed,
  generation_confirmed,
  generation_undone,
  generation_stays,
  generation_not_kept,
  tree_refused,
  drift_repaired,
  repairs_resumed,
  problem,
  kernel_silent,
  record_damaged,
  ledger_damaged,
  mirror_refused,
  mirror_not_written,
  mirror_too_long,
  no_peers,
  key_refused,
  key_changed,
  message_rejected,
  connections_unknown,
  channel_up,
  channel_down,
  peer_asks,
  metrics_failed,
  hook_failed,
  charon_absent,
  charon_present,
  ipsec_refused,
  ipsec_up,
  ipsec_down,
  machine_shuts_down,
  daemon_ends,
};
inline constexpr std::array<std::pair<What, std::string_view>, 33> whats{{
    {What::generation_in_use, "generation-in-use"},
    {What::generation_unconfirmed, "generation-unconfirmed"},
    {What::generation_confirmed, "generation-confirmed"},
    {What::generation_undone, "generation-undone"},
    {What::generation_stays, "generation-stays"},
    {What::generation_not_kept, "generation-not-kept"},
    {What::tree_refused, "tree-refused"},
    {What::drift_repaired, "drift-repaired"},
    {What::repairs_resumed, "repairs-resumed"},
    {What::problem, "problem"},
    {What::kernel_silent, "kernel-silent"},
    {What::record_damaged, "record-damaged"},
    {What::ledger_damaged, "ledger-damaged"},
    {What::mirror_refused, "mirror-refused"},
    {What::mirror_not_written, "mirror-not-written"},
    {What::mirror_too_long, "mirror-too-long"},
    {What::no_peers, "no-peers"},
    {What::key_refused, "key-refused"},
    {What::key_changed, "key-changed"},
    {What::message_rejected, "message-rejected"},
    {What::connections_unknown, "connections-unknown"},
    {What::channel_up, "channel-up"},
    {What::channel_down, "channel-down"},
    {What::peer_asks, "peer-asks"},
    {What::metrics_failed, "metrics-failed"},
    {What::hook_failed, "hook-failed"},
    {What::charon_absent, "charon-absent"},
    {What::charon_present, "charon-present"},
    {What::ipsec_refused, "ipsec-refused"},
    {What::ipsec_up, "ipsec-up"},
    {What::ipsec_down, "ipsec-down"},
    {What::machine_shuts_down, "machine-shuts-down"},
    {What::daemon_ends, "daemon-ends"},
}};

// The stable name of either kind.
class EventName {
 public:
  EventName() = default;
  EventName(What what);                     // NOLINT(google-explicit-constructor): either is a name
  EventName(failover::Happening happening)  // NOLINT(google-explicit-constructor)
      : text_(failover::name(happening)) {}
  std::string_view str() const { return text_; }

 private:
  std::string_view text_;  // of a table
};
std::vector<std::string_view> event_names();  // all, sorted

struct Event {
  std::uint64_t number = 0;  // from 1, without gaps, since the daemon started
  std::chrono::system_clock::time_point time;
  Level level = Level::info;
  EventName name;
  std::string subject;   // "n1.eth1", "n2"; empty: the daemon itself
  std::string text;      // what was decided or seen
  std::string evidence;  // why; may be empty
};

class EventLog {
 public:
  explicit EventLog(std::size_t capacity = 4096);  // at least 1

  // The same alarm about the same subject is recorded again only after `alarm_interval`, so that a fault that lasts
  // does not push out what led to it.
  void add(Level level, EventName what, std::string subject, std::string text, std::string evidence = {});

  const std::deque<Event>& events() const { return events_; }

  // How many were recorded since the start, also of those that are not in events() any more.
  const std::map<std::string_view, std::uint64_t>& by_name() const { return by_name_; }  // every name
  const std::array<std::uint64_t, 3>& by_level() const { return by_level_; }             // by Level

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
  std::map<std::string_view, std::uint64_t> by_name_;
  std::array<std::uint64_t, 3> by_level_{};
  std::map<std::string, std::chrono::steady_clock::time_point> alarms_;  // when each was last recorded
  std::uint64_t last_subscriber_ = 0;
  std::map<std::uint64_t, Subscriber> subscribers_;
};

// As other software gets it: `cipctl events --format json`, hooks.
nlohmann::json to_json(const Event& event);

// One line: subject, text, evidence.
std::string line(const Event& event);

// 2026-01-31T12:00:00.123Z
std::string time_text(std::chrono::system_clock::time_point time);

}  // namespace cip::daemon
