#include "reconciler/peer/session.h"

#include <algorithm>

namespace cip::peer {
namespace {

// Of runs that were replaced. Older ones cannot come back either: what they echoed is too low.
constexpr std::size_t retired_runs = 8;

}  // namespace

bool ReplayWindow::accept(std::uint64_t sequence) {
  if (sequence > highest_) {
    const auto ahead = sequence - highest_;
    seen_ = (ahead < width ? seen_ << ahead : 0) | 1U;
    highest_ = sequence;
    return true;
  }
  const auto behind = highest_ - sequence;
  if (behind >= width || (seen_ >> behind & 1U) != 0) {
    return false;
  }
  seen_ |= std::uint64_t{1} << behind;
  return true;
}

Session::Session(const failover::BootId& own, std::chrono::milliseconds recent, Time now)
    : own_(own), recent_(recent), newer_{now, 0}, older_{now, 0} {}

// Two checkpoints, so that `older_` is at least one and, while messages go out, at most two `recent` times old.
void Session::rotate(Time now) {
  const auto age = now - newer_.time;
  if (age < recent_) {
    return;
  }
  older_ = age < 2 * recent_ ? newer_ : Checkpoint{now, sent_};
  newer_ = {now, sent_};
}

Stamp Session::stamp(Time now) {
  rotate(now);
  Stamp stamp{own_, ++sent_, {}, candidate_};
  if (trusted_) {
    stamp.trusted = {*trusted_, heard_};
  }
  return stamp;
}

std::uint64_t Session::echo_of_us(const Stamp& stamp) const {
  std::uint64_t highest = 0;
  for (const auto& echo : {stamp.trusted, stamp.candidate}) {
    if (echo.boot == own_ && echo.sequence <= sent_) {
      highest = std::max(highest, echo.sequence);
    }
  }
  return highest;
}

Verdict Session::judge(const Stamp& stamp, const failover::Path& path, Time now) {
  rotate(now);
  if (trusted_ == stamp.boot) {
    return judge_trusted(stamp, path);
  }
  if (std::find(retired_.begin(), retired_.end(), stamp.boot) != retired_.end()) {
    return Verdict::retired;
  }
  const auto echo = echo_of_us(stamp);
  if (echo > echoed_ && echo > older_.sequence) {
    trust(stamp);
    return judge_trusted(stamp, path);
  }
  if (candidate_.boot != stamp.boot || candidate_.sequence < stamp.sequence) {
    candidate_ = {stamp.boot, stamp.sequence};
  }
  return Verdict::candidate;
}

void Session::trust(const Stamp& stamp) {
  if (trusted_) {
    retired_.push_back(*trusted_);
    if (retired_.size() > retired_runs) {
      retired_.pop_front();
    }
  }
  trusted_ = stamp.boot;
  heard_ = 0;
  candidate_ = {};
  windows_.clear();
}

Verdict Session::judge_trusted(const Stamp& stamp, const failover::Path& path) {
  auto known = std::find_if(windows_.begin(), windows_.end(), [&](const auto& one) { return one.path == path; });
  if (known == windows_.end()) {
    known = windows_.insert(known, PathWindow{path, {}});
  }
  if (!known->window.accept(stamp.sequence)) {
    return Verdict::replayed;
  }
  heard_ = std::max(heard_, stamp.sequence);
  echoed_ = std::max(echoed_, echo_of_us(stamp));
  return Verdict::accepted;
}

}  // namespace cip::peer
