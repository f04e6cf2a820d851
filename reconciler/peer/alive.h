// Whether an object is still there when a handler runs that was given to Asio. Closing a socket or destroying a timer
// is not enough: a handler that is ready by then is called all the same, and without an error.
#pragma once

#include <memory>

namespace cip::peer {

class Alive {
 public:
  using Watch = std::weak_ptr<const bool>;
  Alive() = default;
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  ~Alive() = default;

  Watch watch() const { return token_; }  // expired() once the object is gone, or renew() was called

  // What was waited for so far is no longer wanted.
  void renew() { token_ = std::make_shared<const bool>(true); }

 private:
  std::shared_ptr<const bool> token_ = std::make_shared<const bool>(true);
};

}  // namespace cip::peer
