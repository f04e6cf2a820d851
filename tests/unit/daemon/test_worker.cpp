// Threads: order, urgency, completions on the loop; the disk's thread, also on
// a disk that is full.
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sched.h>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>

#include "reconciler/daemon/worker.h"
#include "state/file.h"
#include "tests/unit/daemon/temporary.h"

using namespace cip;
using namespace cip::daemon;

namespace {

// A loop that is turned by hand.
class Loop {
 public:
  Post post() {
    return [this](std::function<void()> function) {
      const std::lock_guard lock(mutex_);
      functions_.push_back(std::move(function));
      wake_.notify_one();
    };
  }
  // Runs `count` functions, each as it comes.
  void turn(std::size_t count) {
    for (; count > 0; --count) {
      std::function<void()> next;
      {
        std::unique_lock lock(mutex_);
        REQUIRE(wake_.wait_for(lock, std::chrono::seconds(30), [this] { return !functions_.empty(); }));
        next = std::move(functions_.front());
        functions_.pop_front();
      }
      next();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> functions_;
};

// Holds a job until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    wake_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool open_ = false;
};

}  // namespace

TEST_CASE("urgent jobs go first, and completions come on the loop's thread", "[daemon][worker]") {
  Loop loop;
  Gate begun;
  Gate gate;
  std::vector<int> order;
  const auto here = std::this_thread::get_id();
  {
    Worker worker(loop.post());
    const auto then = [&](int number) {
      CHECK(std::this_thread::get_id() == here);
      order.push_back(number);
    };
    worker.run(
        [&] {
          begun.open();
          gate.pass();
          return 1;
        },
        then);
    begun.pass();
    worker.run([] { return 2; }, then);
    worker.run_urgent([] { return 3; }, then);
    gate.open();
    loop.turn(3);
  }
  CHECK(order == std::vector<int>{1, 3, 2});
}

TEST_CASE("a long job lets urgent ones pass", "[daemon][worker]") {
  Loop loop;
  Gate begun;
  Gate queued;
  std::vector<std::string> order;
  Worker worker(loop.post());
  std::mutex mutex;
  const auto note = [&](const std::string& what) {
    const std::lock_guard lock(mutex);
    order.push_back(what);
  };
  worker.run(
      [&] {
        note("begins");
        begun.open();
        queued.pass();
        worker.let_urgent_pass();
        note("ends");
        return 0;
      },
      [](int) {});
  begun.pass();
  worker.run_urgent(
      [&] {
        note("urgent");
        return 0;
      },
      [](int) {});
  queued.open();
  loop.turn(2);
  // The urgent job may have been first, if the thread was slow to start; never
  // last.
  CHECK(order.back() == "ends");
  CHECK(order.size() == 3);
}

TEST_CASE("the disk's thread writes and removes files, and says when", "[daemon][worker]") {
  const TemporaryDirectory temporary;
  Loop loop;
  DiskWriter disk(loop.post());
  const auto file = temporary.path() / "records" / "n1.eth1.json";
  std::vector<std::string> results;
  const auto then = [&](const Result<void>& result) { results.push_back(result ? "ok" : result.error().message); };
  disk.write(file, "one", then);
  loop.turn(1);
  CHECK(*read_file(file) == "one");
  disk.write(file, "two", then);
  CHECK(disk.finish(std::chrono::seconds(30)));
  CHECK(*read_file(file) == "two");
  loop.turn(1);
  disk.remove(file, then);
  loop.turn(1);
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(results == std::vector<std::string>{"ok", "ok", "ok"});
}

TEST_CASE("many writes of one file end with the newest, and each is answered", "[daemon][worker]") {
  const TemporaryDirectory temporary;
  Loop loop;
  DiskWriter disk(loop.post());
  const auto file = temporary.path() / "file";
  int answered = 0;
  for (int i = 0; i < 500; ++i) {
    disk.write(file, std::to_string(i), [&](const Result<void>& result) { answered += result ? 1 : 0; });
  }
  REQUIRE(disk.finish(std::chrono::seconds(30)));
  CHECK(*read_file(file) == "499");
  // Those that were replaced before they began are answered together.
  while (answered < 500) loop.turn(1);
  CHECK(answered == 500);
}

TEST_CASE("a disk that is full is an error, and the old content stays", "[daemon][worker]") {
  const TemporaryDirectory temporary;
  const auto mounted = temporary.path() / "small";
  std::filesystem::create_directory(mounted);
  // In a mount namespace of its own: nothing stays behind, whatever happens.
  if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("none", mounted.c_str(), "tmpfs", 0, "size=16k") != 0) {
    WARN("needs root to mount a small disk");
    return;
  }
  Loop loop;
  {
    DiskWriter disk(loop.post());
    std::vector<bool> results;
    const auto then = [&](const Result<void>& result) { results.push_back(static_cast<bool>(result)); };
    disk.write(mounted / "record", "good", then);
    loop.turn(1);
    disk.write(mounted / "record", std::string(100000, 'x'), then);
    loop.turn(1);
    CHECK(results == std::vector<bool>{true, false});
    CHECK(*read_file(mounted / "record") == "good");
    // And it goes on once there is room.
    disk.write(mounted / "record", "better", then);
    loop.turn(1);
    CHECK(results.back());
    CHECK(*read_file(mounted / "record") == "better");
  }
  ::umount(mounted.c_str());
}

TEST_CASE("what could not be written is a problem until it is, and never takes the place of something newer",
          "[daemon][worker]") {
  const TemporaryDirectory temporary;
  const auto file = temporary.path() / "records" / "n1.eth1.json";
  std::ofstream(temporary.path() / "records") << "in the way";
  Loop loop;
  DiskWriter disk(loop.post());
  CHECK(disk.problem().empty());
  bool written = true;
  const auto then = [&](const Result<void>& result) { written = static_cast<bool>(result); };
  disk.write(file, "one", then);
  loop.turn(1);
  CHECK_FALSE(written);
  CHECK(disk.problem().find("records") != std::string::npos);
  disk.write(file, "two", then);
  loop.turn(1);
  CHECK_FALSE(written);
  std::filesystem::remove(temporary.path() / "records");
  for (int i = 0; i < 1000 && !disk.problem().empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(disk.problem().empty());
  CHECK(*read_file(file) == "two");
}

TEST_CASE("a disk that hangs does not keep the writer from going", "[daemon][worker]") {
  const TemporaryDirectory temporary;
  const auto pipe = temporary.path() / "directory";
  Loop loop;
  auto disk = std::make_unique<DiskWriter>(loop.post());
  // Nothing to do is finished at once; and the destructor does not wait.
  CHECK(disk->finish(std::chrono::milliseconds(1)));
  for (int i = 0; i < 100; ++i) {
    disk->write(pipe / std::to_string(i), std::string(1 << 16, 'x'), [](const Result<void>&) {});
  }
  const auto begin = std::chrono::steady_clock::now();
  disk.reset();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}
