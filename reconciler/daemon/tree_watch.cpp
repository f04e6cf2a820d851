#include "reconciler/daemon/tree_watch.h"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <set>
#include <spdlog/spdlog.h>
#include <string>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

namespace cip::daemon {

struct TreeWatch::Inotify {
  Inotify(boost::asio::io_context& loop, const std::filesystem::path& tree, std::function<void()> on_change)
      : descriptor(loop),
        timer(loop),
        path(std::filesystem::absolute(tree).lexically_normal()),
        changed(std::move(on_change)) {
    if (path.filename().empty()) {
      path = path.parent_path();
    }  // "state/"
  }

  void open() {
    const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
      spdlog::warn("cannot watch {}: {}; `cipctl reload` tells of a new tree", path.string(), std::strerror(errno));
      return;
    }
    descriptor.assign(fd);
    watch();
    wait();
  }

  // The directory's name in its parent, and its manifest, which is written last. After an exchange the name is another
  // directory's.
  void watch() {
    const auto parent = path.parent_path();
    parent_watch = inotify_add_watch(descriptor.native_handle(), parent.c_str(), IN_MOVED_TO | IN_CREATE | IN_ONLYDIR);
    if (parent_watch < 0) {
      spdlog::warn("cannot watch {}: {}; `cipctl reload` tells of a new tree", parent.string(), std::strerror(errno));
    }
    if (tree_watch >= 0) {
      inotify_rm_watch(descriptor.native_handle(), tree_watch);
    }
    tree_watch = inotify_add_watch(descriptor.native_handle(), path.c_str(),
                                   IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE | IN_ONLYDIR);
    for (const int each : std::exchange(rest_watches, {})) {
      inotify_rm_watch(descriptor.native_handle(), each);
    }
    if (!rest.empty()) {
      watch_rest(path / rest);
    }
  }

  void watch_rest(const std::filesystem::path& directory) {
    // Also what is made readable.
    const int each =
        inotify_add_watch(descriptor.native_handle(), directory.c_str(),
                          IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE | IN_ATTRIB | IN_ONLYDIR | IN_DONT_FOLLOW);
    if (each < 0) {
      return;
    }
    rest_watches.insert(each);
    std::error_code failed;
    for (std::filesystem::directory_iterator file(directory, failed), end; !failed && file != end;
         file.increment(failed)) {
      std::error_code unknown;
      if (file->is_directory(unknown)) {
        watch_rest(file->path());
      }
    }
  }

  void wait_for_rest(const std::filesystem::path& part) {
    if (!descriptor.is_open() || part == rest) {
      return;
    }
    rest = part;
    watch();
    if (!rest.empty()) {
      notice();
    }
  }

  // When it has been quiet.
  void notice() {
    timer.expires_after(quiet);
    timer.async_wait([this](boost::system::error_code aborted) {
      if (aborted) {
        return;
      }
      watch();
      changed();
    });
  }

  void wait() {
    descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
      if (error) {
        return;
      }
      if (read()) {
        notice();
      }
      wait();
    });
  }

  void forget() {
    if (!descriptor.is_open()) {
      return;
    }
    watch();
    read();
    timer.cancel();
  }

  // Whether anything of it is about the tree.
  bool read() {
    bool concerns = false;
    alignas(inotify_event) std::array<char, 8192> buffer{};
    for (;;) {
      const auto size = ::read(descriptor.native_handle(), buffer.data(), buffer.size());
      if (size <= 0) {
        return concerns;
      }
      for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
        inotify_event event{};
        std::memcpy(&event, buffer.data() + at, sizeof event);
        const std::string name = event.len > 0 ? std::string(buffer.data() + at + sizeof event) : std::string();
        at += sizeof event + event.len;
        concerns = concerns || (event.wd == parent_watch && name == path.filename()) ||
                   (event.wd == tree_watch && (name == "manifest.json" || !rest.empty())) ||
                   (rest_watches.count(event.wd) != 0 && !name.empty()) || (event.mask & IN_Q_OVERFLOW) != 0;
      }
    }
  }

  boost::asio::posix::stream_descriptor descriptor;
  boost::asio::steady_timer timer;
  std::filesystem::path path;
  std::function<void()> changed;
  int parent_watch = -1;
  int tree_watch = -1;
  std::filesystem::path rest;  // below `path`; empty: only the manifest tells of a change
  std::set<int> rest_watches;
};

TreeWatch::TreeWatch(boost::asio::io_context& loop, const std::filesystem::path& tree, std::function<void()> changed)
    : inotify_(std::make_unique<Inotify>(loop, tree, std::move(changed))) {
  inotify_->open();
}

TreeWatch::~TreeWatch() = default;

void TreeWatch::wait_for_rest(const std::filesystem::path& part) {
  inotify_->wait_for_rest(part);
}

void TreeWatch::forget() {
  inotify_->forget();
}

}  // namespace cip::daemon
