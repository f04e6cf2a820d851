#include "reconciler/daemon/worker.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>
#include <optional>
#include <system_error>
#include <vector>

#include "state/file.h"

namespace cip::daemon {

Worker::Worker(Post post) : post_(std::move(post)), thread_([this] { work(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Worker::add(Task task, bool urgent) {
  {
    const std::lock_guard lock(mutex_);
    (urgent ? urgent_ : tasks_).push_back(std::move(task));
  }
  wake_.notify_one();
}

void Worker::let_urgent_pass() {
  for (;;) {
    Task task;
    {
      const std::lock_guard lock(mutex_);
      if (ending_ || urgent_.empty()) {
        return;
      }
      task = std::move(urgent_.front());
      urgent_.pop_front();
    }
    post_(task());
  }
}

void Worker::work() {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !urgent_.empty() || !tasks_.empty(); });
      if (ending_) {
        return;
      }
      auto& queue = urgent_.empty() ? tasks_ : urgent_;
      task = std::move(queue.front());
      queue.pop_front();
    }
    post_(task());
  }
}

namespace {

constexpr std::chrono::seconds try_again_after{1};
constexpr std::chrono::seconds hangs_after{1};

struct Change {
  std::filesystem::path file;
  std::optional<std::string> bytes;  // none: remove
  std::vector<DiskWriter::Then> then;
};

Result<void> carry_out(const Change& change) {
  if (change.bytes) {
    std::error_code failed;
    std::filesystem::create_directories(change.file.parent_path(), failed);
    if (failed) {
      return Error{ErrorCode::system, "cannot create " + change.file.parent_path().string() + ": " + failed.message()};
    }
    return write_file_atomically(change.file, *change.bytes);
  }
  std::error_code failed;
  std::filesystem::remove(change.file, failed);
  if (failed) {
    return Error{ErrorCode::system, "cannot remove " + change.file.string() + ": " + failed.message()};
  }
  return {};
}

}  // namespace

struct DiskWriter::Shared {
  explicit Shared(Post to_loop) : post(std::move(to_loop)) {}
  void add(Change change);
  bool is_waiting(const std::filesystem::path& file) const;
  void wait_for_change(std::unique_lock<std::mutex>& lock);
  void work();

  Post post;  // called with the mutex held, so that nothing is posted once `ending` is set
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable idle;
  std::list<Change> changes;
  std::list<Change> failed;  // to be tried again; whoever asked for it has heard so
  std::string why_failed;    // the last of them; empty: all is on disk
  bool busy = false;
  std::chrono::steady_clock::time_point busy_since;
  bool ending = false;
};

void DiskWriter::Shared::add(Change change) {
  {
    const std::lock_guard lock(mutex);
    failed.remove_if([&](const Change& old) { return old.file == change.file; });
    for (auto& waiting : changes) {
      if (waiting.file != change.file) {
        continue;
      }
      waiting.bytes = std::move(change.bytes);
      waiting.then.insert(waiting.then.end(), change.then.begin(), change.then.end());
      return;
    }
    changes.push_back(std::move(change));
  }
  wake.notify_one();
}

bool DiskWriter::Shared::is_waiting(const std::filesystem::path& file) const {
  return std::any_of(changes.begin(), changes.end(), [&](const Change& one) { return one.file == file; });
}

// What failed is tried again when there has been nothing else to do for a while.
void DiskWriter::Shared::wait_for_change(std::unique_lock<std::mutex>& lock) {
  const auto change = [this] { return ending || !changes.empty(); };
  if (failed.empty()) {
    wake.wait(lock, change);
  } else if (!wake.wait_for(lock, try_again_after, change)) {
    changes.swap(failed);
  }
}

void DiskWriter::Shared::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    wait_for_change(lock);
    if (ending) {
      return;
    }
    Change change = std::move(changes.front());
    changes.pop_front();
    busy = true;
    busy_since = std::chrono::steady_clock::now();
    lock.unlock();
    const auto result = carry_out(change);
    lock.lock();
    busy = false;
    if (ending) {
      return;
    }
    post([then = std::move(change.then), result] {
      for (const auto& each : then) {
        each(result);
      }
    });
    if (!result) {
      why_failed = result.error().message;
    }
    if (!result && !is_waiting(change.file)) {
      change.then.clear();
      failed.push_back(std::move(change));
    }
    if (changes.empty()) {
      if (failed.empty()) {
        why_failed.clear();
      }
      idle.notify_all();
    }
  }
}

DiskWriter::DiskWriter(Post post) : shared_(std::make_shared<Shared>(std::move(post))) {
  // Detached: a thread that hangs in a disk's system call cannot be joined.
  std::thread([shared = shared_] { shared->work(); }).detach();
}

DiskWriter::~DiskWriter() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->ending = true;
  }
  shared_->wake.notify_one();
}

void DiskWriter::write(const std::filesystem::path& file, std::string bytes, Then then) {
  shared_->add({file, std::move(bytes), {std::move(then)}});
}

void DiskWriter::remove(const std::filesystem::path& file, Then then) {
  shared_->add({file, std::nullopt, {std::move(then)}});
}

std::string DiskWriter::problem() const {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->busy && std::chrono::steady_clock::now() - shared_->busy_since > hangs_after) {
    return "it does not answer";
  }
  return shared_->why_failed;
}

bool DiskWriter::finish(std::chrono::milliseconds limit) {
  std::unique_lock lock(shared_->mutex);
  return shared_->idle.wait_for(lock, limit, [this] { return shared_->changes.empty() && !shared_->busy; });
}

}  // namespace cip::daemon
