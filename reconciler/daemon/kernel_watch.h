// The kernel's events on the event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "reconciler/kernel/events.h"

namespace boost::asio {
class io_context;
}

namespace cip::daemon {

class KernelWatch {
 public:
  using Changed = std::function<void(const kernel::Event&)>;

  // Hears of everything from now on, but for what the requests of the socket with that port do
  // (kernel::EventSocket::ignore_requests_of). A socket that fails later is opened again; then everything may have
  // changed (Overrun).
  static Result<std::unique_ptr<KernelWatch>> open(boost::asio::io_context& loop, std::uint32_t port, Changed changed);
  ~KernelWatch();
  KernelWatch(const KernelWatch&) = delete;
  KernelWatch& operator=(const KernelWatch&) = delete;

 private:
  struct Listener;
  explicit KernelWatch(std::unique_ptr<Listener> listener);
  std::unique_ptr<Listener> listener_;
};

}  // namespace cip::daemon
