#include "reconciler/peer/control_lan.h"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <spdlog/spdlog.h>
#include <string>
#include <sys/socket.h>
#include <utility>

#include "reconciler/peer/alive.h"
#include "reconciler/peer/endpoint.h"

namespace cip::peer {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;

constexpr std::size_t largest_datagram = 2048;  // ours have at most 1200 bytes
constexpr int most_datagrams = 100000;          // discarded at once, lest a flood hold us
constexpr int datagrams_per_turn = 64;          // then other work of the event loop has its turn

}  // namespace

class ControlLan::Socket {
 public:
  Socket(boost::asio::io_context& io, const udp::endpoint& local, std::size_t path, const Receive& receive,
         ControlLanCounters& counters)
      : socket_(io), retry_(io), local_(local), path_(path), receive_(receive), counters_(counters) {
    open();
  }

  void send(const udp::endpoint& to, std::span<const std::uint8_t> datagram) {
    error_code error;
    if (to.protocol() == local_.protocol() && socket_.is_open()) {
      socket_.send_to(boost::asio::buffer(datagram.data(), datagram.size()), to, 0, error);
      if (error == boost::asio::error::connection_refused) {  // an ICMP error of an earlier one, told now
        socket_.send_to(boost::asio::buffer(datagram.data(), datagram.size()), to, 0, error);
      }
    } else {
      error = boost::asio::error::bad_descriptor;
    }
    ++(error ? counters_.not_sent : counters_.sent);
  }

  void discard_queued() {
    std::array<std::uint8_t, 1> buffer{};
    error_code error;
    for (int i = 0; i < most_datagrams && socket_.is_open() && error != boost::asio::error::would_block; ++i) {
      udp::endpoint from;
      error.clear();
      socket_.receive_from(boost::asio::buffer(buffer), from, 0, error);
    }
  }

 private:
  void open() {
    error_code error;
    socket_.open(local_.protocol(), error);
    if (!error) {
      prepare();
      socket_.bind(local_, error);
    }
    if (!error) {
      socket_.non_blocking(true, error);
    }
    if (!error) {
      told_.clear();
      return wait();
    }
    if (told_ != error.message()) {
      told_ = error.message();
      spdlog::error("control path {}: no socket on {}: {}; trying again", path_, to_text(local_.address()), told_);
    }
    close_and_retry();
  }

  // Failures of these are no reason to do without the socket.
  void prepare() {
    const int on = 1;
    const int network_control = IPTOS_CLASS_CS6;
    const bool v6 = local_.protocol() == udp::v6();
    const int fd = socket_.native_handle();
    if (v6) {
      setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
      setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &network_control, sizeof network_control);
    } else {
      setsockopt(fd, IPPROTO_IP, IP_TOS, &network_control, sizeof network_control);
    }
    allow_missing_address(fd, v6);
  }

  void close_and_retry() {
    error_code ignored;
    socket_.close(ignored);
    retry_.expires_after(std::chrono::seconds(1));
    retry_.async_wait([this, watch = alive_.watch()](const error_code&) {
      if (!watch.expired()) {
        open();
      }
    });
  }

  // Waits, and receives when there is something: so nothing is queued but in the kernel, and can be discarded.
  void wait() {
    socket_.async_wait(udp::socket::wait_read, [this, watch = alive_.watch()](const error_code& error) {
      if (watch.expired()) {
        return;
      }
      if (error) {
        return close_and_retry();
      }
      receive();
      wait();
    });
  }

  void receive() {
    std::array<std::uint8_t, largest_datagram> buffer{};
    for (int i = 0; i < datagrams_per_turn; ++i) {
      error_code error;
      udp::endpoint from;
      const auto size = socket_.receive_from(boost::asio::buffer(buffer), from, 0, error);
      if (error == boost::asio::error::would_block) {
        return;
      }
      if (error) {
        continue;  // an ICMP error about something that was sent
      }
      if (size == buffer.size()) {
        ++counters_.oversized;
        continue;
      }
      ++counters_.received;
      receive_(path_, from_asio(from.address()), std::span(buffer).first(size));
    }
  }

  Alive alive_;
  udp::socket socket_;
  boost::asio::steady_timer retry_;
  udp::endpoint local_;
  std::size_t path_;
  const Receive& receive_;
  ControlLanCounters& counters_;
  std::string told_;
};

ControlLan::ControlLan(boost::asio::io_context& io, const std::vector<IpAddress>& ours, std::uint16_t port,
                       Receive receive)
    : receive_(std::move(receive)), port_(port) {
  for (const auto& address : ours) {
    sockets_.push_back(
        std::make_unique<Socket>(io, udp::endpoint(to_asio(address), port), sockets_.size(), receive_, counters_));
  }
}

ControlLan::~ControlLan() = default;

void ControlLan::send(std::size_t path, const IpAddress& to, std::span<const std::uint8_t> datagram) {
  if (path >= sockets_.size()) {
    ++counters_.not_sent;
    return;
  }
  sockets_[path]->send(udp::endpoint(to_asio(to), port_), datagram);
}

void ControlLan::discard_queued() {
  for (const auto& socket : sockets_) {
    socket->discard_queued();
  }
}

}  // namespace cip::peer
