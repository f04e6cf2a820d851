// The times of docs/protocol.md, their bounds, and the defaults of those that are not set.
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "compiler/lang/index.h"
#include "compiler/lang/readers.h"

namespace cip::lang {
namespace {

using diagnostics::Code;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

// A time and its own bounds. Most are there to catch a wrong unit; the state tree holds up to 49 days.
struct TimeRow {
  std::string_view word;
  milliseconds Times::*member;
  milliseconds least;
  milliseconds most;
  bool may_be_off = false;     // 0 is allowed although it is below the least
  bool whole_seconds = false;  // the kernel counts lifetimes of addresses in seconds
};

constexpr TimeRow rows[] = {
    {"heartbeat", &Times::heartbeat, 1ms, 1min},
    {"dead", &Times::dead, 3ms, 1h},
    {"probe", &Times::probe, 1ms, 1h},
    {"link-pulse", &Times::link_pulse, 0ms, 1h},
    {"settle", &Times::settle, 0ms, 1h},
    {"fence", &Times::fence, 5s, 24h, true, true},
    {"linger", &Times::linger, 5s, 24h, false, true},
    {"startup-wait", &Times::startup_wait, 0ms, 1h},
    {"retry", &Times::retry, 100ms, 24h},
};

const TimeRow& row_of(milliseconds Times::*member) {
  return *std::find_if(std::begin(rows), std::end(rows), [&](const TimeRow& row) { return row.member == member; });
}

std::string text(milliseconds time) {
  return time >= 1s && time % 1s == 0ms ? std::to_string(time / 1s) + "s" : std::to_string(time.count()) + "ms";
}

void read(const TimeRow& row, Block& block, Arguments& arguments) {
  const auto time = arguments.duration("a duration such as 100ms");
  if (!time) {
    return;
  }
  const auto value = time->value;
  const std::string bounds = (row.may_be_off ? "0s, or " : "") + text(row.least) + " to " + text(row.most);
  if ((value < row.least || value > row.most) && !(row.may_be_off && value == 0ms)) {
    arguments.error(Code::e0007, std::string(row.word) + " is out of range", time->origin.span, "must be " + bounds);
  } else if (row.whole_seconds && value % 1s != 0ms) {
    arguments.error(Code::e0007, std::string(row.word) + " is not in whole seconds", time->origin.span,
                    "the kernel counts the lifetime of an address in seconds");
  } else {
    block.building.cluster.times.*row.member = value;
    block.set[row.word] = time->origin.span;
    if (block.building.reading.index != nullptr) {
      block.building.reading.index->time(row.word, time->origin);
    }
  }
}

// Reports that `word` contradicts `other`, at the later of those that are set.
void report_pair(Block& block, std::string_view word, std::string_view other, std::string message, std::string help) {
  diagnostics::Finding finding{Code::e0007, std::move(message), {}, {}, {}, {std::move(help)}, {}};
  const auto own = block.set.find(word);
  const auto others = block.set.find(other);
  if (own != block.set.end()) {
    finding.primary = {own->second, ""};
    if (others != block.set.end()) {
      finding.secondary.push_back({others->second, ""});
    }
  } else {
    finding.primary = {others->second, ""};
  }
  block.building.reading.findings.add(std::move(finding));
}

}  // namespace

template <auto Member>
void read_time(Block& block, Arguments& arguments) {
  read(row_of(Member), block, arguments);
}
template void read_time<&Times::heartbeat>(Block&, Arguments&);
template void read_time<&Times::dead>(Block&, Arguments&);
template void read_time<&Times::probe>(Block&, Arguments&);
template void read_time<&Times::link_pulse>(Block&, Arguments&);
template void read_time<&Times::settle>(Block&, Arguments&);
template void read_time<&Times::fence>(Block&, Arguments&);
template void read_time<&Times::linger>(Block&, Arguments&);
template void read_time<&Times::startup_wait>(Block&, Arguments&);
template void read_time<&Times::retry>(Block&, Arguments&);

void finish_times(Block& block) {
  Times& times = block.building.cluster.times;
  const auto set = [&](std::string_view word) { return block.set.count(word) != 0; };
  const auto wrong = [&](std::string_view word) { return block.wrong.count(word) != 0; };
  if (wrong("heartbeat") || wrong("dead")) {
    return;
  }
  if (!set("dead")) {
    times.dead = std::max(times.dead, 3 * times.heartbeat);
  }
  if (times.dead < 3 * times.heartbeat) {
    report_pair(block, "dead", "heartbeat",
                "dead is " + text(times.dead) + ", less than 3 heartbeats of " + text(times.heartbeat),
                "write `dead " + text(3 * times.heartbeat) + ";` or more, so that a lost message is no failure");
    return;
  }
  const auto most = times.dead - times.heartbeat;
  if (!set("probe")) {
    times.probe = std::min(times.probe, most);
  }
  if (times.probe > most && !wrong("probe")) {
    report_pair(
        block, "probe", "dead",
        "probe is " + text(times.probe) + ", more than the " + text(most) + " from the first missed heartbeat to dead",
        "write `probe " + text(most) + ";` or less: probing must end when the other side is known to be silent");
  }
}

}  // namespace cip::lang
