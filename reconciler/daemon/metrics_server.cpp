#include "reconciler/daemon/metrics_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <utility>

namespace cip::daemon {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Local = asio::local::stream_protocol;
using Tcp = asio::ip::tcp;

// The text that was made last, for a short time.
class Answer {
 public:
  explicit Answer(MetricsServer::Text make) : make_(std::move(make)) {}
  std::shared_ptr<const std::string> now() {
    const auto time = std::chrono::steady_clock::now();
    if (!text_ || time - made_ >= MetricsServer::shortest_age) {
      text_ = std::make_shared<const std::string>(make_());
      made_ = time;
    }
    return text_;
  }

 private:
  MetricsServer::Text make_;
  std::shared_ptr<const std::string> text_;
  std::chrono::steady_clock::time_point made_;
};

template <class Protocol>
class HttpSession final : public std::enable_shared_from_this<HttpSession<Protocol>> {
 public:
  using Ended = std::function<void(const std::shared_ptr<HttpSession>&)>;
  using Socket = typename Protocol::socket;
  HttpSession(Socket socket, Answer& answer, Ended ended)
      : stream_(std::move(socket)), answer_(answer), ended_(std::move(ended)) {
    parser_.header_limit(MetricsServer::max_request_bytes);
    parser_.body_limit(MetricsServer::max_request_bytes);
  }

  void start() {
    stream_.expires_after(MetricsServer::request_timeout);
    http::async_read_header(stream_, buffer_, parser_,
                            [self = this->shared_from_this()](boost::system::error_code error, std::size_t /*size*/) {
                              self->received(error);
                            });
  }

  // The server goes: no more calls into it.
  void abandon() {
    ended_ = nullptr;
    stream_.close();
  }

 private:
  void received(boost::system::error_code error) {
    if (!ended_) {
      return;
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      refuse(http::status::request_header_fields_too_large, "the request is too long");
    } else if (error && error.category() == make_error_code(http::error::bad_method).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      refuse(http::status::bad_request, "this is no request of HTTP/1.1");
    } else if (error) {
      end();
    } else {
      answer(parser_.get());
    }
  }

  void answer(const http::request<http::empty_body>& request) {
    const auto target = std::string_view(request.target().data(), request.target().size());
    if (target.substr(0, target.find('?')) != "/metrics") {
      refuse(http::status::not_found, "only /metrics is here");
    } else if (request.method() != http::verb::get && request.method() != http::verb::head) {
      refuse(http::status::method_not_allowed, "metrics can only be read: GET");
    } else {
      reply(http::status::ok, answer_.now(), "text/plain; version=0.0.4; charset=utf-8");
    }
  }

  void refuse(http::status status, std::string_view sentence) {
    reply(status, std::make_shared<const std::string>(fmt::format("{}\n", sentence)), "text/plain; charset=utf-8");
  }

  void reply(http::status status, std::shared_ptr<const std::string> text, const char* type) {
    text_ = std::move(text);
    response_.result(status);
    response_.set(http::field::content_type, type);
    if (status == http::status::method_not_allowed) {
      response_.set(http::field::allow, "GET, HEAD");
    }
    response_.keep_alive(false);
    response_.content_length(text_->size());
    if (parser_.get().method() != http::verb::head) {
      response_.body() = {text_->data(), text_->size()};
    }
    stream_.expires_after(MetricsServer::write_timeout);
    http::async_write(
        stream_, response_,
        [self = this->shared_from_this()](boost::system::error_code /*error*/, std::size_t /*size*/) { self->end(); });
  }

  void end() {
    boost::system::error_code ignored;
    stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    stream_.close();
    if (ended_) {
      ended_(this->shared_from_this());
    }
  }

  beast::basic_stream<Protocol> stream_;
  Answer& answer_;
  Ended ended_;
  beast::flat_buffer buffer_{MetricsServer::max_request_bytes + 1024};
  http::request_parser<http::empty_body> parser_;
  std::shared_ptr<const std::string> text_;
  http::response<http::span_body<const char>> response_;
};

template <class Protocol>
class HttpListener final : public MetricsServer {
 public:
  HttpListener(asio::io_context& loop, Text text) : acceptor_(loop), again_(loop), answer_(std::move(text)) {}
  ~HttpListener() override {
    for (const auto& session : std::exchange(sessions_, {})) {
      session->abandon();
    }
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (!path_.empty()) {
      std::error_code none;
      std::filesystem::remove(path_, none);
    }
  }

  boost::system::error_code open(const typename Protocol::endpoint& endpoint) {
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error && !std::is_same_v<Protocol, Local>) {
      acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    }
    if (!error) {
      acceptor_.bind(endpoint, error);
    }
    if (!error) {
      acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    return error;
  }
  void owns(std::filesystem::path path) { path_ = std::move(path); }

  void accept() {
    accepting_ = true;
    acceptor_.async_accept([this](boost::system::error_code error, typename Protocol::socket socket) {
      if (error == asio::error::operation_aborted) {
        return;
      }
      accepting_ = false;
      if (error) {
        // Out of descriptors, for one: trying again at once would be a busy loop.
        again_.expires_after(std::chrono::milliseconds(100));
        again_.async_wait([this](boost::system::error_code aborted) {
          if (!aborted) {
            accept_if_few();
          }
        });
        return;
      }
      auto session = std::make_shared<HttpSession<Protocol>>(std::move(socket), answer_, [this](const auto& ended) {
        sessions_.erase(ended);
        accept_if_few();
      });
      sessions_.insert(session);
      session->start();
      accept_if_few();
    });
  }

 private:
  void accept_if_few() {
    if (!accepting_ && sessions_.size() < max_sessions) {
      accept();
    }
  }

  typename Protocol::acceptor acceptor_;
  asio::steady_timer again_;
  Answer answer_;
  std::filesystem::path path_;
  std::set<std::shared_ptr<HttpSession<Protocol>>> sessions_;
  bool accepting_ = false;
};

Error failure(const std::string& address, const std::string& why) {
  return {ErrorCode::system, fmt::format("cannot serve metrics on {}: {}", address, why)};
}

Result<std::unique_ptr<MetricsServer>> listen_on(asio::io_context& loop, const std::filesystem::path& path,
                                                 MetricsServer::Text text) {
  const Local::endpoint endpoint(path.string());
  std::error_code none;
  if (std::filesystem::is_socket(path, none)) {
    Local::socket probe(loop);
    boost::system::error_code answered;
    probe.open(Local(), answered);
    probe.non_blocking(true, answered);
    probe.connect(endpoint, answered);
    if (answered != asio::error::connection_refused) {
      return failure(path.string(), "somebody else uses that socket");
    }
    std::filesystem::remove(path, none);
  }
  auto listener = std::make_unique<HttpListener<Local>>(loop, std::move(text));
  if (const auto error = listener->open(endpoint)) {
    return failure(path.string(), error.message());
  }
  listener->owns(path);
  if (::chmod(path.c_str(), 0666) != 0) {
    return failure(path.string(), std::strerror(errno));
  }
  listener->accept();
  return std::unique_ptr<MetricsServer>(std::move(listener));
}

Result<std::unique_ptr<MetricsServer>> listen_on(asio::io_context& loop, const Tcp::endpoint& endpoint,
                                                 MetricsServer::Text text) {
  auto listener = std::make_unique<HttpListener<Tcp>>(loop, std::move(text));
  if (const auto error = listener->open(endpoint)) {
    return failure(to_text(MetricsAddress(endpoint)), error.message());
  }
  listener->accept();
  return std::unique_ptr<MetricsServer>(std::move(listener));
}

}  // namespace

Result<std::unique_ptr<MetricsServer>> MetricsServer::listen(asio::io_context& loop, const MetricsAddress& address,
                                                             Text text) {
  return std::visit([&](const auto& where) { return listen_on(loop, where, std::move(text)); }, address);
}

}  // namespace cip::daemon
