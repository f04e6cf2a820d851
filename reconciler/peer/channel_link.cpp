#include "reconciler/peer/channel_link.h"

#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace cip::peer {
namespace {

using boost::system::error_code;

constexpr int hello_version = 1;
constexpr std::size_t max_hello = 1024;
constexpr std::chrono::seconds give_up_after{5};  // a peer that acknowledges nothing for so long is gone

std::string hello(const ClusterName& cluster, const ClimName& self) {
  const nlohmann::json json{
      {"type", "hello"}, {"version", hello_version}, {"cluster", cluster.str()}, {"clim", self.str()}};
  return json.dump();
}

// Who says hello; nothing if that is no hello of this version and cluster.
std::optional<ClimName> read_hello(const std::string& text, const ClusterName& cluster) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  const auto is = [&json](const char* key, const nlohmann::json& value) {
    const auto found = json.find(key);
    return found != json.end() && *found == value;
  };
  const auto clim = json.find("clim");
  if (!is("type", "hello") || !is("version", hello_version) || !is("cluster", cluster.str()) || clim == json.end() ||
      !clim->is_string()) {
    return std::nullopt;
  }
  return ClimName(clim->get<std::string>());
}

}  // namespace

Link::Link(Socket socket, Tls& tls, const Rules& rules, Events events)
    : stream_(std::move(socket), tls.context()),
      deadline_(stream_.get_executor()),
      rules_(rules),
      events_(std::move(events)) {}

void Link::start(Role role) {
  prepare_socket();
  deadline_.expires_after(rules_.handshake_limit);
  deadline_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error && !self->identified_) {
      self->end(LinkEnd::handshake, "took too long");
    }
  });
  const auto side = role == Role::connects ? TlsStream::client : TlsStream::server;
  stream_.async_handshake(side, [self = shared_from_this()](const error_code& error) { self->handshake_done(error); });
}

// What fails here costs time at worst.
void Link::prepare_socket() {
  const auto set = [fd = stream_.lowest_layer().native_handle()](int level, int option, int value) {
    setsockopt(fd, level, option, &value, sizeof value);
  };
  const auto seconds = static_cast<int>(give_up_after.count());
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 2);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(IPPROTO_TCP, TCP_KEEPCNT, seconds);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1000);
}

void Link::handshake_done(const error_code& error) {
  if (closed_) {
    return;
  }
  if (error || !Tls::used_key(stream_)) {
    return end(LinkEnd::handshake, error ? error.message() : "authenticated without the cluster key");
  }
  queue(hello(rules_.cluster, rules_.self));
  read_frame();
}

std::size_t Link::frame_limit() const {
  return identified_ ? rules_.max_message : max_hello;
}

void Link::read_frame() {
  boost::asio::async_read(stream_, boost::asio::buffer(header_),
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                            if (self->closed_) {
                              return;
                            }
                            if (error) {
                              return self->end(LinkEnd::lost, error.message());
                            }
                            std::uint32_t size = 0;
                            for (const auto byte : self->header_) {
                              size = size << 8U | byte;
                            }
                            self->read_body(size);
                          });
}

void Link::read_body(std::uint32_t size) {
  if (size == 0 || size > frame_limit()) {
    return end(LinkEnd::malformed, "a message of " + std::to_string(size) + " bytes");
  }
  body_.resize(size);
  boost::asio::async_read(stream_, boost::asio::buffer(body_),
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                            if (self->closed_) {
                              return;
                            }
                            if (error) {
                              return self->end(LinkEnd::lost, error.message());
                            }
                            self->frame_read();
                          });
}

void Link::frame_read() {
  if (!identified_) {
    if (!greet()) {
      return;
    }
  } else if (!events_.message(body_)) {
    return end(LinkEnd::malformed, "an unknown or malformed message");
  }
  if (!closed_) {
    std::string().swap(body_);  // a mirror may have been large
    read_frame();
  }
}

bool Link::greet() {
  const auto peer = read_hello(body_, rules_.cluster);
  if (!peer || !events_.may_be(*peer)) {
    end(LinkEnd::stranger, peer ? "says that it is " + peer->str() : "says no hello that we know");
    return false;
  }
  identified_ = true;
  deadline_.cancel();
  events_.identified(*peer);
  return true;
}

bool Link::send(const std::string& text) {
  if (closed_ || !identified_ || text.size() > rules_.max_message) {
    return false;
  }
  return queue(text);
}

bool Link::queue(const std::string& text) {
  if (queued_ + text.size() > rules_.max_queue) {
    // Not from within send(): whoever sends is in the middle of something.
    boost::asio::post(stream_.get_executor(),
                      [self = shared_from_this()] { self->end(LinkEnd::overrun, "the peer does not read"); });
    return false;
  }
  std::string frame;
  frame.reserve(text.size() + header_.size());
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame += static_cast<char>(text.size() >> shift & 255U);
  }
  frame += text;
  queued_ += frame.size();
  queue_.push_back(std::move(frame));
  if (queue_.size() == 1) {
    write_next();
  }
  return true;
}

void Link::write_next() {
  boost::asio::async_write(stream_, boost::asio::buffer(queue_.front()),
                           [self = shared_from_this()](const error_code& error, std::size_t) {
                             if (self->closed_) {
                               return;
                             }
                             if (error) {
                               return self->end(LinkEnd::lost, error.message());
                             }
                             self->queued_ -= self->queue_.front().size();
                             self->queue_.pop_front();
                             if (!self->queue_.empty()) {
                               self->write_next();
                             }
                           });
}

void Link::end(LinkEnd end, const std::string& detail) {
  if (closed_) {
    return;
  }
  const auto ended = std::move(events_.ended);
  close();
  ended(end, detail);
}

// No TLS goodbye: a peer that is gone would not answer it, and every message says how long it is.
void Link::close() {
  closed_ = true;
  error_code ignored;
  stream_.lowest_layer().close(ignored);
  deadline_.cancel();
}

}  // namespace cip::peer
