// Notices that the state tree was replaced (inotify): `cipc build` exchanges the directory, others copy into it.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

class TreeWatch {
 public:
  // A copy takes a while: `changed` is called when nothing more happened for this long.
  static constexpr std::chrono::milliseconds quiet{100};

  TreeWatch(boost::asio::io_context& loop, const std::filesystem::path& tree, std::function<void()> changed);
  ~TreeWatch();
  // A tree that is not whole is looked at again when anything below its directory `part` changes, whatever the order
  // in which it is copied, and once at once: something may have come since it was read. Empty: no more.
  void wait_for_rest(const std::filesystem::path& part);
  // Who calls it reads the tree as it is now: what happened until now is not told any more.
  void forget();
  TreeWatch(const TreeWatch&) = delete;
  TreeWatch& operator=(const TreeWatch&) = delete;

 private:
  struct Inotify;
  std::unique_ptr<Inotify> inotify_;
};

}  // namespace cip::daemon
