#include "reconciler/daemon/generations.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <malloc.h>
#include <utility>

#include "reconciler/daemon/data_directory.h"

namespace cip::daemon {

namespace {

using Clock = std::chrono::steady_clock;

// What a peer has to hear of first, or duplicate address detection, may take this long and is then waited for no more.
constexpr std::chrono::seconds apply_limit{10};

std::string short_name(const ClimState& state) {
  return state.generation.str().substr(0, 12);
}

}  // namespace

struct Generations::Timers {
  explicit Timers(boost::asio::io_context& loop) : limit(loop) {}
  boost::asio::steady_timer limit;
};

Generations::Generations(boost::asio::io_context& loop, Worker& files, std::filesystem::path data_dir, Events events)
    : files_(files),
      data_dir_(std::move(data_dir)),
      staged_(std::make_shared<std::optional<Staged>>()),
      on_disk_(std::make_shared<Digest>()),
      events_(std::move(events)),
      timers_(std::make_unique<Timers>(loop)) {}

Generations::~Generations() = default;

void Generations::begin(Configuration configuration, bool proven) {
  current_ = std::move(configuration);
  state_ = State::proven;
  if (proven) {
    write_kept([](const Result<void>& /*written*/) {});
  }
  events_.use(current_);
}

void Generations::reload(Configuration candidate, const TrialOptions& options, const Told& told) {
  if (state_ == State::preparing || state_ == State::applying) {
    if (candidate->generation != current_->generation) {
      told(Error{ErrorCode::invalid,
                 fmt::format("generation {} is being applied: ask again when it is", short_name(*current_))});
      return;
    }
    // It was seen as soon as it was there: who asks for it now hears what becomes of it, and may still say how.
    told_.push_back(told);
    options_.partial = options_.partial || options.partial;
    if (options.confirm_within) {
      options_.confirm_within = options.confirm_within;
    }
    return;
  }
  if (state_ == State::unconfirmed && candidate->generation != current_->generation) {
    told(Error{
        ErrorCode::invalid,
        fmt::format("generation {} waits to be confirmed: cipctl confirm, or cipctl rollback", short_name(*current_))});
    return;
  }
  if (const auto refused = events_.refusal(*candidate)) {
    events_.refused(*refused);
    events_.alarm(What::tree_refused, fmt::format("the state tree is refused: {}", *refused), "going on with what was");
    told(Error{ErrorCode::invalid, "refused: " + *refused});
    return;
  }
  const bool same = current_ && current_->clim == candidate->clim;
  if (!current_ || (same && !options.confirm_within)) {
    events_.refused("");
    if (!current_ || candidate->generation != current_->generation) {  // else: of other CLIMs only
      begin(candidate, true);
    }
    told(outcome());
    return;
  }
  if (same && !previous_) {
    told(Error{ErrorCode::invalid, fmt::format("generation {} is in use already, and the one before it is not known: "
                                               "nothing could be undone (cipd --no-watch waits for `cipctl reload`)",
                                               short_name(*current_))});
    return;
  }
  fresh_ = !same;
  if (fresh_) {
    previous_ = std::exchange(current_, std::move(candidate));
  }
  options_ = options;
  told_ = {told};
  problems_before_ = events_.problems();
  state_ = State::preparing;
  write_unproven(previous_, current_, "cipd ended before it was known whether it may stay",
                 [this](const Result<void>& written) { prepared(written); });
}

// What may stay, then the name of what may not: in this order every moment is one that we may die in.
void Generations::write_unproven(const Configuration& kept, const Configuration& unproven, const std::string& why,
                                 std::function<void(const Result<void>&)> then) {
  files_.run(
      [dir = data_dir_, staged = staged_, on_disk = on_disk_, kept, name = unproven->generation,
       why]() -> Result<void> {
        staged->reset();
        const DataDirectory data(dir);
        if (*on_disk != kept->generation) {
          auto written = data.write_last_tree(*kept);
          *on_disk = written ? kept->generation : Digest();
          if (!written) {
            return written;
          }
        }
        return data.write_unproven(Unproven{name, why});
      },
      std::move(then));
}

void Generations::prepared(const Result<void>& written) {
  if (!written) {
    const auto& why = written.error().message;
    events_.alarm(What::generation_not_kept,
                  "what may stay could not be kept on disk: a cipd that dies now uses the new generation", why);
    if (options_.confirm_within) {
      // It was asked for to be able to go back, whatever happens.
      if (fresh_) {
        current_ = std::exchange(previous_, nullptr);
      }
      state_ = State::proven;
      answer(Error{ErrorCode::system, fmt::format("not begun, as going back could not be promised: {}", why)});
      return;
    }
  }
  state_ = State::applying;
  until_ = Clock::now() + apply_limit;
  stage();
  events_.use(current_);
  timers_->limit.expires_at(until_);
  timers_->limit.async_wait([this](boost::system::error_code error) {
    if (!error && state_ == State::applying) {
      applied();
    }
  });
}

// If it fails, it is tried again, and reported, when it is to stay.
void Generations::stage() {
  files_.run(
      [dir = data_dir_, staged = staged_, state = current_] {
        staged->reset();
        if (auto written = DataDirectory(dir).stage_last_tree(*state)) {
          staged->emplace(Staged{state->generation, std::move(*written)});
        }
        return true;
      },
      [](bool /*done*/) {});
}

void Generations::progress() {
  if (state_ == State::applying && events_.applied(*current_)) {
    applied();
  }
}

void Generations::applied() {
  timers_->limit.cancel();
  std::vector<std::string> fresh;
  for (const auto& problem : events_.problems()) {
    if (std::find(problems_before_.begin(), problems_before_.end(), problem) == problems_before_.end()) {
      fresh.push_back(problem);
    }
  }
  if (!fresh.empty() && !options_.partial) {
    go_back(fmt::format("{}{}",
                        fmt::join(fresh.begin(), fresh.begin() + std::min<std::ptrdiff_t>(std::ssize(fresh), 5), "; "),
                        fresh.size() > 5 ? fmt::format(" (and {} more)", fresh.size() - 5) : ""));
    return;
  }
  auto done = outcome();
  done.problems = std::move(fresh);
  done.waits = !events_.applied(*current_);
  if (options_.confirm_within) {
    state_ = State::unconfirmed;
    until_ = Clock::now() + *options_.confirm_within;
    wait_for_confirmation();
    done.confirm_within = options_.confirm_within;
    answer(done);
    return;
  }
  // On disk before anybody is told, so that it holds even if the machine dies then.
  keep([told = std::exchange(told_, {}), done](const Result<TrialOutcome>& /*written*/) {
    for (const auto& each : told) {
      each(done);
    }
  });
}

void Generations::wait_for_confirmation() {
  events_.note(What::generation_unconfirmed,
               fmt::format("generation {} goes back to {} in {} s unless it is confirmed", short_name(*current_),
                           short_name(*previous_), options_.confirm_within->count()));
  timers_->limit.expires_at(until_);
  timers_->limit.async_wait([this](boost::system::error_code error) {
    if (!error && state_ == State::unconfirmed) {
      go_back(fmt::format("it was not confirmed within {} s", options_.confirm_within->count()));
    }
  });
}

void Generations::keep(const Told& told) {
  timers_->limit.cancel();
  state_ = State::proven;
  events_.refused("");
  write_kept([this, told](const Result<void>& written) {
    if (told) {
      told(written ? Result<TrialOutcome>(outcome()) : Result<TrialOutcome>(written.error()));
    }
  });
}

void Generations::write_kept(std::function<void(const Result<void>&)> then) {
  files_.run(
      [dir = data_dir_, staged = staged_, on_disk = on_disk_, kept = current_]() -> Result<void> {
        const DataDirectory data(dir);
        auto ready = std::exchange(*staged, std::nullopt);
        if (ready && ready->generation != kept->generation) {
          ready.reset();
        }
        const bool there = *on_disk == kept->generation;
        auto written = there ? Result<void>() : ready ? ready->tree.put_in_place() : data.write_last_tree(*kept);
        *on_disk = written ? kept->generation : Digest();
        ::malloc_trim(0);  // the text of 100,000 routes
        // Also where it could not be kept: the tree that it came from may be used.
        auto marked = data.write_unproven(std::nullopt);
        return written ? marked : written;
      },
      [this, then = std::move(then)](const Result<void>& written) {
        if (!written) {
          events_.alarm(What::generation_not_kept, "the last good tree could not be kept", written.error().message);
        }
        then(written);
      });
}

void Generations::go_back(const std::string& why, const Told& told) {
  timers_->limit.cancel();
  const auto failed = current_;
  if (const auto refused = events_.refusal(*previous_)) {
    const auto sentence = fmt::format("generation {} stays, as {} cannot come back: {}", short_name(*current_),
                                      short_name(*previous_), *refused);
    events_.alarm(What::generation_stays, sentence, why);
    keep();
    answer(Error{ErrorCode::invalid, fmt::format("{} ({})", sentence, why)});
    if (told) {
      told(Error{ErrorCode::invalid, sentence});
    }
    return;
  }
  current_ = std::exchange(previous_, nullptr);
  state_ = State::proven;
  const auto sentence =
      fmt::format("generation {} is undone, {} is in use again", short_name(*failed), short_name(*current_));
  events_.refused(why);
  events_.alarm(What::generation_undone, sentence, why);
  events_.use(current_);
  answer(Error{ErrorCode::invalid, fmt::format("{}: {}", sentence, why)});
  write_unproven(current_, failed, why, [this, told](const Result<void>& written) {
    if (!written) {
      events_.alarm(What::generation_not_kept, "which generation may stay could not be written",
                    written.error().message);
    }
    if (told) {
      told(written ? Result<TrialOutcome>(outcome()) : Result<TrialOutcome>(written.error()));
    }
  });
}

void Generations::confirm(const Told& told) {
  if (state_ != State::unconfirmed) {
    told(Error{ErrorCode::invalid, "no generation waits to be confirmed"});
    return;
  }
  events_.note(What::generation_confirmed, fmt::format("generation {} is confirmed", short_name(*current_)));
  keep(told);
}

void Generations::roll_back(const Told& told) {
  if (state_ == State::preparing || state_ == State::applying) {
    told(Error{ErrorCode::invalid,
               fmt::format("generation {} is being applied: ask again when it is", short_name(*current_))});
    return;
  }
  if (!previous_) {
    told(Error{ErrorCode::invalid,
               "there is no generation to go back to: none came since cipd started, or it has gone back already"});
    return;
  }
  go_back("an operator has rolled it back", told);
}

TrialOutcome Generations::outcome() const {
  return {current_->generation.str(), {}, false, {}};
}

std::optional<TrialOutcome> Generations::unconfirmed() const {
  if (state_ != State::unconfirmed) {
    return std::nullopt;
  }
  auto now = outcome();
  now.confirm_within = std::chrono::ceil<std::chrono::seconds>(until_ - Clock::now());
  return now;
}

void Generations::answer(const Result<TrialOutcome>& outcome) {
  for (const auto& told : std::exchange(told_, {})) {
    told(outcome);
  }
}

}  // namespace cip::daemon
