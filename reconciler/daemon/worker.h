// Threads for work that may block, so that the event loop never does. What a job gives back is handed to the loop.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "state/result.h"

namespace cip::daemon {

// Runs a function on the event loop's thread, soon. May be called from any thread.
using Post = std::function<void(std::function<void()>)>;

// One thread; jobs run one after the other. Urgent jobs (refreshing lifetimes, moving an interface) go before all
// others that have not begun.
class Worker {
 public:
  explicit Worker(Post post);
  // Waits for the job that runs; drops those that have not begun.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // `job` runs on the worker's thread; then `then`, with its result, on the loop's.
  template <class Job, class Then>
  void run(Job job, Then then) {
    add(make(std::move(job), std::move(then)), false);
  }
  template <class Job, class Then>
  void run_urgent(Job job, Then then) {
    add(make(std::move(job), std::move(then)), true);
  }

  // For a long job, on the worker's thread: runs the urgent jobs that wait.
  void let_urgent_pass();

 private:
  using Completion = std::function<void()>;
  using Task = std::function<Completion()>;

  template <class Job, class Then>
  static Task make(Job job, Then then) {
    return [job = std::move(job), then = std::move(then)]() mutable -> Completion {
      auto result = std::make_shared<decltype(job())>(job());
      return [then = std::move(then), result] { then(std::move(*result)); };
    };
  }
  void add(Task task, bool urgent);
  void work();

  Post post_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> urgent_;
  std::deque<Task> tasks_;
  bool ending_ = false;
  std::thread thread_;
};

// Writes files on a thread of its own: atomically and synced (state/file.h). A write that has not begun is replaced by
// a newer one of the same file, so a slow disk costs no more memory than there are files. What fails is tried again
// every second. A disk that hangs holds up nobody, not even the end of the process.
class DiskWriter {
 public:
  explicit DiskWriter(Post post);
  ~DiskWriter();  // what has not been written by then is lost; see finish()
  DiskWriter(const DiskWriter&) = delete;
  DiskWriter& operator=(const DiskWriter&) = delete;

  using Then = std::function<void(const Result<void>&)>;
  // `then` runs on the loop's thread when these bytes, or newer ones, are on disk, or have failed to get there.
  void write(const std::filesystem::path& file, std::string bytes, Then then);
  void remove(const std::filesystem::path& file, Then then);

  // What is not on disk, although it should be, and why; empty: nothing.
  std::string problem() const;

  // Waits until everything is written, at most `limit`. False: it was not. The completions still go to the loop.
  bool finish(std::chrono::milliseconds limit);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // the thread's too, which may outlive us in a system call
};

}  // namespace cip::daemon
