#include "reconciler/daemon/kernel_watch.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <spdlog/spdlog.h>
#include <utility>

namespace cip::daemon {

struct KernelWatch::Listener {
  Listener(boost::asio::io_context& loop, std::uint32_t own_port, Changed on_change)
      : descriptor(loop), again(loop), port(own_port), changed(std::move(on_change)) {}
  ~Listener() { let_go(); }

  static Result<kernel::EventSocket> open(std::uint32_t port) {
    auto opened = kernel::EventSocket::open();
    if (!opened) {
      return opened;
    }
    if (auto done = opened->ignore_requests_of(port); !done) {
      return done.error();
    }
    return opened;
  }

  void listen(kernel::EventSocket opened) {
    socket.emplace(std::move(opened));
    descriptor.assign(socket->fd());
    wait();
  }

  // The descriptor stays the socket's.
  void let_go() {
    if (descriptor.is_open()) {
      descriptor.release();
    }
    socket.reset();
  }

  void wait() {
    descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
      if (error) {
        return;
      }
      auto events = socket->receive();
      if (!events) {
        spdlog::error("kernel events: {}; opening the socket again", events.error().message);
        let_go();
        reopen();
        return;
      }
      for (const auto& event : *events) {
        changed(event);
      }
      wait();
    });
  }

  void reopen() {
    again.expires_after(std::chrono::milliseconds(100));
    again.async_wait([this](boost::system::error_code error) {
      if (error) {
        return;
      }
      auto opened = open(port);
      if (!opened) {
        reopen();
        return;
      }
      listen(std::move(*opened));
      changed(kernel::Overrun{});
    });
  }

  std::optional<kernel::EventSocket> socket;
  boost::asio::posix::stream_descriptor descriptor;
  boost::asio::steady_timer again;
  std::uint32_t port;
  Changed changed;
};

KernelWatch::KernelWatch(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}
KernelWatch::~KernelWatch() = default;

Result<std::unique_ptr<KernelWatch>> KernelWatch::open(boost::asio::io_context& loop, std::uint32_t port,
                                                       Changed changed) {
  auto socket = Listener::open(port);
  if (!socket) {
    return socket.error();
  }
  auto listener = std::make_unique<Listener>(loop, port, std::move(changed));
  listener->listen(std::move(*socket));
  return std::unique_ptr<KernelWatch>(new KernelWatch(std::move(listener)));
}

}  // namespace cip::daemon
