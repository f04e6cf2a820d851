// One connection of a channel: handshake, hello, frames (channel.h). For .cpp files of this room.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "reconciler/peer/tls.h"
#include "state/names.h"

namespace cip::peer {

// Why a connection ended; for the counters and the log.
enum class LinkEnd : std::uint8_t {
  handshake,  // wrong key, no TLS, too slow
  stranger,   // another cluster, or not the CLIM that it has to be
  malformed,  // a frame or message that breaks the rules
  overrun,    // the peer does not read
  lost,       // the connection broke or was closed
};

// Kept alive by its handlers; whoever uses it calls close() when it has no more use for it, and hears nothing after
// that.
class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Rules {
    ClusterName cluster;
    ClimName self;
    std::size_t max_message = 0;
    std::size_t max_queue = 0;
    std::chrono::milliseconds handshake_limit{};
  };
  // Each is called from the event loop; `ended` at most once, and nothing after it.
  struct Events {
    std::function<bool(const ClimName& peer)> may_be;  // whether the hello's sender is one that this may be
    std::function<void(const ClimName& peer)> identified;
    std::function<bool(const std::string& text)> message;  // false: malformed
    std::function<void(LinkEnd end, const std::string& detail)> ended;
  };
  enum class Role : std::uint8_t { connects, listens };

  Link(boost::asio::ip::tcp::socket socket, Tls& tls, const Rules& rules, Events events);
  void start(Role role);

  // False: too long, or not identified yet. A peer that does not read ends the connection.
  bool send(const std::string& text);
  void close();

 private:
  using Socket = boost::asio::ip::tcp::socket;

  void prepare_socket();
  void handshake_done(const boost::system::error_code& error);
  void read_frame();
  void read_body(std::uint32_t size);
  void frame_read();
  bool greet();
  bool queue(const std::string& text);
  void write_next();
  void end(LinkEnd end, const std::string& detail);
  std::size_t frame_limit() const;

  TlsStream stream_;
  boost::asio::steady_timer deadline_;
  Rules rules_;
  Events events_;
  bool closed_ = false;
  bool identified_ = false;
  std::array<std::uint8_t, 4> header_{};
  std::string body_;
  std::deque<std::string> queue_;  // the first one is being written
  std::size_t queued_ = 0;         // bytes of them
};

}  // namespace cip::peer
